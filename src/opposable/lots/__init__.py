"""Le contrôle de nombreuses lignes à la fois : tables de règles, étapes, moteurs, comptes rendus."""

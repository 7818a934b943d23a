"""Les règles de ligne d'un sous-ensemble d'actes, écrites pour OpenFisca d'après le corpus."""

"""Le mécanisme : périodes, montants, faits, conditions, tables, corpus et algèbre. Aucune règle de la convention ici."""

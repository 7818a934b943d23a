"""Le mécanisme : périodes, montants, faits, conditions, tables, corpus, algèbre. Aucune règle de la convention."""

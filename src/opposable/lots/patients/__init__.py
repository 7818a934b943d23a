"""Un dispositif du médecin traitant sur beaucoup de médecins : une ligne par patient, une réponse par médecin."""

"""L'année d'un médecin : un module par dispositif de rémunération (forfaits, aides, options, contrats)."""

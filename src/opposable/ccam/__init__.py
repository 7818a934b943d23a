"""La CCAM que l'Assurance maladie publie : la lire, la ranger par version, la relire. Aucune règle ici."""

"""La démonstration : chaque cellule des tableaux imprimés, recalculée à sa date, puis une facture expliquée."""

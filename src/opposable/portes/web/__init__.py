"""Les pages : HTML rendu par le serveur. Aucune règle n'y vit."""

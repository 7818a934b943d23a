"""L'API HTTP : les mêmes questions et les mêmes réponses que la ligne de commande. Aucune règle n'y vit."""

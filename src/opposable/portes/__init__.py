"""Les portes du projet : l'API Python et la ligne de commande, plus tard l'API web ; aucune règle n'y vit."""

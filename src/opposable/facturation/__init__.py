"""Une facture : coter, vérifier, rembourser. Les règles sont dans le corpus ; ici, leur enchaînement."""

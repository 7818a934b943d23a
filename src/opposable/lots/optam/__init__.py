"""L'atelier OPTAM : une année d'actes, ses deux taux, et ce que l'option change pour le médecin et ses patients."""

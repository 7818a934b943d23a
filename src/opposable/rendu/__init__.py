"""Le seul endroit qui met en forme les réponses : textes et tableaux, et plus tard HTML et graphiques."""

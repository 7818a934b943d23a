"""Qui facture, et sous quels droits : statuts d'exercice, secteurs, options, territoires."""

"""Qui facture, et avec quels droits : statuts, secteurs, options, territoires."""

"""Ce qu'un export a d'irrégulier : chaque endroit, ce qui était lu, ce qui a été écrit à la place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SORTES: Final[dict[str, tuple[bool, str]]] = {
    "flottant": (True, "montant écrit comme un flottant du tableur, remis au centime"),
    "virgule": (True, "virgule décimale dans un tarif"),
    "blanc": (True, "blanc ou guillemet de trop dans une valeur"),
    "date_exoneration": (True, "code d'exonération changé en date par le tableur"),
    "taux_sans_signe": (True, "taux de modificateur sans son signe +"),
    "taux_decimal": (True, "taux de modificateur écrit sans %, d'après l'autre colonne"),
    "code_et_modificateurs": (True, "code et modificateurs dans la même cellule"),
    "code_parasite": (True, "signe sans sens dans la colonne du code, laissé de côté"),
    "libelle_decale": (True, "libellé d'une activité écrit une rangée trop bas"),
    "activite_parasite": (True, "activité écrite sur une rangée de note"),
    "activite_corrigee": (True, "activité que le libellé contredit, tarif laissé absent"),
    "geste_tronque": (True, "code de geste complémentaire tronqué"),
    "tarif_sans_activite": (True, "tarif nul sur une rangée de note, laissé de côté"),
    "cle_en_double": (True, "rangée répétée à l'identique"),
    "tarif_vide": (False, "tarif absent"),
    "tarif_nul": (False, "tarif de 0,00 €, gardé tel quel"),
    "tarif_illisible": (False, "tarif qui ne se lit pas, laissé absent"),
    "prise_en_charge_partielle": (False, "« Non pris en charge » dans une seule colonne"),
    "exoneration_illisible": (False, "code d'exonération qui ne se lit pas, laissé absent"),
    "valeur_inattendue": (False, "valeur inattendue dans une colonne"),
    "modificateur_illisible": (False, "lettre de modificateur qui ne se lit pas, laissée de côté"),
    "modificateur_inconnu": (False, "lettre dont l'activité n'est pas connue, donnée à toutes"),
    "modificateur_sans_activite": (False, "lettre qui ne se code sur aucune activité de l'acte, donnée à toutes"),
    "modificateur_non_decrit": (False, "lettre admise par un acte, mais que l'export ne décrit pas"),
    "geste_inconnu": (False, "geste complémentaire qui n'est pas un code de cette version"),
    "cle_contradictoire": (False, "même activité et même phase, valeurs différentes : la première est gardée"),
    "sans_activite": (False, "acte sans aucune activité"),
    "hors_acte": (False, "rangée qui ne se rattache à aucun acte"),
    "hors_colonnes": (False, "valeur hors des colonnes connues"),
    "rangee_inconnue": (False, "rangée qui n'est reconnue comme rien"),
}
"""Chaque sorte : vrai si la valeur est réparée, faux si elle est seulement signalée ; ce qu'elle veut dire."""


@dataclass(frozen=True, slots=True, order=True)
class Anomalie:
    """Un endroit irrégulier. ``rangee`` : celle du tableau, la première est 1 ; ``ecrit`` vide : rien n'est gardé."""

    version: int
    rangee: int
    colonne: str
    sorte: str
    code: str
    lu: str
    ecrit: str

    @property
    def reparee(self) -> bool:
        """Vrai si la valeur est certaine malgré l'anomalie."""
        return SORTES[self.sorte][0]


class Releve:
    """Les anomalies d'une version, notées au fil de la lecture."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.notees: list[Anomalie] = []

    def note(self, sorte: str, rangee: int, colonne: str, lu: str, ecrit: str = "", code: str = "") -> None:
        """Note une anomalie. ``KeyError`` si la sorte n'existe pas."""
        SORTES[sorte]
        self.notees.append(Anomalie(self.version, rangee, colonne, sorte, code, lu, ecrit))


def par_sorte(anomalies: tuple[Anomalie, ...]) -> dict[str, int]:
    """Combien de chaque sorte, dans l'ordre de :data:`SORTES`."""
    comptes = dict.fromkeys(SORTES, 0)
    for anomalie in anomalies:
        comptes[anomalie.sorte] += 1
    return {sorte: n for sorte, n in comptes.items() if n}

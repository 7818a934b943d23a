"""Une cellule et ce qu'elle vaut : rien n'est deviné, aucun flottant."""

from __future__ import annotations

import pytest

from opposable.ccam import valeurs
from opposable.droit.nomenclature import ValeurModificateur

CONNUES = frozenset({"1-7", "2-7"})


@pytest.mark.parametrize(
    ("cellule", "centimes", "sorte"),
    [
        ("46.149999999999999", 4615, "flottant"),
        ("86.400000000000006", 8640, "flottant"),
        ("51.84", 5184, ""),
        ("204", 20400, ""),
        ("86.4", 8640, ""),
        ("86.400", 8640, ""),
        ("226,88", 22688, "virgule"),
        ("248, 15", 24815, "blanc"),
        ("1 234,50", 123450, "blanc"),
        ("0.00", 0, "tarif_nul"),
        ("0", 0, "tarif_nul"),
        ("", None, "tarif_vide"),
        ("102.125", None, "tarif_illisible"),
        ("-3.00", None, "tarif_illisible"),
        ("1.234,50", None, "tarif_illisible"),
        ("1e3", None, "tarif_illisible"),
        ("gratuit", None, "tarif_illisible"),
        ("9" * 12, None, "tarif_illisible"),
    ],
)
def test_tarif(cellule: str, centimes: int | None, sorte: str) -> None:
    """Un tarif est au centime près, ou absent."""
    assert valeurs.tarif(cellule) == (centimes, sorte)


@pytest.mark.parametrize(
    ("cellule", "autre", "valeur", "sorte"),
    [
        ("+49%", "+49%", ValeurModificateur(taux=4900), ""),
        ("+6,50%", "+6,50%", ValeurModificateur(taux=650), ""),
        ("+15,7%", "+15,7%", ValeurModificateur(taux=1570), ""),
        ("8%", "+8%", ValeurModificateur(taux=800), "taux_sans_signe"),
        ("+400%", "+400%", ValeurModificateur(taux=40000), ""),
        ("0.49", "+49%", ValeurModificateur(taux=4900), "taux_decimal"),
        ("0.48999999999999999", "+49%", ValeurModificateur(taux=4900), "taux_decimal"),
        ("0.48", "+49%", ValeurModificateur(), "tarif_illisible"),
        ("49", "+49%", ValeurModificateur(), "tarif_illisible"),
        ("0.49", "0.49", ValeurModificateur(), "tarif_illisible"),
        ("25.149999999999999", "25.149999999999999", ValeurModificateur(forfait=2515), "flottant"),
        ("80", "80", ValeurModificateur(forfait=8000), ""),
    ],
)
def test_modificateur(cellule: str, autre: str, valeur: ValeurModificateur, sorte: str) -> None:
    """Un forfait ou un taux ; un taux écrit sans % se reconnaît à l'autre colonne, jamais seul."""
    assert valeurs.valeur_modificateur(cellule, autre) == (valeur, sorte)


@pytest.mark.parametrize(
    ("cellule", "codes", "sorte"),
    [
        ("1-7", ("1", "7"), ""),
        ("2", ("2",), ""),
        ("", (), ""),
        ('"2-7', ("2", "7"), "blanc"),
        ("5 -7", ("5", "7"), "blanc"),
        ("2021-07-02", ("2", "7"), "date_exoneration"),
        ("2021-07-01", ("1", "7"), "date_exoneration"),
        ("02/07/2021", ("2", "7"), "date_exoneration"),
        ("2021-08-03", (), "exoneration_illisible"),
        ("8-9-X", ("8", "9", "X"), ""),
        ("voir note", (), "exoneration_illisible"),
    ],
)
def test_exoneration(cellule: str, codes: tuple[str, ...], sorte: str) -> None:
    """Une date rend la liste qu'elle cachait, si cette liste existe ailleurs."""
    assert valeurs.exoneration(cellule, CONNUES)[:2] == (codes, sorte)


@pytest.mark.parametrize(
    ("texte", "codes"),
    [
        ("(GELE001, YYYY189)", ("GELE001", "YYYY189")),
        ("( YYYY176,YYYY275 ,YYYY246) ".strip(), ("YYYY176", "YYYY275", "YYYY246")),
        ("(YYY603)", ("YYY603",)),
        ("(Forfait sécurité)", ()),
        ("À l'exclusion de : geste (GELE001)", ()),
    ],
)
def test_gestes(texte: str, codes: tuple[str, ...]) -> None:
    """Une liste de gestes est une parenthèse de codes, et rien d'autre."""
    assert valeurs.gestes(texte) == codes


def test_un_geste_tronque_ne_se_complete_que_s_il_est_seul() -> None:
    """Un seul code possible le complète ; deux le laissent tel quel."""
    assert valeurs.completer("YYY603", frozenset({"YYYY603", "YYYY604"})) == "YYYY603"
    assert valeurs.completer("YYY603", frozenset({"YYYY603", "YYYA603"})) == ""
    assert valeurs.completer("YYY603", frozenset({"YYYY604"})) == ""


@pytest.mark.parametrize(
    ("cellule", "lues", "fautes"),
    [
        ("[F,U]", ("F", "U"), ()),
        ("[ E, Y, Z]", ("E", "Y", "Z"), ()),
        ("[F, N, U, 9 ]", ("F", "N", "U", "9"), ()),
        ("[A\u00a0, 4, 3]", ("A", "4", "3"), ()),
        ("[A, A, 7]", ("A", "7"), ()),
        ("[A, JK]", ("A",), ("JK",)),
        ("[F][U]", ("F", "U"), ()),
    ],
)
def test_lettres(cellule: str, lues: tuple[str, ...], fautes: tuple[str, ...]) -> None:
    """Les lettres d'une liste, sans répétition ; ce qui n'en est pas une est dit."""
    assert valeurs.lettres(cellule) == (lues, fautes)

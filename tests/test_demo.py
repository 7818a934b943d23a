"""La démonstration réussit ; cellule retirée, valeur faussée ou raison qui ne tient plus la font échouer."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import opposable
from opposable.demo.affichage import jouer
from opposable.demo.cellules import Cellule, Demonstration, charger
from opposable.demo.verification import Resultat, verifier

DEPOT = Path(__file__).resolve().parents[1]
CENTIME = Decimal("0.01")


@pytest.fixture(scope="module", autouse=True)
def _cotees_une_fois() -> Iterator[None]:
    """Ces essais faussent la démonstration, jamais le moteur : une même facture n'y est cotée qu'une fois."""
    coter, deja = opposable.coter, {}

    def memoire(facture: dict[str, Any], **options: Any) -> dict[str, Any]:
        cle = json.dumps([facture, options], sort_keys=True)
        if cle not in deja:
            deja[cle] = coter(facture, **options)
        return deja[cle]

    with pytest.MonkeyPatch.context() as rustine:
        rustine.setattr(opposable, "coter", memoire)
        yield


@pytest.fixture(scope="module")
def demonstration() -> Demonstration:
    return charger()


def change(demonstration: Demonstration, fonction: Callable[[Cellule], Cellule]) -> Demonstration:
    """La démonstration, chaque cellule passée par ``fonction``."""
    tableaux = tuple(replace(t, cellules=tuple(fonction(c) for c in t.cellules)) for t in demonstration.tableaux)
    return replace(demonstration, tableaux=tableaux)


def cellule(demonstration: Demonstration, tableau: str, ligne: str, colonne: str) -> Cellule:
    [trouvee] = [
        c
        for t in demonstration.tableaux
        for c in t.cellules
        if (t.nom, c.ligne, c.colonne) == (tableau, ligne, colonne)
    ]
    return trouvee


def seule(demonstration: Demonstration, une: Cellule) -> Resultat:
    """Le résultat de cette seule cellule."""
    tableau = replace(demonstration.tableaux[0], cellules=(une,))
    return verifier(replace(demonstration, tableaux=(tableau,), decompte={tableau.nom: 1})).resultats[0]


def test_la_demonstration_reussit_et_se_lit_a_cent_colonnes(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    flux = io.StringIO()
    assert jouer(flux, demonstration) == 0
    texte = flux.getvalue()
    total = sum(demonstration.decompte.values())
    decompte = re.fullmatch(
        r"(\d+) cellules imprimées, (\d+) reproduites au centime, (\d+) non reproduites et listées",
        texte.rstrip().splitlines()[-1],
    )
    assert decompte is not None
    imprimees, reproduites, listees = map(int, decompte.groups())
    assert (imprimees, reproduites + listees) == (total, total)
    assert texte.count("(cotée au ") == listees
    assert "\x1b" not in texte
    assert max(len(ligne) for ligne in texte.splitlines()) <= 100
    assert "Facture exemple : Conforme aux règles codées à cette date" in texte
    assert "01/05/2017" in texte
    assert "≠" not in texte.split("écart.", 1)[1]


def test_la_commande_sort_zero() -> None:
    jouee = subprocess.run([sys.executable, "-m", "opposable.demo"], capture_output=True, check=False)
    assert (jouee.returncode, jouee.stderr) == (0, b"")


def test_la_facture_expliquee_est_celle_des_exemples(demonstration: Demonstration) -> None:
    assert demonstration.exemple == json.loads((DEPOT / "exemples" / "consultation.json").read_text(encoding="utf-8"))


def test_chaque_citation_est_dans_son_document(demonstration: Demonstration, partage: Callable[[str], Path]) -> None:
    dossier = partage("sources")
    absentes = []
    for tableau in demonstration.tableaux:
        document = " ".join((dossier / tableau.fichier).read_text(encoding="utf-8").split())
        absentes += [
            f"{tableau.nom}, {c.nom} : {phrase}"
            for c in tableau.cellules
            for phrase in c.citation
            if " ".join(phrase.split()) not in document
        ]
    assert absentes == []


@pytest.mark.parametrize("nom", charger().decompte)
def test_retirer_une_cellule_fait_echouer(demonstration: Demonstration, nom: str) -> None:
    reste = tuple(replace(t, cellules=t.cellules[1:]) if t.nom == nom else t for t in demonstration.tableaux)
    assert jouer(io.StringIO(), replace(demonstration, tableaux=reste)) == 1


def test_retirer_un_tableau_ou_doubler_une_cellule_fait_echouer(demonstration: Demonstration) -> None:
    assert verifier(replace(demonstration, tableaux=demonstration.tableaux[1:])).echecs
    premier = demonstration.tableaux[0]
    double = replace(premier, cellules=(*premier.cellules[1:], premier.cellules[-1]))
    assert any("en double" in e for e in verifier(replace(demonstration, tableaux=(double,))).echecs)


@pytest.mark.parametrize("ecart", [CENTIME, -CENTIME])
def test_fausser_une_valeur_d_un_centime_fait_echouer(demonstration: Demonstration, ecart: Decimal) -> None:
    fausse = change(demonstration, lambda c: replace(c, imprime=c.imprime + ecart))
    bilan = verifier(fausse)
    assert [r.cellule.nom for r in bilan.resultats if not r.echecs] == []
    assert jouer(io.StringIO(), fausse) == 1


def test_fausser_aussi_la_citation_ne_trompe_pas_le_calcul(demonstration: Demonstration) -> None:
    """La citation faussée avec la valeur, seul le moteur peut encore contredire une cellule reproduite."""

    def fausser(c: Cellule) -> Cellule:
        faux = c.imprime + CENTIME
        return replace(c, imprime=faux, citation=(f"{faux:.2f}".replace(".", ","),))

    for resultat in verifier(change(demonstration, fausser)).resultats:
        assert resultat.cellule.nature or any(e.startswith("imprimé") for e in resultat.echecs)


def test_une_raison_qui_ne_tient_plus_fait_echouer(demonstration: Demonstration) -> None:
    reproduite = cellule(demonstration, "tarifs_2016", "Consultation de référence", "Tarif et calendrier")
    declaree = replace(reproduite, nature="manquant", raison="inventée")
    assert any("ne tient plus" in e for e in seule(demonstration, declaree).echecs)
    autre = replace(declaree, imprime=Decimal("23.00"), citation=("23 €",))
    assert any("ne l'explique pas" in e for e in seule(demonstration, autre).echecs)
    manquante = cellule(demonstration, "communique_2024", "Gynécologie médicale", "Ancien tarif")
    assert seule(demonstration, manquante).echecs == []
    assert seule(demonstration, replace(manquante, nature="hors_corpus")).echecs
    assert seule(demonstration, replace(manquante, nature="", raison="")).echecs


def test_une_majoration_refusee_doit_l_etre_pour_son_motif(demonstration: Demonstration) -> None:
    une = cellule(demonstration, "enfants_2016", "0 - 2 ans", "Pédiatre, nouvelle, sect. 2")
    assert seule(demonstration, une).echecs == []
    assert seule(demonstration, replace(une, refusees=())).echecs
    assert seule(demonstration, replace(une, refusees=(("MEP", "AGE_NON_CONFORME"),))).echecs
    assert seule(demonstration, replace(une, refusees=(*une.refusees, ("NFP", "SECTEUR_NON_OUVERT")))).echecs


def test_le_moteur_ne_recoit_jamais_la_valeur_imprimee(demonstration: Demonstration) -> None:
    une = cellule(demonstration, "communique_2024", "Consultation de référence G", "Tarif et calendrier")
    facture = {**une.cotations[0], "actes": [{"code": "G", "honoraires": "30.00"}]}
    assert any("honoraires" in e for e in seule(demonstration, replace(une, cotations=(facture,))).echecs)
    secteur_2 = {**facture, "medecin": {**facture["medecin"], "secteur": "2", "option": "optam"}}
    assert any("dit la valeur" in e for e in seule(demonstration, replace(une, cotations=(secteur_2,))).echecs)


def test_une_date_qui_n_a_pas_ete_deplacee_fait_echouer(demonstration: Demonstration) -> None:
    une = cellule(demonstration, "communique_2024", "Psychiatrie", "Tarif et calendrier")
    assert une.annonce is not None
    assert seule(demonstration, une).echecs == []
    g = cellule(demonstration, "communique_2024", "Consultation de référence G", "Tarif et calendrier")
    assert any("déplacée" in e for e in seule(demonstration, replace(g, annonce=une.annonce)).echecs)


def test_une_cellule_qui_verifie_sa_valeur_ne_se_dit_pas_deduite(demonstration: Demonstration) -> None:
    une = cellule(demonstration, "enfants_2016", "2 - 6 ans", "Généraliste, actuelle")
    assert seule(demonstration, replace(une, deduction="MGE")).echecs

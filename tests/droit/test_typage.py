"""Le typage des actes et des tables : chaque faute est refusée avec son fichier, sa ligne, sa règle et l'attendu.

Chaque essai écrit un acte ou une table d'essai dans une copie du corpus ; « # ICI » marque la ligne en cause.
"""

from __future__ import annotations

from typing import Any

import pytest

from opposable.droit import temps
from opposable.droit.ensemble import Choix, Plages
from opposable.droit.table import EFFECTIF, PREVU

ACTE = """\
ESSAI:
  libelle: Acte d'essai
  nature: acte
  familles: [essai]
{plus}  tarifs:
{tarifs}"""
LIGNE = "{du: 2020-01-01, montant: 10.00, source: essai}"
SUSPENSION = "report: suspension-2025"


def acte(*tarifs: str, plus: str = "") -> str:
    """Un acte d'essai avec ces lignes de tarif, et ces clés de plus."""
    return ACTE.format(plus=plus, tarifs="".join(f"    - {t}\n" for t in tarifs or (LIGNE,)))


def table(*lignes: str, type_: str = "montant", plus: str = "") -> str:
    """Une table d'essai avec ces lignes."""
    corps = "".join(f"    - {t}\n" for t in lignes)
    return f"essai:\n  libelle: Table d'essai\n  type: {type_}\n{plus}  lignes:\n{corps}"


FAUTES_DE_LIGNE = {
    "clé inconnue": (
        "{du: 2020-01-01, montnt: 10.00, source: essai} # ICI",
        "ESSAI",
        "clé inconnue « montnt » ; vouliez-vous dire « montant » ?",
        "montant",
    ),
    "sans date": ("{montant: 10.00, source: essai} # ICI", "ESSAI", "il manque la clé « du »", "du"),
    "date impossible": (
        "{du: 2020-02-30, montant: 10.00, source: essai} # ICI",
        "ESSAI.2020-02-30",
        "« 2020-02-30 » n'est pas une date",
        "AAAA-MM-JJ ou origine",
    ),
    "période vide": (
        "{du: 2020-01-01, au: 2020-01-01, montant: 10.00, source: essai} # ICI",
        "ESSAI.2020-01-01",
        "la période est vide",
        "« au » exclu, après « du »",
    ),
    "virgule": (
        "{du: 2020-01-01, montant: '26,5', source: essai} # ICI",
        "ESSAI.2020-01-01",
        "« 26,5 » ne convient pas",
        "un montant comme 26.50",
    ),
    "trois décimales": (
        "{du: 2020-01-01, montant: 26.505, source: essai} # ICI",
        "ESSAI.2020-01-01",
        "« 26.505 » ne convient pas",
        "un montant comme 26.50",
    ),
    "sans source": (
        "{du: 2020-01-01, montant: 10.00} # ICI",
        "ESSAI.2020-01-01",
        "aucune source",
        "source: identifiant d'un passage",
    ),
    "source vide": (
        "{du: 2020-01-01, montant: 10.00, source: []} # ICI",
        "ESSAI.2020-01-01",
        "liste vide",
        "un élément au moins",
    ),
    "passage inconnu": (
        "{du: 2020-01-01, montant: 10.00, source: [essai, nulle-part]} # ICI",
        "ESSAI.2020-01-01",
        "passage inconnu « nulle-part »",
        "un identifiant de corpus/passages",
    ),
    "ni montant ni manquant": (
        "{du: 2020-01-01, source: essai} # ICI",
        "ESSAI.2020-01-01",
        "il faut « montant » ou « manquant »",
        "manquant: raison",
    ),
    "montant et manquant": (
        "{du: 2020-01-01, montant: 1.00, manquant: perdu, source: essai} # ICI",
        "ESSAI.2020-01-01",
        "il faut « montant » ou « manquant »",
        "manquant: raison",
    ),
    "fait inconnu": (
        "{du: 2020-01-01, cellule: {medecin.secteurs: '1'}, montant: 10.00, source: essai} # ICI",
        "ESSAI.2020-01-01",
        "fait inconnu « medecin.secteurs » ; vouliez-vous « medecin.secteur » ?",
        "un fait du vocabulaire",
    ),
    "valeur inconnue": (
        "{du: 2020-01-01, cellule: {medecin.secteur: '3'}, montant: 10.00, source: essai} # ICI",
        "ESSAI.2020-01-01",
        "medecin.secteur : valeur inconnue « 3 »",
        "1, 2, non_conventionne",
    ),
    "valeur vide": (
        "{du: 2020-01-01, cellule: {medecin.secteur: ''}, montant: 10.00, source: essai} # ICI",
        "ESSAI.2020-01-01",
        "valeur vide",
        "un texte",
    ),
    "report inconnu": (
        "{du: 2025-07-01, report: suspension-2024, montant: 10.00, source: essai} # ICI",
        "ESSAI.2025-07-01",
        "report inconnu « suspension-2024 »",
        "un identifiant de reports.yaml",
    ),
    "report d'une autre date": (
        f"{{du: 2025-07-02, {SUSPENSION}, montant: 10.00, source: essai}} # ICI",
        "ESSAI.2025-07-02",
        "la date imprimée n'est pas celle que le report déplace",
        "du: 2025-07-01",
    ),
    "exception inconnue": (
        "{du: 2020-01-01, nom: a, sauf_de: ESSAI.nulle, montant: 10.00, source: essai} # ICI",
        "ESSAI.a.2020-01-01",
        "« sauf_de » vise une ligne inconnue « ESSAI.nulle »",
        "base, un identifiant de ligne ou de série",
    ),
    "territoire inconnu": (
        (
            "{du: 2020-01-01, montant: 10.00, source: essai,"
            " drom: [{territoires: [corse], montant: 1.00, source: essai}]} # ICI"
        ),
        "ESSAI.2020-01-01",
        "territoire inconnu « corse »",
        "guadeloupe",
    ),
    "drom mal écrit": (
        "{du: 2020-01-01, montant: 10.00, source: essai, drom: pareil} # ICI",
        "ESSAI.2020-01-01",
        "« pareil » ne convient pas",
        "idem, ou une liste de territoires",
    ),
    "drom sans source": (
        "{du: 2020-01-01, montant: 10.00, source: essai, drom: idem} # ICI",
        "ESSAI.2020-01-01",
        "aucune source",
        "source_drom",
    ),
}


@pytest.mark.parametrize("nom", FAUTES_DE_LIGNE)
def test_une_ligne_fausse_est_refusee(atelier: Any, nom: str) -> None:
    ligne, regle, message, attendu = FAUTES_DE_LIGNE[nom]
    atelier.refuse("actes/essai.yaml", acte(ligne), regle, message, attendu)


def test_deux_lignes_de_meme_identifiant_sont_refusees(atelier: Any) -> None:
    texte = acte(LIGNE, LIGNE.replace("10.00", "11.00") + " # ICI")
    atelier.refuse(
        "actes/essai.yaml",
        texte,
        "ESSAI.2020-01-01",
        "deux lignes ont le même identifiant (déjà ligne 6)",
        "un « nom » par série",
    )


@pytest.mark.parametrize(
    "lignes",
    [
        ("{nom: a, du: 2020-01-01, sauf_de: ESSAI.a, montant: 1.00, source: essai}",),
        (
            "{nom: a, du: 2020-01-01, sauf_de: ESSAI.b, montant: 1.00, source: essai}",
            "{nom: b, du: 2020-01-01, sauf_de: ESSAI.a, montant: 2.00, source: essai}",
        ),
        (
            "{nom: a, du: 2020-01-01, sauf_de: ESSAI.c, montant: 1.00, source: essai}",
            "{nom: b, du: 2020-01-01, sauf_de: ESSAI.a, montant: 2.00, source: essai}",
            "{nom: c, du: 2020-01-01, sauf_de: ESSAI.b, montant: 3.00, source: essai}",
        ),
    ],
)
def test_des_exceptions_en_boucle_sont_refusees(atelier: Any, lignes: tuple[str, ...]) -> None:
    atelier.ecrit("actes/essai.yaml", acte(*lignes))
    [trouve] = atelier.defauts("ESSAI")
    assert (trouve.fichier, trouve.ligne, trouve.regle) == ("corpus/actes/essai.yaml", 6, "ESSAI.a.2020-01-01")
    assert "les exceptions se suivent en boucle" in trouve.message


def test_une_boucle_d_exceptions_dit_ce_qui_est_attendu(atelier: Any) -> None:
    atelier.ecrit("actes/essai.yaml", acte("{nom: a, du: 2020-01-01, sauf_de: ESSAI.a, montant: 1.00, source: essai}"))
    [trouve] = atelier.defauts("ESSAI")
    assert trouve.attendu


FAUTES_DE_TABLE = {
    "taux en pourcentage": (
        table("{du: origine, valeur: 70 %, source: essai} # ICI", type_="taux"),
        "essai.origine",
        "« 70 % » ne convient pas",
        "un taux comme 0.70",
    ),
    "taux au-dessus de un": (
        table("{du: origine, valeur: '70', source: essai} # ICI", type_="taux"),
        "essai.origine",
        "« 70 » ne convient pas",
        "un taux comme 0.70",
    ),
    "entier à virgule": (
        table("{du: origine, valeur: '3.5', source: essai} # ICI", type_="entier"),
        "essai.origine",
        "« 3.5 » ne convient pas",
        "un entier",
    ),
    "montant sous « valeur »": (
        table("{du: origine, valeur: '3.50', source: essai} # ICI"),
        "essai.origine",
        "il faut « montant » ou « manquant »",
        "montant",
    ),
    "ailleurs inconnu": (
        table("{du: origine, montant: 1.00, source: essai}", plus="  ailleurs: rien # ICI\n"),
        "essai",
        "valeur inconnue",
        "manquant, refuse, hors_periode ou defaut",
    ),
    "type inconnu": (
        table("{du: origine, valeur: '3', source: essai}", type_="montnat # ICI"),
        "essai",
        "type inconnu « montnat »",
        "montant",
    ),
}


@pytest.mark.parametrize("nom", FAUTES_DE_TABLE)
def test_une_table_fausse_est_refusee(atelier: Any, nom: str) -> None:
    atelier.refuse("tables/essai.yaml", *FAUTES_DE_TABLE[nom])


@pytest.mark.parametrize("quoi", ["tarifs", "bases"])
def test_une_liste_de_lignes_vide_est_un_defaut(atelier: Any, quoi: str) -> None:
    texte = acte(plus="  bases: []\n") if quoi == "bases" else acte().split("  tarifs")[0] + "  tarifs: []\n"
    atelier.ecrit("actes/essai.yaml", texte)
    assert atelier.defauts("ESSAI")[0].fichier == "corpus/actes/essai.yaml"


def test_une_ligne_se_type_avec_ses_territoires(atelier: Any) -> None:
    atelier.ecrit(
        "actes/essai.yaml",
        acte(
            "{nom: a, du: 2020-01-01, cellule: {patient.age_mois: '[0, 72['}, montant: 10.00, source: essai,"
            " drom: [{territoires: [guyane, mayotte], montant: 12.00, source: essai}]}"
        ),
    )
    tarifs = atelier.charge().actes["ESSAI"].tarifs
    valeurs = {ligne.id: ligne.valeur for ligne in tarifs.lignes}
    assert valeurs == {
        "ESSAI.a.2020-01-01": 1000,
        "ESSAI.a.guadeloupe.2020-01-01": None,
        "ESSAI.a.martinique.2020-01-01": None,
        "ESSAI.a.guyane.2020-01-01": 1200,
        "ESSAI.a.reunion.2020-01-01": None,
        "ESSAI.a.mayotte.2020-01-01": 1200,
    }
    for ligne in tarifs.lignes:
        assert dict(ligne.cellule)["patient.age_mois"] == Plages(((0, 72),))
        assert bool(ligne.manquant) == (ligne.valeur is None)
        assert ligne.fichier == "corpus/actes/essai.yaml"
        assert ligne.ligne == 6
    assert dict(tarifs.lignes[0].cellule)["medecin.territoire"] == Choix(frozenset({"metropole"}))


def test_idem_donne_la_valeur_de_metropole_a_chaque_departement(atelier: Any) -> None:
    atelier.ecrit(
        "actes/essai.yaml", acte("{du: 2020-01-01, montant: 10.00, source: essai, drom: idem, source_drom: essai}")
    )
    assert [ligne.valeur for ligne in atelier.charge().actes["ESSAI"].tarifs.lignes] == [1000] * 6


def test_une_exception_d_exception_l_est_aussi_de_la_base(atelier: Any) -> None:
    """Base 10 ; secteur 2 : 20, exception de la base ; secteur 2 et moins de 6 ans : 30, exception du secteur 2."""
    atelier.ecrit(
        "tables/essai.yaml",
        table(
            "{nom: tous, du: origine, montant: 10.00, source: essai}",
            "{nom: deux, du: origine, sauf_de: essai.tous, cellule: {medecin.secteur: '2'},"
            " montant: 20.00, source: essai}",
            "{nom: petits, du: origine, sauf_de: essai.deux, cellule: {medecin.secteur: '2',"
            " patient.age_mois: '[0, 72['}, montant: 30.00, source: essai}",
        ),
    )
    lue = atelier.charge().tables["essai"]
    assert lue.lignes[2].sauf_de == ("essai.deux.origine", "essai.tous.origine")
    jour = temps.jour("2024-01-01")
    for secteur, age, attendu in (("1", 20, 1000), ("2", 20, 3000), ("2", 72, 2000), ("1", 72, 1000)):
        choisie = lue.choisir({"medecin.secteur": secteur, "patient.age_mois": age}.get, jour, EFFECTIF)
        assert (choisie.etat, choisie.valeur) == ("certain", attendu)
    assert lue.choisir({"medecin.secteur": "1"}.get, jour, EFFECTIF).valeur == 1000
    assert lue.choisir({"medecin.secteur": "2"}.get, jour, EFFECTIF).etat == "incertain"


def test_un_report_deplace_la_date_et_garde_celle_qui_est_imprimee(atelier: Any) -> None:
    atelier.ecrit("actes/essai.yaml", acte(LIGNE, f"{{du: 2025-07-01, {SUSPENSION}, montant: 12.00, source: essai}}"))
    tarifs = atelier.charge().actes["ESSAI"].tarifs
    lire = {"medecin.territoire": "metropole"}.get

    def valeur(jour: str, calendrier: Any) -> object:
        return tarifs.choisir(lire, temps.jour(jour), calendrier).valeur

    assert "ESSAI.2025-07-01" in {ligne.id for ligne in tarifs.lignes}
    assert [valeur(j, EFFECTIF) for j in ("2025-06-30", "2025-07-01", "2025-12-31", "2026-01-01")] == [
        1000,
        1000,
        1000,
        1200,
    ]
    assert [valeur(j, PREVU) for j in ("2025-06-30", "2025-07-01")] == [1000, 1200]


def test_origine_est_le_debut_du_corpus(atelier: Any) -> None:
    atelier.ecrit("actes/essai.yaml", acte("{du: origine, montant: 10.00, source: essai}"))
    corpus = atelier.charge()
    ligne = corpus.actes["ESSAI"].tarifs.lignes[0]
    assert ligne.id == "ESSAI.origine"
    assert ligne.du == corpus.debut
    assert ligne.origine

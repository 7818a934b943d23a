"""Les mauvaises entrées : une erreur nommée, située, avec ce qui était attendu ; jamais autre chose."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import opposable
from opposable import ErreurEntree

BASE: dict[str, Any] = {
    "id": "essai",
    "date": "2026-02-10",
    "heure": "10:30",
    "medecin": {"specialite": "medecine_generale", "secteur": "1", "territoire": "metropole"},
    "patient": {"date_naissance": "2022-09-04", "exonerations": []},
    "contexte": {"role": "medecin_traitant", "parcours": "dans_le_parcours"},
    "actes": [{"code": "G", "honoraires": "30.00"}, {"code": "MEG", "honoraires": "5.00"}],
    "historique": {
        "complet_depuis": "2025-12-22",
        "actes": [{"code": "G", "date": "2026-01-12", "patient": "meme", "medecin": "meme", "quantite": 1}],
    },
}
ABSENT = object()


def poser(facture: Any, chemin: str, valeur: Any) -> Any:
    """La facture où ``chemin`` (``actes.0.code``) vaut ``valeur`` ; ``ABSENT`` l'enlève."""
    facture = copy.deepcopy(facture)
    if not chemin:
        return valeur
    *parents, dernier = chemin.split(".")
    ici = facture
    for cle in parents:
        ici = ici[int(cle)] if isinstance(ici, list) else ici[cle]
    if valeur is ABSENT:
        del ici[dernier]
    elif isinstance(ici, list):
        ici[int(dernier)] = valeur
    else:
        ici[dernier] = valeur
    return facture


def refus(facture: Any) -> ErreurEntree:
    """L'erreur d'entrée que lève cette facture."""
    with pytest.raises(ErreurEntree) as erreur:
        opposable.coter(facture)
    return erreur.value


def test_la_facture_de_base_est_bonne() -> None:
    assert opposable.coter(BASE)["statut"] == "acceptee"


FAUTES: list[tuple[str, Any, str, str, str]] = [
    # chemin, valeur, code, endroit, ce que le message doit dire
    ("dat", "2026-02-10", "CLE_INCONNUE", "dat", "« date »"),
    ("medecin.secteurs", "1", "CLE_INCONNUE", "medecin.secteurs", "« secteur »"),
    ("medecin.specialité", "x", "CLE_INCONNUE", "medecin.specialité", "« specialite »"),
    ("patient.date_de_naissance", "2022-09-04", "CLE_INCONNUE", "patient.date_de_naissance", "« date_naissance »"),
    ("contexte.parcour", "x", "CLE_INCONNUE", "contexte.parcour", "« parcours »"),
    ("actes.0.honoraire", "30.00", "CLE_INCONNUE", "actes[0].honoraire", "« honoraires »"),
    ("historique.actes.0.jour", "2026-01-01", "CLE_INCONNUE", "historique.actes[0].jour", "jour"),
    ("medecin.maitrise", "oui", "CLE_INCONNUE", "medecin.maitrise", "maitrise"),  # un fait calculé ne se déclare pas
    ("date", ABSENT, "DATE_ABSENTE", "date", "date"),
    ("date", "2026-02-30", "DATE_IMPOSSIBLE", "date", "2026-02-30"),
    ("date", "2025-02-29", "DATE_IMPOSSIBLE", "date", "2025-02-29"),
    ("date", "10/02/2026", "DATE_IMPOSSIBLE", "date", "10/02/2026"),
    ("date", "2026-2-10", "DATE_IMPOSSIBLE", "date", "2026-2-10"),
    ("date", "2026-02-10T10:00", "DATE_IMPOSSIBLE", "date", "2026-02-10T10:00"),
    ("date", "", "DATE_IMPOSSIBLE", "date", ""),
    ("date", "2015-12-31", "DATE_HORS_CORPUS", "date", "2015-12-31"),
    ("date", 20260210.5, "TYPE_INATTENDU", "date", ""),
    ("heure", "24:00", "HEURE_IMPOSSIBLE", "heure", "24:00"),
    ("heure", "9h30", "HEURE_IMPOSSIBLE", "heure", "9h30"),
    ("actes.0.honoraires", "-30.00", "ANNULATION_MELEE", "actes[1]", "négatives"),
    ("actes.0.quantite", -1, "FAITS_CONTRADICTOIRES", "actes[0].quantite", "signe"),
    ("actes.0.honoraires", "30,00", "MONTANT_ILLISIBLE", "actes[0].honoraires", "30,00"),
    ("actes.0.honoraires", "30.001", "MONTANT_ILLISIBLE", "actes[0].honoraires", "30.001"),
    ("actes.0.honoraires", "30 €", "MONTANT_ILLISIBLE", "actes[0].honoraires", "30 €"),
    ("actes.0.honoraires", "", "MONTANT_ILLISIBLE", "actes[0].honoraires", ""),
    ("actes.0.honoraires", "1e3", "MONTANT_ILLISIBLE", "actes[0].honoraires", "1e3"),
    ("actes.0.honoraires", 30.5, "TYPE_INATTENDU", "actes[0].honoraires", "30.5"),
    ("actes.0.honoraires", float("nan"), "TYPE_INATTENDU", "actes[0].honoraires", ""),
    ("actes.0.honoraires", True, "TYPE_INATTENDU", "actes[0].honoraires", ""),
    ("actes.0.honoraires", Decimal("NaN"), "MONTANT_ILLISIBLE", "actes[0].honoraires", "NaN"),
    ("actes.0.honoraires", "100000.00", "HORS_DOMAINE", "actes[0].honoraires", "100000.00"),
    ("actes.0.quantite", 0, "HORS_DOMAINE", "actes[0].quantite", "0"),
    ("actes.0.quantite", 1000, "HORS_DOMAINE", "actes[0].quantite", "1000"),
    ("actes.0.quantite", "deux", "NOMBRE_ILLISIBLE", "actes[0].quantite", "deux"),
    ("actes.0.quantite", 1.0, "TYPE_INATTENDU", "actes[0].quantite", ""),
    ("actes.0.code", "GG", "CODE_INCONNU", "actes[0].code", "vouliez-vous"),
    ("actes.0.code", "MPG", "CODE_INCONNU", "actes[0].code", "vouliez-vous"),
    ("actes.0.code", "PEG", "CODE_NON_COUVERT", "actes[0].code", "lettre non établie : se facture MCX"),
    ("actes.0.code", "mmf", "CODE_NON_COUVERT", "actes[0].code", "se facture MTX"),
    ("actes.0.code", "GL", "CODE_NON_COUVERT", "actes[0].code", "facturez GL1, GL2 ou GL3"),
    ("actes.0.code", "", "CODE_ABSENT", "actes[0].code", "code"),
    ("actes.0.code", ABSENT, "CODE_ABSENT", "actes[0].code", "code"),
    ("actes.0.code", 7, "CODE_ABSENT", "actes[0].code", "code"),
    ("actes", [], "ACTES_ABSENTS", "actes", "acte"),
    ("actes", ABSENT, "ACTES_ABSENTS", "actes", "acte"),
    ("actes", None, "ACTES_ABSENTS", "actes", "acte"),
    ("actes", {"code": "G"}, "ACTES_ABSENTS", "actes", "acte"),
    ("actes", "G", "ACTES_ABSENTS", "actes", "acte"),
    ("actes", ["G"], "TYPE_INATTENDU", "actes[0]", "objet"),
    ("actes", [{"code": "G"}] * 1000, "TROP_DE_LIGNES", "actes", "1000"),
    ("medecin", "généraliste", "TYPE_INATTENDU", "medecin", "objet"),
    ("medecin", [], "TYPE_INATTENDU", "medecin", "objet"),
    ("medecin.specialite", "dermatologue", "VALEUR_INCONNUE", "medecin.specialite", "« dermatologie »"),
    ("medecin.specialite", "99", "VALEUR_INCONNUE", "medecin.specialite", "99"),
    ("medecin.secteur", "3", "VALEUR_INCONNUE", "medecin.secteur", "3"),
    ("medecin.secteur", 1.0, "VALEUR_INCONNUE", "medecin.secteur", "1.0"),
    ("medecin.secteur", ["1"], "VALEUR_INCONNUE", "medecin.secteur", ""),
    ("medecin.territoire", "saint_martin", "TERRITOIRE_NON_COUVERT", "medecin.territoire", "saint_martin"),
    ("medecin.territoire", "Saint-Martin", "TERRITOIRE_NON_COUVERT", "medecin.territoire", "métropole"),
    ("patient.exonerations", "ald", "TYPE_INATTENDU", "patient.exonerations", ""),
    ("patient.acs_contrat_selectionne", "peut-être", "VALEUR_INCONNUE", "patient.acs_contrat_selectionne", "peut-être"),
    ("patient.acs_contrat", "oui", "CLE_INCONNUE", "patient.acs_contrat", "« acs_contrat_selectionne »"),
    ("actes.0.lien_pension_militaire", 3, "VALEUR_INCONNUE", "actes[0].lien_pension_militaire", "3"),
    ("actes.0.lien_pension", "oui", "CLE_INCONNUE", "actes[0].lien_pension", "« lien_pension_militaire »"),
    ("patient.exonerations", ["ald", "alld"], "VALEUR_INCONNUE", "patient.exonerations[1]", "« ald »"),
    ("patient.exonerations", [["ald"]], "VALEUR_INCONNUE", "patient.exonerations[0]", ""),
    ("patient.sexe", "femme", "VALEUR_INCONNUE", "patient.sexe", "femme"),
    ("patient.grossesse_mois", 10, "HORS_DOMAINE", "patient.grossesse_mois", "10"),
    ("patient.grossesse_mois", "0", "HORS_DOMAINE", "patient.grossesse_mois", "0"),
    ("patient.participations_annee", "-1.00", "MONTANT_NEGATIF", "patient.participations_annee", "-1.00"),
    ("patient.participations_annee", "50.01", "HORS_DOMAINE", "patient.participations_annee", "50.01"),
    ("patient.terme_naissance", "32+7", "NOMBRE_ILLISIBLE", "patient.terme_naissance", "32+7"),
    ("patient.terme_naissance", "19", "HORS_DOMAINE", "patient.terme_naissance", "19"),
    ("contexte.lignes_de_traitement", -1, "HORS_DOMAINE", "contexte.lignes_de_traitement", "-1"),
    ("contexte.actes_meme_professionnel_jour", 21, "HORS_DOMAINE", "contexte.actes_meme_professionnel_jour", "21"),
    ("contexte.regule_le", "2026-02-10", "NOMBRE_ILLISIBLE", "contexte.regule_le", "2026-02-10"),
    ("contexte.retour_ecrit_mt", "peut-être", "VALEUR_INCONNUE", "contexte.retour_ecrit_mt", "peut-être"),
    ("id", 12, "TYPE_INATTENDU", "id", "texte"),
    ("id", "x" * 201, "TYPE_INATTENDU", "id", "texte"),
    ("historique", [], "TYPE_INATTENDU", "historique", "objet"),
    ("historique.actes", {"code": "G"}, "TYPE_INATTENDU", "historique.actes", "liste"),
    ("historique.actes.0.code", "GG", "CODE_INCONNU", "historique.actes[0].code", "GG"),
    ("historique.actes.0.date", ABSENT, "DATE_ABSENTE", "historique.actes[0].date", "date"),
    ("historique.actes.0.date", "2026-02-30", "DATE_IMPOSSIBLE", "historique.actes[0].date", "2026-02-30"),
    ("historique.actes.0.date", "2026-02-11", "FAITS_CONTRADICTOIRES", "historique.actes[0].date", "2026-02-11"),
    ("historique.actes.0.patient", [], "VALEUR_INCONNUE", "historique.actes[0].patient", ""),
    ("historique.actes.0.medecin", {}, "VALEUR_INCONNUE", "historique.actes[0].medecin", ""),
    ("actes.0.quantite", 10**5000, "NOMBRE_ILLISIBLE", "actes[0].quantite", ""),
    ("historique.actes.0.patient", "autrui", "VALEUR_INCONNUE", "historique.actes[0].patient", "autrui"),
    ("historique.complet_depuis", "2026-02-11", "FAITS_CONTRADICTOIRES", "historique.complet_depuis", "historique"),
    ("", [], "TYPE_INATTENDU", "", "objet"),
    ("", None, "TYPE_INATTENDU", "", "objet"),
]


@pytest.mark.parametrize(
    ("chemin", "valeur", "code", "ou", "dit"),
    [pytest.param(*faute, id=f"{rang}-{faute[0]}-{faute[2]}") for rang, faute in enumerate(FAUTES)],
)
def test_une_faute_est_nommee_et_situee(chemin: str, valeur: Any, code: str, ou: str, dit: str) -> None:
    erreur = refus(poser(BASE, chemin, valeur))
    assert (erreur.code, erreur.ou) == (code, ou)
    assert dit in erreur.message
    assert erreur.attendu
    assert erreur.attendu in str(erreur)


CONTRADICTIONS: list[tuple[dict[str, Any], str]] = [
    ({"patient.age": "5 ans"}, "patient.age"),
    ({"patient.date_naissance": "2026-02-11"}, "patient.date_naissance"),
    ({"medecin.option": "optam"}, "medecin.option"),
    ({"medecin.secteur": "non_conventionne", "medecin.option": "optam_co"}, "medecin.option"),
    ({"contexte.parcours": "hors_parcours"}, "contexte.parcours"),
    ({"contexte.adresse_par": "medecin_traitant"}, "contexte.adresse_par"),
    ({"patient.mt_declare": "non"}, "patient.mt_declare"),
    ({"contexte.situation": "inscription_medecin_traitant_ald", "patient.mt_declare": "oui"}, "patient.mt_declare"),
    ({"patient.sexe": "m", "patient.grossesse_mois": 6}, "patient.grossesse_mois"),
    ({"actes.0.exigence_particuliere": "oui", "actes.0.nature_depassement": "da"}, "actes[0].nature_depassement"),
    ({"patient.accouchement_le": "2026-02-11"}, "patient.accouchement_le"),
    ({"contexte.date_sortie_hospitalisation": "2026-02-11"}, "contexte.date_sortie_hospitalisation"),
    ({"contexte.adresse_le": "2026-02-11T08:00"}, "contexte.adresse_le"),
    ({"contexte.regule_le": "2026-02-11T08:00"}, "contexte.regule_le"),
    ({"patient.exonerations": ["cmuc"]}, "patient.exonerations"),
    ({"patient.exonerations": ["acs"]}, "patient.exonerations"),
    ({"patient.exonerations": ["ald", "cmuc"]}, "patient.exonerations"),
    ({"patient.exonerations": ["c2s"], "patient.acs_contrat_selectionne": "oui"}, "patient.acs_contrat_selectionne"),
]


@pytest.mark.parametrize(("faits", "ou"), CONTRADICTIONS)
def test_des_faits_contradictoires_sont_refuses(faits: dict[str, Any], ou: str) -> None:
    facture = BASE
    for chemin, valeur in faits.items():
        facture = poser(facture, chemin, valeur)
    erreur = refus(facture)
    assert (erreur.code, erreur.ou) == ("FAITS_CONTRADICTOIRES", ou)
    assert erreur.message
    assert erreur.attendu


PROTECTIONS: list[tuple[str, str, str]] = [
    # date, protection, ce que le message doit dire (vide : acceptée)
    ("2019-10-31", "c2s", "1er novembre 2019"),
    ("2019-11-01", "c2s", ""),
    ("2018-06-15", "cmuc", ""),
    ("2019-11-01", "cmuc", ""),
    ("2020-10-31", "cmuc", ""),
    ("2020-11-01", "cmuc", "un droit à la CMU-C durait un an"),
    ("2020-10-31", "acs", ""),
    ("2020-11-01", "acs", "31 octobre 2020"),
]


@pytest.mark.parametrize(("jour", "protection", "dit"), PROTECTIONS)
def test_une_protection_sociale_se_dit_a_ses_dates(jour: str, protection: str, dit: str) -> None:
    """La C2S commence le 1er novembre 2019 ; une CMU-C ou une ACS ouverte avant court encore un an au plus."""
    facture = {
        "date": jour,
        "medecin": {"specialite": "medecine_generale", "secteur": "1"},
        "patient": {"age": "45 ans", "exonerations": [protection]},
        "contexte": {"role": "medecin_traitant"},
        "actes": [{"code": "G"}],
    }
    if not dit:
        assert opposable.coter(facture)["statut"] == "acceptee"
        return
    erreur = refus(facture)
    assert (erreur.code, erreur.ou) == ("FAITS_CONTRADICTOIRES", "patient.exonerations")
    assert dit in erreur.message


@pytest.mark.parametrize("age", ["-1 an", "cinq ans", "5", "5 années", "131 ans", "9999999999 ans", "", 5, ["5 ans"]])
def test_un_age_impossible(age: Any) -> None:
    facture = poser(poser(BASE, "patient.date_naissance", None), "patient.age", age)
    erreur = refus(facture)
    assert (erreur.code, erreur.ou) == ("AGE_IMPOSSIBLE", "patient.age")
    assert erreur.attendu


@pytest.mark.parametrize("age", ["0 jours", "8 jours", "1 mois", "20 mois", "1 an", "5 ans", "130 ans"])
def test_un_age_possible(age: str) -> None:
    facture = poser(poser(BASE, "patient.date_naissance", None), "patient.age", age)
    assert opposable.coter(facture)["lignes"]


@pytest.mark.parametrize(
    ("chemin", "valeur"),
    [
        ("medecin", None),
        ("patient", None),
        ("contexte", {}),
        ("historique", None),
        ("historique", {}),
        ("heure", None),
        ("id", None),
        ("patient.sexe", None),
        ("actes.0.honoraires", None),
        ("actes.0.honoraires", 30),
        ("actes.0.honoraires", Decimal("30.00")),
        ("actes.0.honoraires", "30"),
        ("actes.0.honoraires", " 30.0 "),
        ("actes.0.code", " g "),
        ("medecin.specialite", 1),
        ("medecin.specialite", "1"),
        ("medecin.secteur", 1),
        ("actes.0.lien_ald", False),
        ("contexte.retour_ecrit_mt", True),
        ("actes", tuple(BASE["actes"])),
    ],
)
def test_ce_que_l_entree_admet(chemin: str, valeur: Any) -> None:
    assert opposable.coter(poser(BASE, chemin, valeur))["lignes"]


def test_cinquante_lignes_passent_et_cinquante_et_une_non() -> None:
    assert opposable.coter(poser(BASE, "actes", [{"code": "G"}] * 50))["statut"] == "refusee"
    assert refus(poser(BASE, "actes", [{"code": "G"}] * 51)).code == "TROP_DE_LIGNES"


def test_l_entree_n_est_jamais_changee() -> None:
    avant = json.dumps(BASE, sort_keys=True)
    opposable.coter(BASE)
    opposable.coter(BASE, strict=True)
    assert json.dumps(BASE, sort_keys=True) == avant


# N'importe quoi, n'importe où.
TEXTES = st.text(max_size=6) | st.sampled_from(
    ["G", "oui", "2026-02-10", "30.00", "5 ans", "aucune", "meme", "1", "\ud800"]
)
FEUILLES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.decimals()
    | TEXTES
    | st.binary(max_size=3)
    | st.dates()
)
VALEURS = st.recursive(
    FEUILLES, lambda v: st.lists(v, max_size=3) | st.dictionaries(TEXTES | st.integers(), v, max_size=3), max_leaves=6
)


def chemins(objet: Any, prefixe: str = "") -> Iterator[str]:
    """Tous les endroits d'une facture."""
    yield prefixe
    enfants = objet.items() if isinstance(objet, dict) else enumerate(objet) if isinstance(objet, list) else ()
    for cle, valeur in enfants:
        yield from chemins(valeur, f"{prefixe}.{cle}" if prefixe else str(cle))


PLEINE = poser(BASE, "historique.actes.0.situation", "tuberculose")
CHEMINS = sorted(chemins(PLEINE))
CLES = (
    "patient.age",
    "patient.grossesse_mois",
    "patient.accouchement_le",
    "patient.terme_naissance",
    "medecin.competences",
)


def ou_erreur(facture: Any) -> None:
    """La réponse, ou une erreur d'entrée qui dit où, quoi, et ce qui était attendu."""
    erreur = None
    try:
        reponse = opposable.coter(facture)
    except ErreurEntree as levee:
        erreur = levee
    if erreur is None:
        assert reponse["statut"] in {"acceptee", "a_verifier", "refusee"}
        return
    assert erreur.code
    assert erreur.message
    assert erreur.attendu
    assert erreur.ou or not isinstance(facture, dict) or "" in facture


@given(st.sampled_from([*CHEMINS, *CLES]), VALEURS)
@settings(max_examples=1500, deadline=None)
def test_n_importe_quelle_valeur_n_importe_ou(chemin: str, valeur: Any) -> None:
    ou_erreur(poser(PLEINE, chemin, valeur))


@given(
    st.sampled_from(["", "medecin", "patient", "contexte", "actes.0", "historique", "historique.actes.0"]),
    TEXTES,
    VALEURS,
)
@settings(max_examples=400, deadline=None)
def test_n_importe_quelle_cle(endroit: str, cle: str, valeur: Any) -> None:
    ou_erreur(poser(PLEINE, endroit, {**lire(PLEINE, endroit), cle: valeur}))


def lire(facture: Any, chemin: str) -> Any:
    """Ce qui est à cet endroit."""
    for cle in chemin.split(".") if chemin else ():
        facture = facture[int(cle)] if isinstance(facture, list) else facture[cle]
    return facture


@given(VALEURS)
@settings(max_examples=200, deadline=None)
def test_n_importe_quelle_facture(facture: Any) -> None:
    ou_erreur(facture)

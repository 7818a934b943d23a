"""La lecture du vocabulaire : ce que le chargeur accepte, et ce qu'il refuse en disant où et pourquoi."""

from __future__ import annotations

import pytest

from opposable.droit.condition import Condition
from opposable.droit.ensemble import Choix
from opposable.droit.erreurs import Defaut, ErreurCorpus
from opposable.droit.lecture import lire
from opposable.droit.vocabulaire import Vocabulaire, de_ligne, lire_vocabulaire, verifier_ordre

SECTEUR = """\
medecin.secteur:
  type: choix
  libelle: Secteur
  question: Quel secteur ?
  valeurs: {"1": {libelle: Un, code: "01"}, "2": {libelle: Deux}, aucun: {libelle: Hors convention}}
  groupes: {conventionne: ["1", "2"]}
  si_absent: inconnu
"""
AGE = """\
patient.age_mois:
  {type: entier, libelle: Âge, question: Quel âge ?, minimum: 0, maximum: 1560, si_absent: inconnu}
"""
DROITS = """\
patient.droits:
  type: liste
  libelle: Droits
  question: Quels droits ?
  valeurs: {ald: {libelle: Affection de longue durée}, c2s: {libelle: Complémentaire}}
  si_absent: []
"""


def vocabulaire(*textes: str) -> Vocabulaire:
    """Le vocabulaire de ces textes, ordre vérifié."""
    lu = lire_vocabulaire(lire(t, f"corpus/faits/essai{i}.yaml") for i, t in enumerate(textes))
    verifier_ordre(lu)
    return lu


def defaut(*textes: str) -> Defaut:
    """Le défaut de ces textes."""
    with pytest.raises(ErreurCorpus) as info:
        vocabulaire(*textes)
    [trouve] = info.value.defauts
    return trouve


def condition(texte: str) -> Condition:
    """La condition de ce texte, sur le petit vocabulaire."""
    return vocabulaire(SECTEUR, AGE, DROITS).condition(lire(texte, "corpus/essai.yaml"), "REGLE")


def test_un_fait_garde_tout_ce_qui_est_ecrit() -> None:
    fait = vocabulaire(SECTEUR).faits["medecin.secteur"]
    assert (fait.type, fait.libelle, fait.question) == ("choix", "Secteur", "Quel secteur ?")
    assert fait.valeurs == {"1": "Un", "2": "Deux", "aucun": "Hors convention"}
    assert fait.codes == {"01": "1"}
    assert fait.groupes == {"conventionne": frozenset({"1", "2"})}
    assert (fait.fichier, fait.ligne) == ("corpus/faits/essai0.yaml", 2)
    assert fait.usuel is None


def test_une_liste_donne_un_fait_oui_non_par_valeur() -> None:
    lu = vocabulaire(DROITS)
    assert set(lu.faits) == {"patient.droits", "patient.droits.ald", "patient.droits.c2s"}
    assert lu.membres["patient.droits.ald"] == ("patient.droits", "ald")
    assert lu.faits["patient.droits.ald"].domaine == Choix(frozenset({"oui", "non"}))
    assert lu.faits["patient.droits"].usuel == frozenset()


def test_les_cas_d_une_absence_se_lisent_dans_l_ordre() -> None:
    texte = (
        "medecin.option:\n  type: oui_non\n  libelle: Option\n  question: Une option ?\n"
        "  si_absent:\n"
        "    - {si: {medecin.secteur: '1'}, valeur: non}\n"
        "    - {si: {medecin.secteur: aucun}, inconnu: oui}\n"
        "    - oui\n"
    )
    fait = vocabulaire(SECTEUR, texte).faits["medecin.option"]
    assert [cas.valeur for cas in fait.deductions] == ["non", None]
    assert fait.usuel == "oui"
    assert fait.lit == ("medecin.secteur",)


def test_les_faits_de_ligne_se_reconnaissent_a_leur_nom() -> None:
    assert de_ligne("acte.honoraires")
    assert de_ligne("ligne.opposable")
    assert not de_ligne("patient.age_mois")
    assert not de_ligne("facture.ligne.x")


@pytest.mark.parametrize(
    ("texte", "su", "attendu"),
    [
        ('{medecin.secteur: "1"}', {"medecin.secteur": "1"}, True),
        ("{medecin.secteur: groupe:conventionne}", {"medecin.secteur": "aucun"}, False),
        (
            '{medecin.secteur: "1", patient.age_mois: "[0, 72["}',
            {"medecin.secteur": "1", "patient.age_mois": 72},
            False,
        ),
        ('{medecin.secteur: "1", patient.age_mois: "[0, 72["}', {"medecin.secteur": "1", "patient.age_mois": 71}, True),
        ('{ou: [{medecin.secteur: "1"}, {patient.age_mois: "[0, 72["}]}', {"patient.age_mois": 3}, True),
        ('{ou: [{medecin.secteur: "1"}, {patient.age_mois: "[0, 72["}]}', {"patient.age_mois": 90}, None),
        ('{non: {medecin.secteur: "1"}}', {"medecin.secteur": "2"}, True),
        ('{et: [{medecin.secteur: "1"}, {non: {patient.age_mois: "[0, 72["}}]}', {"medecin.secteur": "2"}, False),
        ("{patient.droits.ald: oui}", {"patient.droits.ald": "oui"}, True),
    ],
)
def test_une_condition_ecrite_se_lit(texte: str, su: dict[str, str | int], attendu: bool | None) -> None:
    assert condition(texte).evalue(su.get) is attendu


@pytest.mark.parametrize(
    ("texte", "message", "attendu"),
    [
        (
            "{medecin.secteure: 1}",
            "fait inconnu « medecin.secteure » ; vouliez-vous « medecin.secteur » ?",
            "un fait du vocabulaire",
        ),
        ("{medecin.secteur: 3}", "medecin.secteur : valeur inconnue « 3 »", "1, 2, aucun"),
        (
            "{medecin.secteur: groupe:tous}",
            "medecin.secteur : groupe inconnu « tous » (connus : conventionne)",
            "1, 2, aucun",
        ),
        (
            "{patient.age_mois: jeune}",
            "patient.age_mois : « jeune » n'est pas un nombre entier",
            "intervalle « [bas, haut[ »",
        ),
        ("{patient.droits.ald: peut-etre}", "patient.droits.ald : valeur inconnue « peut-etre »", "oui ou non"),
        ("{}", "condition vide", "{fait: valeur}"),
        ("{ou: {medecin.secteur: 1}}", "une liste est attendue ici", "[…]"),
        ("[a]", "un ensemble de clés est attendu ici", "clé: valeur"),
    ],
)
def test_une_condition_fausse_est_un_defaut_situe(texte: str, message: str, attendu: str) -> None:
    with pytest.raises(ErreurCorpus) as info:
        condition(f"\n\n{texte}\n")
    [trouve] = info.value.defauts
    assert (trouve.fichier, trouve.ligne, trouve.regle) == ("corpus/essai.yaml", 3, "REGLE")
    assert message in trouve.message
    assert attendu in trouve.attendu


def test_une_condition_sur_une_liste_entiere_est_refusee() -> None:
    """« patient.droits: ald » ne tiendrait jamais, même si le patient a l'ALD : il faut « patient.droits.ald: oui »."""
    with pytest.raises(ErreurCorpus):
        condition("{patient.droits: ald}")


def fait(corps: str) -> str:
    """Un fait oui/non avec ces lignes de plus."""
    return f"a.b:\n  type: oui_non\n  libelle: L\n  question: Q ?\n{corps}"


@pytest.mark.parametrize(
    ("texte", "ligne", "message", "attendu"),
    [
        ("a.b: {type: texte, libelle: L}\n", 1, "type inconnu « texte »", "oui_non"),
        ("a.b: {libelle: L}\n", 1, "il manque la clé « type »", "libelle, type"),
        (fait("  si_absnt: non\n"), 5, "clé inconnue « si_absnt » ; vouliez-vous dire « si_absent » ?", "si_absent"),
        (fait(""), 2, "il manque « si_absent »", "inconnu"),
        (fait("  si_absent: peut-etre\n"), 5, "valeur inconnue « peut-etre »", ""),
        ("a.b: {type: oui_non, libelle: L, si_absent: non}\n", 1, "il manque la question", ""),
        (
            fait("  si_absent:\n    - {si: {a.c: oui}, valeur: non}\n    - oui\n"),
            6,
            "fait inconnu « a.c »",
            "un fait du vocabulaire",
        ),
        (fait("  derive:\n    - {si: {a.b: oui}}\n    - non\n"), 6, "un cas donne « valeur » ou « inconnu: oui »", ""),
        (
            "a.b: {type: entier, libelle: L, question: Q ?, minimum: zéro, si_absent: 1}\n",
            1,
            "« zéro » n'est pas un nombre entier",
            "",
        ),
        (
            "a.b: {type: entier, libelle: L, question: Q ?, si_absent: beaucoup}\n",
            1,
            "« beaucoup » n'est pas un nombre entier",
            "",
        ),
        (DROITS.replace("[]", "[aah]"), 6, "valeurs inconnues : aah", ""),
        (SECTEUR.replace('["1", "2"]', '["1", "3"]'), 6, "valeurs inconnues dans le groupe « conventionne » : 3", ""),
    ],
)
def test_un_fait_mal_ecrit_est_un_defaut_situe(texte: str, ligne: int, message: str, attendu: str) -> None:
    trouve = defaut(texte)
    assert trouve.fichier == "corpus/faits/essai0.yaml"
    assert trouve.ligne == ligne
    assert trouve.regle == next(iter(lire(texte, "").table()))
    assert message in trouve.message
    assert attendu in trouve.attendu


@pytest.mark.parametrize(
    "absent",
    [
        "    - {si: {medecin.secteur: '1'}, valeur: non}\n",
        "    - oui\n    - {si: {medecin.secteur: '1'}, valeur: non}\n",
        "    - oui\n    - non\n",
    ],
)
def test_le_dernier_cas_d_une_absence_et_lui_seul_est_sans_condition(absent: str) -> None:
    trouve = defaut(SECTEUR, fait(f"  si_absent:\n{absent}"))
    assert "le dernier cas de « si_absent », et lui seul, est sans condition" in trouve.message


def test_une_absence_sans_aucun_cas_est_un_defaut() -> None:
    assert defaut(fait("  si_absent: []\n")).regle == "a.b"


def test_un_fait_derive_finit_par_un_cas_sans_condition() -> None:
    """Sans dernier cas, un fait inconnu deviendrait « non » dès que sa seule condition est inconnue."""
    assert defaut(SECTEUR, fait("  derive:\n    - {si: {medecin.secteur: '1'}, valeur: non}\n")).regle == "a.b"


def test_un_fait_defini_deux_fois_nomme_l_autre_fichier() -> None:
    trouve = defaut(SECTEUR, SECTEUR)
    assert trouve.fichier == "corpus/faits/essai1.yaml"
    assert "déjà défini dans corpus/faits/essai0.yaml" in trouve.message


def derive(nom: str, lu: str) -> str:
    """Un fait qui se déduit d'un autre."""
    return f"{nom}:\n  type: oui_non\n  libelle: L\n  derive:\n    - {{si: {{{lu}: oui}}, valeur: non}}\n    - oui\n"


def test_une_boucle_de_faits_est_refusee_et_montree() -> None:
    trouve = defaut(derive("a.un", "a.deux") + derive("a.deux", "a.trois") + derive("a.trois", "a.un"))
    assert "a.un → a.deux → a.trois → a.un" in trouve.message
    assert (trouve.fichier, trouve.ligne, trouve.regle) == ("corpus/faits/essai0.yaml", 2, "a.un")


def test_un_fait_qui_se_lit_lui_meme_est_refuse() -> None:
    assert "a.un → a.un" in defaut(derive("a.un", "a.un")).message


def test_une_boucle_par_une_formule_ou_une_absence_est_refusee() -> None:
    formule = "a.deux: {type: oui_non, libelle: L, formule: f, lit: [a.un]}\n"
    absence = fait("  si_absent:\n    - {si: {a.un: oui}, valeur: non}\n    - oui\n").replace("a.b", "a.trois")
    assert "en boucle" in defaut(derive("a.un", "a.deux") + formule).message
    assert "en boucle" in defaut(derive("a.un", "a.trois") + absence).message


def test_une_formule_qui_lit_un_fait_inconnu_est_refusee() -> None:
    assert (
        "lit un fait inconnu « a.rien »"
        in defaut("a.un: {type: oui_non, libelle: L, formule: f, lit: [a.rien]}\n").message
    )


def test_un_fait_de_facture_ne_lit_pas_un_fait_de_ligne_sans_formule() -> None:
    ligne = fait("  si_absent: inconnu\n").replace("a.b", "ligne.b")
    assert "est un fait de facture et lit « ligne.b »" in defaut(ligne + derive("facture.a", "ligne.b")).message
    vocabulaire(ligne + derive("acte.a", "ligne.b"))
    vocabulaire(ligne + "facture.a: {type: oui_non, libelle: L, formule: f, lit: [ligne.b]}\n")


@pytest.mark.parametrize(
    "texte", [derive("a.un", "a.un"), "a.un: {type: oui_non, libelle: L, formule: f, lit: [a.rien]}\n"]
)
def test_un_defaut_d_ordre_dit_ce_qui_est_attendu(texte: str) -> None:
    assert defaut(texte).attendu

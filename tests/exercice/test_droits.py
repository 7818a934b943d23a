"""Les droits d'un médecin un jour donné, statut par statut, d'après les textes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import opposable
from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Valeur
from opposable.droit.table import EFFECTIF
from opposable.exercice.droits import DISPOSITIF, CasExercice, droits
from opposable.portes import python as api

STATUTS = (
    "titulaire", "remplacant", "collaborateur_liberal", "collaborateur_salarie", "adjoint", "assistant",
    "tenue_de_cabinet",
)  # fmt: skip


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return api.corpus()


def reponse(corpus: Corpus, le: str = "2026-02-10", **medecin: Valeur) -> dict[str, Any]:
    faits = {f"medecin.{nom}": valeur for nom, valeur in medecin.items()}
    return droits(corpus, CasExercice(temps.jour(le), faits))


def mots(dit: dict[str, Any]) -> dict[str, Any]:
    return {d["droit"]: d["valeur"] for d in dit["droits"]}


def permis(dit: dict[str, Any]) -> dict[str, str]:
    return {d["nature"]: d["permis"] for d in dit["depassements"]}


@pytest.mark.parametrize(
    ("statut", "de_qui", "regime", "tarifs", "enregistrement"),
    [
        ("titulaire", "soi", "adherent", "secteur", "rattachement"),
        ("collaborateur_liberal", "soi", "adherent", "secteur", "rattachement"),
        ("remplacant", "remplace", "non_regi", "secteur", "domicile"),
        ("collaborateur_salarie", "employeur", "non_adherent", "opposables", None),
        ("adjoint", "assiste", "non_adherent", "opposables", "assiste"),
        ("assistant", "assiste", "non_adherent", "opposables", "assiste"),
        ("tenue_de_cabinet", "defunt", "temporaire", "opposables", "cabinet"),
    ],
)
def test_chaque_statut_a_ses_droits(
    corpus: Corpus, statut: str, de_qui: str, regime: str, tarifs: str, enregistrement: str | None
) -> None:
    dits = mots(reponse(corpus, statut=statut, secteur="2", option="optam", titres_secteur_2="non"))
    assert dits["statut_secteur_de"] == de_qui
    assert dits["statut_regime"] == regime
    assert dits["statut_tarifs"] == tarifs
    assert dits["statut_enregistrement"] == enregistrement


@pytest.mark.parametrize("secteur", ["1", "2"])
@pytest.mark.parametrize("statut", ["adjoint", "assistant", "tenue_de_cabinet"])
def test_ceux_qui_n_ont_que_les_tarifs_opposables_n_ont_aucun_depassement(
    corpus: Corpus, statut: str, secteur: str
) -> None:
    dit = reponse(corpus, statut=statut, secteur=secteur, specialite="dermatologie")
    assert set(permis(dit).values()) == {"non"}
    assert len(dit["refuses"]) == 4
    assert all("STATUT_SANS_DEPASSEMENT" in [r["motif"] for r in d["raisons"]] for d in dit["refuses"])


def test_le_remplacant_a_les_droits_du_remplace_sauf_le_dp(corpus: Corpus) -> None:
    remplace = {"secteur": "1", "droit_permanent": "oui", "option": "aucune", "specialite": "dermatologie"}
    titulaire = reponse(corpus, statut="titulaire", **remplace)
    remplacant = reponse(corpus, statut="remplacant", **remplace)
    assert permis(titulaire)["dp"] == "sous_conditions"
    assert permis(remplacant)["dp"] == "non"
    assert {n: p for n, p in permis(titulaire).items() if n != "dp"} == {
        n: p for n, p in permis(remplacant).items() if n != "dp"
    }
    assert (titulaire["maitrise"], remplacant["maitrise"]) == ("non", "oui")
    [refus] = [d for d in remplacant["refuses"] if d["nature"] == "dp"]
    assert "à l’exception du droit permanent à dépassement (DP)" in [
        s["extrait"] for r in refus["raisons"] for s in r["sources"]
    ]


@pytest.mark.parametrize(
    ("le", "regime", "carte"), [("2024-06-21", "assimile", None), ("2024-06-22", "non_regi", "la_sienne")]
)
def test_le_remplacant_la_veille_et_le_jour_de_la_convention_de_2024(
    corpus: Corpus, le: str, regime: str, carte: str | None
) -> None:
    dit = reponse(corpus, le, statut="remplacant", secteur="1")
    assert mots(dit)["statut_regime"] == regime
    assert mots(dit)["statut_carte"] == carte
    assert mots(dit)["remplacement_interdits"] == "activite_conventionnee"
    manquants = [m["raison"] for m in dit["manquants"]]
    assert any("avant le 22 juin 2024" in m for m in manquants) is (carte is None)


@pytest.mark.parametrize(
    ("titres", "tarifs", "libre"), [("oui", "secteur", "sous_conditions"), ("non", "opposables", "non")]
)
def test_les_titres_du_collaborateur_salarie(corpus: Corpus, titres: str, tarifs: str, libre: str) -> None:
    dit = reponse(corpus, statut="collaborateur_salarie", secteur="2", option="aucune", titres_secteur_2=titres)
    assert mots(dit)["statut_tarifs"] == tarifs
    assert permis(dit)["libre"] == libre
    assert "medecin.titres_secteur_2" not in [q["fait"] for q in dit["questions"]]


def test_les_titres_inconnus_du_collaborateur_salarie_se_demandent(corpus: Corpus) -> None:
    dit = reponse(corpus, statut="collaborateur_salarie", secteur="2", option="aucune")
    [droit] = [d for d in dit["droits"] if d["droit"] == "statut_tarifs"]
    assert (droit["etat"], droit["valeur"]) == ("incertain", None)
    assert droit["sources"]
    assert permis(dit)["libre"] == "a_preciser"
    assert "medecin.titres_secteur_2" in [q["fait"] for q in dit["questions"]]


@pytest.mark.parametrize(("le", "dit"), [("2024-06-21", "non"), ("2024-06-22", "discutee")])
def test_la_tenue_de_cabinet_et_la_premiere_installation(corpus: Corpus, le: str, dit: str) -> None:
    """La liste de la convention de 2024, « exhaustive » (circulaire, 2. B. 3), ne nomme pas la tenue de cabinet."""
    assert mots(reponse(corpus, le, statut="tenue_de_cabinet", secteur="2"))["statut_premiere_installation"] == dit
    assert "statut_premiere_installation" not in mots(reponse(corpus, statut="titulaire", secteur="2"))


@pytest.mark.parametrize(
    ("secteur", "honoraires", "libre", "da"),
    [
        ("1", "opposables", "non", "sous_conditions"),
        ("2", "libres_conventionnes", "sous_conditions", "non"),
        ("non_conventionne", "libres", "oui", "non"),
    ],
)
def test_ce_que_chaque_secteur_permet(corpus: Corpus, secteur: str, honoraires: str, libre: str, da: str) -> None:
    dit = reponse(corpus, statut="titulaire", secteur=secteur, option="aucune", specialite="dermatologie")
    assert mots(dit)["secteur_honoraires"] == honoraires
    assert (permis(dit)["libre"], permis(dit)["da"]) == (libre, da)
    assert ("secteur_forfaits" in mots(dit)) is (secteur == "non_conventionne")
    assert ("secteur_avantages_sociaux" in mots(dit)) is (secteur == "2")


def test_un_generaliste_n_a_pas_de_depassement_autorise(corpus: Corpus) -> None:
    assert permis(reponse(corpus, statut="titulaire", secteur="1", specialite="medecine_generale"))["da"] == "non"
    inconnue = reponse(corpus, statut="titulaire", secteur="1")
    assert permis(inconnue)["da"] == "a_preciser"
    assert "medecin.specialite" in [q["fait"] for q in inconnue["questions"]]


def test_l_option_inconnue_d_un_secteur_2_se_demande(corpus: Corpus) -> None:
    dit = reponse(corpus, statut="titulaire", secteur="2")
    assert dit["maitrise"] is None
    assert "medecin.option" in [q["fait"] for q in dit["questions"]]
    assert "option_en_vigueur" not in mots(dit)


OPTIONS = [
    ("cas", "2016-12-31", "ouverte"),
    ("cas", "2017-01-01", "remplacee"),
    ("optam", "2017-01-01", "ouverte"),
    ("optam", "2026-02-10", "ouverte"),
    ("optam_co", "2017-01-01", "ouverte"),
    ("optam_co", "2024-12-31", "ouverte"),
    ("optam_aco", "2025-01-01", "ouverte"),
]


@pytest.mark.parametrize(("option", "le", "etat"), OPTIONS)
def test_l_etat_d_une_option_a_sa_date(corpus: Corpus, option: str, le: str, etat: str) -> None:
    dit = reponse(corpus, le, statut="titulaire", secteur="2", option=option)
    assert mots(dit)["option_en_vigueur"] == etat
    assert dit["maitrise"] == "oui"


@pytest.mark.parametrize(
    ("option", "le"), [("optam", "2016-12-31"), ("optam_co", "2016-12-31"), ("optam_aco", "2024-12-31")]
)
def test_une_option_avant_sa_date_est_refusee_comme_dans_une_facture(corpus: Corpus, option: str, le: str) -> None:
    facture = {"date": le, "medecin": {"secteur": "2", "option": option}, "actes": [{"code": "C"}]}
    refus = []
    for geste in (
        lambda: reponse(corpus, le, statut="titulaire", secteur="2", option=option),
        lambda: opposable.coter(facture),
        lambda: opposable.calculer("statut", {"date": le, "medecin": {"statut": "titulaire", **facture["medecin"]}}),
    ):
        with pytest.raises(opposable.ErreurEntree) as erreur:
            geste()
        refus.append((erreur.value.code, erreur.value.ou, erreur.value.message))
    assert set(refus) == {("FAITS_CONTRADICTOIRES", "medecin.option", refus[0][2])}
    assert temps.iso(temps.jour(le) + 1) in refus[0][2]


def test_l_optam_co_apres_la_fin_de_ses_contrats_est_refusee(corpus: Corpus) -> None:
    """Circulaire (003) : l'option de la convention de 2016 « demeure jusqu'au 31/12/2024 »."""
    facture = {"date": "2025-01-01", "medecin": {"secteur": "2", "option": "optam_co"}, "actes": [{"code": "C"}]}
    for geste in (
        lambda: reponse(corpus, "2025-01-01", statut="titulaire", secteur="2", option="optam_co"),
        lambda: opposable.coter(facture),
    ):
        with pytest.raises(opposable.ErreurEntree) as erreur:
            geste()
        assert (erreur.value.code, erreur.value.ou) == ("FAITS_CONTRADICTOIRES", "medecin.option")
        assert "31 décembre 2024" in erreur.value.message


def statuts_et_secteurs() -> Iterator[tuple[str, str, str | None]]:
    for statut in STATUTS:
        for secteur in ("1", "2"):
            for titres in ("oui", "non", None):
                yield statut, secteur, titres


@pytest.mark.parametrize(("statut", "secteur", "titres"), list(statuts_et_secteurs()))
def test_les_droits_et_une_facture_disent_la_meme_chose(
    corpus: Corpus, statut: str, secteur: str, titres: str | None
) -> None:
    """Un dépassement libre ou permanent d'un patient sans protection : les droits annoncent ce que coter en fait."""
    medecin = {"statut": statut, "secteur": secteur, "option": "aucune", "specialite": "dermatologie"}
    medecin |= {"titres_secteur_2": titres} if titres else {}
    for nature, droit_permanent in (("libre", "non"), ("dp", "oui" if secteur == "1" else "non")):
        facture = {
            "date": "2018-06-15",
            "medecin": {**medecin, "droit_permanent": droit_permanent},
            "patient": {"age": "45 ans", "exonerations": []},
            "contexte": {"adresse_par": "medecin_traitant"},
            "actes": [{"code": "CS", "honoraires": "40.00", "nature_depassement": nature}],
        }
        dits = permis(reponse(corpus, "2018-06-15", **medecin, droit_permanent=droit_permanent))
        attendu = {"non": "refusee", "a_preciser": "a_verifier", "sous_conditions": "acceptee"}[dits[nature]]
        assert opposable.coter(facture)["statut"] == attendu, (nature, facture)


def test_chaque_table_lue_a_un_libelle_et_des_mots(corpus: Corpus) -> None:
    for nom in corpus.dispositifs[DISPOSITIF].tables:
        table = corpus.tables[nom]
        assert table.libelle
        assert set(table.valeurs) == {ligne.valeur for ligne in table.lignes if ligne.valeur is not None}


def test_chaque_statut_est_couvert_chaque_jour_par_les_tables_du_statut(corpus: Corpus) -> None:
    for nom in ("statut_secteur_de", "statut_regime", "statut_tarifs", "statut_enregistrement"):
        table = corpus.tables[nom]
        for jour in table.bornes(EFFECTIF):
            for statut in STATUTS:
                faits = {"medecin.statut": statut, "medecin.secteur": "2", "medecin.titres_secteur_2": "non"}
                assert table.choisir(faits.get, jour, EFFECTIF).etat in {"certain", "manquant"}, (nom, statut)


def test_l_avertissement_du_remplacant_ne_parle_que_pour_lui_et_depuis_2024() -> None:
    def motifs(le: str, statut: str) -> list[str]:
        facture = {
            "date": le,
            "medecin": {"specialite": "medecine_generale", "secteur": "1", "statut": statut},
            "patient": {"age": "45 ans"},
            "contexte": {"role": "medecin_traitant"},
            "actes": [{"code": "G"}],
        }
        cotee = opposable.coter(facture)
        assert cotee["statut"] == "acceptee"
        return [m["code"] for m in cotee["lignes"][0]["motifs"]]

    assert "REMPLACANT_NON_REGI" in motifs("2024-06-22", "remplacant")
    assert "REMPLACANT_NON_REGI" not in motifs("2024-06-21", "remplacant")
    assert all("REMPLACANT_NON_REGI" not in motifs("2026-02-10", s) for s in STATUTS if s != "remplacant")

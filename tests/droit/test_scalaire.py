"""L'interprète scalaire : faits dits, calculés, déduits ou usuels, et les opérations de l'algèbre."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opposable.droit import temps
from opposable.droit.acte import Regle, Variante
from opposable.droit.algebre import Calculs
from opposable.droit.condition import Et, Ou
from opposable.droit.condition import Test as Appartient
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Choix, Intervalle, Plages, Valeur
from opposable.droit.scalaire import Portee
from opposable.droit.table import EFFECTIF, PREVU

JOUR = temps.jour("2026-02-10")
KLEENE = (True, False, None)


def portee(corpus: Corpus, faits: Mapping[str, Valeur], **autres: Any) -> Portee:
    """Une portée sur ces faits, sans formule."""
    return Portee(corpus, EFFECTIF, JOUR, faits, autres.pop("formules", {}), **autres)


@pytest.mark.parametrize("termes", list(product(KLEENE, repeat=3)))
def test_et_ou_et_non_valent_ce_que_valent_toutes_leurs_precisions(termes: tuple[bool | None, ...]) -> None:
    mondes = list(product(*[(True, False) if t is None else (t,) for t in termes]))
    for operation, ordinaire in ((Calculs.et, all), (Calculs.ou, any)):
        possibles = {ordinaire(monde) for monde in mondes}
        assert operation(*termes) is (possibles.pop() if len(possibles) == 1 else None)
    assert Calculs.non(termes[0]) is (None if termes[0] is None else not termes[0])


@given(st.one_of(st.none(), st.integers(-500, 500)), st.one_of(st.none(), st.integers(-500, 500)))
def test_les_operations_propagent_l_inconnu_et_calculent_le_reste(a: int | None, b: int | None) -> None:
    inconnu = a is None or b is None
    assert Calculs.plus(a, b) == (None if inconnu else a + b)  # type: ignore[operator]  # connus
    assert Calculs.moins(a, b) == (None if inconnu else a - b)  # type: ignore[operator]
    assert Calculs.fois(a, b) == (None if inconnu else a * b)  # type: ignore[operator]
    assert Calculs.min(a, b) == (None if inconnu else sorted([a, b])[0])  # type: ignore[type-var]
    assert Calculs.max(a, b) == (None if inconnu else sorted([a, b])[1])  # type: ignore[type-var]
    assert Calculs.au_plus(a, b) == (None if inconnu else not a > b)  # type: ignore[operator]


def test_la_part_arrondit_au_centime_et_propage_l_inconnu() -> None:
    """28,00 × 17,5 % = 4,90 ; 0,01 × 50 % = 0,005, arrondi à 0,01."""
    assert Calculs.part(2800, 1750) == 490
    assert Calculs.part(1, 5000) == 1
    assert Calculs.part(None, 5000) is None
    assert Calculs.part(1, None) is None


@pytest.mark.parametrize(
    ("condition", "alors", "sinon", "attendu"),
    [
        (True, 1, 2, 1),
        (False, 1, 2, 2),
        (None, 1, 2, None),
        (None, 3, 3, 3),
        (None, None, None, None),
        (True, None, 2, None),
        (None, None, 2, None),
        (False, None, 2, 2),
    ],
)
def test_si_inconnu_ne_tranche_que_si_les_deux_branches_sont_egales(
    condition: bool | None, alors: int | None, sinon: int | None, attendu: int | None
) -> None:
    assert Calculs.si(condition, alors, sinon) == attendu


def test_connu_et_defaut_regardent_l_inconnu() -> None:
    assert [Calculs.connu(v) for v in (None, 0, "non")] == [False, True, True]
    assert [Calculs.defaut(None, 5), Calculs.defaut(0, 5)] == [5, 0]
    assert Calculs.dans(3, Plages(((0, 5),))) is True


def test_un_fait_dit_est_rendu_tel_quel(corpus: Corpus) -> None:
    p = portee(corpus, {"medecin.secteur": "2", "patient.age_mois": Intervalle(60, 72)})
    assert p.fait("medecin.secteur") == "2"
    assert p.fait("patient.age_mois") == Intervalle(60, 72)
    assert (p.supposes, p.inconnus) == ({}, {})


def test_un_fait_absent_sans_valeur_usuelle_est_inconnu_et_note(corpus: Corpus) -> None:
    p = portee(corpus, {})
    assert p.fait("contexte.retour_ecrit_mt") is None
    assert list(p.inconnus) == ["contexte.retour_ecrit_mt"]
    assert p.supposes == {}


def test_un_fait_absent_prend_sa_valeur_usuelle_et_elle_est_notee(corpus: Corpus) -> None:
    p = portee(corpus, {})
    assert p.fait("medecin.territoire") == "metropole"
    assert p.supposes == {"medecin.territoire": "metropole"}
    assert p.inconnus == {}


def test_une_liste_donne_un_oui_ou_un_non_par_valeur(corpus: Corpus) -> None:
    p = portee(corpus, {"patient.exonerations": frozenset({"ald"})})
    assert p.fait("patient.exonerations.ald") == "oui"
    assert p.fait("patient.exonerations.c2s") == "non"
    assert portee(corpus, {"medecin.competences": None}).fait("medecin.competences.diabetologie") is None


@pytest.mark.parametrize(
    ("faits", "attendu", "suppose"),
    [
        ({"medecin.option": "optam"}, "2", False),  # déduit, donc pas une hypothèse
        ({"medecin.option": "aucune"}, None, False),
        ({}, None, False),
        ({"medecin.option": "optam", "medecin.secteur": "2"}, "2", False),
    ],
)
def test_un_secteur_absent_se_deduit_de_l_option(
    corpus: Corpus, faits: dict[str, Valeur], attendu: str | None, suppose: bool
) -> None:
    p = portee(corpus, faits)
    assert p.fait("medecin.secteur") == attendu
    assert ("medecin.secteur" in p.supposes) is suppose
    assert ("medecin.secteur" in p.inconnus) is (attendu is None)


def test_une_absence_qui_ne_se_deduit_pas_est_une_question(corpus: Corpus) -> None:
    """Un dépassement pour exigence : l'exigence particulière, ordinairement « non », devient inconnue."""
    p = portee(corpus, {"acte.nature_depassement": "de"})
    assert p.fait("acte.exigence_particuliere") is None
    assert list(p.inconnus) == ["acte.exigence_particuliere"]
    sans = portee(corpus, {"acte.nature_depassement": "da"})
    assert sans.fait("acte.exigence_particuliere") == "non"
    assert sans.inconnus == {}


@pytest.mark.parametrize(
    ("secteur", "option", "droit_permanent", "statut", "attendu"),
    [
        ("1", "aucune", "non", "titulaire", "oui"),
        ("1", "aucune", "oui", "titulaire", "non"),
        ("1", "aucune", "oui", "remplacant", "oui"),
        ("2", "aucune", "non", "titulaire", "non"),
        ("2", "optam", "non", "titulaire", "oui"),
        ("2", None, "non", "titulaire", None),
        ("non_conventionne", None, None, None, "non"),
        (None, "optam", "non", "titulaire", None),
        ("1", None, "non", None, "oui"),
    ],
)
def test_la_maitrise_des_honoraires_se_derive(
    corpus: Corpus, secteur: Valeur, option: Valeur, droit_permanent: Valeur, statut: Valeur, attendu: str | None
) -> None:
    faits = {"secteur": secteur, "option": option, "droit_permanent": droit_permanent, "statut": statut}
    p = portee(corpus, {f"medecin.{nom}": valeur for nom, valeur in faits.items()})
    assert p.fait("medecin.maitrise") == attendu


@pytest.fixture(scope="session")
def derives(corpus: Corpus) -> list[str]:
    """Les faits qui se dérivent par cas."""
    return [nom for nom, fait in corpus.vocabulaire.faits.items() if fait.derive]


@given(data=st.data())
def test_preciser_un_fait_ne_change_jamais_un_fait_derive_deja_connu(
    corpus: Corpus, derives: list[str], data: st.DataObject
) -> None:
    nom = data.draw(st.sampled_from(derives))
    lus = corpus.vocabulaire.faits[nom].lit
    complet: dict[str, Valeur] = {}
    for lu in lus:
        fait = corpus.vocabulaire.faits[lu]
        domaine = fait.domaine
        if isinstance(domaine, Choix):
            complet[lu] = data.draw(st.sampled_from(sorted(domaine.valeurs)))
        else:
            bas, haut = domaine.plages[0]
            entiers = st.integers(max(bas, -10_000), min(haut - 1, 10_000))
            complet[lu] = data.draw(st.one_of(st.just(fait.sans_objet), entiers) if fait.sans_objet else entiers)
    caches = data.draw(st.frozensets(st.sampled_from(sorted(lus))))
    partiel = {lu: None if lu in caches else valeur for lu, valeur in complet.items()}
    avant, apres = portee(corpus, partiel).fait(nom), portee(corpus, complet).fait(nom)
    if avant is not None:
        assert apres == avant


def test_une_ligne_lit_les_faits_de_sa_facture_et_garde_les_siens(corpus: Corpus) -> None:
    facture = portee(corpus, {"medecin.secteur": "2"})
    ligne = portee(corpus, {"acte.honoraires": 3000}, mere=facture)
    assert ligne.fait("medecin.secteur") == "2"
    assert ligne.fait("acte.honoraires") == 3000
    assert ligne.fait("acte.quantite") == 1
    assert ligne.fait("medecin.territoire") == "metropole"
    assert list(ligne.supposes) == ["acte.quantite"]
    assert list(facture.supposes) == ["medecin.territoire"]


def test_un_fait_ne_se_calcule_qu_une_fois(corpus: Corpus) -> None:
    appels: list[str] = []

    def age(_: Portee) -> Valeur:
        appels.append("âge")
        return 70

    p = portee(corpus, {}, formules={"age_mois": age})
    assert [p.fait("patient.age_mois"), p.fait("patient.age_mois"), p.fait("patient.mineur")] == [70, 70, "oui"]
    assert appels == ["âge"]


@pytest.mark.parametrize(("jour", "attendu"), [("2024-05-14", 100), ("2024-05-15", 200)])
def test_une_table_se_lit_au_jour_du_cas(corpus: Corpus, jour: str, attendu: int) -> None:
    """La participation forfaitaire passe de 1 à 2 euros le 15 mai 2024."""
    p = Portee(corpus, EFFECTIF, temps.jour(jour), {}, {})
    assert p.table("participation_forfaitaire") == attendu
    assert list(p.choisies) == ["participation_forfaitaire"]


def test_une_table_qui_manque_ou_depend_d_un_inconnu_est_inconnue(corpus: Corpus) -> None:
    p = portee(
        corpus,
        {
            "ligne.exoneration": "aucune",
            "ligne.parcours": None,
            "patient.alsace_moselle": "non",
            "medecin.secteur": "non_conventionne",
        },
    )
    assert p.table("taux_remboursement") is None
    assert p.choisir("taux_remboursement").etat == "incertain"
    assert p.table("tarif_autorite") is None
    assert p.choisir("tarif_autorite").etat == "manquant"


def test_le_calendrier_annonce_se_lit_partout(corpus: Corpus) -> None:
    """Le gériatre : 32,00 € puis 37,00 €, annoncé au 1er juillet 2025, effectif au 1er janvier 2026."""
    jour = temps.jour("2025-09-01")
    su = {"medecin.territoire": "metropole", "medecin.specialite": "geriatrie"}
    for calendrier, attendu in ((EFFECTIF, 3200), (PREVU, 3700)):
        p = Portee(corpus, calendrier, jour, su, {})
        assert corpus.actes["CS"].tarifs.choisir(p.fait, p.jour, p.calendrier).valeur == attendu


def test_un_mot_n_est_pas_un_nombre(corpus: Corpus) -> None:
    p = portee(corpus, {"patient.age_mois": Intervalle(60, 72), "acte.quantite": 2})
    assert p.mot("da_assiette") == "total_coordonne"
    assert p.table("da_assiette") is None
    assert p.mot("da_taux") is None
    assert p.nombre("patient.age_mois") is None
    assert p.nombre("acte.quantite") == 2


def test_une_etape_nommee_reste_dans_la_trace(corpus: Corpus) -> None:
    p = portee(corpus, {})
    assert [p.nomme("base", 2650), p.nomme("taux", None)] == [2650, None]
    assert p.etapes == {"base": 2650, "taux": None}


def dans(fait: str, valeur: str) -> Appartient:
    """« Le fait vaut cette valeur »."""
    return Appartient(fait, Choix(frozenset({valeur})))


def test_une_regle_a_variantes_ne_regarde_que_celles_du_jour(corpus: Corpus) -> None:
    un, deux = dans("medecin.secteur", "1"), dans("medecin.secteur", "2")
    variantes = (
        Variante("avant", un, 0, JOUR, ()),
        Variante("depuis", deux, JOUR, JOUR + 10, ()),
    )
    regle = Regle("r", "exige", Ou((un, deux)), "M", 0, JOUR + 100, (), variantes=variantes)

    def vaut(jour: int, secteur: str | None) -> bool | None:
        p = Portee(corpus, EFFECTIF, jour, {"medecin.secteur": secteur}, {})
        return p.regle(regle)

    assert [vaut(JOUR - 1, s) for s in ("1", "2", None)] == [True, False, None]
    assert [vaut(JOUR, s) for s in ("1", "2", None)] == [False, True, None]
    assert vaut(JOUR + 10, "2") is False
    assert not regle.en_vigueur(JOUR + 100)
    assert regle.en_vigueur(0)


def test_une_regle_simple_vaut_sa_condition(corpus: Corpus) -> None:
    regle = Regle("r", "exige", Et((dans("medecin.secteur", "1"), dans("medecin.option", "aucune"))), "M", 0, 1, ())
    for secteur, option, attendu in (("1", "aucune", True), ("2", None, False), ("1", None, None)):
        p = Portee(corpus, EFFECTIF, JOUR, {"medecin.secteur": secteur, "medecin.option": option}, {})
        assert p.regle(regle) is attendu

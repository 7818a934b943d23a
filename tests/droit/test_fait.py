"""Les faits : leurs types, ce qu'ils lisent, ce qu'ils écrivent."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opposable.droit.ensemble import MOINS_INFINI, PLUS_INFINI, Choix, Intervalle, Plages
from opposable.droit.fait import ATTENDUS, TYPES, Fait, minutes, minutes_absolues, terme

SPECIALITE = Fait(
    "specialite",
    "choix",
    "Spécialité",
    valeurs={"generale": "Générale", "geriatrie": "Gériatrie", "neurologie": "Neurologie"},
    groupes={"autres": frozenset({"geriatrie", "neurologie"})},
)
AGE = Fait("age_mois", "entier", "Âge", minimum=0, maximum=1560)


def test_chaque_type_de_nombre_a_son_attendu_en_francais() -> None:
    assert set(ATTENDUS) == TYPES


@given(st.integers(0, 23), st.integers(0, 59))
def test_une_heure_fait_l_aller_retour(heures: int, mins: int) -> None:
    texte = f"{heures:02d}:{mins:02d}"
    assert minutes(texte) == heures * 60 + mins
    assert Fait("h", "heure", "").texte(minutes(texte)) == texte


@pytest.mark.parametrize("texte", ["24:00", "9:30", "12:60", "12h30", "", "12:30:00", "-1:00"])
def test_une_heure_impossible_est_refusee(texte: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        minutes(texte)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 23), st.integers(0, 59))
def test_une_date_heure_fait_l_aller_retour(jour: date, heures: int, mins: int) -> None:
    texte = f"{jour.isoformat()}T{heures:02d}:{mins:02d}"
    assert minutes_absolues(texte) == (jour.toordinal() * 24 + heures) * 60 + mins
    assert minutes_absolues(texte.replace("T", " ")) == minutes_absolues(texte)
    assert Fait("d", "date_heure", "").texte(minutes_absolues(texte)) == texte


@pytest.mark.parametrize("texte", ["2026-02-30T10:00", "2026-02-10T24:00", "2026-02-10", "2026-02-10T9:00"])
def test_une_date_heure_impossible_est_refusee(texte: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        minutes_absolues(texte)


@given(st.integers(20, 45), st.integers(0, 6))
def test_un_terme_se_compte_en_jours(semaines: int, jours: int) -> None:
    attendu = semaines * 7 + jours
    for texte in (f"{semaines}+{jours}", f"{semaines} SA + {jours}", f"{semaines} SA+{jours}"):
        assert terme(texte) == attendu
    assert terme(f"{semaines} SA") == semaines * 7
    assert Fait("t", "terme", "").texte(attendu) == f"{semaines}+{jours}"


@pytest.mark.parametrize("texte", ["32+7", "", "SA", "32+", "trente", "320"])
def test_un_terme_impossible_est_refuse(texte: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        terme(texte)


@pytest.mark.parametrize(
    ("type_", "texte", "valeur"),
    [
        ("entier", "42", 42),
        ("entier", "-3", -3),
        ("montant", "26.50", 2650),
        ("date", "2026-02-10", date(2026, 2, 10).toordinal()),
        ("heure", "19:30", 1170),
        ("terme", "32+6", 230),
    ],
)
def test_un_nombre_se_lit_selon_son_type(type_: str, texte: str, valeur: int) -> None:
    fait = Fait("f", type_, "")
    assert fait.nombre(texte) == valeur
    assert fait.texte(valeur) == texte


@pytest.mark.parametrize(
    ("type_", "texte"),
    [
        ("entier", "3.5"),
        ("entier", ""),
        ("montant", "26,5"),
        ("date", "2026-02-30"),
        ("heure", "25:00"),
        ("terme", "32+9"),
    ],
)
def test_un_nombre_mal_ecrit_dit_ce_qui_est_attendu(type_: str, texte: str) -> None:
    with pytest.raises(ValueError, match=f"« {texte} » n'est pas {ATTENDUS[type_]}".replace("+", r"\+")):
        Fait("f", type_, "").nombre(texte)


@pytest.mark.parametrize("texte", ["1_0", " 5 ", "٣"])
def test_un_entier_ne_s_ecrit_qu_avec_des_chiffres(texte: str) -> None:
    with pytest.raises(ValueError, match="n'est pas un nombre entier"):
        AGE.nombre(texte)


@pytest.mark.parametrize("type_", ["choix", "oui_non", "liste", "age", "code"])
def test_un_type_qui_n_est_pas_un_nombre_le_dit(type_: str) -> None:
    with pytest.raises(ValueError, match=f"le type {type_} n'est pas un nombre"):
        Fait("f", type_, "").nombre("3")


def test_un_ensemble_de_choix_developpe_ses_groupes() -> None:
    assert SPECIALITE.ensemble(["groupe:autres"]) == Choix(frozenset({"geriatrie", "neurologie"}))
    assert SPECIALITE.ensemble(["generale", "groupe:autres"]) == Choix(frozenset(SPECIALITE.valeurs))


@pytest.mark.parametrize(
    ("texte", "message"),
    [
        ("geriatre", "valeur inconnue « geriatre » ; vouliez-vous « geriatrie » ?"),
        ("groupe:autre", "groupe inconnu « autre » (connus : autres)"),
        ("qqqqq", "valeur inconnue « qqqqq »"),
    ],
)
def test_une_valeur_inconnue_nomme_la_plus_proche(texte: str, message: str) -> None:
    with pytest.raises(ValueError, match="inconnu") as info:
        SPECIALITE.ensemble([texte])
    assert str(info.value) == message


def test_un_ensemble_de_nombres_est_fait_d_intervalles_semi_ouverts() -> None:
    assert AGE.ensemble(["[24, 72["]) == Plages(((24, 72),))
    assert AGE.ensemble(["[216, ["]) == Plages(((216, PLUS_INFINI),))
    assert AGE.ensemble(["[, 72["]) == Plages(((MOINS_INFINI, 72),))
    assert AGE.ensemble(["24"]) == Plages(((24, 25),))
    assert AGE.ensemble(["[216, [", "[0, 24["]) == Plages(((0, 24), (216, PLUS_INFINI)))


def test_les_bornes_d_un_intervalle_ont_le_type_du_fait() -> None:
    honoraires = Fait("h", "montant", "")
    assert honoraires.ensemble(["[26.50, 60.00["]) == Plages(((2650, 6000),))
    quand = Fait("d", "date", "")
    assert quand.ensemble(["[2026-01-01, 2026-02-01["]) == Plages(
        ((date(2026, 1, 1).toordinal(), date(2026, 2, 1).toordinal()),)
    )


@pytest.mark.parametrize("texte", ["[72, 24[", "[24, 24["])
def test_un_intervalle_vide_est_refuse(texte: str) -> None:
    with pytest.raises(ValueError, match="intervalle vide"):
        AGE.ensemble([texte])


@pytest.mark.parametrize("texte", ["[24, 72]", "24-72", "]24, 72[", "[a, b["])
def test_un_intervalle_mal_ecrit_est_refuse(texte: str) -> None:
    with pytest.raises(ValueError, match="n'est pas un nombre entier"):
        AGE.ensemble([texte])


def test_oui_et_non_sont_les_seules_valeurs_d_un_fait_oui_non() -> None:
    fait = Fait("f", "oui_non", "")
    assert fait.domaine == Choix(frozenset({"oui", "non"}))
    assert fait.ensemble(["oui"]) == Choix(frozenset({"oui"}))
    with pytest.raises(ValueError, match="valeur inconnue « Oui »"):
        fait.ensemble(["Oui"])


def test_le_domaine_va_du_minimum_au_maximum_compris() -> None:
    assert AGE.domaine == Plages(((0, 1561),))
    assert Fait("f", "entier", "").domaine == Plages(((MOINS_INFINI, PLUS_INFINI),))
    assert SPECIALITE.domaine == Choix(frozenset(SPECIALITE.valeurs))


def test_sans_objet_est_une_valeur_du_fait() -> None:
    grossesse = Fait("g", "entier", "", minimum=1, maximum=9, sans_objet="aucune")
    assert grossesse.ensemble(["aucune"]).teste("aucune") is True
    assert grossesse.ensemble(["[6, 10["]).teste("aucune") is False


@pytest.mark.parametrize(
    ("fait", "valeur", "texte"),
    [
        (AGE, None, "inconnu"),
        (AGE, Intervalle(60, 72), "de 60 à 71"),
        (Fait("m", "montant", ""), Intervalle(1000, 2001), "de 10.00 à 20.00"),
        (SPECIALITE, "generale", "generale"),
        (Fait("l", "liste", "", valeurs={"ald": "", "c2s": ""}), frozenset({"c2s", "ald"}), "[ald, c2s]"),
        (Fait("l", "liste", ""), frozenset(), "[]"),
    ],
)
def test_une_valeur_s_ecrit_comme_une_personne_l_ecrirait(fait: Fait, valeur: object, texte: str) -> None:
    assert fait.texte(valeur) == texte  # type: ignore[arg-type]  # une Valeur


def test_un_fait_derive_ou_de_formule_se_calcule() -> None:
    assert Fait("f", "oui_non", "", formule="x").calcule
    assert not AGE.calcule

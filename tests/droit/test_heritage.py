"""« comme » : un acte qui en reprend un autre, ses lignes à lui, ses erreurs situées, ses surcouches."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from opposable.droit import temps
from opposable.droit.corpus import Corpus, charger
from opposable.droit.erreurs import ErreurCorpus
from opposable.droit.table import EFFECTIF

BASE = """\
ESSAI0:
  libelle: Lettre agrégée
  nature: supplement
  familles: [essai]
  s_ajoute_a: [G]
  tarifs:
    - {du: 2020-01-01, montant: 10.00, source: essai, drom: [{territoires: [mayotte], montant: 12.00, source: essai}]}
    - {du: 2024-01-01, montant: 11.00, source: essai}
  conditions:
    - tarif_opposable
    - exige_une_de:
        - {libelle: mineur, exige: {patient.mineur: oui, patient.sexe: f}, source: essai}
        - {libelle: majeur, exige: {patient.mineur: non}, source: essai}
      motif: AGE_NON_CONFORME
      source: essai
    - {refuse_si: {patient.mineur: non, patient.sexe: m}, motif: SEXE_NON_CONFORME, source: essai}
    - {a_verifier_si: {patient.mineur: oui, patient.sexe: m}, motif: TEXTE_NON_TRANCHE, source: essai}
  notes: Des notes qui ne se transmettent pas
"""
DETAIL = """\
ESSAI:
  libelle: Lettre détaillée
  comme: ESSAI0
  lettre_transmise: ESSAI0
  conditions:
    - {exige: {patient.mineur: oui}, motif: AGE_NON_CONFORME, source: essai}
"""


def tarif(corpus: Corpus, code: str, jour: str, territoire: str = "metropole") -> object:
    """Le tarif d'un acte."""
    return corpus.actes[code].tarifs.choisir({"medecin.territoire": territoire}.get, temps.jour(jour), EFFECTIF).valeur


def test_les_cles_absentes_sont_celles_de_l_acte_repris(atelier: Any) -> None:
    atelier.ecrit("actes/essai.yaml", BASE + DETAIL)
    assert atelier.defauts("ESSAI", "ESSAI0") == []
    corpus = atelier.charge()
    base, acte = corpus.actes["ESSAI0"], corpus.actes["ESSAI"]
    assert (acte.code, acte.libelle, acte.lettre_transmise) == ("ESSAI", "Lettre détaillée", "ESSAI0")
    assert (acte.nature, acte.familles, acte.s_ajoute_a) == (base.nature, base.familles, base.s_ajoute_a)
    assert (base.notes != "", acte.notes) == (True, "")
    assert (acte.fichier, acte.ligne) == ("corpus/actes/essai.yaml", base.ligne + BASE.count("\n"))
    for jour, territoire, valeur in [
        ("2019-12-31", "metropole", None),
        ("2020-01-01", "metropole", 1000),
        ("2020-01-01", "mayotte", 1200),
        ("2024-01-01", "metropole", 1100),
        ("2024-01-01", "mayotte", None),
    ]:
        assert tarif(corpus, "ESSAI0", jour, territoire) == tarif(corpus, "ESSAI", jour, territoire) == valeur


def test_les_lignes_portent_le_code_propre(atelier: Any) -> None:
    atelier.ecrit("actes/essai.yaml", BASE + DETAIL)
    corpus = atelier.charge()
    propres = {ligne.id for ligne in corpus.actes["ESSAI"].tarifs.lignes}
    assert {"ESSAI.2020-01-01", "ESSAI.mayotte.2020-01-01", "ESSAI.2024-01-01"} < propres
    assert {ident.replace("ESSAI.", "ESSAI0.", 1) for ident in propres} == {
        ligne.id for ligne in corpus.actes["ESSAI0"].tarifs.lignes
    }
    assert {r.id.split("#")[0] for r in corpus.actes["ESSAI"].regles} == {"ESSAI", "tarif_opposable"}


def test_les_conditions_s_ajoutent_et_ne_disent_que_ce_qui_peut_arriver(atelier: Any) -> None:
    """La variante et le refus du majeur ne servent plus ; ce que « mineur » remplit déjà n'est plus testé."""
    atelier.ecrit("actes/essai.yaml", BASE + DETAIL)
    corpus = atelier.charge()
    assert [r.sorte for r in corpus.actes["ESSAI0"].regles] == ["exige", "exige", "refuse_si", "a_verifier_si"]
    opposable, situations, doute, propre = corpus.actes["ESSAI"].regles
    assert [v.libelle for v in situations.variantes] == ["mineur"]
    assert list(situations.condition.faits()) == list(doute.condition.faits()) == ["patient.sexe"]
    assert (doute.sorte, list(propre.condition.faits())) == ("a_verifier_si", ["patient.mineur"])
    assert list(opposable.condition.faits()) == ["facture.opposable"]


def test_une_variante_deja_remplie_n_est_plus_dite(atelier: Any) -> None:
    """Datée, elle reste : avant sa date, elle n'ouvre rien."""
    base = BASE.replace("exige: {patient.mineur: oui, patient.sexe: f}", "exige: {patient.mineur: oui}")
    atelier.ecrit("actes/essai.yaml", base + DETAIL)
    assert [v for r in atelier.charge().actes["ESSAI"].regles for v in r.variantes] == []
    atelier.ecrit(
        "actes/essai.yaml", base.replace("mineur: oui}, source", "mineur: oui}, du: 2021-01-01, source") + DETAIL
    )
    [variante] = [v for r in atelier.charge().actes["ESSAI"].regles for v in r.variantes]
    assert (variante.libelle, list(variante.condition.faits())) == ("mineur", [])


@pytest.mark.parametrize("mineur", ["oui", "non", None])
@pytest.mark.parametrize("sexe", ["f", "m", None])
def test_specialiser_ne_change_aucun_verdict(atelier: Any, mineur: str | None, sexe: str | None) -> None:
    """Toutes les règles ensemble : refus, doute ou accord, comme si les règles reprises étaient dites en entier."""
    atelier.ecrit("actes/essai.yaml", BASE + DETAIL)
    corpus = atelier.charge()
    faits = {"patient.mineur": mineur, "patient.sexe": sexe, "facture.opposable": "oui"}

    def verdict(regles: Any) -> str:
        etats = set()
        for regle in regles:
            vrai = regle.condition.evalue(faits.get)
            if regle.sorte == "exige":
                etats.add({True: "oui", False: "non", None: "doute"}[vrai])
            elif regle.sorte == "refuse_si":
                etats.add({True: "non", False: "oui", None: "doute"}[vrai])
            else:
                etats.add({True: "doute", False: "oui", None: "doute"}[vrai])
        return "non" if "non" in etats else "doute" if "doute" in etats else "oui"

    entieres = (*corpus.actes["ESSAI0"].regles, corpus.actes["ESSAI"].regles[-1])
    entier, court = verdict(entieres), verdict(corpus.actes["ESSAI"].regles)
    assert court == entier or (entier, court) == ("doute", "non"), "plus précis, jamais plus favorable"


FAUTES = {
    "code inconnu": (
        BASE + DETAIL.replace("comme: ESSAI0", "comme: ESSAIO # ICI"),
        "acte inconnu « ESSAIO » ; vouliez-vous « ESSAI0 » ?",
        "un code du corpus",
    ),
    "soi-même": (
        BASE + DETAIL.replace("comme: ESSAI0", "comme: ESSAI # ICI"),
        "les actes se reprennent en boucle (ESSAI → ESSAI)",
        "un acte écrit en entier",
    ),
    "libellé absent": (
        BASE + DETAIL.replace("  libelle: Lettre détaillée\n", "").replace("  comme", "  # ICI\n  comme"),
        "il manque la clé « libelle »",
        "le libellé propre",
    ),
    "condition propre fausse": (
        BASE + DETAIL.replace("source: essai}", "source: essaie} # ICI"),
        "passage inconnu « essaie »",
        "un identifiant de corpus/passages",
    ),
}


@pytest.mark.parametrize("nom", FAUTES)
def test_une_faute_est_situee(atelier: Any, nom: str) -> None:
    texte, message, attendu = FAUTES[nom]
    atelier.ecrit("actes/essai.yaml", texte)
    [trouve] = [d for d in atelier.defauts("ESSAI") if d.regle.startswith("ESSAI")]
    ligne = next(rang for rang, t in enumerate(texte.split("\n"), 1) if "# ICI" in t)
    assert trouve.fichier == "corpus/actes/essai.yaml"
    assert trouve.ligne == (ligne + 1 if nom == "libellé absent" else ligne)
    assert message in trouve.message
    assert attendu in trouve.attendu


def test_une_boucle_a_plusieurs_est_situee_la_ou_elle_se_ferme(atelier: Any) -> None:
    texte = BASE.replace("  nature", "  comme: ESSAI # ICI\n  nature") + DETAIL
    atelier.ecrit("actes/essai.yaml", texte)
    trouves = atelier.defauts("ESSAI")
    assert {d.message for d in trouves} == {
        "les actes se reprennent en boucle (ESSAI0 → ESSAI → ESSAI0)",
        "les actes se reprennent en boucle (ESSAI → ESSAI0 → ESSAI)",
    }
    assert {d.regle for d in trouves} == {"ESSAI", "ESSAI0"}
    assert all(d.fichier == "corpus/actes/essai.yaml" and d.ligne for d in trouves)


def test_un_acte_repris_peut_en_reprendre_un_autre(atelier: Any) -> None:
    troisieme = "ESSAI3:\n  libelle: Troisième\n  comme: ESSAI\n  notes: Les siennes\n"
    atelier.ecrit("actes/essai.yaml", BASE + DETAIL + troisieme)
    corpus = atelier.charge()
    acte = corpus.actes["ESSAI3"]
    assert (acte.libelle, acte.lettre_transmise, acte.notes) == ("Troisième", "ESSAI0", "Les siennes")
    assert [r.condition for r in acte.regles] == [r.condition for r in corpus.actes["ESSAI"].regles]


# Les surcouches, sur le corpus livré : PPR reprend MCX.
SURCOUCHE = """\
surcouche: {{nom: {nom}, libelle: "Essai {nom}", date: 2026-01-01}}
actes: {{{code}: {{tarifs: {{{corps}}}}}}}
"""
Ecrire = Callable[[str, str, str], Path]


@pytest.fixture
def ecrire(tmp_path: Path) -> Ecrire:
    """Écrit une surcouche qui corrige les tarifs d'un acte."""

    def fait(nom: str, code: str, corps: str) -> Path:
        chemin = tmp_path / f"{nom}.yaml"
        chemin.write_text(SURCOUCHE.format(nom=nom, code=code, corps=corps), encoding="utf-8")
        return chemin

    return fait


def remplace(code: str, montant: str) -> str:
    """Remplace la ligne du 1er novembre 2017."""
    return f"remplace: {{{code}.2017-11-01: {{du: 2017-11-01, montant: {montant}, source: s1-16-montant}}}}"


def test_corriger_la_ligne_d_une_lettre_detaillee_ne_touche_qu_elle(corpus: Corpus, ecrire: Ecrire) -> None:
    assert tarif(corpus, "PPR", "2026-01-01") == tarif(corpus, "MCX", "2026-01-01") == 1600
    corrige = charger(surcouches=[ecrire("ppr", "PPR", remplace("PPR", "17.00"))])
    assert [tarif(corrige, code, "2026-01-01") for code in ("PPR", "MCX", "PPN")] == [1700, 1600, 1600]


def test_corriger_la_lettre_agregee_corrige_celles_qui_la_reprennent(ecrire: Ecrire) -> None:
    corrige = charger(surcouches=[ecrire("mcx", "MCX", remplace("MCX", "18.00"))])
    assert [tarif(corrige, code, "2026-01-01") for code in ("PPR", "MCX", "PPN", "MTX")] == [1800, 1800, 1800, 3000]
    ajoute = charger(
        surcouches=[ecrire("suite", "MCX", "ajoute: [{du: 2027-01-01, montant: 20.00, source: s1-16-montant}]")]
    )
    assert [tarif(ajoute, "PPR", jour) for jour in ("2026-12-31", "2027-01-01")] == [1600, 2000]


def test_l_ordre_des_deux_corrections_ne_compte_pas(ecrire: Ecrire) -> None:
    """La lettre agrégée d'abord : celle qui la reprend garde sa propre correction, et suit les autres."""
    couches = [
        ecrire("mcx", "MCX", remplace("MCX", "18.00")),
        ecrire("ppr", "PPR", "ajoute: [{du: 2027-01-01, montant: 21.00, source: s1-16-montant}]"),
        ecrire("ppn", "PPN", remplace("PPN", "19.00")),
    ]
    vus = set()
    for ordre in permutations(couches):
        corrige = charger(surcouches=ordre)
        vus.add(
            tuple(
                tarif(corrige, code, jour)
                for code in ("MCX", "PPR", "PPN", "SGE")
                for jour in ("2026-01-01", "2027-01-01")
            )
        )
    assert vus == {(1800, 1800, 1800, 2100, 1900, 1900, 1800, 1800)}


def test_une_surcouche_ajoute_une_lettre_qui_en_reprend_une_autre(corpus: Corpus, tmp_path: Path) -> None:
    chemin = tmp_path / "lettre.yaml"
    chemin.write_text(
        "surcouche: {nom: lettre, libelle: Une lettre, date: 2026-01-01}\n"
        "actes:\n"
        "  ZZ9:\n"
        "    libelle: Tuberculose\n"
        "    comme: MCX\n"
        "    lettre_transmise: MCX\n"
        "    conditions:\n"
        "      - {exige: {contexte.situation: tuberculose}, motif: SITUATION_NON_CONFORME,"
        " source: s1-16-tuberculose}\n",
        encoding="utf-8",
    )
    assert "ZZ9" not in corpus.actes
    avec = charger(surcouches=[chemin])
    assert tarif(avec, "ZZ9", "2026-01-01") == 1600
    assert [v.libelle for r in avec.actes["ZZ9"].regles for v in r.variantes] == [
        "Première consultation pour tuberculose"
    ]


def test_une_correction_fausse_de_l_acte_repris_est_refusee(ecrire: Ecrire) -> None:
    with pytest.raises(ErreurCorpus) as info:
        charger(surcouches=[ecrire("faux", "PPR", remplace("MCX", "17.00"))])
    [trouve] = info.value.defauts
    assert "aucune ligne « MCX.2017-11-01 »" in trouve.message
    assert "PPR.2017-11-01" in trouve.attendu

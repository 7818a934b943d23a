"""Les lois du corpus livré : tout se type, se prouve, se cite ; rien ne dort.

Pour figer de nouveau les identifiants de lignes : python tests/droit/test_lois.py
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import opposable
from opposable.droit import temps
from opposable.droit.acte import Regle
from opposable.droit.corpus import RACINE, Corpus, charger
from opposable.droit.frequence import INDECISE, LECTURES
from opposable.droit.lecture import Noeud, lire
from opposable.droit.preuve import prouver
from opposable.droit.table import EFFECTIF, PREVU, LigneTable, Table

IDENTIFIANTS = Path(__file__).with_name("identifiants.txt")
REGENERER = ".venv/bin/python tests/droit/test_lois.py"
MOTIFS_EN_ATTENTE = {}
"""Les motifs du catalogue que rien n'emploie encore, et ce qui les emploiera."""
FAITS_EN_ATTENTE = {
    "medecin.qpv": "les aides selon le lieu d'exercice",
}
"""Les faits du contrat d'entrée que rien ne lit encore, et ce qui les lira."""
DOCUMENTS_EN_ATTENTE = frozenset(
    {
        "ameli_actes_techniques_2024",
        "ameli_ccam",
        "arrete_2011_06_27_art4bis",
        "caducee_2025",
        "ccam_2017_02_23_kt",
        "ccam_2018_12_18_k",
        "ccam_2024_11_27",
        "cegedim_2026",
        "convention_2011_annexe22",
        "convention_2016_actes_techniques",
        "convention_2016_annexe1_2023",
        "convention_2016_annexe21",
        "convention_2016_art15",
        "convention_2016_art77_79",
        "convention_2016_art9_1",
        "convention_2016_optam",
        "convention_2016_parcours",
        "csmf",
        "css_l114_4_1_2004",
        "css_l162_15_1",
        "css_r162_54_10",
        "css_r162_54_9",
        "fmf_2026",
        "geroscopie_2025",
        "jo_2025_10_18",
        "juriblio_2005",
        "klesia_2025",
        "uncam_2024_10",
    }
)
"""Les documents lus pour des actes qui ne sont pas encore au corpus."""


def tables(corpus: Corpus) -> Iterator[Table]:
    """Toutes les tables : tarifs, bases et taux des actes, tables des autres mécanismes."""
    for acte in corpus.actes.values():
        yield from (t for t in (acte.tarifs, acte.bases, acte.taux) if t is not None)
    yield from corpus.tables.values()


def lignes(corpus: Corpus) -> Iterator[LigneTable]:
    """Toutes les lignes de toutes les tables."""
    for table in tables(corpus):
        yield from table.lignes


def regles(corpus: Corpus) -> Iterator[Regle]:
    """Toutes les règles : celles des actes, les partagées, les générales."""
    for acte in corpus.actes.values():
        yield from acte.regles
    for partagees in corpus.partagees.values():
        yield from partagees
    yield from corpus.depassements
    yield from corpus.toutes_lignes
    for dispositif in corpus.dispositifs.values():
        yield from dispositif.conditions


def noeuds(noeud: Noeud, cle: str = "") -> Iterator[tuple[str, Noeud]]:
    """Chaque nœud d'un fichier, avec la clé sous laquelle il est écrit."""
    yield cle, noeud
    if isinstance(noeud.valeur, dict):
        for nom, sous in noeud.valeur.items():
            yield from noeuds(sous, nom)
    elif isinstance(noeud.valeur, list):
        for sous in noeud.valeur:
            yield from noeuds(sous, cle)


@pytest.fixture(scope="session")
def ecrits() -> dict[str, Noeud]:
    """Les fichiers du corpus, relus comme du texte."""
    return {
        chemin.relative_to(RACINE).as_posix(): lire(chemin.read_text(encoding="utf-8"), chemin.name)
        for chemin in sorted(RACINE.rglob("*.yaml"))
    }


@pytest.fixture(scope="session")
def code() -> str:
    """Tout le code du paquet."""
    racine = Path(opposable.__file__).parent
    return "\n".join(chemin.read_text(encoding="utf-8") for chemin in sorted(racine.rglob("*.py")))


def cites(ecrits: dict[str, Noeud]) -> set[str]:
    """Les passages cités quelque part, déductions comprises."""
    return {
        str(noeud.valeur)
        for fichier, racine in ecrits.items()
        for cle, noeud in noeuds(racine)
        if isinstance(noeud.valeur, str)
        and (cle in {"source", "source_drom"} or (cle == "de" and fichier.startswith("passages/")))
    }


def test_tout_se_type_sans_defaut(corpus: Corpus) -> None:
    assert [str(d) for d in corpus.tout_typer()] == []
    assert len(list(lignes(corpus))) > 500


def test_chaque_motif_se_type(corpus: Corpus) -> None:
    for motif in corpus.motifs.values():
        assert motif.libelle
        assert motif.message
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", motif.code)


def test_rien_ne_se_contredit_et_rien_ne_manque(corpus: Corpus) -> None:
    """Trous, contradictions, lignes jamais atteintes, lignes vides, dans les deux calendriers."""
    assert [str(d) for nom in (*corpus.actes, *corpus.tables) for d in prouver(corpus, nom)] == []


def test_chaque_ligne_s_applique_au_moins_un_jour_dans_chaque_calendrier(corpus: Corpus) -> None:
    """Recalculé sans la preuve : la cellule, ses exceptions retirées, garde au moins une boîte."""
    for table in tables(corpus):
        for calendrier in (EFFECTIF, PREVU):
            jours = table.bornes(calendrier)
            for ligne in table.lignes:
                debut, fin = ligne.periode(calendrier)
                assert any(table.regions(ligne, j, calendrier) for j in jours if debut <= j < fin), ligne.id


def test_chaque_valeur_a_une_source_ou_dit_pourquoi_elle_manque(corpus: Corpus) -> None:
    for ligne in lignes(corpus):
        if ligne.valeur is None:
            assert ligne.manquant, ligne.id
        else:
            assert ligne.sources, ligne.id
            assert not ligne.manquant, ligne.id
    for regle in regles(corpus):
        assert regle.sources or all(v.sources for v in regle.variantes), regle.id


def test_chaque_montant_est_plausible(corpus: Corpus) -> None:
    """Une virgule déplacée se verrait : ni tarif nul, négatif ou d'au moins 1 000 euros, ni taux hors de [0, 1]."""
    for acte in corpus.actes.values():
        for table in (acte.tarifs, acte.bases):
            for ligne in table.lignes if table else ():
                assert ligne.valeur is None or 0 < int(ligne.valeur) < 100_000, ligne.id
        for ligne in acte.taux.lignes if acte.taux else ():
            assert ligne.valeur is None or 0 <= int(ligne.valeur) <= 10_000, ligne.id


def test_chaque_motif_cite_est_au_catalogue(corpus: Corpus) -> None:
    assert {regle.motif for regle in regles(corpus)} <= set(corpus.motifs)


def test_chaque_motif_du_catalogue_sert(corpus: Corpus, code: str) -> None:
    par_les_regles = {regle.motif for regle in regles(corpus)} | {f.motif for f in corpus.frequences}
    inutiles = {m for m in corpus.motifs if m not in par_les_regles and not re.search(rf"\b{m}\b", code)}
    assert inutiles == set(MOTIFS_EN_ATTENTE), "tenez MOTIFS_EN_ATTENTE à jour"


def test_un_report_liste_exactement_les_lignes_qui_le_citent(corpus: Corpus, ecrits: dict[str, Noeud]) -> None:
    """Les lignes de métropole : celles des départements d'outre-mer suivent la leur."""
    for report in corpus.reports.values():
        citent = {
            ligne.id
            for ligne in lignes(corpus)
            if ligne.report == report.id
            and not any(f".{t}." in ligne.id for t in corpus.vocabulaire.faits["medecin.territoire"].groupes["drom"])
        }
        assert set(report.deplace) == citent
        assert len(report.deplace) == len(set(report.deplace))
    ecrites = [n for _, racine in ecrits.items() for cle, n in noeuds(racine) if cle == "report"]
    assert len(ecrites) == sum(len(r.deplace) for r in corpus.reports.values())


def test_une_ligne_reportee_garde_sa_date_imprimee_dans_son_identifiant(corpus: Corpus) -> None:
    reportees = [ligne for ligne in lignes(corpus) if ligne.report]
    assert reportees
    for ligne in reportees:
        report = corpus.reports[ligne.report]
        assert (ligne.du, ligne.du_prevu) == (report.effectif, report.prevu)
        assert ligne.id.endswith(temps.iso(report.prevu))


def test_chaque_passage_des_cinq_documents_est_dans_sa_source(corpus: Corpus, partage: Callable[[str], Path]) -> None:
    """L'extrait, blancs réduits, se retrouve mot pour mot."""
    dossier = partage("sources")
    textes = {
        document.id: " ".join((dossier / document.fichier).read_text(encoding="utf-8").split())
        for document in corpus.documents.values()
        if document.autorite == "texte"
    }
    assert len(textes) == 5
    passages = [p for p in corpus.passages.values() if p.document is not None and p.document.id in textes]
    assert len(passages) > 100
    absents = [p.id for p in passages if " ".join(p.extrait.split()) not in textes[p.document.id]]  # type: ignore[union-attr]
    assert absents == []


def test_un_extrait_n_est_jamais_vide(corpus: Corpus) -> None:
    assert [p.id for p in corpus.passages.values() if len(p.extrait.strip()) < 4] == []


def test_une_deduction_ne_se_deduit_pas_d_elle_meme(corpus: Corpus) -> None:
    def origines(ident: str, chemin: tuple[str, ...]) -> set[str]:
        assert ident not in chemin, f"{ident} se déduit de lui-même"
        de = corpus.passages[ident].de
        return {ident} if not de else set().union(*(origines(d, (*chemin, ident)) for d in de))

    for ident, passage in corpus.passages.items():
        if passage.autorite == "deduit":
            assert all(corpus.passages[o].document is not None for o in origines(ident, ()))


def test_chaque_passage_est_cite_et_chaque_citation_existe(corpus: Corpus, ecrits: dict[str, Noeud]) -> None:
    assert cites(ecrits) - set(corpus.passages) == set()
    assert set(corpus.passages) - cites(ecrits) == set()


def test_chaque_document_est_cite(corpus: Corpus) -> None:
    utiles = {p.document.id for p in corpus.passages.values() if p.document is not None}
    assert set(corpus.documents) - utiles - DOCUMENTS_EN_ATTENTE == set()
    assert set(corpus.documents) >= DOCUMENTS_EN_ATTENTE


def test_chaque_mot_d_une_table_est_dit(corpus: Corpus) -> None:
    """Les mots nommés sous « valeurs » sont ceux de ses lignes, et il en reste pour chacun.

    Une table « periode_… » garde les trois façons de compter, même celles que nul texte n'a encore choisies ; une table
    dont toutes les valeurs manquent garde les mots qu'une surcouche lui donnerait.
    """
    nommees = [table for table in corpus.tables.values() if table.valeurs]
    assert nommees
    for table in nommees:
        dits = {ligne.valeur for ligne in table.lignes if ligne.valeur is not None} or set(table.valeurs)
        assert set(table.valeurs) == ({*LECTURES, INDECISE} if table.nom.startswith("periode_") else dits), table.nom


def test_chaque_condition_partagee_sert(corpus: Corpus, ecrits: dict[str, Noeud]) -> None:
    nommees = {
        str(noeud.valeur)
        for fichier, racine in ecrits.items()
        if fichier.startswith(("actes/", "ccam/modeles"))
        for cle, noeud in noeuds(racine)
        if cle == "conditions" and isinstance(noeud.valeur, str)
    }
    assert nommees == set(corpus.partagees)


def test_chaque_fait_est_lu(corpus: Corpus, code: str) -> None:
    """Par une cellule, une condition, un autre fait, ou nommément par le code."""
    lus = {fait for table in tables(corpus) for fait in table.faits}
    lus |= {fait for regle in regles(corpus) for fait in regle.condition.faits()}
    lus |= {lu for fait in corpus.vocabulaire.faits.values() for lu in fait.lit}
    lus |= {liste for membre, (liste, _) in corpus.vocabulaire.membres.items() if membre in lus}
    comptees = [*corpus.frequences, *(f for acte in corpus.actes.values() for f in acte.frequences)]
    lus |= {corpus.vocabulaire.comptes[f.sur] for f in comptees}
    lus |= {fait for f in comptees if f.quand is not None for fait in f.quand.faits()}
    membres = corpus.vocabulaire.membres
    oublies = {
        nom for nom in corpus.vocabulaire.faits if nom not in lus and nom not in membres and f'"{nom}"' not in code
    }
    assert oublies == set(FAITS_EN_ATTENTE), "tenez FAITS_EN_ATTENTE à jour"


def test_une_frequence_restreinte_dit_a_qui_elle_s_applique(corpus: Corpus) -> None:
    frequences = [f for acte in corpus.actes.values() for f in acte.frequences]
    assert [f.id for f in frequences if not f.precision and (f.quand is not None or f.verdict == "a_verifier")] == []


def test_une_lettre_et_le_code_qui_la_transmet_se_comptent_ensemble(corpus: Corpus) -> None:
    for acte in corpus.actes.values():
        if acte.lettre_transmise and acte.frequences:
            assert any(acte.lettre_transmise in f.compte for f in acte.frequences), acte.code
            transmis = corpus.actes[acte.lettre_transmise].frequences
            assert any(acte.code in f.compte for f in transmis), acte.code


def test_les_renvois_d_un_acte_a_l_autre_existent(corpus: Corpus) -> None:
    for acte in corpus.actes.values():
        assert set(acte.remplace_par) <= set(corpus.actes), acte.code
        assert set(acte.tarif_coordonne) <= set(corpus.actes), acte.code
        for lien in (*acte.s_ajoute_a, *acte.incompatibles, *acte.non_verifies):
            assert lien.cible in (corpus.familles if lien.famille else corpus.actes), acte.code


def test_un_acte_fini_ne_se_facture_plus(corpus: Corpus) -> None:
    finis = [a for a in corpus.actes.values() if a.au != temps.INFINI]
    assert finis
    for acte in finis:
        for calendrier in (EFFECTIF, PREVU):
            assert acte.en_vigueur(acte.au - 1, calendrier)
            assert not acte.en_vigueur(acte.au, calendrier)
            assert acte.tarifs.actives(acte.au, calendrier) == ()


def identifiants(corpus: Corpus) -> list[str]:
    """Les identifiants de toutes les lignes, triés."""
    return sorted(ligne.id for ligne in lignes(corpus))


def test_les_identifiants_de_lignes_sont_figes(corpus: Corpus) -> None:
    """Les lots citent ces identifiants : en perdre un, ou en changer un, casse ce qui a déjà été écrit."""
    figes = IDENTIFIANTS.read_text(encoding="utf-8").split()
    actuels = identifiants(corpus)
    assert len(actuels) == len(set(actuels))
    assert sorted(set(figes) - set(actuels)) == [], "des identifiants ont disparu"
    assert sorted(set(actuels) - set(figes)) == [], f"des lignes sont nouvelles ; pour les figer : {REGENERER}"


if __name__ == "__main__":
    IDENTIFIANTS.write_text("".join(f"{ident}\n" for ident in identifiants(charger())), encoding="utf-8")

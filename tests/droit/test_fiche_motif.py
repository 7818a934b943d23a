"""La lecture des fiches de motifs et des erreurs courantes : à la demande, et ce qu'elle refuse."""

from __future__ import annotations

from typing import Any

import pytest

from opposable.droit.erreurs import ErreurCorpus
from opposable.droit.fichiers import ERREURS, FICHES

FACTURE = "facture: {date: 2026-02-10, actes: [{code: G}]}"
EXEMPLE = f"{{dit: un, {FACTURE}}}"
FICHE = f"CODE_HORS_PERIODE: {{correction: c, enjeu: aucun, juste: {EXEMPLE}, faux: {EXEMPLE}}}"


def test_une_facture_ne_les_lit_pas(atelier: Any) -> None:
    """Une faute dans ces fichiers ne gêne que le catalogue ; l'empreinte les compte."""
    avant = atelier.charge().empreinte
    for nom in (FICHES, ERREURS):
        atelier.ecrit(nom, "[\n")
    corpus = atelier.charge()
    assert corpus.empreinte != avant
    assert corpus.actes["G"].libelle
    assert corpus.motifs["CODE_HORS_PERIODE"].libelle
    with pytest.raises(ErreurCorpus):
        list(corpus.fiches_motifs)
    with pytest.raises(ErreurCorpus):
        list(corpus.erreurs_frequentes)


def test_ses_valeurs_sont_des_textes(atelier: Any) -> None:
    atelier.ecrit(FICHES, FICHE)
    fiche = atelier.charge().fiches_motifs["CODE_HORS_PERIODE"]
    assert fiche.couple.faux.entree == {"date": "2026-02-10", "actes": [{"code": "G"}]}
    assert (fiche.couple.faux.effet, fiche.couple.faux.prevu, fiche.enjeu) == ("refuse", False, "aucun")


@pytest.mark.parametrize(
    ("fiche", "dit"),
    [
        (FICHE.replace("CODE_HORS_PERIODE", "INCONNU"), "motif inconnu « INCONNU »"),
        (FICHE.replace("enjeu: aucun", "enjeu: beaucoup"), "« beaucoup » ne convient pas"),
        (FICHE.replace(f", faux: {EXEMPLE}", ""), "un motif montre ses deux exemples"),
        (FICHE.replace("enjeu: aucun", "enjeu: aucun, sans_exemple: rien"), "un motif montre ses deux exemples"),
        (FICHE.replace("enjeu: aucun", "enjeu: aucun, mecanisme: m"), "« mecanisme » et « vise » vont ensemble"),
        (FICHE.replace("dit: un", "dit: un, entree: {}"), "un exemple est une facture ou un cas de dispositif"),
        (FICHE.replace("dit: un", "dit: un, prevu: peut-etre"), "« peut-etre » ne convient pas"),
        (FICHE.replace("juste: {dit: un", "juste: {dit: un, effet: refuse"), "clé inconnue « effet »"),
        (FICHE.replace("enjeu: aucun", "enjeu: aucun, source: inconnu"), "passage inconnu « inconnu »"),
        (FICHE.replace("correction: c, ", ""), "il manque la clé « correction »"),
    ],
)
def test_une_fiche_mal_ecrite(atelier: Any, fiche: str, dit: str) -> None:
    atelier.ecrit(FICHES, fiche)
    assert any(dit in d.message and d.fichier.endswith(FICHES) for d in atelier.charge().tout_typer())


COUPLE = f"{{motif: AGE_NON_CONFORME, juste: {EXEMPLE}, faux: {EXEMPLE}}}"
ERREUR = (
    f"1: {{enonce: e, gravites: rejet, statut: couverte, motifs: AGE_NON_CONFORME, exemples: [{COUPLE}], adresses: a}}"
)


@pytest.mark.parametrize(
    ("erreur", "dit"),
    [
        (ERREUR.replace("couverte", "partiel"), "une erreur vue en partie dit ce qui reste"),
        (ERREUR.replace("gravites: rejet", "gravites: grave"), "« grave » ne convient pas"),
        (ERREUR.replace(", adresses: a", ""), "une erreur cite sa source"),
        (ERREUR.replace("adresses: a", "source: inconnu"), "passage inconnu « inconnu »"),
        (ERREUR.replace("motifs: AGE_NON_CONFORME", "motifs: INCONNU"), "motif inconnu « INCONNU »"),
        (ERREUR.replace("motif: AGE_NON_CONFORME", "motif: INCONNU"), "motif inconnu « INCONNU »"),
        (ERREUR.replace(f", exemples: [{COUPLE}]", ""), "chaque motif d'une erreur a son exemple"),
        (ERREUR.replace("couverte", "a_venir, reste: r"), "une erreur vue a ses motifs"),
    ],
)
def test_une_erreur_mal_ecrite(atelier: Any, erreur: str, dit: str) -> None:
    atelier.ecrit(ERREURS, ERREUR)
    assert atelier.charge().tout_typer() == []
    atelier.ecrit(ERREURS, erreur)
    assert any(dit in d.message for d in atelier.charge().tout_typer())

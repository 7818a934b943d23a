"""Les pages du barème : la liste d'un jour, la recherche, la fiche d'un code, son graphique et ses exports."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import export
from opposable.portes.api import operations
from opposable.portes.api.parametres import PREVU, Parametre
from opposable.portes.web import bareme_vues, demande, escalier, fiche_vues
from opposable.portes.web.demande import Demande
from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import rendre

_DE_LISTE: Final = (operations.RECHERCHE, operations.LE, PREVU, *operations.PROFIL)
_DE_FICHE: Final = (operations.LE, PREVU, *operations.PROFIL)
_ETROIT: Final = Parametre("etroit", "oui_non", "Le graphique d'un petit écran.", "oui")


def routeur(porte: Porte) -> APIRouter:
    """Les adresses du barème."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/bareme")
    async def liste(requete: Request) -> Response:
        return await _liste(porte, requete)

    @routes.get("/bareme.csv")
    async def liste_csv(requete: Request) -> Response:
        lue = demande.lire(requete.query_params, _DE_LISTE)
        _exiger(lue)
        vue = await porte.calculer(bareme_vues.liste, lue, porte.surcouches)
        return csv(vue["reponse"], "bareme", lue)

    @routes.get("/bareme/{code}.svg")
    async def graphique(requete: Request, code: str) -> Response:
        lue = demande.lire(requete.query_params, (*_DE_FICHE, _ETROIT))
        _exiger(lue)
        try:
            dessin = await porte.calculer(_dessiner, code, lue, porte)
        except fiche_vues.CodeInconnu as erreur:
            return _introuvable(erreur)
        if dessin is None:
            rien = ErreurEntree("RIEN_A_DESSINER", f"« {code} » n'a aucun tarif connu à dessiner", ou="code")
            return _introuvable(rien)
        return Response(dessin, media_type="image/svg+xml", headers=escalier.EN_TETES)

    @routes.get("/bareme/{code}.csv")
    async def fiche_csv(requete: Request, code: str) -> Response:
        lue = demande.lire(requete.query_params, _DE_FICHE)
        _exiger(lue)
        try:
            reponse = await porte.calculer(
                fiche_vues.lire, code, lue, porte.surcouches, historique=True, prevu=lue.prevu
            )
        except fiche_vues.CodeInconnu as erreur:
            return _introuvable(erreur)
        return csv(reponse, fiche_vues.nom(reponse).lower(), lue)

    @routes.get("/bareme/{code}")
    async def fiche(requete: Request, code: str) -> Response:
        return await _fiche(porte, requete, code)

    return routes


async def _liste(porte: Porte, requete: Request) -> Response:
    lue = demande.lire(requete.query_params, _DE_LISTE)
    fragment = requete.headers.get("hx-request") == "true"
    vue: dict[str, Any] | None = None
    if lue.faute is None:
        try:
            vue = await porte.calculer(bareme_vues.liste, lue, porte.surcouches)
        except ErreurEntree as erreur:
            lue.refuser(erreur)
    if vue is not None and vue["reponse"]["fiche"] and vue["recherche"] and not fragment:
        return RedirectResponse(demande.fiche(vue["trouves"][0]["code"], lue.suite("recherche")), 303)
    contexte = {
        "vue": vue,
        "demande": lue,
        "suite": lue.suite(),
        "proche": lue.proche,
        **_reglages(porte, lue),
    }
    statut = 200 if lue.faute is None or lue.proche is not None else 422
    if fragment:
        return rendre("bareme_resultats.html", statut=statut, **contexte, fragment=True)
    return rendre("bareme.html", statut=statut, rubrique="bareme", **contexte, fragment=False, **porte.entete())


async def _fiche(porte: Porte, requete: Request, code: str) -> Response:
    lue = demande.lire(requete.query_params, _DE_FICHE)
    non_couvert = porte.corpus.non_couverts.get(code.strip().upper())
    vue: dict[str, Any] | None = None
    absent: fiche_vues.CodeInconnu | None = None
    if lue.faute is None:
        try:
            vue = await porte.calculer(fiche_vues.fiche, code, lue, porte.surcouches)
        except fiche_vues.CodeInconnu as erreur:
            absent = erreur
        except ErreurEntree as erreur:
            lue.refuser(erreur)
    contexte = {
        "vue": vue, "demande": lue, "suite": lue.suite(), "code": code, "non_couvert": non_couvert, "absent": absent,
        "rubrique": "bareme", **_reglages(porte, lue), **porte.entete(),
    }  # fmt: skip
    if absent is not None:
        morceaux = _relier(porte, non_couvert or "")
        return rendre("bareme_absent.html", statut=404, morceaux=morceaux, **contexte)
    return rendre("bareme_fiche.html", statut=200 if lue.faute is None else 422, **contexte)


def _introuvable(erreur: ErreurEntree) -> Response:
    return rendre("erreur.html", statut=404, faute=erreur, code_http=404, rubrique="")


def _reglages(porte: Porte, lue: Demande) -> dict[str, Any]:
    return demande.reglages(porte.corpus, lue, {"le": demande.aujourdhui().isoformat()})


def _relier(porte: Porte, texte: str) -> list[tuple[str, bool]]:
    """Le texte en morceaux ; vrai pour un mot qui est un code du barème."""
    mots = texte.replace(",", " ,").split(" ")
    return [(mot, mot in porte.corpus.actes) for mot in mots]


def _dessiner(code: str, lue: Demande, porte: Porte) -> bytes | None:
    trouve = fiche_vues.trace(code, lue, porte.surcouches)
    return escalier.dessiner(*trouve, etroit=lue.lus.oui("etroit")) if trouve else None


def _exiger(lue: Demande) -> None:
    if lue.faute is not None:
        raise lue.faute


def csv(reponse: dict[str, Any], nom: str, lue: Demande) -> Response:
    """La réponse en CSV, sous un nom de fichier qui dit le calendrier annoncé."""
    fichier = f"{nom}-annonce-non-applique.csv" if lue.prevu else f"{nom}.csv"
    return Response(
        export.en_csv(reponse), media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{fichier}"'},
    )  # fmt: skip

"""La page « Mon année » : un médecin décrit une fois, ce que vaut son année, ce qui manque, une autre année à côté.

Rien n'est gardé : le dossier voyage dans le formulaire, jamais dans l'adresse, et se télécharge pour la prochaine fois.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import annee as dossiers
from opposable.portes import python as api
from opposable.portes.entree import decoder
from opposable.portes.web import annee_formulaire as formulaire
from opposable.portes.web import annee_vues, champs
from opposable.portes.web.jsons import lisible
from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import rendre
from opposable.remuneration.dossier import bornes_des_annees

CHAMPS: Final = 400
"""Au plus autant de champs dans un formulaire : la page en a bien moins."""
_FEUILLE: Final = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""La feuille à imprimer porte ses styles ; rien d'autre ne lui est permis."""


def routeur(porte: Porte) -> APIRouter:
    """Les adresses de la page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/annee")
    async def accueil(requete: Request) -> Response:
        exemple = requete.query_params.get("exemple") == "oui"
        valeurs = await porte.calculer(_depart, porte, exemple)
        return rendre("annee.html", **await porte.calculer(_contexte, porte, valeurs, None, None))

    @routes.post("/annee")
    async def calculer(requete: Request) -> Response:
        valeurs = _textes(await requete.form(max_files=0, max_fields=CHAMPS))
        contexte = await porte.calculer(_calculer, porte, valeurs)
        return rendre("annee.html", statut=422 if contexte["faute"] else 200, **contexte)

    @routes.post("/annee/reprendre")
    async def reprendre(requete: Request) -> Response:
        async with requete.form(max_files=1, max_fields=CHAMPS) as envoi:
            texte = await _dossier(envoi)
        contexte = await porte.calculer(_reprendre, porte, texte)
        return rendre("annee.html", statut=422 if contexte["faute"] else 200, **contexte)

    @routes.post("/annee/dossier.json")
    async def dossier(requete: Request) -> Response:
        return _fichier(await _brut(requete), "application/json", "mon-annee.json")

    @routes.post("/annee/echeances.ics")
    async def agenda(requete: Request) -> Response:
        envoi = _textes(await requete.form(max_files=0, max_fields=CHAMPS))
        return _fichier(await porte.calculer(_agenda, porte, envoi), "text/calendar", "mon-annee.ics")

    @routes.post("/annee/feuille")
    async def feuille(requete: Request) -> Response:
        envoi = _textes(await requete.form(max_files=0, max_fields=CHAMPS))
        return Response(await porte.calculer(_feuille, porte, envoi), media_type="text/html", headers=_FEUILLE)

    return routes


def _textes(envoi: FormData) -> dict[str, str]:
    """Les champs remplis."""
    return {nom: str(valeur).strip() for nom, valeur in envoi.items() if str(valeur).strip()}


async def _dossier(envoi: FormData) -> str:
    """Le dossier collé, ou celui du fichier envoyé. :class:`ErreurEntree` si ce n'est pas du texte."""
    fichier = envoi.get("fichier")
    if isinstance(fichier, UploadFile) and fichier.filename:
        return decoder(await fichier.read(), "fichier")
    return str(envoi.get("dossier") or "")


async def _brut(requete: Request) -> str:
    envoi = _textes(await requete.form(max_files=0, max_fields=CHAMPS))
    return lisible(formulaire.analyser(envoi.get("dossier", ""))) + "\n"


def _fichier(texte: str, genre: str, nom: str) -> Response:
    return Response(texte, media_type=genre, headers={"content-disposition": f'attachment; filename="{nom}"'})


def _depart(porte: Porte, exemple: bool) -> dict[str, str]:
    """L'année en cours, ou l'exemple livré comparé à l'année d'avant."""
    if exemple:
        lu = dossiers.exemple()
        return {**formulaire.remplir(porte.corpus, lu), "comparer": str(int(lu["annee"]) - 1)}
    return {"annee": str(date.today().year)}  # noqa: DTZ011 - l'année locale de l'utilisateur


def _reprendre(porte: Porte, texte: str) -> dict[str, Any]:
    try:
        brut = formulaire.analyser(texte)
        api.annee(brut, surcouches=porte.surcouches)
    except ErreurEntree as faute:
        return _contexte(porte, _depart(porte, exemple=False), None, faute)
    return _contexte(porte, formulaire.remplir(porte.corpus, brut), None, None)


def _calculer(porte: Porte, valeurs: dict[str, str]) -> dict[str, Any]:
    try:
        brut = formulaire.lire(porte.corpus, valeurs)
        comparer = valeurs.get("comparer") or None
        reponse = api.annee(brut, comparer=comparer, surcouches=porte.surcouches)
    except ErreurEntree as faute:
        return _contexte(porte, valeurs, None, faute)
    return _contexte(porte, valeurs, {"brut": brut, "reponse": reponse}, None)


def _agenda(porte: Porte, envoi: Mapping[str, str]) -> str:
    return dossiers.agenda(_reponse(porte, envoi))


def _feuille(porte: Porte, envoi: Mapping[str, str]) -> str:
    return annee_vues.page_seule(_reponse(porte, envoi), porte.corpus.groupes)


def _reponse(porte: Porte, envoi: Mapping[str, str]) -> dict[str, Any]:
    brut = formulaire.analyser(envoi.get("dossier", ""))
    return api.annee(brut, comparer=envoi.get("comparer"), surcouches=porte.surcouches)


def _contexte(
    porte: Porte, valeurs: Mapping[str, str], calcul: dict[str, Any] | None, faute: ErreurEntree | None
) -> dict[str, Any]:
    """Tout ce que la page montre ; une faute y est dite, rien de ce qui est écrit n'est perdu."""
    corpus = porte.corpus
    premiere, derniere = bornes_des_annees(corpus)
    annees = [str(a) for a in range(derniere, premiere - 1, -1)]
    return {
        "rubrique": "annee",
        **porte.entete(),
        "v": annee_vues.vue(calcul["reponse"], corpus.groupes) if calcul is not None else None,
        "dossier": json.dumps(calcul["brut"], ensure_ascii=False) if calcul is not None else "",
        "faute": faute,
        "ou": "" if faute is None else champs.endroit(faute.ou, valeurs),
        "annees": annees,
        "annee": valeurs.get("annee", ""),
        "comparer": valeurs.get("comparer", ""),
        "medecin": formulaire.du_medecin(corpus, valeurs),
        "patients": formulaire.des_patients(corpus, valeurs),
        "groupes": formulaire.sections(corpus, valeurs),
    }

"""La page Coter : une situation, les seules questions qui comptent, et la facture qui se construit à côté."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.portes.web import note, rencontre, technique
from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import STATUTS, rendre

CHAMPS: Final = 400
"""Au plus autant de champs dans un formulaire : la page en a bien moins."""
_LIGNE: Final = re.compile(r"actes\[(\d+)\]\.")


def routeur(porte: Porte) -> APIRouter:
    """Les adresses de la page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def accueil() -> Response:
        maintenant = datetime.now()  # noqa: DTZ005 - l'heure locale de l'utilisateur, sur sa machine
        vierge = rencontre.Rencontre({"date": f"{maintenant:%Y-%m-%d}", "heure": f"{maintenant:%H:%M}"})
        return rendre("coter.html", **await porte.calculer(_contexte, porte, vierge))

    @routes.post("/coter")
    async def coter(requete: Request) -> Response:
        formulaire = await requete.form(max_files=0, max_fields=CHAMPS)
        try:
            dite = rencontre.lire(formulaire)
        except ErreurEntree as faute:
            dite = rencontre.Rencontre(faute=faute)
        contexte = await porte.calculer(_contexte, porte, dite)
        contexte["fragment_seul"] = requete.headers.get("hx-request") == "true"
        gabarit = "coter_suite.html" if contexte["fragment_seul"] else "coter.html"
        refusee = contexte["faute"] or dite.technique.faute
        return rendre(gabarit, statut=422 if refusee else 200, **contexte)

    @routes.get("/coter/actes")
    async def actes(requete: Request) -> Response:
        cherche = requete.query_params.get("cherche", "")
        suite = await porte.calculer(_suggerer, porte, cherche)
        return rendre("morceaux/actes.html", suite=suite, fragment=True)

    return routes


def _suggerer(porte: Porte, cherche: str) -> dict[str, Any]:
    return technique.suggerer(porte.corpus, cherche)


def _contexte(porte: Porte, dite: rencontre.Rencontre) -> dict[str, Any]:
    """Tout ce que la page montre ; une entrée qui ne convient pas y est dite, rien n'est perdu."""
    corpus = porte.corpus
    technique.ajouter(corpus, dite.entree, dite.technique)
    faute, reponse, cotation = dite.faute, None, None
    if faute is None and not dite.manque:
        try:
            reponse = rencontre.proposition(dite, porte.surcouches)
            cotation = rencontre.coter(dite, reponse, porte.surcouches) if reponse["cotation"] else None
        except ErreurEntree as erreur:
            faute = erreur
            cotation = reponse["cotation"] if reponse else None
    faits = corpus.vocabulaire.faits
    complete = reponse is not None and reponse["statut"] == "complete"
    return {
        "rubrique": "coter",
        "fragment_seul": False,
        "annonce": _annonce(faute or dite.technique.faute, reponse, cotation),
        **porte.entete(),
        "dite": dite,
        "choix": rencontre.choix(),
        "faits": faits,
        "faute": faute,
        "reponse": reponse,
        "technique": technique.bloc(corpus, dite.entree, dite.technique, porte.surcouches, attend=dite.attend)
        if not dite.manque or technique.partager(dite.entree)[0]
        else None,
        "concerne": _concerne(corpus, reponse),
        # La suite répond sur la facture construite ; complète, elle repart de ce qui a été dit.
        "etat": reponse["facture"] if reponse is not None and not complete else dite.entree,
        "dits": rencontre.dits(dite, faits, _libelles(corpus, dite)),
        "note": note.mettre_en_page(corpus, reponse, cotation, dite) if reponse is not None else None,
    }


def _libelles(corpus: Corpus, dite: rencontre.Rencontre) -> dict[str, str]:
    codes = [acte.get("code") for acte in dite.entree.get("actes") or ()]
    return {code: corpus.actes[code].libelle for code in codes if isinstance(code, str) and code in corpus.actes}


def _concerne(corpus: Corpus, reponse: dict[str, Any] | None) -> dict[str, str] | None:
    """L'acte dont parle la question, si elle est d'une ligne."""
    question = reponse["questions"][0]["fait"] if reponse is not None and reponse["questions"] else ""
    trouve = _LIGNE.match(question)
    actes = reponse["facture"]["actes"] if reponse is not None else []
    if trouve is None or int(trouve[1]) >= len(actes) or question.endswith(".code"):
        return None
    code = actes[int(trouve[1])]["code"]
    return {"code": code, "libelle": corpus.actes[code].libelle}


def _annonce(faute: ErreurEntree | None, reponse: dict[str, Any] | None, cotation: dict[str, Any] | None) -> str:
    """Ce qu'un lecteur d'écran annonce après chaque réponse."""
    if faute is not None:
        return f"{faute.message}."
    if cotation is not None:
        return f"La facture est prête : {STATUTS[cotation['statut']]}."
    if reponse is not None and reponse["questions"]:
        return f"Question suivante : {reponse['questions'][0]['question']}"
    return ""

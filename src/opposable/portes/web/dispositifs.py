"""Les pages des dispositifs : la liste, et la page de chacun, dont le formulaire naît de sa description.

Rien n'est gardé : le cas voyage dans le formulaire, jamais dans l'adresse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from opposable.droit.dispositif import Dispositif
from opposable.droit.erreurs import ErreurEntree
from opposable.portes import entree
from opposable.portes import python as api
from opposable.portes.api.parametres import Parametre
from opposable.portes.web import champs, dispositifs_vues, filtres
from opposable.portes.web.champs import Champ
from opposable.portes.web.jsons import lisible
from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import rendre
from opposable.rendu import calendrier

CHAMPS: Final = 400
"""Au plus autant de champs dans un formulaire : une page en a bien moins."""
_RECHERCHE: Final = Parametre("recherche", "texte", "Des mots du dispositif.", "installation")


def routeur(porte: Porte) -> APIRouter:
    """Les adresses des pages."""
    routes = APIRouter(prefix="/dispositifs", include_in_schema=False)

    @routes.get("")
    async def liste(requete: Request) -> Response:
        saisie, lus, faute = filtres.lire(requete.query_params, (_RECHERCHE,))
        groupes = await porte.calculer(dispositifs_vues.liste, porte.surcouches, lus.mot("recherche") or "")
        return rendre(
            "dispositifs.html", statut=422 if faute else 200, rubrique="dispositifs", groupes=groupes, saisie=saisie,
            faute=faute, **porte.entete(),
        )  # fmt: skip

    @routes.get("/{nom}")
    async def page(requete: Request, nom: str) -> Response:
        rempli = requete.query_params.get("exemple") == "oui"
        try:
            contexte = await porte.calculer(_depart, porte, nom, rempli)
        except ErreurEntree as absent:
            return rendre("erreur.html", statut=404, faute=absent, code_http=404, rubrique="dispositifs")
        return rendre("dispositif.html", **contexte)

    @routes.post("/{nom}")
    async def calculer(requete: Request, nom: str) -> Response:
        valeurs = _textes(await requete.form(max_files=0, max_fields=CHAMPS))
        try:
            contexte = await porte.calculer(_calculer, porte, nom, valeurs)
        except ErreurEntree as absent:
            return rendre("erreur.html", statut=404, faute=absent, code_http=404, rubrique="dispositifs")
        return rendre("dispositif.html", statut=422 if contexte["faute"] else 200, **contexte)

    @routes.post("/{nom}/cas.json")
    async def cas(requete: Request, nom: str) -> Response:
        envoi = _textes(await requete.form(max_files=0, max_fields=CHAMPS))
        return _fichier(lisible(_cas_ecrit(envoi)) + "\n", "application/json", f"{nom}.json")

    @routes.post("/{nom}/echeances.ics")
    async def agenda(requete: Request, nom: str) -> Response:
        envoi = _textes(await requete.form(max_files=0, max_fields=CHAMPS))
        return _fichier(await porte.calculer(_agenda, porte, nom, _cas_ecrit(envoi)), "text/calendar", f"{nom}.ics")

    return routes


def _textes(envoi: FormData) -> dict[str, str]:
    """Les champs remplis."""
    return {nom: str(valeur).strip() for nom, valeur in envoi.items() if str(valeur).strip()}


def _fichier(texte: str, genre: str, nom: str) -> Response:
    return Response(texte, media_type=genre, headers={"content-disposition": f'attachment; filename="{nom}"'})


def _cas_ecrit(envoi: Mapping[str, str]) -> dict[str, Any]:
    lu = entree.analyser(envoi.get("cas", ""), "cas", entree.Genre("un cas", "{}", "la page du dispositif"))
    return lu.factures[0]


def _agenda(porte: Porte, nom: str, cas: dict[str, Any]) -> str:
    """Les échéances du cas, pour un agenda. :class:`ErreurEntree` s'il ne convient pas."""
    reponse = api.calculer(nom, cas, surcouches=porte.surcouches)
    return calendrier.ecrire_calculs([reponse], api.dispositifs(nom, surcouches=porte.surcouches))


def _dispositif(porte: Porte, nom: str) -> Dispositif:
    """:class:`ErreurEntree` si aucun ne s'appelle ainsi."""
    api.dispositifs(nom, surcouches=porte.surcouches)
    return porte.corpus.dispositifs[nom]


def _depart(porte: Porte, nom: str, rempli: bool) -> dict[str, Any]:
    dispositif = _dispositif(porte, nom)
    return _contexte(porte, dispositif, remplir(dispositif, dispositif.exemple) if rempli else {}, None, None)


def _calculer(porte: Porte, nom: str, valeurs: dict[str, str]) -> dict[str, Any]:
    dispositif = _dispositif(porte, nom)
    try:
        cas = lire(dispositif, valeurs)
        reponse = api.calculer(nom, cas, surcouches=porte.surcouches)
    except ErreurEntree as faute:
        return _contexte(porte, dispositif, valeurs, None, faute)
    return _contexte(porte, dispositif, valeurs, {"cas": cas, "reponse": reponse}, None)


def lire(dispositif: Dispositif, valeurs: Mapping[str, str]) -> dict[str, Any]:
    """Le cas que ces champs décrivent. :class:`ErreurEntree` si un tableau ne se lit pas."""
    cas: dict[str, Any] = {}
    for un in simples(dispositif, valeurs):
        if un.valeur:
            blocs = un.nom.split(".")
            objet = cas
            for bloc in blocs[:-1]:
                objet = objet.setdefault(bloc, {})
            objet[blocs[-1]] = champs.valeur(un)
    for liste in dispositif.listes:
        un = champs.tableau(dispositif, liste.nom, liste.nom, valeurs)
        if un.valeur:
            cas[liste.nom] = champs.lignes(un, champs.colonnes(dispositif, liste.nom))
    return cas


def remplir(dispositif: Dispositif, cas: Mapping[str, Any]) -> dict[str, str]:
    """Les champs qu'un cas remplit : l'inverse de :func:`lire`."""
    listes = {liste.nom for liste in dispositif.listes}
    valeurs = champs.plats("", {cle: v for cle, v in cas.items() if cle not in listes})
    for liste in listes.intersection(cas):
        valeurs[liste] = champs.en_tableau(cas[liste], champs.colonnes(dispositif, liste))
    return valeurs


def simples(dispositif: Dispositif, valeurs: Mapping[str, str]) -> list[Champ]:
    """Les champs qui ne sont pas des tableaux, ceux du médecin et du patient après les siens."""
    faits = sorted(dispositif.hors_listes(), key=lambda fait: "." in fait.nom)
    return [champs.champ(fait, fait.nom, valeurs) for fait in faits]


def _contexte(
    porte: Porte,
    dispositif: Dispositif,
    valeurs: Mapping[str, str],
    calcul: dict[str, Any] | None,
    faute: ErreurEntree | None,
) -> dict[str, Any]:
    """Tout ce que la page montre ; une faute y est dite, rien de ce qui est écrit n'est perdu."""
    siens = simples(dispositif, valeurs)
    prefixes = dict.fromkeys(un.nom.rpartition(".")[0] for un in siens)
    fiche = api.dispositifs(dispositif.nom, surcouches=porte.surcouches)
    return {
        "rubrique": "dispositifs",
        **porte.entete(),
        "fiche": dispositifs_vues.fiche(porte.corpus, fiche),
        "groupes": [
            (dispositifs_vues.bloc(prefixe), [un for un in siens if un.nom.rpartition(".")[0] == prefixe])
            for prefixe in prefixes
        ],
        "tableaux": [champs.tableau(dispositif, liste.nom, liste.nom, valeurs) for liste in dispositif.listes],
        "v": None if calcul is None else dispositifs_vues.reponse(calcul["reponse"], fiche),
        "cas": "" if calcul is None else lisible(calcul["cas"]),
        "faute": faute,
        "ou": "" if faute is None else champs.endroit(faute.ou, valeurs),
    }

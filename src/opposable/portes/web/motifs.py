"""Les pages Motifs : le catalogue, une fiche par motif, et les erreurs de facturation courantes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.droit.fiche_motif import EFFETS, GRAVITES, LIENS, SAVOIRS, STATUTS_ERREUR, VISES
from opposable.portes import python as api
from opposable.portes.api.parametres import Parametre
from opposable.portes.web import exemples, filtres
from opposable.portes.web.lieux import lieux
from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import rendre
from opposable.rendu.francais import enumeration, periode

MOTS: Final = {"erreur": "Refus", "avertissement": "Avertissement", "occasion": "À savoir"}
GROUPES: Final = (
    ("refuse", "Refusent la ligne", "Quand un fait manque, la ligne reste à vérifier."),
    ("a_verifier", "Laissent la ligne à vérifier", "Les textes, ou ce qui est dit, ne permettent pas de conclure."),
    ("aucun", "Avertissent, sans changer le statut", "À lire : ils disent ce sur quoi la réponse repose."),
)
_RECHERCHE: Final = Parametre("recherche", "texte", "Un code, ou des mots du motif.", "dépassement")
_ACTE: Final = Parametre("acte", "texte", "Seulement ceux que cet acte peut porter.", "G")
_GRAVITE: Final = Parametre("gravite", "texte", "Cette gravité.", "erreur", valeurs=tuple(MOTS))
_COMMUN: Final[dict[str, Any]] = {
    "rubrique": "motifs", "mots": MOTS, "effets_dits": EFFETS, "gravites_erreur": GRAVITES, "savoirs": SAVOIRS,
    "statuts_erreur": STATUTS_ERREUR,
}  # fmt: skip


def routeur(porte: Porte) -> APIRouter:
    """Les adresses des pages ; les erreurs courantes d'abord, pour que « erreurs » ne soit pas lu comme un motif."""
    routes = APIRouter(prefix="/motifs", include_in_schema=False)

    @routes.get("")
    async def catalogue(requete: Request) -> Response:
        saisie, lus, faute = filtres.lire(requete.query_params, (_RECHERCHE, _ACTE, _GRAVITE))
        try:
            contexte = await porte.calculer(
                _catalogue, porte.surcouches, lus.mot("recherche") or "", lus.mot("acte"), lus.mot("gravite")
            )
        except ErreurEntree as refus:
            faute = refus
            faute.ou = faute.ou.removeprefix("--")
            faute.attendu, faute.exemple = "un code d'acte", faute.exemple.removeprefix("--acte ")
            contexte = await porte.calculer(_catalogue, porte.surcouches, "", None, None)
        return rendre(
            "motifs.html", statut=422 if faute else 200, saisie=saisie, faute=faute, **contexte, **_COMMUN,
            **porte.entete(),
        )  # fmt: skip

    @routes.get("/erreurs")
    async def erreurs() -> Response:
        reponse = await porte.calculer(api.erreurs_frequentes, surcouches=porte.surcouches)
        groupes = [
            (statut, [e for e in reponse["erreurs"] if e["statut"] == statut])
            for statut in ("couverte", "partiel", "a_venir")
        ]
        return rendre(
            "motifs_erreurs.html", groupes=groupes, total=len(reponse["erreurs"]), **_COMMUN, **porte.entete()
        )

    @routes.get("/erreurs/{numero}")
    async def erreur(numero: str) -> Response:
        try:
            contexte = await porte.calculer(_erreur, porte.surcouches, numero)
        except ErreurEntree as absente:
            absente.exemple = ""
            return _absent(porte, absente, "/motifs/erreurs", "Voir les erreurs courantes")
        return rendre("motifs_erreur.html", **contexte, **_COMMUN, **porte.entete())

    @routes.get("/{code}")
    async def fiche(code: str) -> Response:
        return await _repondre(porte, code, None)

    @routes.post("/{code}")
    async def essai(requete: Request, code: str) -> Response:
        formulaire = await requete.form()
        saisi = {cle: str(formulaire.get(cle, "")) for cle in ("exemple", "entree")}
        return await _repondre(porte, code, saisi)

    return routes


async def _repondre(porte: Porte, code: str, saisi: Mapping[str, str] | None) -> Response:
    """La fiche d'un motif ; ``saisi`` : l'exemple qu'une personne a changé et essayé."""
    try:
        contexte = await porte.calculer(_fiche, porte.surcouches, code, saisi)
    except ErreurEntree as absent:
        proche = plus_proche(code.strip().upper(), porte.corpus.motifs)
        absent.attendu, absent.exemple = "un code du catalogue", ""
        adresse, mot = (f"/motifs/{proche}", f"Ouvrir {proche}") if proche else ("/motifs", "Voir tous les motifs")
        return _absent(porte, absent, adresse, mot)
    fautive = any(contexte[cle] and contexte[cle]["faute"] for cle in ("juste", "faux"))
    return rendre("motifs_fiche.html", statut=422 if fautive else 200, **contexte, **_COMMUN, **porte.entete())


def _absent(porte: Porte, faute: ErreurEntree, adresse: str, mot: str) -> Response:
    return rendre("motifs_absent.html", statut=404, faute=faute, adresse=adresse, mot=mot, **_COMMUN, **porte.entete())


def _catalogue(surcouches: Sequence[Path], recherche: str, acte: str | None, gravite: str | None) -> dict[str, Any]:
    """Les motifs retenus, réunis par ce qu'ils font d'une ligne."""
    tous = api.motifs(acte=acte, gravite=gravite, surcouches=surcouches)["motifs"]
    gardes = [
        m for m in tous
        if filtres.contient(recherche, m["code"], m["code"].replace("_", " "), m["libelle"], m["message"],
                            m["a_verifier"], m["correction"])
    ]  # fmt: skip
    par_effet = [
        (cle, titre, dit, [m for m in gardes if m["effets"] and m["effets"][0] == cle]) for cle, titre, dit in GROUPES
    ]
    corpus = api.corpus(surcouches)
    return {
        "groupes": [groupe for groupe in par_effet if groupe[3]],
        "trouves": len(gardes),
        "actes": [(code, corpus.actes[code].libelle) for code in corpus.actes],
        "acte_libelle": corpus.actes[acte.strip().upper()].libelle if acte else "",
    }


def _fiche(surcouches: Sequence[Path], code: str, saisi: Mapping[str, str] | None) -> dict[str, Any]:
    """La fiche, ses deux exemples essayés, et ses sources numérotées."""
    reponse = api.motifs(code, surcouches=surcouches)
    motif, fiche = reponse["motifs"][0], reponse["fiche"]
    renvois = _Renvois()
    constat = None
    if fiche["mecanisme"]:
        constat = {
            "texte": fiche["mecanisme"].removesuffix("."),
            "vise": VISES[fiche["vise"]],
            "numeros": renvois.numeros(fiche["sources"]),
        }
    return {
        "motif": motif,
        "fiche": fiche,
        "fait": enumeration([EFFETS[e] for e in motif["effets"]], "ou").replace("ou laisse la ligne", "ou la laisse"),
        "constat": constat,
        "regles": [_situe(surcouches, regle, renvois) for regle in fiche["regles"]],
        "liens": _liens(surcouches, fiche["liens"], renvois),
        "renvois": renvois.sources,
        **{
            sorte: _exemple(surcouches, fiche[f"exemple_{sorte}"], motif["code"], saisi, sorte)
            for sorte in ("juste", "faux")
        },
    }


def _exemple(
    surcouches: Sequence[Path],
    exemple: Mapping[str, Any] | None,
    motif: str,
    saisi: Mapping[str, str] | None,
    sorte: str,
) -> dict[str, Any] | None:
    """L'exemple montré ; s'il vient d'être changé et essayé, ce que la saisie donne, ou sa faute."""
    if exemple is None:
        return None
    montre = exemples.montrer(surcouches, exemple, motif)
    montre |= {"essaye": False, "change": False}
    if saisi is not None and saisi["exemple"] == sorte:
        montre |= {"essaye": True, "change": saisi["entree"].split() != montre["json"].split()}
        montre["json"] = saisi["entree"]
        try:
            cas = exemples.lire_saisie(saisi["entree"], exemple)
            montre["resultat"] = exemples.essayer(surcouches, exemple, cas, motif)
        except ErreurEntree as faute:
            montre["faute"] = faute
    return montre


def _situe(surcouches: Sequence[Path], une: Mapping[str, Any], renvois: _Renvois) -> dict[str, Any]:
    """Une règle ou un lien : où, sa période en mots, les numéros de ses sources, et l'autorité à marquer."""
    autorites = [s["autorite"] for s in une["sources"][:1]]
    return {
        **une,
        "lieux": lieux(api.corpus(surcouches), une["endroits"]),
        "periode": periode(une["du"], une["au"]) if une["du"] or une["au"] else "",
        "numeros": renvois.numeros(une["sources"]),
        "marque": autorites[0] if autorites and autorites[0] in {"presse", "deduit"} else "",
    }


def _liens(
    surcouches: Sequence[Path], liens: Sequence[Mapping[str, Any]], renvois: _Renvois
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Les liens entre actes, par sorte ; ceux des mêmes actes et de mêmes dates réunis."""
    resultat = []
    for sorte in dict.fromkeys(lien["sorte"] for lien in liens):
        groupes: dict[tuple[Any, ...], dict[str, Any]] = {}
        for lien in (un for un in liens if un["sorte"] == sorte):
            cle = (tuple(lien["endroits"]), lien["du"], lien["au"])
            groupe = groupes.setdefault(cle, {**lien, "textes": [], "sources": []})
            groupe["textes"].append(lien["texte"])
            groupe["sources"] += lien["sources"]
        dits = [{**_situe(surcouches, g, renvois), "texte": ", ".join(g["textes"])} for g in groupes.values()]
        resultat.append((LIENS[sorte], dits))
    return resultat


def _erreur(surcouches: Sequence[Path], numero: str) -> dict[str, Any]:
    """Une erreur courante, ses exemples essayés."""
    erreur = api.erreurs_frequentes(numero, surcouches=surcouches)["erreurs"][0]
    catalogue = {m["code"]: m["libelle"] for m in api.motifs(surcouches=surcouches)["motifs"]}
    groupes: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for couple in erreur["exemples"]:
        faux = exemples.montrer(surcouches, couple["exemple_faux"], couple["motif"])
        juste = exemples.montrer(surcouches, couple["exemple_juste"], couple["motif"])
        groupes.setdefault(couple["motif"], []).append((faux, juste))
    return {
        "erreur": erreur,
        "exemples": [
            {"motif": motif, "libelle": catalogue[motif], "couples": couples} for motif, couples in groupes.items()
        ],
    }


class _Renvois:
    """Les sources citées dans la page, chacune avec un numéro."""

    def __init__(self) -> None:
        self.sources: list[dict[str, Any]] = []
        self._rangs: dict[tuple[str, str, str], int] = {}

    def numeros(self, sources: Sequence[dict[str, Any]]) -> list[int]:
        """Les numéros de ces sources, une nouvelle prenant le suivant."""
        for une in sources:
            cle = (une["document"], une["passage"], une["extrait"])
            if cle not in self._rangs:
                self.sources.append(une)
                self._rangs[cle] = len(self.sources)
        return sorted({self._rangs[une["document"], une["passage"], une["extrait"]] for une in sources})

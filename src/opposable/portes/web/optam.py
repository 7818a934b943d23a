"""La page « OPTAM » : une année d'actes (un fichier, ou du texte collé), et ce que l'option vaut.

Le fichier est lu par cette machine, n'est écrit nulle part et n'en sort pas ; rien n'en reste dans l'adresse ni dans la
page, que des sommes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait
from opposable.portes import actes_optam, atelier
from opposable.portes.entree import decoder
from opposable.portes.web import atelier_vues
from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import rendre
from opposable.remuneration.dossier import bornes_des_annees

CHAMPS: Final = 60
ACTES, TOTAUX = "actes", "totaux"
_DU_MEDECIN: Final = ("specialite", "option", "territoire", "exercice_particulier")
_DES_TAUX: Final = ("engagement_depassement", "engagement_opposable", "taux_de_charges")
_DE_LA_CAISSE: Final = (
    "depassement_constate",
    "opposable_constate",
    "honoraires_espic",
    "espic_justifiee",
    "espic_demandee",
)
_SANS_TAUX: Final = (
    "adherent_fin_2024", "taux_moyen_depassement", "taux_moyen_opposable", "region_plus_faible", "region_plus_forte",
)  # fmt: skip
_COMMUNS: Final = (
    "contexte.adresse_par",
    "contexte.retour_ecrit_mt",
    "contexte.parcours",
    "contexte.role",
    "patient.age",
)
_DESCRIPTION: Final = {
    "optam": ("annee", *_DES_TAUX, *_DE_LA_CAISSE),
    "optam_engagements": _SANS_TAUX,
}


def routeur(porte: Porte) -> APIRouter:
    """Les adresses de la page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/optam")
    async def accueil(requete: Request) -> Response:
        exemple = requete.query_params.get("exemple") == "oui"
        valeurs = _exemple() if exemple else {"annee": str(date.today().year), "medecin.option": "optam"}  # noqa: DTZ011
        return rendre("optam.html", **await porte.calculer(_contexte, porte, valeurs, None, None))

    @routes.post("/optam")
    async def simuler(requete: Request) -> Response:
        async with requete.form(max_files=1, max_fields=CHAMPS) as envoi:
            valeurs = {nom: str(v).strip() for nom, v in envoi.items() if isinstance(v, str) and v.strip()}
            try:
                texte = await _texte(envoi)
            except ErreurEntree as faute:
                return rendre("optam.html", statut=422, **await porte.calculer(_contexte, porte, valeurs, None, faute))
        contexte = await porte.calculer(_simuler, porte, valeurs, texte)
        return rendre("optam.html", statut=422 if contexte["faute"] else 200, **contexte)

    return routes


async def _texte(envoi: FormData) -> str:
    """Le fichier déposé, sinon le texte collé. :class:`ErreurEntree` si ce n'est pas du texte."""
    fichier = envoi.get("fichier")
    if isinstance(fichier, UploadFile) and fichier.filename:
        return decoder(await fichier.read(), "le fichier")
    return str(envoi.get("colle") or "")


def _exemple() -> dict[str, str]:
    """Les valeurs de l'exemple livré, actes compris."""
    cas = atelier.exemple()
    valeurs: dict[str, str] = {n: cas[n] for n in _DES_TAUX if n in cas}
    valeurs |= {"annee": str(cas["annee"]), "contenu": ACTES}
    for bloc in ("medecin", "contexte", "patient"):
        valeurs |= {f"{bloc}.{cle}": v for cle, v in cas[bloc].items() if isinstance(v, str)}
    valeurs["colle"] = files("opposable.portes").joinpath("exemple_actes_optam.csv").read_text("utf-8")
    return valeurs


def _simuler(porte: Porte, valeurs: dict[str, str], texte: str) -> dict[str, Any]:
    try:
        genre = actes_optam.RESUME if valeurs.get("contenu") == TOTAUX else actes_optam.ACTES
        fichier = actes_optam.analyser(
            porte.corpus, texte, "vos actes" if genre is actes_optam.ACTES else "vos totaux", genre
        )
        reponse = atelier.calculer(_cas(valeurs), fichier, surcouches=porte.surcouches)
    except ErreurEntree as faute:
        return _contexte(porte, valeurs, None, faute)
    return _contexte(porte, valeurs, reponse, None)


def _cas(valeurs: Mapping[str, str]) -> dict[str, Any]:
    """Le cas que le formulaire décrit ; un champ vide n'est pas dit."""
    cas: dict[str, Any] = {"annee": valeurs.get("annee", ""), "medecin": {"secteur": "2"}}
    dits = {nom: _nombre(valeurs[nom]) for nom in (*_DES_TAUX, *_DE_LA_CAISSE) if nom in valeurs}
    engagements = {nom: _nombre(valeurs[nom]) for nom in _SANS_TAUX if nom in valeurs}
    for nom in (*(f"medecin.{cle}" for cle in _DU_MEDECIN), *_COMMUNS):
        if nom in valeurs:
            bloc, _, cle = nom.partition(".")
            age = cle == "age" and valeurs[nom].isdecimal()
            cas.setdefault(bloc, {})[cle] = f"{valeurs[nom]} ans" if age else valeurs[nom]
    cas.setdefault("patient", {})["exonerations"] = []
    if engagements and "engagement_depassement" not in dits:
        cas["engagements"] = {"pratique_connue": "non", **engagements}
    return cas | dits


def _nombre(texte: str) -> str:
    """« 45 % » se lit 0.45 ; « 0,45 », 0.45 ; « 1 200,50 », 1200.50."""
    net = texte.replace("\N{NO-BREAK SPACE}", "").replace("\N{NARROW NO-BREAK SPACE}", "").replace(" ", "")
    net = net.replace(",", ".")
    pour_cent = net.removesuffix("%")
    entier, _, decimales = pour_cent.partition(".")
    if net == pour_cent or not entier.isdecimal() or (decimales and not decimales.isdecimal()):
        return net
    chiffres = entier.zfill(3)
    return f"{chiffres[:-2].lstrip('0') or '0'}.{chiffres[-2:]}{decimales}"


def _contexte(
    porte: Porte, valeurs: Mapping[str, str], reponse: dict[str, Any] | None, faute: ErreurEntree | None
) -> dict[str, Any]:
    """Tout ce que la page montre ; une faute y est dite, rien de ce qui est écrit n'est perdu."""
    corpus = porte.corpus
    premiere, derniere = bornes_des_annees(corpus)
    communs = corpus.vocabulaire.faits
    optam, engagements = (corpus.dispositifs[nom].vocabulaire.faits for nom in _DESCRIPTION)

    def champs(faits: Mapping[str, Fait], noms: Sequence[str]) -> list[dict[str, Any]]:
        return [_champ(faits[nom], valeurs) for nom in noms]

    return {
        "rubrique": "optam",
        **porte.entete(),
        "v": atelier_vues.vue(reponse) if reponse is not None else None,
        "faute": faute,
        "annee": valeurs.get("annee", ""),
        "annees": [str(a) for a in range(derniere, premiere - 1, -1)],
        "contenu": valeurs.get("contenu", ACTES),
        "colle": valeurs.get("colle", ""),
        "medecin": champs(communs, [f"medecin.{cle}" for cle in _DU_MEDECIN]),
        "taux": champs(optam, _DES_TAUX),
        "caisse": champs(optam, _DE_LA_CAISSE),
        "sans_taux": champs(engagements, _SANS_TAUX),
        "communs": champs(communs, _COMMUNS),
        "exemple_actes": actes_optam.ACTES.exemple,
        "exemple_totaux": actes_optam.RESUME.exemple,
    }


def _champ(fait: Fait, valeurs: Mapping[str, str]) -> dict[str, Any]:
    options = list(fait.valeurs.items()) if fait.type == "choix" else []
    if fait.type == "oui_non":
        options = [("oui", "Oui"), ("non", "Non")]
    if fait.nom == "medecin.option":
        options = [(v, dit) for v, dit in options if v != "aucune"]
    if fait.nom == "medecin.specialite":
        options.sort(key=lambda v: v[1])
    return {
        "nom": fait.nom, "libelle": fait.libelle, "aide": fait.aide, "options": options,
        "valeur": valeurs.get(fait.nom, ""), "exemple": fait.exemple, "taux": fait.type == "taux",
    }  # fmt: skip

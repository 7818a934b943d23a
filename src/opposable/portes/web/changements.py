"""La page « Ce qui change » : entre deux dates, pour un profil, les tarifs, les autres valeurs et les règles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from opposable.droit import montant, temps
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.portes import python as api
from opposable.portes.api import operations
from opposable.portes.api.parametres import PREVU, Parametre
from opposable.portes.web import demande
from opposable.portes.web.bareme import csv
from opposable.portes.web.bareme_vues import marque
from opposable.portes.web.demande import Demande
from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import dedoubler, rendre
from opposable.rendu import francais
from opposable.rendu.texte_bareme import SORTES
from opposable.rendu.texte_fiche import NON_PUBLIE

_PERMIS: Final = (
    Parametre("du", "date", "La veille de ce qui change.", "2025-12-31"),
    Parametre("au", "date", "Le dernier jour de ce qui change.", "2026-01-01"),
    operations.RECHERCHE,
    PREVU,
    *operations.PROFIL,
)
_RACCOURCIS: Final = 8
_DITS: Final = {"montant": francais.montant, "taux": francais.taux}


def routeur(porte: Porte) -> APIRouter:
    """Les adresses de la page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/changements")
    async def page(requete: Request) -> Response:
        return await _page(porte, requete)

    @routes.get("/changements.csv")
    async def tableur(requete: Request) -> Response:
        lue = demande.lire(requete.query_params, _PERMIS)
        if lue.faute is not None:
            raise lue.faute
        bascules = await porte.calculer(_bascules, porte.surcouches)
        reponse = await porte.calculer(_demander, lue, porte.surcouches, _dates(lue, bascules))
        return csv(reponse, "changements", lue)

    return routes


async def _page(porte: Porte, requete: Request) -> Response:
    lue = demande.lire(requete.query_params, _PERMIS)
    bascules = await porte.calculer(_bascules, porte.surcouches)
    vue: dict[str, Any] | None = None
    dates = _dates(lue, bascules)
    if lue.faute is None:
        try:
            vue = await porte.calculer(_vue, lue, porte.surcouches, dates)
        except ErreurEntree as erreur:
            lue.refuser(erreur)
    du, au = (j.isoformat() for j in dates)
    ici = {**lue.textes, "du": du, "au": au}
    return rendre(
        "changements.html", statut=200 if lue.faute is None else 422, rubrique="changements", vue=vue,
        recherche=lue.textes.get("recherche", ""), par_defaut=not {"du", "au"} & set(lue.textes),
        suite=demande.suite(ici), profil_suite=demande.suite({n: ici[n] for n in demande.CHAMPS_DU_PROFIL if n in ici}),
        raccourcis=[_raccourci(j, lue, du, au) for j in bascules[:_RACCOURCIS]],
        **demande.reglages(porte.corpus, lue, {"du": du, "au": au}), **porte.entete(),
    )  # fmt: skip


def _bascules(surcouches: Sequence[Path]) -> list[date]:
    """Les jours où un tarif commence, le plus récent d'abord ; pas ceux où une version non lue a pu le changer."""
    corpus: Corpus = api.corpus(surcouches)
    lignes = (ligne for acte in corpus.actes.values() for ligne in acte.tarifs.lignes if not ligne.origine)
    jours = {temps.iso(ligne.du) for ligne in lignes if ligne.du > corpus.debut and not ligne.reserve}
    return [date.fromisoformat(jour) for jour in sorted(jours, reverse=True)]


def _dates(lue: Demande, bascules: Sequence[date]) -> tuple[date, date]:
    """Les deux dates demandées ; sans elles, la veille et le jour du dernier changement de tarif connu."""
    du, au = lue.lus.jour("du"), lue.lus.jour("au")
    if au is None:
        au = bascules[0] if du is None or du < bascules[0] else demande.aujourdhui()
    return du or au - timedelta(days=1), au


def _raccourci(jour: date, lue: Demande, du: str, au: str) -> dict[str, Any]:
    veille = (jour - timedelta(days=1)).isoformat()
    dits = {**lue.textes, "du": veille, "au": jour.isoformat()}
    return {
        "jour": jour,
        "adresse": f"/changements{demande.suite(dits)}",
        "ici": (veille, jour.isoformat()) == (du, au),
    }


def _demander(lue: Demande, surcouches: Sequence[Path], dates: tuple[date, date]) -> dict[str, Any]:
    return api.bareme(lue.lus.mot("recherche"), entre=dates, prevu=lue.prevu, profil=lue.profil, surcouches=surcouches)


def _vue(lue: Demande, surcouches: Sequence[Path], dates: tuple[date, date]) -> dict[str, Any]:
    """Ce que la page montre. :class:`ErreurEntree` si les dates ou le profil ne conviennent pas."""
    corpus = api.corpus(surcouches)
    reponse = _demander(lue, surcouches, dates)
    demande.profil_normal(lue, reponse)
    tarifs = [_changement(c) for c in reponse["changements"]]
    ici = [c for c in tarifs if not c["territoires"] or lue.territoire in c["territoires"]]
    valeurs = [_changement(c) for c in reponse["valeurs"]]
    regles = [{**c, "sources": dedoubler(c["sources"])} for c in reponse["conditions"]]
    tables = {c["code"] for c in reponse["valeurs"] if c["sorte"] == "parametre"}
    return {
        "du": reponse["entre"][0],
        "au": reponse["entre"][1],
        "lieu": corpus.vocabulaire.faits["medecin.territoire"].valeurs[lue.territoire],
        "ici": ici,
        "codes_ici": len({c["code"] for c in ici}),
        "ailleurs": [c for c in tarifs if c not in ici],
        "valeurs_actes": [v for v in valeurs if v["code"] not in tables],
        "valeurs_tables": [v for v in valeurs if v["code"] in tables],
        "regles": regles,
        "reports": reponse["reports"],
        "hors_du_corpus": demande.hors_du_corpus(corpus, reponse["entre"][1]),
    }


def _changement(dit: Mapping[str, Any]) -> dict[str, Any]:
    """Une rangée : avant, après, la différence en centimes entiers si les deux sont connus, la date annoncée."""
    return {
        "code": dit["code"],
        "libelle": dit["libelle"],
        "sorte": SORTES.get(dit["sorte"], ""),
        "cas": dit["cellule"],
        "territoires": dit["territoires"],
        "avant": _cote(dit, "avant"),
        "apres": _cote(dit, "apres"),
        "raison": dit["apres_manquant"] or dit["avant_manquant"],
        "difference": _difference(dit),
        "le": dit["le"],
        "annonce_le": dit["prevu_le"] if dit["report"] and dit["prevu_le"] != dit["effectif_le"] else None,
        "marque": marque(dit),
        "sources": dedoubler(dit["sources"]),
    }


def _cote(dit: Mapping[str, Any], cle: str) -> str:
    """Une valeur : « non publié » si elle manque, « — » s'il n'y a pas de ligne."""
    texte = dit[cle]
    if texte is None:
        return NON_PUBLIE if dit[f"{cle}_manquant"] else francais.ABSENT
    mettre = _DITS.get(dit["type"])
    return mettre(texte) if mettre else francais.propre(texte.replace("_", " "))


def _difference(dit: Mapping[str, Any]) -> str:
    """La différence de deux montants connus, en centimes entiers : « + 1,00 € » ; vide sinon."""
    if dit["type"] != "montant" or dit["avant"] is None or dit["apres"] is None:
        return ""
    ecart = montant.centimes(dit["apres"]) - montant.centimes(dit["avant"])
    return f"{'+' if ecart > 0 else '−'} {francais.montant(montant.euros(abs(ecart)))}"

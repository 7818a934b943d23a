"""Ce que la page « Mon année » montre d'une réponse, et la feuille à imprimer, qui tient en un seul fichier."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from markupsafe import Markup

from opposable.portes import python as api
from opposable.portes.web import annee_graphiques as graphiques
from opposable.portes.web import dispositifs_vues
from opposable.portes.web.rendu import dedoubler, gabarits
from opposable.rendu import texte_annee as textes
from opposable.rendu.texte_dispositifs import dire

_RANGEES: Final = 500
"""Les rangées d'un tableau que la page montre."""
_STYLES: Final = ("opposable.css", "annee.css")


def vue(reponse: Mapping[str, Any], groupes: Mapping[str, str]) -> dict[str, Any]:
    """La réponse prête à être mise en page : libellés, phrases, graphiques."""
    autre = reponse["comparaison"]
    annees = (reponse["annee"], autre["annee"]) if autre is not None else None
    cote_a_cote = [
        {**g, "difference": "" if g["ecart"] is None else textes.signe(g["ecart"])}
        for g in (autre["groupes"] if autre is not None else [])
    ]
    return {
        **_une_annee(reponse, groupes),
        "id": reponse["id"],
        "autre": _une_annee(autre, groupes) if autre is not None else None,
        "cote_a_cote": cote_a_cote,
        "graphique": graphiques.dispositifs(
            reponse["dispositifs"], f"Ce que vaut chaque dispositif en {reponse['annee']}", "g-dispositifs"
        ),
        "graphique_des_mois": graphiques.mois(reponse["echeancier"], "Les versements, mois par mois", "g-mois"),
        "graphique_des_groupes": graphiques.groupes(
            cote_a_cote, annees, f"{annees[0]} à côté de {annees[1]}", "g-groupes"
        )
        if annees is not None
        else None,
    }


def page_seule(reponse: Mapping[str, Any], groupes: Mapping[str, str]) -> str:
    """La page entière : ses styles et ses graphiques y sont, rien n'est à aller chercher."""
    statique = files("opposable.portes.web").joinpath("statique")
    styles = Markup("\n".join(statique.joinpath(nom).read_text("utf-8") for nom in _STYLES))  # noqa: S704 - nos fichiers
    monde = gabarits()
    texte: str = monde.get_template("annee_seule.html").render(
        v=vue(reponse, groupes), styles=styles, corpus=reponse["corpus"], surcouches=reponse["surcouches"],
        avertissement=reponse["avertissement"],
    )  # fmt: skip
    return texte


def _une_annee(annee: Mapping[str, Any], groupes: Mapping[str, str]) -> dict[str, Any]:
    libelles = {d["dispositif"]: d["libelle"] for d in annee["dispositifs"]}
    calcules = [d for d in annee["dispositifs"] if d["statut"] in textes.CALCULES]
    sans_calcul = [
        {"libelle": libelle, "dispositifs": dedans}
        for statut, libelle in (*textes.AUTRES, ("non_concerne", "Non concerné, d'après le dossier"))
        if (dedans := [_sans_calcul(d) for d in annee["dispositifs"] if d["statut"] == statut])
    ]
    return {
        "annee": annee["annee"],
        "total": textes.total(annee["totaux"]),
        "phrases": textes.phrases_des_totaux(annee["totaux"], libelles),
        "groupes": [
            {"libelle": libelle, "dispositifs": [_dispositif(d) for d in dedans]}
            for groupe, libelle in groupes.items()
            if (dedans := [d for d in calcules if d["groupe"] == groupe])
        ],
        "sans_calcul": sans_calcul,
        "echeances": [{**e, "libelle": libelles[e["dispositif"]]} for e in annee["echeancier"]],
    }


def _sans_calcul(d: Mapping[str, Any]) -> dict[str, Any]:
    return {"libelle": d["libelle"], "dit": "" if d["statut"] == "non_concerne" else d["dit"]}


def _dispositif(d: Mapping[str, Any]) -> dict[str, Any]:
    sorties = api.dispositifs(d["dispositif"])["sorties"]
    resultat = d["resultat"] or {}
    dites = [s for s in sorties if resultat.get(s["nom"]) not in (None, [])]
    return {
        **d,
        "mot": textes.STATUTS[d["statut"]],
        "valeur": textes.fourchette(d) if d["chiffrable"] == "oui" else "",
        "phrases": textes.phrases(d),
        "manquants": textes.manquants(d),
        "sources": dedoubler(d["sources"]),
        "valeurs": dispositifs_vues.valeurs(dites, resultat),
        "tableaux": [*dispositifs_vues.tableaux(dites, resultat), *_par_cas(d["par_cas"])],
    }


def _par_cas(par_cas: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Ce que vaut chaque cas, puis les tableaux qui se lisent cas par cas."""
    if par_cas is None:
        return []
    noms = {c["cas"]: textes.nom_du_cas(c) for c in par_cas["cas"]}
    cas = [[noms[c["cas"]], textes.fourchette(c), textes.STATUTS[c["statut"]]] for c in par_cas["cas"]]
    tableaux = [_tableau("Cas par cas", ["Cas", "Montant", "Réponse"], cas)]
    for t in par_cas["tableaux"]:
        lues = [c for c in t["colonnes"] if c["type"] != "code" and any(r[c["nom"]] is not None for r in t["rangees"])]
        rangees = [[noms[r["cas"]], *(dire(c["type"], r[c["nom"]]) for c in lues)] for r in t["rangees"]]
        libelle = f"{t['libelle']} ({t['aide']})" if t["aide"] else t["libelle"]
        if rangees:
            tableaux.append(_tableau(libelle, ["Cas", *(c["libelle"] for c in lues)], rangees))
    return tableaux


def _tableau(libelle: str, colonnes: list[str], rangees: list[list[str]]) -> dict[str, Any]:
    reste = len(rangees) - _RANGEES
    suite = f" : les {_RANGEES} premières rangées, {reste} autres dans la réponse JSON" if reste > 0 else ""
    return {"libelle": libelle + suite, "colonnes": colonnes, "rangees": rangees[:_RANGEES]}

"""Ce que la page « OPTAM » montre d'une réponse de l'atelier, et la feuille à imprimer, en un seul fichier."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from markupsafe import Markup

from opposable.portes.web import atelier_graphiques as graphiques
from opposable.portes.web.rendu import dedoubler, gabarits
from opposable.rendu import texte_atelier as textes

_STYLES: Final = ("opposable.css", "annee.css", "optam.css")


def vue(reponse: Mapping[str, Any]) -> dict[str, Any]:
    """La réponse prête à être mise en page : phrases, tableaux, graphiques."""
    adhesion = reponse["dispositifs"]["optam_adhesion"]
    return {
        "annee": reponse["annee"],
        "id": reponse["id"],
        "option": textes.option(reponse),
        "manquants": reponse["manquants"],
        "lecture": textes.lecture(reponse),
        "engagements": textes.engagements(reponse),
        "respect": textes.phrases_du_respect(reponse),
        "prime": textes.prime(reponse),
        "phrases_prime": textes.phrases_de_la_prime(reponse),
        "bandes": textes.bandes(reponse),
        "point_mort": textes.phrases_du_point_mort(reponse),
        "patients": textes.phrases_des_patients(reponse),
        "mois": textes.mois(reponse),
        "motifs": reponse["motifs"],
        "questions": reponse["questions"],
        "adhesion": []
        if adhesion is None
        else [p for p in (adhesion["resultat"][c] for c in ("voie", "contrat")) if p],
        "sources": dedoubler(reponse["sources"]),
        "g_derive": graphiques.derive(reponse),
        "g_opposable": graphiques.opposable(reponse),
        "g_patients": graphiques.patients(reponse),
        "g_point_mort": graphiques.point_mort(reponse),
    }


def page_seule(reponse: Mapping[str, Any]) -> str:
    """La page entière : ses styles et ses graphiques y sont, rien n'est à aller chercher."""
    statique = files("opposable.portes.web").joinpath("statique")
    styles = Markup("\n".join(statique.joinpath(nom).read_text("utf-8") for nom in _STYLES))  # noqa: S704 - nos fichiers
    texte: str = gabarits().get_template("optam_seule.html").render(
        v=vue(reponse), styles=styles, corpus=reponse["corpus"], surcouches=reponse["surcouches"],
        avertissement=reponse["avertissement"],
    )  # fmt: skip
    return texte

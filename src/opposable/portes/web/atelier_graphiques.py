"""Les graphiques de l'atelier OPTAM : la dérive des deux taux, les patients des deux côtés, le point mort.

Chaque graphique redit un tableau ou une phrase de la page ; les montants sont des centimes, les taux des dix-millièmes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from opposable.droit import montant
from opposable.portes.web import annee_graphiques as communs
from opposable.portes.web import dessin
from opposable.portes.web.annee_graphiques import Serie
from opposable.rendu import francais

_MOIS: Final = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def derive(reponse: Mapping[str, Any]) -> Markup | None:
    """Le taux de dépassement de chaque mois, celui de l'année jusqu'à lui, et l'engagement."""
    engage = [reponse["engagements"]["depassement_au_moins"], reponse["engagements"]["depassement_au_plus"]]
    titre = "Le taux de dépassement, mois par mois, et l'engagement à ne pas dépasser"
    return _courbes(
        reponse, "taux_depassement", "taux_depassement_cumule", engage, titre, "g-depassement", "Engagement, au plus"
    )


def opposable(reponse: Mapping[str, Any]) -> Markup | None:
    """La part à tarif opposable de chaque mois, celle de l'année jusqu'à lui, et l'engagement."""
    titre = "La part à tarif opposable, mois par mois, et l'engagement à atteindre"
    engage = [reponse["engagements"]["opposable"]]
    return _courbes(
        reponse, "part_opposable", "part_opposable_cumulee", engage, titre, "g-opposable", "Engagement, au moins"
    )


def patients(reponse: Mapping[str, Any]) -> Markup | None:
    """Ce que la caisse verse aux patients chaque mois, dans l'option et hors d'elle."""
    rangees = [m for m in reponse["mois"] if m["rembourse_dedans"] is not None]
    if not rangees:
        return None
    series = [
        Serie("Dans l'option", 0, [montant.centimes(m["rembourse_dedans"]) for m in rangees]),
        Serie("En secteur 2 sans option", 1, [montant.centimes(m["rembourse_dehors"]) for m in rangees]),
    ]
    plus_grand = max(v or 0 for s in series for v in s.valeurs)
    noms = [_MOIS[m["mois"] - 1] for m in rangees]
    titre = "Ce que la caisse rembourse à vos patients, mois par mois"
    return communs.barres("Bar", noms, series, max(plus_grand, 1), titre, "g-patients", valeurs=False)


def point_mort(reponse: Mapping[str, Any]) -> Markup | None:
    """Les dépassements de l'année, ceux que l'engagement laisse, et le point mort."""
    p = reponse["point_mort"]
    if p is None:
        return None
    dits = [("Dépassements de l'année", [p["depassements"]]), ("Laissés par l'engagement", p["laisses"])]
    if p["depassements_au_point_mort"] is not None:
        dits.append(("Point mort", p["depassements_au_point_mort"]))
    noms = [f"{nom} : {' à '.join(dessin.euros_courts(montant.centimes(v)) for v in valeurs)}" for nom, valeurs in dits]
    valeurs = [montant.centimes(v[0]) for _, v in dits]
    titre = "Les dépassements de l'année, ceux que l'engagement laisse, et le point mort"
    return communs.barres(
        "HorizontalBar", noms, [Serie("Dépassements", 0, valeurs)], max(*valeurs, 1), titre, "g-point-mort"
    )


def _courbes(
    reponse: Mapping[str, Any], du_mois: str, cumule: str, engages: Sequence[str | None], titre: str, ident: str,
    engagement: str,
) -> Markup | None:  # fmt: skip
    rangees = reponse["mois"]
    mesures = Serie("Le mois", 4, [_taux(m[du_mois]) for m in rangees])
    cumul = Serie("L'année jusqu'à ce mois", 0, [_taux(m[cumule]) for m in rangees])
    if not any(v is not None for v in cumul.valeurs):
        return None
    lignes = sorted({t for t in (_taux(e) for e in engages) if t is not None})
    noms = [engagement] if len(lignes) == 1 else [f"{engagement} (borne basse)", f"{engagement} (borne haute)"]
    series = [mesures, cumul, *(Serie(nom, 1, [t] * len(rangees)) for nom, t in zip(noms, lignes, strict=False))]
    haut = dessin.haut(max(v or 0 for s in series for v in s.valeurs))
    pygal, _ = dessin.bibliotheque()
    graphe = pygal.Line(
        js=[], css=[], pretty_print=False, disable_xml_declaration=True, width=communs.LARGEUR, height=320, margin=12,
        margin_right=30, show_legend=True, legend_at_bottom=True, legend_at_bottom_columns=1, truncate_label=-1,
        truncate_legend=-1, range=(0, haut), y_labels=dessin.graduations(haut), dots_size=4,
        x_labels=[_MOIS[m["mois"] - 1] for m in rangees], value_formatter=lambda t: _dit(int(t)),
        style=pygal.style.Style(font_family=dessin.LETTRES, **communs.LETTRES),
    )  # fmt: skip
    for rang, serie in enumerate(series):
        graphe.add(serie.nom, list(serie.valeurs), show_dots=rang < 2)
    return communs.finir(graphe, series, titre, ident)


def _taux(texte: str | None) -> int | None:
    return None if texte is None else montant.taux(texte)


def _dit(taux: int) -> str:
    return francais.taux(montant.texte_taux(taux)).replace(" ", "\N{NO-BREAK SPACE}")

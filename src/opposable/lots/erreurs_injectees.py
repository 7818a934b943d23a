"""Les erreurs que le générateur injecte : des mutations d'une facture propre, écrites dans le modèle.

Rien ici ne lit les règles du moteur : une mutation change la facture, et la vérité dit ce qui a été changé.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from opposable.lots.modele import Ligne, Modele, Variante


class Mutee(NamedTuple):
    """Une facture mutée : le rang de l'erreur dans le modèle, la facture fausse, la ligne mise en cause (dès 1)."""

    erreur: int
    variante: Variante
    ligne: int


def mutations(modele: Modele, propre: Variante) -> Iterator[Mutee]:
    """Chaque erreur du modèle qui s'applique à cette facture propre."""
    for rang, erreur in enumerate(modele.donnees["erreurs"]):
        if _concerne(modele, erreur["si"], propre):
            fausse = _muter(modele, erreur["change"], propre)
            yield Mutee(rang, fausse, _ligne(modele, erreur["sur"], fausse.lignes))


def _concerne(modele: Modele, si: Mapping[str, Any], facture: Variante) -> bool:
    codes = {ligne.code for ligne in facture.lignes}
    jour = modele.bornes[facture.periode]
    return (
        codes.issuperset(si.get("avec", ()))
        and ("un_de" not in si or not codes.isdisjoint(si["un_de"]))
        and codes.isdisjoint(si.get("sans", ()))
        and ("classes" not in si or facture.classe in si["classes"])
        and ("patrons" not in si or facture.patron in si["patrons"])
        and facture.patron not in si.get("patrons_sauf", ())
        and ("du" not in si or jour >= si["du"].toordinal())
        and ("au" not in si or jour < si["au"].toordinal())
    )


def _muter(modele: Modele, change: Mapping[str, Any], facture: Variante) -> Variante:
    jour = modele.bornes[facture.periode]
    lignes = list(facture.lignes)
    for ancien, nouveau in change.get("remplace", {}).items():
        tarif = modele.tarif(nouveau, facture.specialite, facture.classe, jour)
        lignes = [Ligne(nouveau, tarif, x.depasse) if x.code == ancien else x for x in lignes]
    lignes += [
        Ligne(code, modele.tarif(code, facture.specialite, facture.classe, jour)) for code in change.get("ajoute", ())
    ]
    if "double" in change:
        lignes.append(lignes[-1 if change["double"] == "derniere" else 0])
    propres = {nom: change[nom] for nom in ("association", "modificateurs") if nom in change}
    lignes = [replace(x, **propres) if modele.corpus.actes[x.code].technique else x for x in lignes]
    depassement = change.get("depassement", {})
    age = change.get("age_mois", facture.age)
    return replace(
        facture,
        lignes=tuple(lignes),
        specialite=change.get("specialite", facture.specialite),
        faits={**facture.faits, **change.get("faits", {})},
        age=(age[0], age[1]),
        exonerations=change.get("exonerations", facture.exonerations),
        lien_ald=None if "exonerations" in change else facture.lien_ald,
        nature=depassement.get("nature", facture.nature),
        minimum=depassement.get("minimum", facture.minimum),
        maximum=depassement.get("maximum", facture.maximum),
    )


def _ligne(modele: Modele, sur: Any, lignes: tuple[Ligne, ...]) -> int:
    if isinstance(sur, int):
        return sur
    if sur == "derniere":
        return len(lignes)
    codes = modele.donnees["codes_de_coordination"] if sur == "coordination" else [sur]
    return max(rang for rang, ligne in enumerate(lignes, 1) if ligne.code in codes)

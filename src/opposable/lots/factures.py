"""Des lignes d'un lot à l'entrée publique de ``coter``, et de sa réponse aux colonnes d'un lot contrôlé.

C'est ce qui permet de rejouer n'importe quelle ligne d'un lot dans l'interprète scalaire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from opposable.droit import montant
from opposable.droit.ensemble import Valeur
from opposable.droit.fait import Fait
from opposable.lots.mappage import Colonne, Mappage

COMPAREES: Final = (
    "code", "statut", "honoraires", "tarif", "base_remboursement", "taux", "part_obligatoire", "ticket_moderateur",
    "depassement", "nature_depassement", "ligne_tarif", "ligne_base", "ligne_taux", "motifs",
)  # fmt: skip
"""Ce que les deux interprètes doivent dire de la même façon : statut, centimes, lignes de règles, motifs."""


def facture_du_lot(
    mappage: Mappage, rangees: Sequence[Mapping[str, Any]], vocabulaire: Mapping[str, Fait]
) -> dict[str, Any]:
    """L'entrée de ``coter`` pour les rangées d'une même facture, dans leur ordre."""
    facture: dict[str, Any] = {"actes": [{} for _ in rangees]}
    for nom, valeur in mappage.constantes.items():
        _poser(facture, nom, _dit(vocabulaire[nom], valeur), range(len(rangees)))
    for nom, colonne in mappage.faits.items():
        for rang, rangee in enumerate(rangees):
            brut = rangee[colonne.colonne]
            if brut is not None and (rang == 0 or nom.startswith("acte.")):
                _poser(facture, nom, _valeur(colonne, brut), [rang])
    return facture


def _poser(facture: dict[str, Any], nom: str, valeur: Any, rangs: Iterable[int]) -> None:
    bloc, cle = nom.split(".", 1)
    if bloc == "acte":
        for rang in rangs:
            facture["actes"][rang][cle] = valeur
    elif bloc == "facture":
        facture[cle] = valeur
    else:
        facture.setdefault(bloc, {})[cle] = valeur


def _texte(brut: Any) -> str:
    """Une valeur du lot en texte : une date sans son heure, un nombre entier sans sa virgule, un oui/non du moteur."""
    if isinstance(brut, datetime):
        brut = brut.date()
    if isinstance(brut, (bool, date)):
        return str(brut).lower()
    if isinstance(brut, (float, Decimal)) and brut == int(brut):
        return str(int(brut))
    return str(brut)


def _valeur(colonne: Colonne, brut: Any) -> Any:
    """Ce que l'entrée publique attend pour une valeur du lot."""
    fait = colonne.fait
    if fait.type == "heure" and isinstance(brut, (time, datetime)):
        return f"{brut:%H:%M}"
    if fait.type == "date_heure" and isinstance(brut, datetime):
        return brut.isoformat(timespec="minutes")
    texte = _texte(brut)
    if colonne.valeurs:
        texte = colonne.valeurs.get(texte, texte)
    if fait.type == "liste":
        parties = brut if isinstance(brut, list) else texte.strip("[]").split(colonne.separateur)
        mots = [str(p).strip() for p in parties]
        return [colonne.valeurs.get(m, m) for m in mots if m and m not in {"aucune", "aucun"}]
    if fait.type == "montant":
        exact = Decimal(texte)
        return montant.euros(int(exact if colonne.unite == "centimes" else exact * 100))
    if fait.type == "age":
        mot = colonne.unite if colonne.unite == "mois" or int(texte) > 1 else colonne.unite.rstrip("s")
        return f"{texte} {mot}"
    if fait.type == "terme" and texte != fait.sans_objet:
        return f"{int(texte) // 7}+{int(texte) % 7}"
    if fait.type == "oui_non":
        return {"true": "oui", "false": "non"}.get(texte, texte)
    return int(texte) if fait.type == "entier" and texte != fait.sans_objet else texte


def _dit(fait: Fait, valeur: Valeur) -> Any:
    return sorted(valeur) if isinstance(valeur, frozenset) else fait.texte(valeur)


def ligne_scalaire(reponse: Mapping[str, Any], rang: int) -> dict[str, Any]:
    """Une ligne de la réponse de ``coter`` dans les colonnes d'un lot contrôlé ; les motifs sont triés."""
    ligne = reponse["lignes"][rang]
    tables = {t["table"]: t["ligne"] for t in reponse["trace"]["lignes"][rang]["tables"]}
    resultat = {nom: ligne[nom] for nom in COMPAREES[:8]}
    nature = ligne["depassement"]["nature"]
    return {
        **resultat,
        "depassement": ligne["depassement"]["montant"],
        "nature_depassement": None if nature == "inconnu" else nature,
        **{f"ligne_{nom}": tables.get(nom) for nom in ("tarif", "base", "taux")},
        "motifs": sorted(m["code"] for m in ligne["motifs"]),
    }


def ligne_du_lot(rangee: Mapping[str, Any]) -> dict[str, Any]:
    """Une ligne de ``lignes.parquet`` sous la même forme : décimaux en texte, motifs triés."""
    resultat: dict[str, Any] = {}
    for nom in COMPAREES:
        valeur = rangee[nom]
        if isinstance(valeur, Decimal):
            exact = int(valeur * 10_000)
            valeur = montant.texte_taux(exact) if nom == "taux" else montant.euros(exact // 100)
        resultat[nom] = sorted(valeur) if nom == "motifs" else valeur
    return resultat


def differences(lot: Mapping[str, Any], scalaire: Mapping[str, Any]) -> list[str]:
    """Les colonnes où les deux diffèrent."""
    return [nom for nom in COMPAREES if lot[nom] != scalaire[nom]]

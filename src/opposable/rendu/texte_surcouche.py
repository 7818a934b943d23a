"""Ce que des surcouches apportent, en texte : leurs sources, chaque ligne touchée, ce qui mérite d'être relu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opposable.rendu.blocs import MARQUES, Reponse, ligne, paragraphe, titre
from opposable.rendu.francais import date_longue, enumeration, montant, periode, propre, taux

if TYPE_CHECKING:
    from rich.console import Console

NON_PUBLIE: Final = "non publié"
LISTES: Final = {
    "tarifs": "tarifs", "bases": "bases de remboursement", "taux": "taux", "tiers_payant": "tiers payant",
    "lignes": "table",
}  # fmt: skip
GESTES: Final = {
    "ajoute": ("ajoutée", "ajoutées"),
    "remplace": ("remplacée", "remplacées"),
    "remplit": ("remplie", "remplies"),
    "retire": ("retirée", "retirées"),
}
AUTORITES: Final = {"texte": "texte", "officiel": "officiel", "presse": "presse", "deduit": "déduite"}


def verification(reponse: Reponse, console: Console) -> None:
    """Écrit ce que chaque surcouche apporte, puis l'empreinte du corpus obtenu."""
    for rang, couche in enumerate(reponse["verifiees"]):
        if rang:
            ligne(console)
        _couche(couche, console)
    titre(console, "Corpus obtenu")
    paragraphe(
        console,
        f"empreinte {reponse['corpus']['hash']}, au lieu de {reponse['corpus_nu']['hash']} sans surcouche",
        2,
        2,
    )
    paragraphe(console, "Lu, typé, prouvé (ni trou, ni recouvrement) ; rien n'a été coté.", 2, 2)


def _couche(couche: dict[str, Any], console: Console) -> None:
    ligne(console, propre(f"Surcouche {couche['nom']} : {couche['libelle']}"), "bold")
    auteur = f" · {couche['auteur']}" if couche["auteur"] else ""
    paragraphe(
        console, f"{couche['fichier']} · {date_longue(couche['date'])}{auteur} · empreinte {couche['hash']}", 2, 2
    )
    for document in couche["documents"]:
        lu = f", lu le {date_longue(document['lu_le'])}" if document["lu_le"] else ""
        paragraphe(console, f"Document : {document['titre']} ({AUTORITES[document['autorite']]}{lu})", 2, 2)
    if couche["passages"]:
        paragraphe(console, f"{_nombre(len(couche['passages']), 'passage', 'passages')} : "
                   f"{', '.join(couche['passages'])}", 2, 2)  # fmt: skip
    dites = _autorites(couche["operations"])
    if dites:
        paragraphe(console, f"Autorité des valeurs écrites : {dites}", 2, 2)
    for cible in dict.fromkeys(o["cible"] for o in couche["operations"]):
        _cible([o for o in couche["operations"] if o["cible"] == cible], console)
    if couche["avertissements"]:
        titre(console, "À relire")
        for avertissement in couche["avertissements"]:
            paragraphe(console, f"- {avertissement['message']} [{avertissement['code']}]", 2, 2, "yellow")


def _cible(operations: list[dict[str, Any]], console: Console) -> None:
    """Un acte ou une table : ce qui lui est fait, en nombre, puis ligne par ligne."""
    premiere = operations[0]
    comptes = []
    if any(o["operation"] == "nouveau" for o in operations):
        comptes.append("nouvelle table" if premiere["genre"] == "table" else "nouvel acte")
    for liste in dict.fromkeys(o["liste"] for o in operations if o["liste"]):
        for geste, (un, plusieurs) in GESTES.items():
            combien = sum(o["operation"] == geste and o["liste"] == liste for o in operations)
            if combien:
                lieu = "" if liste in {"tarifs", "lignes"} else f" ({LISTES[liste]})"
                comptes.append(_nombre(combien, f"ligne {un}", f"lignes {plusieurs}") + lieu)
    titre(console, propre(f"{premiere['cible']} : {', '.join(comptes)}"))
    if premiere["libelle"] != premiere["cible"]:
        paragraphe(console, premiere["libelle"], 2, 2, "dim")
    for operation in operations:
        groupes: dict[tuple[object, ...], list[dict[str, Any]]] = {}
        for valeur in operation["valeurs"]:
            cles = ("du", "au", "cellule", "avant", "avant_manquant", "apres", "apres_manquant")
            groupes.setdefault((bool(valeur["territoire"]), *(valeur[c] for c in cles)), []).append(valeur)
        for groupe in groupes.values():
            _valeurs(operation, groupe, console)


def _valeurs(operation: dict[str, Any], valeurs: list[dict[str, Any]], console: Console) -> None:
    """Une ligne touchée ; les territoires d'une même valeur ensemble."""
    geste, valeur = operation["operation"], valeurs[0]
    territoires = [v["territoire_libelle"] for v in valeurs if v["territoire"]]
    lieu = f" · {', '.join(territoires)}" if territoires else ""
    cellule = f" · {valeur['cellule']}" if valeur["cellule"] else ""
    avant = _dite(valeur["avant"], valeur["avant_manquant"], operation["type"])
    apres = _dite(valeur["apres"], valeur["apres_manquant"], operation["type"])
    change = f"{avant} → {apres or 'plus de ligne'}" if avant else str(apres)
    marque = MARQUES.get(valeur["sources"][0]["autorite"]) if valeur["sources"] and geste != "retire" else None
    suite = f" · {marque}" if marque else ""
    nom = operation["id"] if territoires and geste in {"ajoute", "remplace"} else valeur["id"]
    paragraphe(console, f"- {nom}{lieu} · {periode(valeur['du'], valeur['au'])}{cellule} : {change}{suite}", 2, 2)
    if not territoires and geste == "ajoute" and valeur["avant_id"]:
        paragraphe(console, f"ferme {valeur['avant_id']}", 4, 2, "dim")
    if not territoires and geste == "retire" and valeur["apres_id"]:
        paragraphe(console, f"{valeur['apres_id']} reste en vigueur", 4, 2, "dim")


def _dite(texte: str | None, manquant: str | None, genre: str | None) -> str | None:
    """Une valeur telle qu'on la lit ; ``None`` s'il n'y a pas de ligne."""
    if texte is None:
        return NON_PUBLIE if manquant else None
    return {"montant": montant, "taux": taux}.get(genre or "", propre)(texte)


def _nombre(combien: int, un: str, plusieurs: str) -> str:
    return f"{combien} {un if combien == 1 else plusieurs}"


def _autorites(operations: list[dict[str, Any]]) -> str:
    """Sur quelle autorité reposent les valeurs écrites."""
    ecrites = [v for o in operations if o["operation"] != "retire" for v in o["valeurs"]]
    trouvees = [v["sources"][0]["autorite"] for v in ecrites if v["sources"]]
    return enumeration([f"{trouvees.count(a)} {AUTORITES[a]}" for a in AUTORITES if a in trouvees])

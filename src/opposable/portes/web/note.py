"""La facture à côté des questions : chaque ligne, son pourquoi, son passage, ses dates ; ce que règle le patient."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.portes.web import technique
from opposable.portes.web.rencontre import Rencontre
from opposable.rendu.francais import enumeration, montant, valeur

NATURES: Final = {
    "de": "dépassement exceptionnel (DE)",
    "da": "dépassement autorisé (DA)",
    "dp": "dépassement permanent (DP)",
    "libre": "honoraires libres",
    "inconnu": "nature du dépassement inconnue",
}
_DE_LIGNE: Final = re.compile(r"actes\[(\d+)\]\.([a-z_]+)")
_TIERS_PAYANT: Final = {"obligatoire": "obligatoire", "facultatif": "facultatif", "inconnu": "à vérifier"}
_MARQUES: Final = {"SOURCE_PRESSE": "source : presse", "VALEUR_DEDUITE": "valeur déduite"}


def mettre_en_page(
    corpus: Corpus, reponse: Mapping[str, Any], cotation: Mapping[str, Any] | None, dite: Rencontre
) -> dict[str, Any]:
    """Ce que la colonne de droite montre."""
    return {
        "lignes": _lignes(corpus, reponse, cotation) if cotation else [],
        "statut": cotation["statut"] if cotation else None,
        "montants": _montants(cotation) if cotation else [],
        "avance": _avance(cotation) if cotation else None,
        "aucune": cotation is not None and all(ligne["statut"] == "refusee" for ligne in cotation["lignes"]),
        "possible": cotation is not None and any(ligne["statut"] == "a_verifier" for ligne in cotation["lignes"]),
        "hypotheses": _hypotheses(cotation or reponse),
        "questions": _questions(corpus, cotation) if cotation else [],
        "permis": [] if cotation else reponse["permis"],
        "refuses": [] if cotation else _refuses(reponse, dite),
        "exclus": _exclus(reponse["exclus"]),
        "suspens": [une for une in reponse["en_suspens"] if une["raison"] == "a_verifier"],
        "rappel": reponse["rappel"],
        "date": dite.entree.get("date"),
    }


def _lignes(corpus: Corpus, reponse: Mapping[str, Any], cotation: Mapping[str, Any]) -> list[dict[str, Any]]:
    conditions = {une["code"]: une["conditions"] for une in reponse["permis"]}
    lignes = []
    dits = reponse["facture"]["actes"]
    for ligne, suivie, dit in zip(cotation["lignes"], cotation["trace"]["lignes"], dits, strict=True):
        motifs = list({(m["code"], m["message"]): m for m in ligne["motifs"]}.values())
        lignes.append(
            {
                **ligne,
                "motifs": [m for m in motifs if m["gravite"] != "occasion" and m["code"] not in _MARQUES],
                "occasions": [m for m in motifs if m["gravite"] == "occasion"],
                "marques": [_MARQUES[m["code"]] for m in motifs if m["code"] in _MARQUES],
                "conditions": conditions.get(ligne["code"], []),
                "precisions": technique.precisions(corpus, dit),
                "dates": _dates(corpus, ligne["code"], suivie),
                "nature": NATURES.get(ligne["depassement"]["nature"]),
            }
        )
    return lignes


def _dates(corpus: Corpus, code: str, suivie: Mapping[str, Any]) -> dict[str, Any] | None:
    """Depuis quand ce tarif vaut, et la date annoncée si un texte l'a déplacée."""
    choisie = next((t["ligne"] for t in suivie["tables"] if t["table"] == "tarif"), None)
    ligne = next((une for une in corpus.actes[code].tarifs.lignes if une.id == choisie), None)
    if ligne is None:
        return None
    if corpus.actes[code].technique:
        return {"depuis": None, "annonce": None, "id": ligne.id}  # une version ne dit pas depuis quand le tarif vaut
    depuis = None if ligne.origine else temps.iso(ligne.du)
    annonce = temps.iso(ligne.du_prevu) if ligne.du_prevu != ligne.du else None
    return {"depuis": depuis, "annonce": annonce, "id": ligne.id}


def _montants(cotation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Les totaux, de ce que le médecin demande à ce qui reste au patient ; le premier et les derniers toujours."""
    total, possible = cotation["total"], cotation["total_possible"]
    dits = (
        ("honoraires", "Honoraires", True),
        ("depassement", "dont dépassement", False),
        ("base_remboursement", "Base de remboursement", True),
        ("part_obligatoire", "Part obligatoire", True),
        ("participation_forfaitaire", "Participation forfaitaire, retenue", False),
        ("participation_actes_lourds", "Participation sur les actes lourds", False),
        ("remboursement", "Remboursé par l'Assurance maladie", True),
        ("part_complementaire", "Part complémentaire (C2S)", False),
        ("reste_a_charge", "Reste, avant toute complémentaire", True),
    )
    deux = total != possible
    return [
        {"cle": cle, "mot": mot, "montant": total[cle], "possible": possible[cle] if deux else None, "deux": deux}
        for cle, mot, toujours in dits
        if toujours or {total[cle], possible[cle]} - {None, "0.00"}
    ]


def _avance(cotation: Mapping[str, Any]) -> dict[str, Any]:
    """Le tiers payant : ce que le patient règle le jour des soins."""
    dit = cotation["tiers_payant"]
    parts = [
        f"{_TIERS_PAYANT[dit[cle]]} sur la {mot}"
        for cle, mot in (("part_obligatoire", "part obligatoire"), ("part_complementaire", "part complémentaire"))
    ]
    verse = [
        f"{qui} verse {montant(dit[cle])}"
        for cle, qui in (("verse_caisse", "la caisse"), ("verse_complementaire", "la complémentaire"))
        if dit[cle] not in {None, "0.00"}
    ]
    phrase = f"Tiers payant {enumeration(parts)}" + (f" ; {enumeration(verse)} au médecin." if verse else ".")
    return {"avance": dit["avance_patient"], "phrase": phrase, "raisons": dit["raisons"], "sources": dit["sources"]}


def _hypotheses(reponse: Mapping[str, Any]) -> list[str]:
    dites = [une for h in reponse["hypotheses"] for une in (h, *(h.get("avec") or ()))]
    return list(dict.fromkeys(f"{une['libelle']} : {une['dit'] or valeur(une['valeur'])}" for une in dites))


def _questions(corpus: Corpus, cotation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Ce que la facture demande encore, avec le champ qui porte la réponse ; ce qui se répond par un mot seulement."""
    dites = []
    for une in cotation["questions"]:
        de_ligne = _DE_LIGNE.fullmatch(une["fait"])
        if de_ligne and de_ligne[2] in technique.PRECISIONS:
            continue  # le bloc des actes techniques le demande
        champ = f"h:{de_ligne[1]}:{de_ligne[2]}" if de_ligne else f"q:{une['fait']}"
        fait = corpus.vocabulaire.faits.get(f"acte.{de_ligne[2]}" if de_ligne else une["fait"])
        mots = {v: (fait.valeurs.get(v, v) if fait else v) for v in une["valeurs"]}
        dites.append({**une, "champ": champ, "mots": mots})
    return [une for une in dites if une["valeurs"]]


def _refuses(reponse: Mapping[str, Any], dite: Rencontre) -> list[dict[str, Any]]:
    """Les actes techniques dits qu'une règle refuse déjà, avant que la facture soit prête."""
    techniques, _ = technique.partager(dite.entree)
    dits = {acte["code"] for acte in techniques}
    return [une for une in reponse["exclus"] if une["code"] in dits]


def _exclus(exclus: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ce qui est exclu, réuni par raison."""
    phrases: dict[str, dict[str, Any]] = {}
    for une in exclus:
        motif = une["motifs"][0] if une["motifs"] else {"message": une["libelle"], "code": "", "sources": []}
        phrase = motif["message"].removeprefix(f"{une['code']} ")
        reuni = phrases.setdefault(phrase, {"codes": [], "phrase": phrase, "motif": motif["code"]})
        reuni["codes"].append(une["code"])
    return list(phrases.values())

"""L'exemple d'un motif : dit en français, avec les libellés du vocabulaire, et essayé pour montrer ce qu'il donne."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait
from opposable.portes import entree
from opposable.portes import python as api
from opposable.portes.web.jsons import lisible
from opposable.rendu import francais
from opposable.rendu.texte_dispositifs import STATUTS as STATUTS_DE_CALCUL

_MEME: Final = {"meme": "le même", "autre": "un autre"}
_PASSE: Final = {"patient": "patient", "medecin": "médecin", "situation": "situation"}


def montrer(surcouches: Sequence[Path], exemple: Mapping[str, Any], motif: str) -> dict[str, Any]:
    """L'exemple, ses faits et ses lignes en français, son entrée en JSON, et ce qu'on obtient en l'essayant."""
    corpus = api.corpus(surcouches).pour(exemple["dispositif"] or "")
    faits, lignes, passes = _dire(corpus, exemple["entree"])
    return {
        **exemple,
        "faits": faits,
        "lignes": lignes,
        "passes": passes,
        "json": lisible(exemple["entree"]),
        "resultat": essayer(surcouches, exemple, exemple["entree"], motif),
        "faute": None,
    }


def essayer(surcouches: Sequence[Path], exemple: Mapping[str, Any], cas: dict[str, Any], motif: str) -> dict[str, Any]:
    """Ce que donne ``cas``, coté ou calculé comme l'exemple : le statut, et les motifs de chaque ligne.

    :class:`ErreurEntree` si le cas ne convient pas.
    """
    if exemple["dispositif"]:
        reponse = api.calculer(exemple["dispositif"], cas, surcouches=surcouches, strict=exemple["strict"])
        lignes: list[dict[str, Any]] = [{"code": "", "statut": "", "motifs": _motifs(reponse["motifs"], motif)}]
        mot = STATUTS_DE_CALCUL[reponse["statut"]]
    else:
        reponse = api.coter(cas, surcouches=surcouches, prevu=exemple["prevu"], strict=exemple["strict"])
        lignes = [
            {"code": une["code"], "statut": une["statut"], "motifs": _motifs(une["motifs"], motif)}
            for une in reponse["lignes"]
        ]
        mot = ""
    return {
        "statut": reponse["statut"],
        "mot": mot,
        "lignes": lignes,
        "obtenu": any(m["cherche"] for ligne in lignes for m in ligne["motifs"]),
    }


def lire_saisie(texte: str, exemple: Mapping[str, Any]) -> dict[str, Any]:
    """L'objet JSON saisi. :class:`ErreurEntree` s'il ne se lit pas, ou s'il y en a plusieurs."""
    lu = entree.analyser(texte, "saisie", entree.FACTURE)
    if lu.forme != "objet":
        raise ErreurEntree(
            "TYPE_INATTENDU", "la saisie n'a pas la forme attendue", ou="saisie", attendu="un seul objet JSON",
            exemple=json.dumps(exemple["entree"], ensure_ascii=False),
        )  # fmt: skip
    return lu.factures[0]


def _motifs(motifs: Sequence[Mapping[str, Any]], cherche: str) -> list[dict[str, Any]]:
    """Les motifs d'une ligne, chacun une fois, celui qu'on cherche d'abord ; d'une occasion, le message seul."""
    vus = {(m["code"], m["message"]): m for m in motifs}
    dits = [
        {"code": m["code"], "message": m["message"], "effet": m["effet"], "cherche": m["code"] == cherche}
        for m in vus.values()
    ]
    return sorted(dits, key=lambda m: not m["cherche"])


def _dire(corpus: Corpus, cas: Mapping[str, Any]) -> tuple[list[tuple[str, str]], list[dict[str, Any]], list[str]]:
    """Les faits (libellé, valeur), les lignes de la facture, les actes déjà facturés."""
    faits = corpus.vocabulaire.faits
    dits = [(faits[nom].libelle, _valeur(faits[nom], brut)) for nom, brut in _faits(corpus, cas)]
    lignes = [
        {
            "code": acte["code"],
            "libelle": corpus.actes[acte["code"]].libelle if acte["code"] in corpus.actes else "",
            "details": [
                (faits[f"acte.{cle}"].libelle, _valeur(faits[f"acte.{cle}"], brut))
                for cle, brut in acte.items()
                if cle != "code"
            ],
        }
        for acte in cas.get("actes", ())
    ]
    return dits, lignes, _passes(cas.get("historique") or {})


def _faits(corpus: Corpus, cas: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Chaque fait dit hors des listes, et sa valeur telle qu'elle est écrite."""
    connus = corpus.vocabulaire.faits
    for cle, brut in cas.items():
        if isinstance(brut, dict):
            yield from ((f"{cle}.{nom}", valeur) for nom, valeur in brut.items() if f"{cle}.{nom}" in connus)
        else:
            # Un dispositif a ses propres faits à la racine (sa date) ; une facture, ceux de « facture ».
            yield from [(nom, brut) for nom in (cle, f"facture.{cle}") if nom in connus][:1]


def _passes(historique: Mapping[str, Any]) -> list[str]:
    """Les actes déjà facturés, un par ligne."""
    dits = []
    for acte in historique.get("actes", ()):
        qui = [f"{mot} : {_MEME.get(acte[cle], francais.valeur(acte[cle]))}" for cle, mot in _PASSE.items()
               if cle in acte]  # fmt: skip
        suite = f" ({', '.join(qui)})" if qui else ""
        dits.append(f"{acte['code']}, le {francais.date_longue(acte['date'])}{suite}")
    if "complet_depuis" in historique:
        dits.append(f"aucun autre depuis le {francais.date_longue(historique['complet_depuis'])}")
    return dits


def _valeur(fait: Fait, brut: Any) -> str:
    """La valeur d'un fait, telle qu'on la dit."""
    if isinstance(brut, list):
        return francais.enumeration([fait.valeurs.get(str(v), str(v)) for v in brut]) or "aucune"
    texte = str(brut)
    match fait.type:
        case "montant":
            return francais.montant(texte)
        case "date":
            return francais.date_longue(texte)
        case "date_heure":
            return f"{francais.date_longue(texte[:10])} à {texte[11:].replace(':', ' h ')}"
        case "heure":
            return texte.replace(":", " h ")
        case "choix":
            return fait.valeurs.get(texte, texte)
        case _:
            return f"{texte} {fait.unite}" if fait.unite and texte.isdigit() else texte

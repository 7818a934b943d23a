"""Les textes : ce que chaque document apporte, ce qu'il en est fait, les contradictions et la lecture retenue."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from opposable.droit import temps
from opposable.droit.citations import Element, deductions, elements, par_passage
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.droit.fichiers import Sources
from opposable.droit.registre import STATUTS, ContradictionTextes, Enonce, Registre
from opposable.droit.source import Document

_GENRES = {
    "ligne": "valeur", "regle": "règle", "variante": "situation", "lien": "lien entre actes",
    "frequence": "fréquence", "cas": "cas d'un fait calculé", "fait": "fait", "report": "report de date",
}  # fmt: skip


def sommaire(corpus: Corpus, registre: Registre, *, statut: str | None = None) -> dict[str, Any]:
    """Les documents et leurs comptes par statut, et toutes les contradictions."""
    _verifier(statut)
    sources = [d for d in corpus.documents.values() if d.autorite == "texte"]
    cites = Counter(p.document.id for p in corpus.passages.values() if p.document is not None)
    return {
        **corpus.entete(),
        "documents": [_document(d, _de(registre, d.id)) for d in sources],
        "total": _comptes(registre.enonces.values()),
        "autres_documents": [
            {**_fiche(d), "passages": cites[d.id]} for d in corpus.documents.values() if d.autorite != "texte"
        ],
        "contradictions": [_contradiction(corpus, c) for c in registre.contradictions.values()],
        "enonces": [_enonce(registre, e) for e in registre.enonces.values() if statut and e.statut == statut],
    }


def enonces(registre: Registre) -> list[dict[str, Any]]:
    """Tous les énoncés, dans l'ordre des documents."""
    return [_enonce(registre, e) for e in registre.enonces.values()]


def mecanismes(corpus: Corpus, registre: Registre) -> list[dict[str, Any]]:
    """Chaque mécanisme que décrivent les documents : son numéro, ses énoncés par statut, qui le calcule.

    ``dispositifs`` : ceux qui disent le calculer ; ``par`` : les autres endroits du corpus qui portent ses énoncés.
    """
    siens: dict[str, list[Enonce]] = {numero: [] for numero in registre.systemes}
    for enonce in registre.enonces.values():
        if numero := registre.systeme_de(enonce):
            siens[numero].append(enonce)
    calculent: dict[str, list[str]] = {numero: [] for numero in registre.systemes}
    for nom in sorted(corpus.dispositifs):
        for rang in corpus.dispositifs[nom].systemes:
            calculent.setdefault(str(rang), []).append(nom)
    return [
        {
            "systeme": numero,
            "mecanisme": nom,
            **_comptes(siens[numero]),
            "dispositifs": calculent[numero],
            "par": list(dict.fromkeys(endroit for e in siens[numero] for endroit in e.par)),
        }
        for numero, nom in registre.systemes.items()
    ]


def page(
    corpus: Corpus, registre: Registre, fichiers: Sources, ident: str, *, statut: str | None = None
) -> dict[str, Any]:
    """La page d'un document, d'un énoncé ou d'une contradiction. :class:`ErreurEntree` si rien ne porte ce nom."""
    _verifier(statut)
    ident = ident.strip()
    if ident in corpus.documents:
        return {**corpus.entete(), **_page_document(corpus, registre, fichiers, ident, statut)}
    if ident in registre.enonces:
        enonce = registre.enonces[ident]
        portent = _citations(fichiers).get(ident, [])
        vus = {e.id for e in portent}
        return {
            **corpus.entete(),
            "enonce": _enonce(registre, enonce),
            "document": _fiche(corpus.documents[enonce.document]),
            "portent": [_element(e) for e in portent] if vus else [],
            "contradictions": [_contradiction(corpus, c) for c in registre.contradictions_de(ident)],
        }
    if ident in registre.contradictions:
        contradiction = registre.contradictions[ident]
        return {
            **corpus.entete(),
            "contradiction": _contradiction(corpus, contradiction),
            "enonces": [_enonce(registre, registre.enonces[i]) for i in contradiction.enonces],
        }
    connus = [*corpus.documents, *registre.enonces, *registre.contradictions]
    proche = plus_proche(ident, connus)
    suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
    raise ErreurEntree(
        "TEXTE_INCONNU",
        f"rien ne porte le nom « {ident} »{suite}",
        ou="ID",
        attendu="un document, un énoncé ou une contradiction de « opposable textes »",
        exemple=f"opposable textes {proche or '001'}",
    )


def _verifier(statut: str | None) -> None:
    if statut is not None and statut not in STATUTS:
        raise ErreurEntree(
            "STATUT_INCONNU",
            f"statut inconnu « {statut} »",
            ou="--statut",
            attendu=", ".join(STATUTS),
            exemple="--statut manquant",
        )


def _page_document(
    corpus: Corpus, registre: Registre, fichiers: Sources, ident: str, statut: str | None
) -> dict[str, Any]:
    document = corpus.documents[ident]
    enonces = [e for e in _de(registre, ident) if statut in (None, e.statut)]
    if document.autorite == "texte":
        return {
            "document": _document(document, _de(registre, ident)),
            "enonces": [_enonce(registre, e) for e in enonces],
        }
    cites = _citations(fichiers)
    return {
        "document": _fiche(document),
        "passages": [
            {
                "id": p.id,
                "lieu": p.lieu,
                "extrait": p.extrait,
                "portent": [_element(e) for e in cites.get(p.id, [])],
            }
            for p in corpus.passages.values()
            if p.document is not None and p.document.id == ident
        ],
    }


def _citations(fichiers: Sources) -> dict[str, list[Element]]:
    return par_passage(elements(fichiers), deductions(fichiers))


def _de(registre: Registre, document: str) -> list[Enonce]:
    return [e for e in registre.enonces.values() if e.document == document]


def _fiche(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "titre": document.titre,
        "autorite": document.autorite,
        "adresse": document.adresse or None,
        "lu_le": document.lu_le or None,
        "verifie_le": temps.iso(document.verifie_le),
    }


def _document(document: Document, enonces: list[Enonce]) -> dict[str, Any]:
    return {**_fiche(document), **_comptes(enonces)}


def _comptes(enonces: Iterable[Enonce]) -> dict[str, Any]:
    comptes = Counter(e.statut for e in enonces)
    total = sum(comptes.values())
    return {
        "enonces": total,
        "statuts": {statut: comptes[statut] for statut in STATUTS},
        "part_descriptif": _part(comptes["descriptif"], total),
        "part_calcule": _part(comptes["calcule"], total),
    }


def _part(nombre: int, total: int) -> str:
    """Une part en taux décimal à quatre chiffres, arrondie au plus proche ; « 0.0000 » d'un ensemble vide."""
    pour_dix_mille = (nombre * 20000 + total) // (2 * total) if total else 0
    return f"{pour_dix_mille // 10000}.{pour_dix_mille % 10000:04d}"


def _enonce(registre: Registre, enonce: Enonce) -> dict[str, Any]:
    systeme = registre.systeme_de(enonce)
    return {
        "id": enonce.id,
        "document": enonce.document,
        "domaine": enonce.domaine,
        "enonce": enonce.enonce,
        "precision": enonce.precision or None,
        "extrait": enonce.extrait,
        "suite": enonce.suite or None,
        "doute": enonce.doute or None,
        "statut": enonce.statut,
        "par": list(enonce.par),
        "raison": enonce.raison or None,
        "manque": enonce.manque or None,
        "reste": enonce.reste or None,
        "systeme": systeme or None,
        "mecanisme": registre.systemes[systeme] if systeme else None,
        "contradictions": [c.id for c in registre.contradictions_de(enonce.id)],
    }


def _contradiction(corpus: Corpus, contradiction: ContradictionTextes) -> dict[str, Any]:
    return {
        "id": contradiction.id,
        "sujet": contradiction.sujet,
        "valeurs": list(contradiction.valeurs),
        "enonces": list(contradiction.enonces),
        "passages": [corpus.passages[ident].en_dict() for ident in contradiction.passages],
        "tranche": contradiction.tranche,
        "lecture": contradiction.lecture,
        "pourquoi": contradiction.pourquoi,
    }


def _element(element: Element) -> dict[str, Any]:
    endroit = re.sub(r"^(tables|conditions|faits|regles|reports|mecanisme):", "", element.endroit)
    return {"endroit": endroit, "id": element.id, "genre": _GENRES[element.genre]}

"""La réponse publique d'un dispositif calculé, dans la forme du contrat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opposable.droit import montant, temps
from opposable.droit.calcul import Calcul, Etape, Manque
from opposable.droit.calculer import evaluer, lire_cas, trouver
from opposable.droit.constat import A_VERIFIER, AVERTIT, REFUSE, Constat
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif, Sortie
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.fait import Fait
from opposable.droit.gabarit import gabarit
from opposable.droit.source import AUTORITES, Passage
from opposable.droit.table import Choisie

CALCULE, PARTIEL, REFUSEE, NON_CALCULABLE = "calcule", "partiel", "refuse", "non_calculable"


def calculer(corpus: Corpus, nom: str, brut: object, *, strict: bool = False) -> dict[str, Any]:
    """La réponse du dispositif ``nom`` sur un cas brut. :class:`ErreurEntree` si l'un ou l'autre ne convient pas."""
    dispositif = trouver(corpus, nom)
    return repondre(corpus, evaluer(corpus, dispositif, lire_cas(corpus, dispositif, brut), strict=strict))


def repondre(corpus: Corpus, k: Calcul) -> dict[str, Any]:
    """La réponse d'un calcul fait."""
    dispositif = k.dispositif
    statut = statut_de(k)
    valeurs = {s.nom: k.faites[s.nom].valeur if s.nom in k.faites else None for s in dispositif.sorties}
    resultat = {s.nom: None if statut == REFUSEE else rendre(s, valeurs[s.nom]) for s in dispositif.sorties}
    principal = resultat[dispositif.montant] if dispositif.montant else None
    autorites = _autorites(k) if principal is not None else {}
    avertis = [] if statut == REFUSEE else _avertissements(k, autorites)
    return {
        **dispositif.avertir(corpus.entete()),
        "id": k.cas.id,
        "dispositif": dispositif.nom,
        "periode": _periode(k),
        "statut": statut,
        "resultat": resultat,
        "montant": principal,
        "echeancier": [] if statut == REFUSEE else _echeancier(k),
        "motifs": [_motif(k, c) for c in (*k.constats, *avertis)],
        "manquants": [_manquant(corpus, m) for m in _manques(k).values()],
        "autorites": {a: montant.euros(v) for a, v in autorites.items()},
        "hypotheses": [_suppose(k, nom, valeur) for nom, valeur in k.supposes.items()],
        "questions": [question(k.dispositif.vocabulaire.faits[nom]) for nom in inconnus_de(k) if statut != REFUSEE],
        "sources": _sources(k),
        "trace": _trace(k),
    }  # fmt: skip


def _echeancier(k: Calcul) -> list[dict[str, str | None]]:
    return [
        {
            "date": temps.iso(e.jour),
            "montant": None if e.montant is None else montant.euros(e.montant),
            "objet": e.objet,
        }
        for e in sorted(k.echeances, key=lambda e: e.jour)
    ]


_FONDES = {"presse": ("SOURCE_PRESSE", "RESULTAT_PRESSE"), "deduit": ("VALEUR_DEDUITE", "RESULTAT_DEDUIT")}


def statut_de(k: Calcul) -> str:
    """Le statut d'un calcul fait : calcule, partiel, refuse ou non_calculable."""
    if any(c.etat == REFUSE for c in k.constats):
        return REFUSEE
    principale = k.faites.get(k.dispositif.principal)
    if (principale is None or principale.valeur is None) and _manques(k, principale):
        return NON_CALCULABLE
    complet = all(
        s.facultative or (s.nom in k.faites and k.faites[s.nom].valeur is not None) for s in k.dispositif.sorties
    )
    return CALCULE if complet and all(c.etat == AVERTIT for c in k.constats) else PARTIEL


def _manques(k: Calcul, etape: Etape | None = None) -> Mapping[str, Manque]:
    return etape.manques if etape is not None else k.pile[0].manques


def inconnus_de(k: Calcul) -> list[str]:
    """Les faits de l'entrée qui manquent à une sortie restée inconnue, ou à une condition restée en doute."""
    sorties = [s.nom for s in k.dispositif.sorties if not s.facultative and s.nom in k.faites]
    noms = [nom for nom in sorties if k.faites[nom].valeur is None]
    noms += [f for c in k.constats if c.etat not in {REFUSE, AVERTIT, A_VERIFIER} for f in c.faits]
    return list(k.en_cause(tuple(dict.fromkeys(noms))))


def _periode(k: Calcul) -> str:
    fait = k.dispositif.vocabulaire.faits[k.dispositif.periode.fait]
    return fait.texte(k.cas.faits[fait.nom])


def rendre(sortie: Sortie, valeur: Any) -> Any:
    """Une valeur telle que la réponse l'écrit : montants, taux et dates en texte, entiers en nombres."""
    if valeur is None:
        return None
    if sortie.type == "tableau":
        return [{c.nom: rendre(c, ligne.get(c.nom)) for c in sortie.colonnes} for ligne in valeur]
    return _rendre(sortie.type, valeur)


def _rendre(type_: str, valeur: Any) -> Any:
    match type_:
        case _ if valeur is None:
            return None
        case _ if isinstance(valeur, Intervalle):
            return [_rendre(type_, valeur.bas), _rendre(type_, valeur.haut - 1)]
        case "montant":
            return montant.euros(valeur)
        case "taux" | "nombre":
            return montant.texte_taux(valeur)
        case "date":
            return temps.iso(valeur)
        case "oui_non":
            return ("oui" if valeur else "non") if isinstance(valeur, bool) else valeur
        case _:
            if isinstance(valeur, frozenset):
                return sorted(valeur)
            return list(valeur) if isinstance(valeur, tuple) else valeur


def _autorites(k: Calcul) -> dict[str, int]:
    """Ce qui, dans le montant, repose sur chaque autorité : ses composantes, ou lui-même s'il n'en a pas."""
    composantes = [e for e in k.faites.values() if e.composante and isinstance(e.valeur, int)]
    totaux = dict.fromkeys(AUTORITES, 0)
    for etape in composantes or [k.faites[k.dispositif.montant]]:
        totaux[etape.autorite] += etape.valeur
    return totaux


def _avertissements(k: Calcul, autorites: Mapping[str, int]) -> list[Constat]:
    """Ce qui, dans le montant puis dans le reste du résultat, ne vient pas d'un texte lu."""
    resultat = []
    for autorite, (du_montant, du_reste) in _FONDES.items():
        lues = [c.ligne for c in k.pile[0].tables.values() if c.ligne is not None and c.valeur is not None]
        passages = dict.fromkeys(
            ligne.sources[0] for ligne in lues if ligne.sources and ligne.sources[0].autorite == autorite
        )
        precision = " ; ".join(p.extrait for p in passages)
        if autorites.get(autorite, 0):
            euros = f"{montant.euros(autorites[autorite])} €".replace(".", ",")
            resultat.append(Constat(du_montant, AVERTIT, (), tuple(passages), precision, autre=euros))
        reste = [
            s.libelle.lower() for s in k.dispositif.sorties
            if s.nom != k.dispositif.montant and s.nom in k.faites and k.faites[s.nom].valeur is not None
            and k.faites[s.nom].autorite == autorite
        ]  # fmt: skip
        if reste:
            resultat.append(Constat(du_reste, AVERTIT, (), tuple(passages), ", ".join(reste)))
    return resultat


def _motif(k: Calcul, constat: Constat) -> dict[str, Any]:
    motif = k.corpus.motifs[constat.motif]
    faits = list(k.en_cause(constat.faits))
    doute = constat.etat not in {REFUSE, AVERTIT, A_VERIFIER}
    message = (motif.a_verifier if doute else motif.message).format(
        code=k.dispositif.libelle,
        libelle=k.dispositif.libelle,
        precision=constat.precision,
        suite=f" ({constat.precision})" if constat.precision else "",
        autre=constat.autre,
        remplace="",
        faits=", ".join(k.dispositif.vocabulaire.faits[f].libelle.lower() for f in faits),
        plafond="",
    )
    return {
        "code": constat.motif,
        "gravite": "avertissement" if constat.etat != REFUSE else motif.gravite,
        "effet": {REFUSE: "refuse", AVERTIT: "aucun"}.get(constat.etat, "a_verifier"),
        "message": message,
        "montant_en_jeu": None if constat.enjeu is None else montant.euros(constat.enjeu),
        "faits": faits,
        "sources": [p.en_dict() for p in constat.sources],
    }


def _manquant(corpus: Corpus, manque: Manque) -> dict[str, str]:
    table = corpus.tables[manque.table]
    cellule = manque.ligne.cellule_texte if manque.ligne is not None else ""
    return {
        "parametre": f"{table.libelle} ({cellule})" if cellule else table.libelle,
        "publie_dans": table.publie_dans or manque.raison,
        "surcouche": gabarit(
            manque.table,
            table.libelle,
            corpus.tables.noeud(manque.table),
            manque.ligne.id if manque.ligne is not None else "",
            temps.iso(corpus.arrete_au),
        ),
    }


def _suppose(k: Calcul, nom: str, valeur: Valeur) -> dict[str, Any]:
    fait = k.dispositif.vocabulaire.faits[nom]
    brut = sorted(valeur) if isinstance(valeur, frozenset) else fait.texte(valeur)
    return {"fait": nom, "libelle": fait.libelle, "valeur": brut, "dit": fait.dit(valeur)}


def question(fait: Fait) -> dict[str, Any]:
    """La question qui demande ce fait, et les valeurs qui y répondent."""
    valeurs = ["oui", "non"] if fait.type == "oui_non" else list(fait.valeurs)
    return {"fait": fait.nom, "question": fait.question, "valeurs": valeurs}


def _sources(k: Calcul) -> list[dict[str, str]]:
    passages: dict[str, Passage] = {p.id: p for p in k.dispositif.sources}
    for choisie in k.pile[0].tables.values():
        if choisie.ligne is not None:
            passages.update({p.id: p for p in choisie.ligne.sources})
    return [p.en_dict() for p in passages.values()]


def _trace(k: Calcul) -> dict[str, Any]:
    faits = k.dispositif.vocabulaire.faits
    return {
        "schema": 1,
        "faits": [
            {"fait": nom, "valeur": k.cas.textes.get(nom) or faits[nom].texte(valeur), "origine": _origine(k, nom)}
            for nom, valeur in k.cache.items()
        ],
        "etapes": [
            {
                "nom": e.nom,
                "libelle": e.libelle,
                "type": e.type,
                "valeur": _valeur_de_trace(k.dispositif, e),
                "tables": [c.ligne.id for c in e.tables.values() if c.ligne is not None],
                "autorite": e.autorite if e.tables else None,
            }
            for e in k.faites.values()
        ],
        "tables": [_table(nom, c) for (nom, _), c in k.pile[0].tables.items()],
        "regles": [{"regle": c.regle, "motif": c.motif, "etat": c.etat} for c in k.constats],
    }


def _valeur_de_trace(dispositif: Dispositif, etape: Etape) -> Any:
    declaree = next((s for s in dispositif.sorties if s.nom == etape.nom), None)
    return rendre(declaree, etape.valeur) if declaree is not None else _rendre(etape.type, etape.valeur)


def _origine(k: Calcul, nom: str) -> str:
    if nom in k.cas.faits:
        return "dit"
    if nom in k.supposes:
        return "usuel"
    if nom in k.inconnus:
        return "inconnu"
    return "calcule" if k.dispositif.vocabulaire.faits[nom].calcule else "deduit"


def _table(nom: str, choisie: Choisie) -> dict[str, Any]:
    return {
        "table": nom,
        "etat": choisie.etat,
        "ligne": choisie.ligne.id if choisie.ligne is not None else None,
        "possibles": [p.id for p in choisie.possibles],
    }

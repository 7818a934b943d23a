"""La réponse publique de ``proposer`` : ce qui est permis, exclu, en suspens, et la prochaine question.

Aucun montant n'y paraît avant la facture complète : ni tarif, ni extrait, ni libellé qui en porterait un.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from opposable.droit.acte import Regle
from opposable.droit.constat import AVERTIT, REFUSE
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Valeur
from opposable.droit.fait import Fait
from opposable.droit.publies import MODIFICATEURS
from opposable.droit.source import Passage
from opposable.facturation.bareme_lignes import texte_de_regle
from opposable.facturation.facture import LigneFacture
from opposable.facturation.proposer import Demande, Proposition, etudier
from opposable.facturation.reponse import chemin, motif_dit
from opposable.facturation.situation import NAISSANCE, Verdict, age_demande, en_vigueur

RAPPEL: Final = "La cotation doit refléter exactement l'acte réalisé, sans sur-cotation."
_NOMBRE: Final = r"(?:\d[\d\s]*(?:[.,]\d+)?\s*(?:€|euros?\b)|\b\d+,\d{2}\b(?!\s*%))"
_MONTANT: Final = re.compile(rf"\s*\([^()]*{_NOMBRE}[^()]*\)|\s*{_NOMBRE}")
"""Un montant, et la parenthèse qui le dit."""
_NEUTRES: Final = frozenset({"aucune", "aucun"})
_BEAUCOUP: Final = 12
"""Au-delà, une liste de valeurs n'est montrée qu'avec celles qui comptent pour les lignes possibles."""


def proposer(corpus: Corpus, brut: object, *, strict: bool = False) -> dict[str, Any]:
    """La réponse pour une situation brute. :class:`ErreurEntree` si l'entrée ne convient pas."""
    return en_dict(etudier(corpus, brut, strict=strict))


def en_dict(proposition: Proposition) -> dict[str, Any]:
    """La forme publique d'une proposition."""
    situation = proposition.situation
    par_etat: dict[str, list[Verdict]] = {"permis": [], "exclu": [], "indecis": [], "a_verifier": []}
    for verdict in proposition.verdicts:
        par_etat[verdict.etat].append(verdict)
    suspens = [v for v in proposition.verdicts if v.etat in {"indecis", "a_verifier"}]
    return {
        **situation.corpus.entete(),
        "id": situation.cas.id,
        "statut": proposition.statut,
        "questions": [_question(proposition, proposition.demande)] if proposition.demande else [],
        "permis": [_permis(v) for v in par_etat["permis"]],
        "exclus": [_exclu(v) for v in par_etat["exclu"]],
        "en_suspens": [_en_suspens(v, len(proposition.facture["actes"])) for v in suspens],
        "facture": proposition.facture,
        "cotation": proposition.cotation,
        "hypotheses": _hypotheses(proposition, par_etat["permis"]),
        "rappel": RAPPEL,
    }


def sans_montant(texte: str) -> str:
    """Le texte, ses montants ôtés."""
    return _MONTANT.sub("", texte)


def _sources(passages: Iterable[Passage]) -> list[dict[str, str]]:
    return [_source(p.en_dict()) for p in passages]


def _source(dite: dict[str, str]) -> dict[str, str]:
    """Une source ; un extrait qui porte un montant se lit dans « opposable textes », pas ici."""
    titres = {cle: sans_montant(dite[cle]) for cle in ("document", "passage")}
    return {**dite, **titres, "extrait": "" if _MONTANT.search(dite["extrait"]) else dite["extrait"]}


def _tete(verdict: Verdict) -> dict[str, Any]:
    acte = verdict.acte
    return {"code": acte.code, "libelle": sans_montant(acte.libelle), "nature": acte.nature}


def _permis(verdict: Verdict) -> dict[str, Any]:
    ligne = verdict.ligne
    avertis = [motif_dit(ligne, c)["message"] for c in ligne.constats if c.etat == AVERTIT]
    return {
        **_tete(verdict),
        "conditions": _conditions(ligne),
        "avertissements": [sans_montant(a) for a in dict.fromkeys(avertis)],
    }


def _conditions(ligne: LigneFacture) -> list[dict[str, Any]]:
    """Ce qui rend la ligne facturable : l'acte qu'elle suit, puis chaque condition remplie."""
    resultat = []
    for autre in ligne.facture.lignes:
        lien = next((lien for lien in ligne.acte.s_ajoute_a if lien.vise(autre.acte, ligne.jour)), None)
        if autre is not ligne and lien is not None:
            texte = f"S'ajoute à {autre.acte.code} ({sans_montant(autre.acte.libelle)})"
            resultat.append({"texte": texte, "sources": _sources(lien.sources)})
    for regle in _exigences(ligne):
        if ligne.regle(regle) is True:
            tenues = [v for v in regle.variantes if v.du <= ligne.jour < v.au and v.condition.evalue(ligne.fait)]
            if tenues:
                resultat += [{"texte": sans_montant(v.libelle), "sources": _sources(v.sources)} for v in tenues]
            else:
                texte = sans_montant(texte_de_regle(ligne.corpus, regle))
                resultat.append({"texte": texte, "sources": _sources(regle.sources)})
    return resultat


def _exigences(ligne: LigneFacture) -> list[Regle]:
    exigees = (r for r in ligne.acte.regles if r.sorte == "exige" and r.en_vigueur(ligne.jour))
    return [r for r in exigees if not _sans_objet(ligne, r)]


def _sans_objet(ligne: LigneFacture, regle: Regle) -> bool:
    """Vrai si l'exigence ne vaut que pour des modificateurs qui ne sont pas facturés."""
    return regle.condition.evalue(lambda nom: ligne.fait(nom) if nom.startswith(f"{MODIFICATEURS}.") else None) is True


def _exclu(verdict: Verdict) -> dict[str, Any]:
    ligne = verdict.gene or verdict.ligne
    refus = [c for c in ligne.constats if c.etat == REFUSE or (verdict.gene and c.etat != AVERTIT)]
    dits = [motif_dit(ligne, c) for c in refus or ligne.constats]
    return {**_tete(verdict), "motifs": [_motif(ligne, dit) for dit in dits]}


def _motif(ligne: LigneFacture, dit: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": dit["code"],
        "message": sans_montant(dit["message"]),
        "faits": [_fait_dit(ligne, chemin_) for chemin_ in dit["faits"]],
        "sources": [_source(dite) for dite in dit["sources"]],
    }


def _fait_dit(ligne: LigneFacture, ou: str) -> str:
    """L'âge se demande par ``patient.age``, tant qu'il n'est pas dit à un an près."""
    return "patient.age" if ou == NAISSANCE and age_demande(ligne.fait("patient.age")) else ou


def _en_suspens(verdict: Verdict, place: int) -> dict[str, Any]:
    ligne = verdict.ligne
    manque = [
        _fait_dit(ligne, chemin(place if rang >= 0 and ligne.acte.supplement else rang, nom))
        for rang, nom in (verdict.manque if verdict.etat == "indecis" else ())
    ]
    dits = [motif_dit(ligne, c) for c in ligne.constats if c.etat not in {AVERTIT, REFUSE}]
    raison = "a_preciser" if verdict.etat == "indecis" else "a_verifier"
    return {**_tete(verdict), "raison": raison, "faits": manque, "motifs": [_motif(ligne, dit) for dit in dits]}


def _question(proposition: Proposition, demande: Demande) -> dict[str, Any]:
    situation = proposition.situation
    nom = demande.cle[1] if demande.cle is not None else "acte.code"
    fait = situation.corpus.vocabulaire.faits[nom]
    return {
        "fait": demande.chemin,
        "libelle": fait.libelle,
        "question": demande.question or fait.question,
        "aide": fait.aide,
        "type": fait.type,
        "unite": fait.unite,
        "choix": _choix(proposition, demande, fait),
        "exemple": fait.exemple.strip("[]") if demande.cle is not None else demande.tranche[0],
        "tranche": list(demande.tranche),
    }


def _choix(proposition: Proposition, demande: Demande, fait: Fait) -> list[dict[str, Any]]:
    situation = proposition.situation
    if demande.cle is None:
        return [
            {"valeur": v.acte.code, "libelle": sans_montant(v.acte.libelle), "conditions": _a_lire(v)}
            for v in demande.parmi
        ]
    if fait.type == "liste":
        valeurs = list(fait.valeurs)
    elif fait.type in {"choix", "oui_non"}:
        cas = demande.parmi[0].facture.cas if demande.parmi else situation.cas_de(situation.cas.lignes)
        valeurs = situation.valeurs(fait.nom, demande.cle[0], cas)
        if len(valeurs) > _BEAUCOUP and _NEUTRES & set(valeurs):
            valeurs = _qui_comptent(proposition, demande.parmi, fait, valeurs)
    else:
        return []
    return [{"valeur": v, "libelle": fait.valeurs.get(v, v.capitalize()), "conditions": []} for v in valeurs]


def _a_lire(verdict: Verdict) -> list[str]:
    """Les conditions d'un choix : d'abord ce qui reste à confirmer ; à défaut, ce qui est rempli."""
    ligne = verdict.ligne
    regles = _exigences(ligne)
    gardees = [r for r in regles if ligne.regle(r) is not True] or regles
    dites = []
    for regle in gardees:
        situations = [v.libelle for v in regle.variantes if v.du <= ligne.jour < v.au]
        dites.append(" ; ".join(situations) if situations else texte_de_regle(ligne.corpus, regle))
    return [sans_montant(dite) for dite in dict.fromkeys(dites)]


def _qui_comptent(proposition: Proposition, verdicts: Sequence[Verdict], fait: Fait, valeurs: list[str]) -> list[str]:
    """D'une longue liste de situations, celles qu'une règle d'un acte possible, ou d'un supplément, distingue."""
    neutre = next(v for v in valeurs if v in _NEUTRES)
    jour = proposition.situation.cas.jour
    restent = {v.acte.code: v.acte for v in proposition.verdicts if v.etat != "exclu"}
    regles = [
        regle
        for acte in en_vigueur(proposition.situation.corpus, jour)
        if acte.code in restent or any(lien.vise(autre, jour) for lien in acte.s_ajoute_a for autre in restent.values())
        for regle in acte.regles
        if regle.en_vigueur(jour) and fait.nom in _lus(regle)
    ]
    ligne = verdicts[0].ligne

    def vue(regle: Regle, valeur: str) -> bool | None:
        def lire(nom: str) -> Valeur:
            return valeur if nom == fait.nom else ligne.fait(nom)

        conditions = [v.condition for v in regle.variantes if v.du <= jour < v.au] or [regle.condition]
        vues = [c.evalue(lire) for c in conditions]
        return True if True in vues else None if None in vues else False

    neutres = [vue(regle, neutre) for regle in regles]
    gardees = [
        v
        for v in valeurs
        if v == neutre or any(vue(regle, v) is not rien for regle, rien in zip(regles, neutres, strict=True))
    ]
    return gardees if len(gardees) > 1 else valeurs


def _lus(regle: Regle) -> frozenset[str]:
    return frozenset(f for c in (regle.condition, *(v.condition for v in regle.variantes)) for f in c.faits())


def _hypotheses(proposition: Proposition, permis: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Les valeurs usuelles sur lesquelles repose ce qui est permis."""
    champs = ("fait", "libelle", "valeur", "dit")
    if proposition.cotation is not None:
        dites = [h for une in proposition.cotation["hypotheses"] for h in (une, *une.get("avec", ()))]
        return [{champ: dite[champ] for champ in champs} for dite in dites]
    faits = proposition.situation.corpus.vocabulaire.faits
    supposes: dict[str, Valeur] = {}
    for v in permis:
        supposes.update(v.facture.supposes)
    return [
        {
            "fait": chemin(-1, nom),
            "libelle": faits[nom].libelle,
            "valeur": sorted(valeur) if isinstance(valeur, frozenset) else faits[nom].texte(valeur),
            "dit": faits[nom].dit(valeur),
        }
        for nom, valeur in supposes.items()
    ]

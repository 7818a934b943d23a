"""Le catalogue des motifs : ce qu'en disent les règles du corpus, leurs sources, les faits qu'elles lisent, un exemple.

Ce qui se tire du corpus ne s'écrit pas deux fois : règles, dates, sources et faits viennent des règles qui nomment le
motif. La correction, l'enjeu et les exemples sont écrits (``exemples_motifs.yaml``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.acte import Acte, Lien, Regle
from opposable.droit.corpus import Corpus, Motif
from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.droit.fiche_motif import ENJEUX, ErreurFrequente, Exemple, FicheMotif
from opposable.droit.frequence import Frequence
from opposable.droit.source import Passage
from opposable.facturation.bareme_lignes import lien_dit, texte_de_regle

GRAVITES: Final = ("erreur", "avertissement", "occasion")
_EFFETS: Final = {"exige": "refuse", "refuse_si": "refuse", "a_verifier_si": "a_verifier", "avertit_si": "aucun"}
_TOUTES: Final = "toutes les lignes"
_DEPASSEMENTS: Final = "lignes au-dessus du tarif"
_LIENS: Final[dict[str, Callable[[Acte], Iterable[Lien]]]] = {
    "s_ajoute_a": lambda acte: acte.s_ajoute_a,
    "incompatible_avec": lambda acte: acte.incompatibles,
    "cumul_non_verifie": lambda acte: acte.non_verifies,
}


_ENTRE: Final = {"ACTES_INCOMPATIBLES": False, "SUPPLEMENT_INCOMPATIBLE": True}
"""Les motifs de deux lignes qui s'excluent : vrai si l'une au moins est une majoration."""


@dataclass(frozen=True, slots=True)
class _Nommee:
    """Une règle qui nomme un motif, et où elle est : un acte, toutes les lignes, un dispositif."""

    endroit: str
    regle: Regle
    corpus: Corpus


def motifs(
    corpus: Corpus, code: str | None = None, *, acte: str | None = None, gravite: str | None = None
) -> dict[str, Any]:
    """Le catalogue, ou un motif et sa fiche. ``acte`` : ceux que ses règles peuvent poser ; ``gravite`` : une seule.

    :class:`ErreurEntree` si le motif, l'acte ou la gravité n'existent pas.
    """
    codes = list(corpus.motifs) if code is None else [_motif_connu(corpus, code)]
    if acte is not None:
        codes = [c for c in codes if c in _motifs_de(corpus, _acte_connu(corpus, acte))]
    if gravite is not None and gravite not in GRAVITES:
        raise ErreurEntree(
            "GRAVITE_INCONNUE", f"gravité inconnue « {gravite} »", ou="--gravite", attendu=", ".join(GRAVITES),
            exemple="--gravite erreur",
        )  # fmt: skip
    nommees = list(_nommees(corpus))
    resumes = [
        _resume(corpus, corpus.motifs[c], [n for n in nommees if n.regle.motif == c])
        for c in codes
        if gravite in (None, corpus.motifs[c].gravite)
    ]
    fiche = None if code is None else _fiche(corpus, codes[0], [n for n in nommees if n.regle.motif == codes[0]])
    return {**corpus.entete(), "motifs": resumes, "fiche": fiche}


def erreurs(corpus: Corpus, numero: str | None = None) -> dict[str, Any]:
    """Les erreurs de facturation courantes, ou l'une d'elles. :class:`ErreurEntree` si son numéro n'existe pas."""
    connues = corpus.erreurs_frequentes
    if numero is not None and numero.strip() not in connues:
        numeros = list(connues)
        raise ErreurEntree(
            "ERREUR_FREQUENTE_INCONNUE",
            f"erreur fréquente inconnue « {numero} »",
            ou="NUMERO",
            attendu=f"un numéro de {numeros[0]} à {numeros[-1]}",
            exemple="opposable motifs --erreurs 15",
        )
    voulues = connues.values() if numero is None else [connues[numero.strip()]]
    return {**corpus.entete(), "erreurs": [_erreur(e) for e in voulues]}


def _motif_connu(corpus: Corpus, code: str) -> str:
    exact = code.strip().upper()
    if exact in corpus.motifs:
        return exact
    if exact.isdigit():
        raise ErreurEntree(
            "MOTIF_INCONNU", f"motif inconnu « {exact} »", ou="CODE",
            attendu="un code de « opposable motifs » ; le numéro d'une erreur courante se demande avec --erreurs",
            exemple=f"opposable motifs --erreurs {exact}",
        )  # fmt: skip
    proche = plus_proche(exact, corpus.motifs)
    raise ErreurEntree(
        "MOTIF_INCONNU",
        f"motif inconnu « {exact} »" + (f" ; vouliez-vous « {proche} » ?" if proche else ""),
        ou="CODE",
        attendu="un code de « opposable motifs »",
        exemple=f"opposable motifs {proche or 'CODE_HORS_PERIODE'}",
    )


def _acte_connu(corpus: Corpus, acte: str) -> Acte:
    exact = acte.strip().upper()
    if exact in corpus.actes:
        return corpus.actes[exact]
    proche = plus_proche(exact, corpus.actes)
    raise ErreurEntree(
        "CODE_INCONNU",
        f"acte inconnu « {exact} »" + (f" ; vouliez-vous « {proche} » ?" if proche else ""),
        ou="--acte",
        attendu="un code de « opposable bareme »",
        exemple=f"--acte {proche or 'G'}",
    )


def _nommees(corpus: Corpus) -> Iterator[_Nommee]:
    """Toutes les règles du corpus : celles des actes, celles de toutes les lignes, celles des dispositifs."""
    for acte in corpus.actes.values():
        yield from (_Nommee(acte.code, regle, corpus) for regle in acte.regles)
    yield from (_Nommee(_TOUTES, regle, corpus) for regle in corpus.toutes_lignes)
    yield from (_Nommee(_DEPASSEMENTS, regle, corpus) for regle in corpus.depassements)
    for nom in sorted(corpus.dispositifs):
        local = corpus.pour(nom)
        yield from (_Nommee(f"dispositif {nom}", regle, local) for regle in corpus.dispositifs[nom].conditions)


def _motifs_de(corpus: Corpus, acte: Acte) -> frozenset[str]:
    """Les motifs qu'une ligne de cet acte peut porter : ses règles, les règles communes, ses liens, le calcul."""
    trouves = {regle.motif for regle in (*acte.regles, *corpus.depassements)}
    trouves |= {regle.motif for regle in corpus.toutes_lignes if regle.motif not in acte.dispenses}
    vises = {"lignes", "depassements", "supplements" if acte.supplement else "actes"}
    vises |= {"techniques"} if acte.technique else set()
    for code in corpus.motifs:
        fiche = corpus.fiches_motifs.get(code)
        if fiche is not None and fiche.vise in vises and (not fiche.liens or _porte(acte, fiche)):
            trouves.add(code)
    return frozenset(trouves)


def _porte(acte: Acte, fiche: FicheMotif) -> bool:
    """Vrai si l'acte a un des liens que le motif lit ; deux actes s'excluent sans qu'aucun ne l'écrive."""
    if fiche.vise in {"actes", "lignes"} and "incompatible_avec" in fiche.liens:
        return True
    return any(acte.frequences if lien == "frequence" else tuple(_LIENS[lien](acte)) for lien in fiche.liens)


def _resume(corpus: Corpus, motif: Motif, nommees: list[_Nommee]) -> dict[str, Any]:
    fiche = corpus.fiches_motifs.get(motif.code)
    couple = fiche.couple if fiche is not None else None
    return {
        "code": motif.code,
        "libelle": motif.libelle,
        "gravite": motif.gravite,
        "effets": _effets(nommees, fiche),
        "message": sans_gabarit(motif.message),
        "a_verifier": sans_gabarit(motif.a_verifier) if motif.a_verifier != motif.message else None,
        "correction": fiche.correction if fiche is not None else "",
        "enjeu": fiche.enjeu if fiche is not None else "aucun",
        "exemple_juste": couple.juste.dit if couple is not None else "",
        "exemple_faux": couple.faux.dit if couple is not None else "",
    }


def _effets(nommees: list[_Nommee], fiche: FicheMotif | None) -> list[str]:
    """Ce que le motif peut faire d'une ligne ; une exigence dont les faits manquent laisse à vérifier."""
    trouves = set(fiche.effets) if fiche is not None else set()
    for une in nommees:
        trouves.add(_EFFETS[une.regle.sorte])
        if une.regle.sorte in {"exige", "refuse_si"}:
            trouves.add("a_verifier")
    return [effet for effet in ("refuse", "a_verifier", "aucun") if effet in trouves]


def _fiche(corpus: Corpus, code: str, nommees: list[_Nommee]) -> dict[str, Any]:
    fiche = corpus.fiches_motifs.get(code)
    couple = fiche.couple if fiche is not None else None
    return {
        "enjeu_dit": ENJEUX[fiche.enjeu if fiche is not None else "aucun"],
        "mecanisme": (fiche.mecanisme or None) if fiche is not None else None,
        "vise": (fiche.vise or None) if fiche is not None else None,
        "sources": [p.en_dict() for p in fiche.sources] if fiche is not None else [],
        "regles": _regles(nommees),
        "liens": [un for lien in (fiche.liens if fiche is not None else ()) for un in _liens(corpus, lien, code)],
        "faits": _faits(corpus, nommees, fiche.faits if fiche is not None else ()),
        "exemple_juste": None if couple is None else _exemple(couple.juste),
        "exemple_faux": None if couple is None else {**_exemple(couple.faux), "effet": couple.faux.effet},
        "sans_exemple": (fiche.sans_exemple or None) if fiche is not None else None,
        "erreurs": [
            {"numero": e.numero, "enonce": e.enonce} for e in corpus.erreurs_frequentes.values() if code in e.motifs
        ],
    }


def _regles(nommees: list[_Nommee]) -> list[dict[str, Any]]:
    """Les règles, réunies quand plusieurs actes ont la même."""
    groupes: dict[tuple[object, ...], list[_Nommee]] = {}
    for une in nommees:
        r = une.regle
        variantes = tuple((v.libelle, v.du, v.au) for v in r.variantes)
        cle = (texte_de_regle(une.corpus, r), r.sorte, r.du, r.au, tuple(p.id for p in r.sources), variantes)
        groupes.setdefault(cle, []).append(une)
    return [
        {
            "endroits": list(dict.fromkeys(une.endroit for une in groupe)),
            "texte": texte_de_regle(groupe[0].corpus, groupe[0].regle),
            "effet": _EFFETS[groupe[0].regle.sorte],
            "situations": [v.libelle for v in groupe[0].regle.variantes],
            **_periode(groupe[0].corpus, groupe[0].regle.du, groupe[0].regle.au),
            "sources": [p.en_dict() for p in _sources(groupe[0].regle)],
        }
        for groupe in groupes.values()
    ]


def _sources(regle: Regle) -> Iterable[Passage]:
    passages = {p.id: p for p in regle.sources}
    passages.update({p.id: p for v in regle.variantes for p in v.sources})
    return passages.values()


def _liens(corpus: Corpus, sorte: str, code: str) -> list[dict[str, Any]]:
    """Les liens écrits dans les actes que ce motif lit, réunis par cible et par source."""
    groupes: dict[tuple[str, int, int, tuple[str, ...]], tuple[list[str], tuple[Passage, ...]]] = {}
    for acte in corpus.actes.values():
        ecrits: Iterable[Lien | Frequence] = acte.frequences if sorte == "frequence" else _LIENS[sorte](acte)
        for ecrit in ecrits:
            if isinstance(ecrit, Lien) and not _lit(corpus, code, acte, ecrit):
                continue
            dit = ecrit.texte() if isinstance(ecrit, Frequence) else lien_dit(ecrit)
            cle = (dit, ecrit.du, ecrit.au, tuple(p.id for p in ecrit.sources))
            groupes.setdefault(cle, ([], ecrit.sources))[0].append(acte.code)
    return [
        {
            "sorte": sorte,
            "endroits": codes,
            "texte": dit,
            **_periode(corpus, du, au),
            "sources": [p.en_dict() for p in sources],
        }
        for (dit, du, au, _), (codes, sources) in groupes.items()
    ]


def _lit(corpus: Corpus, code: str, acte: Acte, lien: Lien) -> bool:
    """Vrai si le motif lit ce lien : deux actes s'excluent sous un motif, une majoration sous un autre."""
    if code not in _ENTRE:
        return True
    vises = [a for a in corpus.actes.values() if (lien.cible in a.familles if lien.famille else lien.cible == a.code)]
    return any((acte.supplement or a.supplement) is _ENTRE[code] for a in vises)


def _periode(corpus: Corpus, du: int, au: int) -> dict[str, str | None]:
    return {
        "du": temps.iso(du) if du > corpus.debut else None,
        "au": temps.iso(au) if au < temps.INFINI else None,
    }


def _faits(corpus: Corpus, nommees: list[_Nommee], autres: tuple[str, ...]) -> list[dict[str, str]]:
    """Les faits qu'une personne peut dire, d'où viennent ceux que les règles lisent."""
    trouves: dict[str, Corpus] = {}
    for une in nommees:
        conditions = [une.regle.condition, *(v.condition for v in une.regle.variantes)]
        for nom in (nom for condition in conditions for nom in condition.faits()):
            _feuilles(une.corpus, nom, trouves, set())
    for nom in autres:
        _feuilles(corpus, nom, trouves, set())
    return [
        {
            "fait": f"actes[].{nom[5:]}" if nom.startswith("acte.") else nom.removeprefix("facture."),
            "libelle": local.vocabulaire.faits[nom].libelle,
            "question": local.vocabulaire.faits[nom].question,
        }
        for nom, local in trouves.items()
    ]


def _feuilles(corpus: Corpus, nom: str, trouves: dict[str, Corpus], vus: set[str]) -> None:
    if nom in vus:
        return
    vus.add(nom)
    membre = corpus.vocabulaire.membres.get(nom)
    fait = corpus.vocabulaire.faits.get(nom)
    if membre is not None:
        trouves.setdefault(membre[0], corpus)
    elif fait is not None and fait.calcule:
        for lu in fait.lit:
            _feuilles(corpus, lu, trouves, vus)
    elif fait is not None and nom != "patient.age":
        trouves.setdefault(nom, corpus)


def _exemple(exemple: Exemple) -> dict[str, Any]:
    return {
        "dit": exemple.dit,
        "dispositif": exemple.dispositif or None,
        "entree": exemple.entree,
        "prevu": exemple.prevu,
        "strict": exemple.strict,
    }


def _erreur(erreur: ErreurFrequente) -> dict[str, Any]:
    return {
        "numero": erreur.numero,
        "enonce": erreur.enonce,
        "gravites": list(erreur.gravites),
        "savoir": list(erreur.savoir),
        "statut": erreur.statut,
        "reste": erreur.reste or None,
        "motifs": list(erreur.motifs),
        "exemples": [
            {
                "motif": c.motif,
                "exemple_faux": {**_exemple(c.faux), "effet": c.faux.effet},
                "exemple_juste": _exemple(c.juste),
            }
            for c in erreur.exemples
        ],
        "sources": [p.en_dict() for p in erreur.sources],
        "adresses": list(erreur.adresses),
    }


def sans_gabarit(message: str) -> str:
    """Un message du catalogue, ce qui dépend de la facture remplacé par sa description."""
    dits = {"code": "[acte]", "libelle": "[libellé]", "autre": "[autre acte]", "precision": "[précision]"}
    reste = dict.fromkeys(("suite", "remplace", "plafond"), "")
    return message.format(**dits, **reste, faits="[faits à préciser]", montant="[montant]")

"""Le barème : ce que vaut un acte un jour donné, son histoire, ses conditions, et ce qui change entre deux dates."""

from __future__ import annotations

from typing import Any

from opposable.droit import francais, montant, temps
from opposable.droit.acte import Acte, Frequence, Lien, Regle
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Choix
from opposable.droit.table import PREVU, Calendrier, LigneTable

_DROM = "medecin.territoire"


def bareme(
    corpus: Corpus, code: str | None, jour: int, calendrier: Calendrier, *, historique: bool = False
) -> dict[str, Any]:
    """Le barème du jour (toutes les fiches en vigueur), ou la fiche d'un code, en vigueur ou non."""
    actes = (
        [corpus.actes[code]]
        if code is not None
        else [a for a in corpus.actes.values() if a.en_vigueur(jour, calendrier)]
    )
    if historique and code is None:
        actes = list(corpus.actes.values())
    return {
        **corpus.entete(),
        "le": temps.iso(jour),
        "calendrier": calendrier,
        "actes": [_fiche(corpus, acte, jour, calendrier, historique=historique) for acte in actes],
    }


def changements(corpus: Corpus, code: str | None, debut: int, fin: int, calendrier: Calendrier) -> dict[str, Any]:
    """Les lignes dont la valeur change après ``debut`` et jusqu'à ``fin`` inclus."""
    actes = [corpus.actes[code]] if code is not None else list(corpus.actes.values())
    resultat: list[dict[str, Any]] = []
    for acte in actes:
        bougent: list[tuple[int, LigneTable, LigneTable | None, LigneTable | None]] = []
        for ligne in acte.tarifs.lignes:
            du, au = ligne.periode(calendrier)
            if debut < du <= fin and du < au and not ligne.origine:
                avant = next(
                    (a for a in acte.tarifs.lignes if a.serie == ligne.serie and a.periode(calendrier)[1] == du), None
                )
                if (avant.valeur if avant else None) != ligne.valeur:
                    bougent.append((du, ligne, avant, ligne))
            if debut < au <= fin and au == acte.au and ligne.valeur is not None:
                bougent.append((au, ligne, ligne, None))
        groupes: dict[tuple[object, ...], list[tuple[int, LigneTable, LigneTable | None, LigneTable | None]]] = {}
        for jour, ligne, avant, apres in bougent:
            cle = (
                jour,
                _metropole(ligne),
                _sans_territoire(ligne),
                avant.valeur if avant else None,
                apres.valeur if apres else None,
            )
            groupes.setdefault(cle, []).append((jour, ligne, avant, apres))
        for groupe in groupes.values():
            jour, ligne, avant, apres = groupe[0]
            resultat.append(_changement(corpus, acte, [g[1] for g in groupe], jour, avant, apres))
    resultat.sort(key=lambda c: (c["le"], c["code"]))
    return {
        **corpus.entete(),
        "entre": [temps.iso(debut), temps.iso(fin)],
        "calendrier": calendrier,
        "changements": resultat,
    }


def _metropole(ligne: LigneTable) -> bool:
    return any(f == _DROM and e.teste("metropole") is True for f, e in ligne.cellule)


def _sans_territoire(ligne: LigneTable) -> tuple[object, ...]:
    return tuple((f, e) for f, e in ligne.cellule if f != _DROM)


def _cellule(corpus: Corpus, lignes: list[LigneTable]) -> str | None:
    """La cellule d'une ligne, ou de plusieurs qui ne diffèrent que par le territoire, dite en français."""
    faits = corpus.vocabulaire.faits
    textes = []
    territoires: set[str] = set()
    for ligne in lignes:
        for fait, valeurs in ligne.cellule:
            if fait == _DROM and isinstance(valeurs, Choix):
                territoires |= valeurs.valeurs
    if territoires and "metropole" not in territoires:
        drom = territoires == faits[_DROM].groupes["drom"]
        textes.append(
            "outre-mer"
            if drom
            else ", ".join(libelle for v, libelle in faits[_DROM].valeurs.items() if v in territoires)
        )
    for fait, valeurs in lignes[0].cellule:
        if fait != _DROM:
            textes.append(f"{faits[fait].libelle} : {francais.ensemble(faits[fait], valeurs)}")
    return " · ".join(textes) or None


def _changement(
    corpus: Corpus, acte: Acte, lignes: list[LigneTable], jour: int, avant: LigneTable | None, apres: LigneTable | None
) -> dict[str, Any]:
    ligne = lignes[0]
    return {
        "code": acte.code,
        "libelle": acte.libelle,
        "id": ligne.id,
        "le": temps.iso(jour),
        "avant": _euros(avant.valeur) if avant else None,
        "apres": _euros(apres.valeur) if apres else None,
        "cellule": _cellule(corpus, lignes),
        "sources": [p.en_dict() for p in ligne.sources],
    }


def _euros(valeur: object) -> str | None:
    return montant.euros(valeur) if isinstance(valeur, int) else None


def _fiche(corpus: Corpus, acte: Acte, jour: int, calendrier: Calendrier, *, historique: bool) -> dict[str, Any]:
    lignes = [
        ligne
        for ligne in acte.tarifs.lignes
        if historique or ligne.periode(calendrier)[0] <= jour < ligne.periode(calendrier)[1]
    ]
    premiere = min(acte.tarifs.lignes, key=lambda ligne: ligne.periode(calendrier)[0])
    return {
        "code": acte.code,
        "libelle": acte.libelle,
        "nature": acte.nature,
        "familles": sorted(acte.familles),
        "du": None if premiere.origine else temps.iso(acte.debut(calendrier)),
        "au": temps.iso(acte.au) if acte.au < temps.INFINI else None,
        "remplace_par": list(acte.remplace_par),
        "lettre_transmise": acte.lettre_transmise or None,
        "tarifs": _lignes(corpus, lignes, calendrier),
        "bases": _lignes(
            corpus,
            [
                b
                for b in (acte.bases.lignes if acte.bases else ())
                if historique or b.periode(calendrier)[0] <= jour < b.periode(calendrier)[1]
            ],
            calendrier,
        ),
        "conditions": [_regle(corpus, r) for r in acte.regles if historique or r.du <= jour < r.au],
        "s_ajoute_a": [_lien(lien) for lien in acte.s_ajoute_a if historique or lien.du <= jour < lien.au],
        "incompatible_avec": [_lien(lien) for lien in acte.incompatibles if historique or lien.du <= jour < lien.au],
        "frequence": _frequence(acte, jour),
        "notes": acte.notes or None,
    }


def _lignes(corpus: Corpus, lignes: list[LigneTable], calendrier: Calendrier) -> list[dict[str, Any]]:
    """Les lignes par date, la métropole d'abord, les territoires de même valeur ensemble."""
    groupes: dict[tuple[object, ...], list[LigneTable]] = {}
    for ligne in lignes:
        du, au = ligne.periode(calendrier)
        groupes.setdefault(
            (du, au, not _metropole(ligne), _sans_territoire(ligne), ligne.valeur, bool(ligne.manquant)), []
        ).append(ligne)
    tries = sorted(
        groupes.values(),
        key=lambda g: (g[0].periode(calendrier)[0], g[0].serie.split(".")[1], not _metropole(g[0]), g[0].id),
    )
    return [_ligne(corpus, groupe, calendrier) for groupe in tries]


def _ligne(corpus: Corpus, groupe: list[LigneTable], calendrier: Calendrier) -> dict[str, Any]:
    ligne = groupe[0]
    du, au = ligne.periode(calendrier)
    return {
        "id": ligne.id,
        "cellule": _cellule(corpus, groupe),
        "du": None if ligne.origine else temps.iso(du),
        "au": temps.iso(au) if au < temps.INFINI else None,
        "prevu_du": temps.iso(ligne.du_prevu) if ligne.report and calendrier != PREVU else None,
        "report": ligne.report or None,
        "montant": _euros(ligne.valeur),
        "manquant": ligne.manquant or None,
        "sources": [p.en_dict() for p in ligne.sources],
    }


def _regle(corpus: Corpus, regle: Regle) -> dict[str, Any]:
    dit = regle.precision
    if regle.variantes:
        dit = "une de ces situations : " + " ; ".join(v.libelle for v in regle.variantes)
    elif not dit:
        sens = {
            "exige": "",
            "refuse_si": "refusé si ",
            "a_verifier_si": "à vérifier si ",
            "avertit_si": "avertissement si ",
        }[regle.sorte]
        dit = sens + francais.condition(corpus, regle.condition)
    return {
        "texte": dit,
        "motif": regle.motif,
        "du": temps.iso(regle.du) if regle.du > corpus.debut else None,
        "au": temps.iso(regle.au) if regle.au < temps.INFINI else None,
        "sources": [p.en_dict() for p in regle.sources],
    }


def _lien(lien: Lien) -> str:
    return f"famille {lien.cible.replace('_', ' ')}" if lien.famille else lien.cible


def _frequence(acte: Acte, jour: int) -> dict[str, Any] | None:
    courantes: list[Frequence] = [f for f in acte.frequences if f.du <= jour < f.au]
    if not courantes:
        return None
    f = courantes[0]
    return {
        "texte": f.texte(),
        "sources": [p.en_dict() for p in f.sources],
    }

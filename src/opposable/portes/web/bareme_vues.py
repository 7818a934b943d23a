"""Ce que la page du barème montre : les codes d'un jour, rangés ; ce qu'une recherche trouve. Aucun calcul de tarif."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from opposable.droit import montant, temps
from opposable.droit.corpus import Corpus
from opposable.facturation.technique import table_de
from opposable.portes import python as api
from opposable.portes.web import demande as lues
from opposable.portes.web import familles
from opposable.portes.web.demande import Demande
from opposable.portes.web.rendu import AUTORITES
from opposable.rendu import francais
from opposable.rendu.texte_bareme import LIEUX
from opposable.rendu.texte_fiche import NON_PUBLIE, valeur_dite

NUMERIQUES: Final = ("montant", "taux", "entier")
_TABLES: Final = ("Taux, participations et plafonds", "Modificateurs de la CCAM", "Autres tables de règles")
_SANS_MARQUE: Final = ("texte", "officiel")


def liste(demande: Demande, surcouches: Sequence[Path]) -> dict[str, Any]:
    """Le barème du jour, ou ce que trouve la recherche. :class:`ErreurEntree` si la demande ne convient pas."""
    corpus, recherche = api.corpus(surcouches), demande.textes.get("recherche")
    exact = recherche.strip().upper() if recherche else ""
    non_couvert = corpus.non_couverts.get(exact)
    options: dict[str, Any] = {
        "le": demande.lus.jour("le"), "prevu": demande.prevu, "profil": demande.profil, "surcouches": surcouches,
    }  # fmt: skip
    reponse = api.bareme(None if non_couvert else recherche, **options)
    lues.profil_normal(demande, reponse)
    commun = {
        "le": reponse["le"],
        "reponse": reponse,
        "recherche": recherche,
        "extrait": not corpus.versions_importees,
        "hors_du_corpus": lues.hors_du_corpus(corpus, reponse["le"]),
        "lieu": corpus.vocabulaire.faits["medecin.territoire"].valeurs[demande.territoire],
        "fermes": [f | {"adresse": lues.fiche(f["code"], demande.suite("recherche"))} for f in reponse["fermes"]],
        "ailleurs": None,
        "sections": [],
        "trouves": [],
    }
    if recherche is None:
        commun["sections"] = _sections(reponse, demande)
        commun["ailleurs"] = _ailleurs(corpus, reponse, demande)
    else:
        dits = [{"code": exact, "libelle": non_couvert}] if non_couvert else _trouves(reponse)
        jour = reponse
        if non_couvert or reponse["fiche"]:
            dits += _voisins(corpus, exact, {d["code"] for d in dits})
            jour = api.bareme(None, **options)
        commun["trouves"] = [_trouve(corpus, jour, demande, d) for d in dits]
    return commun


def tarif_resume(tarifs: Sequence[Mapping[str, Any]], territoire: str) -> dict[str, Any]:
    """Le tarif d'un code en une cellule : la valeur, ou les bornes « selon le cas » ; depuis quand ; sa marque."""
    ici = [t for t in tarifs if not t["territoires"] or territoire in t["territoires"]]
    connus = sorted({montant.centimes(t["montant"]) for t in ici if t["montant"] is not None})
    manque = [t for t in ici if t["montant"] is None]
    dits = [francais.montant(montant.euros(c)) for c in connus]
    precision = ""
    if not dits:
        raisons = {valeur_dite(dict(t)) for t in manque}
        texte = francais.ABSENT if not ici else raisons.pop() if len(raisons) == 1 else NON_PUBLIE
    elif len(dits) == 1 and not manque:
        texte = dits[0]
    else:
        texte = " ou ".join(dits) if len(dits) < 3 else f"{dits[0]} à {dits[-1]}"
        precision = "selon le cas" + (" ; un cas non publié" if manque else "")
    marques = {m for t in ici if (m := marque(t)) is not None}
    return {
        "texte": texte,
        "precision": precision,
        "depuis": max((t["du"] for t in ici if t["du"]), default=None),
        "marques": sorted(marques),
    }


def marque(dite: Mapping[str, Any]) -> str | None:
    """« source : presse » ou « valeur déduite », si la source qui donne la valeur n'est pas un texte."""
    if not any(dite.get(cle) for cle in ("montant", "valeur", "apres")):
        return None
    if dite.get("reserve"):
        return str(dite["reserve"])
    autorite = dite["sources"][0]["autorite"] if dite["sources"] else "texte"
    return None if autorite in _SANS_MARQUE else AUTORITES[autorite]


def _rangee(code: str, libelle: str, demande: Demande) -> dict[str, Any]:
    return {"code": code, "libelle": libelle, "adresse": lues.fiche(code, demande.suite("recherche"))}


def _sections(reponse: Mapping[str, Any], demande: Demande) -> list[dict[str, Any]]:
    """Les actes, puis les suppléments, chacun par groupe ; puis les tables."""
    sections = []
    for nature, titre in (("acte", "Actes"), ("supplement", "Suppléments")):
        groupes: dict[str, list[dict[str, Any]]] = {g: [] for g in familles.ordre(nature)}
        for acte in sorted(reponse["actes"], key=lambda a: str(a["code"])):
            if acte["nature"] == nature:
                rangee = _rangee(acte["code"], acte["libelle"], demande)
                rangee["tarif"] = tarif_resume(acte["tarifs"], demande.territoire)
                groupes[familles.groupe(nature, acte["familles"])].append(rangee)
        pleins = [{"titre": g, "rangees": rangees} for g, rangees in groupes.items() if rangees]
        sections.append({"titre": titre, "nature": nature, "groupes": pleins, "repli": False})
    tables: dict[str, list[dict[str, Any]]] = {titre: [] for titre in _TABLES}
    for p in reponse["parametres"]:
        tables[_section_de_table(p)].append(_rangee(p["nom"], p["libelle"], demande) | {"tarif": _table_resume(p)})
    for titre, rangees in tables.items():
        groupes_ = [{"titre": "", "rangees": rangees}] if rangees else []
        sections.append({"titre": titre, "nature": "parametre", "groupes": groupes_, "repli": titre != _TABLES[0]})
    return [s for s in sections if s["groupes"]]


def _section_de_table(parametre: Mapping[str, Any]) -> str:
    if parametre["nom"].startswith(table_de("")):
        return _TABLES[1]
    return _TABLES[0] if parametre["type"] in NUMERIQUES else _TABLES[2]


def _table_resume(parametre: Mapping[str, Any]) -> dict[str, Any]:
    lignes = parametre["lignes"]
    seule = len(lignes) == 1 and not lignes[0]["cellule"]
    marques = sorted({m for x in lignes if (m := marque(x)) is not None})
    texte = valeur_dite(lignes[0]).replace("_", " ") if seule else f"{len(lignes)} cas"
    return {"texte": texte, "precision": "", "depuis": lignes[0]["du"] if seule else None, "marques": marques}


def _ailleurs(corpus: Corpus, reponse: Mapping[str, Any], demande: Demande) -> dict[str, Any]:
    """Les codes hors de leur période ce jour-là, et ceux qui sont connus sans être couverts."""
    jour, calendrier = temps.jour(reponse["le"]), reponse["calendrier"]
    hors = [
        _rangee(a.code, a.libelle, demande) | {"periode": _periode(a, calendrier)}
        for a in corpus.actes.values()
        if not a.en_vigueur(jour, calendrier)
    ]
    non_couverts = [_rangee(code, libelle, demande) for code, libelle in sorted(corpus.non_couverts.items())]
    return {"hors_periode": sorted(hors, key=lambda r: str(r["code"])), "non_couverts": non_couverts}


def _periode(acte: Any, calendrier: Any) -> str:
    debut = None if any(x.origine for x in acte.tarifs.lignes) else temps.iso(acte.debut(calendrier))
    return francais.periode(debut, temps.iso(acte.au) if acte.au < temps.INFINI else None)


def _trouves(reponse: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Ce qu'une recherche a trouvé ; un code exact est sa seule réponse."""
    if not reponse["fiche"]:
        return [dict(t) for t in reponse["trouves"]]
    exacts = [*reponse["actes"], *reponse["fermes"]]
    return [{"code": a["code"], "libelle": a["libelle"]} for a in exacts] + [
        {"code": p["nom"], "libelle": p["libelle"]} for p in reponse["parametres"]
    ]


def _voisins(corpus: Corpus, exact: str, deja: set[str]) -> list[dict[str, Any]]:
    """Les autres codes qui commencent par ces lettres."""
    proches = sorted(c for c in (*corpus.actes, *corpus.non_couverts) if c.startswith(exact) and c not in deja)
    libelles = {c: corpus.actes[c].libelle if c in corpus.actes else corpus.non_couverts[c] for c in proches}
    return [{"code": c, "libelle": libelle} for c, libelle in libelles.items()]


def _trouve(corpus: Corpus, reponse: Mapping[str, Any], demande: Demande, dit: Mapping[str, Any]) -> dict[str, Any]:
    """Une rangée de résultat : le code, son état ce jour-là, son tarif, et l'endroit qui a répondu."""
    code = dit["code"]
    vu = _rangee(code, dit["libelle"], demande) | {"tarif": None, "etat": "en vigueur", "ailleurs": ""}
    lieux = [LIEUX[lieu] for lieu in dit.get("dans", ()) if lieu in LIEUX]
    if lieux and dit.get("extrait"):
        vu["ailleurs"] = f"{francais.enumeration(lieux)} : {dit['extrait']}"
    acte = corpus.actes.get(code)
    if acte is None:
        table = next((p for p in reponse["parametres"] if p["nom"] == code), None)
        vu["etat"] = "non couvert" if code in corpus.non_couverts else "table"
        vu["tarif"] = _table_resume(table) if table else None
        return vu
    connue = next((a for a in reponse["actes"] if a["code"] == code), None)
    if not acte.en_vigueur(temps.jour(reponse["le"]), reponse["calendrier"]):
        vu["etat"] = "hors période"
    elif connue is None:
        vu["etat"] = "fermé à ce profil"
    else:
        vu["tarif"] = tarif_resume(connue["tarifs"], demande.territoire)
    return vu

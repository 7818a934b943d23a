"""Ce que montre la fiche d'un code : ses valeurs du jour, ses liens, son histoire, son graphique, son signalement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.publies import MODIFICATEURS
from opposable.droit.table import EFFECTIF, PREVU
from opposable.facturation.technique import table_de
from opposable.portes import python as api
from opposable.portes.web import demande as lues
from opposable.portes.web import escalier
from opposable.portes.web.bareme_vues import marque
from opposable.portes.web.demande import Demande
from opposable.portes.web.rendu import dedoubler
from opposable.rendu import francais
from opposable.rendu.domaines import famille as titre_de_famille
from opposable.rendu.domaines import familles_dites
from opposable.rendu.texte_fiche import dates, valeur_dite

_REMBOURSEMENT: Final = (
    ("bases", "Base de remboursement, quand elle n'est pas le tarif"),
    ("taux", "Taux de remboursement propre à l'acte"),
    ("tiers_payant", "Tiers payant"),
)
_RANGEE: Final = ("modificateurs", "gestes", "prise_en_charge", "accord_prealable", "sous_conditions")
_TABLES: Final = ("taux_remboursement", "participation_forfaitaire", "tiers_payant_obligatoire")
"""Ce qui vaut pour tous les actes qui ne disent rien de propre."""


class CodeInconnu(ErreurEntree):
    """Le chemin ne nomme ni un code, ni une table ; ``proches`` : ce qu'une recherche trouve."""

    proches: Sequence[Mapping[str, Any]] = ()


def lire(code: str, demande: Demande, surcouches: Sequence[Path], *, historique: bool, prevu: bool) -> dict[str, Any]:
    """La réponse de ``bareme`` pour ce code exact. :class:`CodeInconnu` sinon."""
    if len(code) > 200 or not code.isprintable():
        raise CodeInconnu("CODE_INCONNU", "ce code ne se lit pas", ou="code", attendu="un code du barème")
    try:
        reponse = api.bareme(
            code, le=demande.lus.jour("le"), prevu=prevu, profil=demande.profil, historique=historique,
            surcouches=surcouches,
        )  # fmt: skip
    except ErreurEntree as erreur:
        if erreur.ou != "CODE":
            raise
        raise CodeInconnu(erreur.code, erreur.message, ou="code", attendu="un code ou une table du barème") from None
    if not reponse["fiche"]:
        inconnu = CodeInconnu(
            "CODE_INCONNU", f"« {code} » n'est ni un code ni une table du barème", ou="code", attendu="un code exact"
        )
        inconnu.proches = reponse["trouves"]
        raise inconnu
    return reponse


def trace(code: str, demande: Demande, surcouches: Sequence[Path]) -> tuple[escalier.Escalier, str] | None:
    """L'escalier d'un code en euros et son titre ; ``None`` si rien ne s'y dessine. :class:`CodeInconnu`."""
    corpus = api.corpus(surcouches)
    listes, lu = [], code
    for prevu in (False, True):
        reponse = lire(code, demande, surcouches, historique=True, prevu=prevu)
        lues.profil_normal(demande, reponse)
        listes.append(_lignes(_objet(reponse)))
        lu = nom(reponse)
    if not any(listes) or any("montant" not in x for liste in listes for x in liste):
        return None
    fin = max(temps.jour(reponse["le"]), corpus.arrete_au)
    dessin = escalier.escalier(listes[0], listes[1], demande.territoire, corpus.debut, fin)
    titre = f"{lu} : tarif, {lieu(corpus, demande)}" if lu in corpus.actes else corpus.tables[lu].libelle
    return None if dessin.vide else (dessin, titre)


def lieu(corpus: Corpus, demande: Demande) -> str:
    """Le nom du territoire montré."""
    return corpus.vocabulaire.faits["medecin.territoire"].valeurs[demande.territoire]


def nom(reponse: Mapping[str, Any]) -> str:
    """Le code, ou le nom de table, que décrit une réponse."""
    return _nom(_objet(reponse) or next(iter(reponse["fermes"]), None)) or "bareme"


def _objet(reponse: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """L'acte ou la table que cette réponse décrit ; ``None`` si le profil l'a ôté."""
    return next(iter((*reponse["actes"], *reponse["parametres"])), None)


def _lignes(objet: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    return list(objet.get("tarifs", objet.get("lignes", ()))) if objet else []


def _nom(objet: Mapping[str, Any] | None) -> str:
    return str(objet.get("code") or objet["nom"]) if objet else ""


def fiche(code: str, demande: Demande, surcouches: Sequence[Path]) -> dict[str, Any]:
    """Tout ce que la fiche montre. :class:`CodeInconnu` ou :class:`ErreurEntree`."""
    corpus = api.corpus(surcouches)
    jour, tout = (lire(code, demande, surcouches, historique=h, prevu=demande.prevu) for h in (False, True))
    lues.profil_normal(demande, jour)
    ferme = next(iter(jour["fermes"]), None)
    objet = _objet(jour) or _objet(tout) or ferme or _table_sans_objet(corpus, code)
    acte = objet if "nature" in objet else None
    lu, libelle = _nom(objet), objet["libelle"]
    du_jour, histoire = _lignes(_objet(jour)), _lignes(_objet(tout))
    dessin = trace(lu, demande, surcouches)
    return {
        "code": lu,
        "libelle": libelle,
        "le": jour["le"],
        "profil_dit": jour["profil_libelle"],
        "hors_du_corpus": lues.hors_du_corpus(corpus, jour["le"]),
        "lieu": lieu(corpus, demande),
        "etat": _etat(ferme, du_jour, histoire),
        "version_sure": acte is None or acte["technique"] is None or acte["technique"]["certaine"],
        "est_acte": acte is not None or ferme is not None,
        "ferme": ferme,
        "identite": _identite(acte),
        "notes": acte["notes"] if acte else None,
        "technique": _technique(corpus, acte),
        "tarifs": _valeurs(du_jour, demande),
        "dernier": None if du_jour or ferme else _valeurs(_derniers(histoire), demande),
        "remboursement": _remboursement(acte, demande),
        "tables_communes": [{"nom": n, "libelle": corpus.tables[n].libelle} for n in _TABLES if n in corpus.tables],
        **_conditions(corpus, lu, acte),
        "autres_conditions": _autres(acte, tout),
        "liens": _liens(acte, jour["le"], demande, surcouches) if acte else [],
        "frequences": [_frequence(f, acte) for f in acte["frequences"]] if acte else [],
        "histoire": _histoire(histoire),
        "immobile": bool(du_jour) and all(x["du"] is None and x["au"] is None for x in histoire),
        "autres_histoires": _autres_histoires(tout),
        "reports": tout["reports"],
        "dessin": dessin and {"titre": dessin[1], "mots": dessin[0].en_mots(), "annonce": bool(dessin[0].annonce)},
        "signalement": _signalement(jour, lu, libelle, du_jour or _derniers(histoire)),
        "reponse": jour,
    }


def _etat(ferme: object, du_jour: Sequence[object], histoire: Sequence[object]) -> str:
    if ferme:
        return "fermé"
    if du_jour:
        return "en vigueur"
    return "hors période" if histoire else "sans objet"


def _table_sans_objet(corpus: Corpus, nom: str) -> dict[str, Any]:
    """Une table dont aucune ligne ne concerne le profil."""
    table = next(t for t in corpus.tables.values() if t.nom.lower() == nom.strip().lower())
    return {"nom": table.nom, "libelle": table.libelle}


def _identite(acte: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if acte is None:
        return None
    nature = {"acte": "acte", "supplement": "supplément"}[acte["nature"]]
    return {
        "nature": nature,
        "familles": [titre_de_famille(f) for f in familles_dites(acte["familles"]) if f != nature],
        "periode": francais.periode(acte["du"], acte["au"]),
        "remplace_par": acte["remplace_par"],
        "lettre_transmise": acte["lettre_transmise"],
    }


def _valeurs(lignes: Sequence[Mapping[str, Any]], demande: Demande) -> dict[str, Any]:
    """Les lignes d'un jour : la principale, les autres du même territoire, celles d'ailleurs, ce que rien ne donne."""
    vues = [_ligne(x) for x in lignes if _sue(x) or x["sources"]]
    ici = [v for v in vues if not v["territoires"] or demande.territoire in v["territoires"]]
    ici.sort(key=lambda v: v["cas"] is not None)
    sans = dict.fromkeys(x["cellule"] or "ce cas" for x in lignes if not _sue(x) and not x["sources"])
    return {"ici": ici, "ailleurs": [v for v in vues if v not in ici], "sans": list(sans)}


def _ligne(dite: Mapping[str, Any]) -> dict[str, Any]:
    """Une ligne : sa valeur, son cas, sa période, son autorité, la date annoncée si un texte l'a reportée."""
    reporte = dite["report"] and dite["prevu_du"] != dite["effectif_du"]
    return {
        "id": dite["id"],
        "valeur": valeur_dite(dict(dite)).replace("_", " "),
        "sue": _sue(dite),
        "raison": None if _sue(dite) else dite["manquant"],
        "cas": dite["cas"],
        "cellule": dite["cellule"],
        "territoires": dite["territoires"],
        "periode": francais.periode(dite["du"], dite["au"]),
        "annonce_le": dite["prevu_du"] if reporte else None,
        "applique_le": dite["effectif_du"] if reporte else None,
        "marque": marque(dite),
        "sources": dedoubler(dite["sources"]),
    }


def _sue(dite: Mapping[str, Any]) -> bool:
    return dite.get("montant", dite.get("valeur")) is not None


def _derniers(lignes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Les dernières lignes d'un code fermé."""
    fins = {x["au"] for x in lignes if x["au"]}
    return [x for x in lignes if fins and x["au"] == max(fins)]


def _remboursement(acte: Mapping[str, Any] | None, demande: Demande) -> list[dict[str, Any]]:
    if acte is None:
        return []
    return [{"titre": mot, **_valeurs(acte[cle], demande)} for cle, mot in _REMBOURSEMENT if acte[cle]]


def _autres(acte: Mapping[str, Any] | None, tout: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Les conditions d'autres périodes que le jour demandé."""
    ici = {c["id"] for c in acte["conditions"]} if acte else set()
    return [c for a in tout["actes"] for c in a["conditions"] if c["id"] not in ici]


def _conditions(corpus: Corpus, code: str, acte: Mapping[str, Any] | None) -> dict[str, Any]:
    """Les conditions du jour ; celles qui ne parlent que de modificateurs, à part."""
    dites = acte["conditions"] if acte else []
    lettres: set[str] = set()
    if acte is not None and acte["technique"] is not None:
        regles = corpus.actes[code].regles
        lettres = {r.id for r in regles if any(f.startswith(MODIFICATEURS) for f in r.condition.faits())}
    return {
        "conditions": [c for c in dites if c["id"] not in lettres],
        "des_modificateurs": [c for c in dites if c["id"] in lettres],
    }


def _technique(corpus: Corpus, acte: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Ce que la CCAM dit d'un acte technique : sa version, ses activités (celles qui admettent pareil, réunies)."""
    dite = acte["technique"] if acte else None
    if dite is None:
        return None
    groupes: dict[str, dict[str, Any]] = {}
    for rangee in dite["rangees"]:
        pareil = {cle: rangee[cle] for cle in _RANGEE}
        groupe = groupes.setdefault(repr(pareil), {**pareil, "activites": {}})
        groupe["activites"].setdefault(rangee["activite"], []).append(rangee["phase"])
    lettres = {m["lettre"] for r in dite["rangees"] for m in r["modificateurs"]}
    tables = {x: table_de(x) for x in lettres if table_de(x) in corpus.tables}
    for groupe in groupes.values():
        groupe["titre"] = "" if len(groupes) == 1 else _titre(groupe["activites"])
    return {**dite, "groupes": list(groupes.values()), "tables": tables}


def _titre(activites: Mapping[str, Sequence[str]]) -> str:
    """« Activité 1, phases 1 et 2 »."""
    dits = []
    for activite, phases in activites.items():
        nommees = [phase for phase in phases if phase != "0"]
        mot = "phases" if len(nommees) > 1 else "phase"
        dits.append(f"activité {activite}" + (f", {mot} {francais.enumeration(nommees)}" if nommees else ""))
    return " ; ".join(dits)


def _frequence(dite: Mapping[str, Any], acte: Mapping[str, Any]) -> dict[str, Any]:
    return {**dite, "avec": [code for code in dite["compte"] if code != acte["code"]]}


def _liens(acte: Mapping[str, Any], le: str, demande: Demande, surcouches: Sequence[Path]) -> list[dict[str, Any]]:
    """À quoi le code s'ajoute, ce qui s'ajoute à lui, ce avec quoi il ne va pas : dans les deux sens, ce jour-là."""
    du_jour = api.bareme(
        None, le=demande.lus.jour("le"), prevu=demande.prevu, profil=demande.profil, surcouches=surcouches
    )["actes"]
    siens = {acte["code"], *(f"famille {f.replace('_', ' ')}" for f in acte["familles"])}
    admis = {g for r in (acte["technique"] or {"rangees": ()})["rangees"] for g in r["gestes"]}
    ajoutes = [
        a["code"] for a in du_jour if siens & set(a["s_ajoute_a"]) and (not a["technique"] or a["code"] in admis)
    ]
    contraires = [a["code"] for a in du_jour if siens & set(a["incompatible_avec"]) and a["code"] != acte["code"]]
    cumulables = [a["code"] for a in du_jour if siens & set(a["cumulable_avec"]) and a["code"] != acte["code"]]
    corpus, calendrier = api.corpus(surcouches), PREVU if demande.prevu else EFFECTIF
    hors = {c for c, a in corpus.actes.items() if not a.en_vigueur(temps.jour(le), calendrier)}
    membres: dict[str, list[str]] = {}
    for autre in du_jour:
        for famille in autre["familles"]:
            membres.setdefault(famille.replace("_", " "), []).append(autre["code"])
    listes: tuple[tuple[str, list[str], list[str]], ...] = (
        ("S'ajoute à", acte["s_ajoute_a"], []),
        ("Reçoit, chacun à ses conditions", [], ajoutes),
        ("Se cumule avec", acte["cumulable_avec"], cumulables),
        ("Incompatible avec", acte["incompatible_avec"], contraires),
    )
    dits = []
    for titre, ecrits, autres in listes:
        codes = [e for e in ecrits if not e.startswith("famille ")]
        dites = [
            {"nom": titre_de_famille(f.replace(" ", "_")), "codes": sorted(membres.get(f, []))}
            for e in ecrits
            if (f := e.removeprefix("famille ")) != e
        ]
        deja = {*codes, *(c for f in dites for c in f["codes"])}
        codes += sorted(c for c in autres if c not in deja)
        if codes or dites:
            dits.append({"titre": titre, "codes": [(c, c in hors) for c in codes], "familles": dites})
    return dits


def _histoire(lignes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """L'histoire par cas : la métropole (ou le territoire du profil), l'outre-mer, ce que rien ne donne."""
    metropole = any("metropole" in x["territoires"] for x in lignes)
    ici: dict[str, list[dict[str, Any]]] = {}
    ailleurs: dict[str, list[dict[str, Any]]] = {}
    sans: dict[str, None] = {}
    for dite in lignes:
        if not _sue(dite) and not dite["sources"]:
            sans[dite["cellule"] or "ce cas"] = None
            continue
        imprime, effectif, fin = dates(dict(dite))
        vue = _ligne(dite) | {"imprime": imprime, "effectif": effectif.removesuffix(" *"), "fin": fin}
        titre = dite["cellule"] or ("Métropole" if dite["territoires"] else "Tous les cas")
        cote = ailleurs if metropole and "metropole" not in dite["territoires"] else ici
        cote.setdefault(titre, []).append(vue)
    return {"ici": _groupes(ici), "ailleurs": _groupes(ailleurs), "sans": list(sans)}


def _groupes(par_titre: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [{"titre": titre, "lignes": vues} for titre, vues in par_titre.items()]


def _autres_histoires(tout: Mapping[str, Any]) -> list[dict[str, Any]]:
    """L'histoire des bases, des taux propres et du tiers payant."""
    return [
        {"titre": mot, **_histoire(a[cle])} for a in tout["actes"] for cle, mot in _REMBOURSEMENT if len(a[cle]) > 1
    ]


def _signalement(jour: Mapping[str, Any], code: str, libelle: str, lignes: Sequence[Mapping[str, Any]]) -> str:
    """De quoi signaler une erreur : le code, la date, les lignes et leurs sources, la version et l'empreinte."""
    corpus = jour["corpus"]
    dites = [f"Barème d'Opposable : une erreur dans {code} ({libelle})", f"Le {francais.date_longue(jour['le'])}"]
    if jour["profil_libelle"]:
        dites.append(f"Profil : {jour['profil_libelle']}")
    if jour["calendrier"] == "prevu":
        dites.append("Calendrier annoncé, non appliqué")
    for x in lignes:
        if _sue(x) or x["sources"]:
            dites.append(f"Ligne {x['id']} : {valeur_dite(dict(x))}, {francais.periode(x['du'], x['au'])}")
            dites += [f"  Source : {s['document']}, {s['passage']}" for s in x["sources"][:1]]
    dites += [
        f"Opposable {jour['version']}",
        f"Corpus {corpus['version']} arrêté au {corpus['arrete_au']}, empreinte {corpus['hash']}",
        *(f"Surcouche : {s['libelle']}" for s in jour["surcouches"]),
        "Ce que je lis ailleurs (valeur, date, adresse du texte) : ",
    ]
    return "\n".join(dites)

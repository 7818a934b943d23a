"""L'atelier OPTAM : d'une année d'actes (ou de ses totaux par mois) à ce que l'option vaut, pour le médecin et ses
patients.

Rien de l'option n'est redit ici : l'atelier mesure une année, puis interroge les dispositifs ``optam_adhesion``,
``optam_engagements`` et ``optam``, et l'interprète de ``coter``. C'est une simulation : la caisse arrête les taux.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from opposable.droit import montant
from opposable.droit.calculer import trouver
from opposable.droit.corpus import Corpus
from opposable.droit.entree import cles, identifiant, objet
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.montant import quotient_par_defaut
from opposable.droit.reponse_dispositif import calculer
from opposable.lots.optam import lignes as entree
from opposable.lots.optam import sommes
from opposable.lots.optam.annee import Annee, sommer
from opposable.lots.optam.bandes import bandes
from opposable.lots.optam.cotation import SANS_OPTION, Coteur
from opposable.lots.optam.lignes import Mois

OPTAM, ENGAGEMENTS, ADHESION = "optam", "optam_engagements", "optam_adhesion"
_COMMUNS: Final = ("patient", "contexte")
_MESURES: Final = ("depassements", "honoraires_remboursables", "honoraires_opposables")
"""Ce que l'année mesure ; le reste des faits de ``optam`` se dit."""
_EXEMPLE: Final = (
    '{"annee": 2026, "medecin": {"specialite": "dermatologie", "secteur": "2", "option": "optam"}, '
    '"engagement_depassement": "0.45", "engagement_opposable": "0.30", "actes": [{…}]}'
)


def atelier(corpus: Corpus, brut: object, *, strict: bool = False) -> dict[str, Any]:
    """La réponse de l'atelier. :class:`ErreurEntree` si l'entrée ne convient pas."""
    lu = objet(brut, "", _EXEMPLE)
    simples = faits_dits(corpus)
    cles(lu, frozenset({"id", "annee", "medecin", *_COMMUNS, "actes", "mois", "engagements", "adhesion", *simples}), "")
    annee = _annee(lu)
    medecin = dict(objet(lu.get("medecin") or {}, "medecin", '"medecin": {"specialite": "dermatologie", …}'))
    option = _option(medecin)
    mesure, du_fichier = _mesurer(corpus, lu, annee, medecin, option)
    engagements = _engagements(corpus, lu, annee, medecin, strict=strict)
    cas = {cle: lu[cle] for cle in simples if lu.get(cle) is not None}
    somme = Mois()
    for un in mesure.mois.values():
        somme.ajouter(un)
    reponses = _simuler(corpus, annee, medecin, cas, somme, engagements, strict=strict)
    premiere = reponses[0]
    prime = _prime(reponses)
    part = _taux(premiere["resultat"]["taux_prime"])
    adhesion = _adhesion(corpus, lu, annee, medecin, strict=strict)
    simulees = [*reponses, *(r for r in (engagements["reponse"], adhesion) if r is not None)]
    manquants = _manquants(simulees, engagements, somme, du_fichier=du_fichier)
    entete = corpus.entete()
    avertissement = f"{trouver(corpus, OPTAM).avertissement} {entete['avertissement']}"
    return {
        **entete,
        "avertissement": avertissement,
        "id": identifiant(lu),
        "annee": annee,
        "option": option,
        "statut": "partiel" if manquants or mesure.non_tarifes.raisons or prime["montant"] is None else "calcule",
        "manquants": manquants,
        "lecture": {
            "source": "actes" if du_fichier else "resume",
            "lignes": mesure.lignes if du_fichier else None,
            "factures": mesure.factures if du_fichier else None,
            "retenues": mesure.retenues if du_fichier else None,
            "a_verifier": mesure.a_verifier if du_fichier else None,
            "conditions": mesure.conditions.en_liste(),
            "non_tarifes": mesure.non_tarifes.en_liste(),
        },
        "mesures": sommes.mesures(somme, du_fichier=du_fichier),
        "engagements": {cle: v for cle, v in engagements.items() if cle not in {"reponse", "bornes"}},
        "prime": prime,
        "respect": [_respect(r) for r in reponses],
        "bandes": bandes(corpus, annee, engagements["bornes"], somme.remboursables, _centimes_de(premiere)),
        "point_mort": sommes.point_mort(engagements["bornes"], somme, _centimes_de(premiere), part),
        "patients": sommes.patients(mesure, somme, du_fichier=du_fichier),
        "mois": sommes.par_mois(mesure, engagements["bornes"], du_fichier=du_fichier),
        "dispositifs": {OPTAM: premiere, ENGAGEMENTS: engagements["reponse"], ADHESION: adhesion},
        "motifs": _uniques([m for r in simulees for m in r["motifs"]]),
        "questions": _questions(simulees, engagements),
        "sources": _uniques([s for r in simulees for s in r["sources"]]),
    }


def faits_dits(corpus: Corpus) -> list[str]:
    """Les faits de ``optam`` que l'entrée peut dire, hors du médecin, de l'année et de ce que l'année mesure."""
    dispositif = trouver(corpus, OPTAM)
    noms = [fait.nom for fait in dispositif.hors_listes()]
    return [nom for nom in noms if "." not in nom and nom not in {*_MESURES, "annee"}]


def _annee(lu: Mapping[str, Any]) -> int:
    texte = str(lu.get("annee") or "").strip()
    if texte.isdecimal() and len(texte) == 4:
        return int(texte)
    manque = "il manque : année" if not texte else f"« {texte[:20]} » n'est pas une année"
    raise ErreurEntree(
        "FAIT_ABSENT" if not texte else "HORS_DOMAINE", manque, ou="annee", attendu="une année civile",
        exemple='"annee": 2026',
    )  # fmt: skip


def _option(medecin: Mapping[str, Any]) -> str:
    dite = medecin.get("option")
    if dite is None or dite == SANS_OPTION:
        raise ErreurEntree(
            "FAIT_ABSENT", "il manque l'option à simuler", ou="medecin.option",
            attendu="optam, optam_aco, optam_co, cas",
            exemple='"medecin": {"option": "optam"} : celle à laquelle le médecin adhère, ou songe à adhérer',
        )  # fmt: skip
    return str(dite)


def _mesurer(
    corpus: Corpus, lu: Mapping[str, Any], annee: int, medecin: dict[str, Any], option: str
) -> tuple[Annee, bool]:
    """L'année mesurée, et vrai si c'est d'actes ; faux si ce sont ses totaux par mois."""
    dits = [cle for cle in ("actes", "mois") if lu.get(cle) is not None]
    if len(dits) != 1:
        message = "il manque l'année : ses actes, ou ses totaux par mois" if not dits else "les actes et les totaux"
        raise ErreurEntree(
            "FAIT_ABSENT" if not dits else "FAITS_CONTRADICTOIRES", message, ou="actes", attendu="l'un ou l'autre",
            exemple="opposable atelier-optam cas.json --actes actes.csv",
        )  # fmt: skip
    if dits == ["mois"]:
        return Annee(mois=entree.lire_resume(lu["mois"])), False
    lignes = entree.lire_lignes(corpus, lu["actes"], annee)
    if not lignes:
        raise ErreurEntree("FAIT_ABSENT", "aucun acte", ou="actes", attendu="un acte au moins", exemple=_EXEMPLE)
    connus = {f.nom.partition(".")[2] for f in corpus.vocabulaire.faits.values() if f.nom.startswith("medecin.")}
    communs = {b: dict(objet(lu[b], b, f'"{b}": {{…}}')) for b in _COMMUNS if lu.get(b) is not None}
    de_coter = {cle: v for cle, v in medecin.items() if cle in connus and cle != "option" and v is not None}
    coteur = Coteur(corpus, {"secteur": "2", **de_coter}, communs)
    return sommer(coteur, lignes, option), True


def _engagements(
    corpus: Corpus, lu: Mapping[str, Any], annee: int, medecin: Mapping[str, Any], *, strict: bool
) -> dict[str, Any]:
    """Les deux taux : ceux du contrat ; sinon ceux que ``optam_engagements`` simule, peut-être entre deux bornes."""
    signes = {nom: lu.get(f"engagement_{nom}") for nom in ("depassement", "opposable")}
    reponse = None
    if lu.get("engagements") is not None:
        cas = dict(objet(lu["engagements"], "engagements", '"engagements": {"adherent_fin_2024": "non", …}'))
        siens = {"date": f"{annee}-01-01", **cas, "medecin": _pour(corpus, ENGAGEMENTS, medecin)}
        try:
            reponse = calculer(corpus, ENGAGEMENTS, siens, strict=strict)
        except ErreurEntree as erreur:
            raise erreur.situee("engagements") from None
    resultat = reponse["resultat"] if reponse is not None else {}
    depassement = signes["depassement"] or resultat.get("taux_depassement")
    bas = depassement or resultat.get("au_moins")
    haut = depassement or resultat.get("au_plus")
    bornes = None
    if bas is not None and haut is not None:
        bornes = (_lu(bas, "engagement_depassement"), _lu(haut, "engagement_depassement"))
    origine = "signe" if signes["depassement"] else "simule" if bas is not None else "inconnu"
    return {
        "depassement": None if depassement is None else montant.texte_taux(_lu(depassement, "engagement_depassement")),
        "depassement_au_moins": None if bornes is None else montant.texte_taux(bornes[0]),
        "depassement_au_plus": None if bornes is None else montant.texte_taux(bornes[1]),
        "opposable": signes["opposable"] or resultat.get("taux_opposable"),
        "origine": origine,
        "bornes": bornes,
        "reponse": reponse,
    }


def _simuler(
    corpus: Corpus, annee: int, medecin: Mapping[str, Any], cas: Mapping[str, Any], somme: Mois,
    engagements: Mapping[str, Any], *, strict: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    """La réponse de ``optam`` pour chaque borne de l'engagement et chaque lecture de la part à tarif opposable."""
    fixe: dict[str, Any] = {"annee": annee, "medecin": _pour(corpus, OPTAM, medecin), **cas}
    fixe["honoraires_opposables"] = montant.euros(max(somme.opposables, 0))
    if cas.get("depassement_constate") is None and somme.remboursables > 0:
        fixe["depassements"] = montant.euros(max(somme.depassements, 0))
        fixe["honoraires_remboursables"] = montant.euros(somme.remboursables)
    if engagements["opposable"] is not None:
        fixe["engagement_opposable"] = engagements["opposable"]
    taux: list[int | None] = sorted(set(engagements["bornes"])) if engagements["bornes"] is not None else [None]
    parts = _parts(somme) if cas.get("opposable_constate") is None else [None]
    reponses = []
    for un in taux:
        for part in parts:
            varie = dict(fixe)
            if un is not None:
                varie["engagement_depassement"] = montant.texte_taux(un)
            if part is not None:
                varie["opposable_constate"] = montant.texte_taux(part)
            reponses.append(calculer(corpus, OPTAM, varie, strict=strict))
    return reponses


def _parts(somme: Mois) -> list[int | None]:
    """La part à tarif opposable, lue de chaque façon que l'année permet."""
    lues: list[int | None] = []
    if somme.remboursables > 0:
        lues.append(quotient_par_defaut(max(somme.opposables, 0), somme.remboursables))
    if somme.actes > 0:
        lues.append(quotient_par_defaut(max(somme.actes_opposables, 0), somme.actes))
    return list(dict.fromkeys(lues)) or [None]


def _prime(reponses: list[dict[str, Any]]) -> dict[str, Any]:
    """La prime, si toutes les simulations s'accordent ; sinon ce qui l'encadre, si chacune l'est."""
    bas = [r["montant"] if r["montant"] is not None else r["resultat"]["au_moins"] for r in reponses]
    haut = [r["montant"] if r["montant"] is not None else r["resultat"]["au_plus"] for r in reponses]
    connus = None not in bas and None not in haut
    au_moins = min(montant.centimes(b) for b in bas) if connus else None
    au_plus = max(montant.centimes(h) for h in haut) if connus else None
    certain = connus and au_moins == au_plus and all(r["montant"] is not None for r in reponses)
    resultat = reponses[0]["resultat"]
    return {
        "montant": sommes.euros(au_moins) if certain else None,
        "au_moins": None if certain else sommes.euros(au_moins),
        "au_plus": None if certain else sommes.euros(au_plus),
        "contrepartie": resultat["contrepartie"],
        "entiere": resultat["prime_entiere"],
        "taux": resultat["taux_prime"],
        "honoraires_retenus": resultat["honoraires_retenus"],
        "echeancier": reponses[0]["echeancier"],
    }


def _respect(reponse: Mapping[str, Any]) -> dict[str, Any]:
    """Une simulation : avec quels taux, quel écart, quelle part de la prime."""
    garde = (
        "engagements_tenus", "taux_de_depassement", "points_depassement", "points_opposable", "part_versee", "prime",
        "au_moins", "au_plus", "suite",
    )  # fmt: skip
    faits = {f["fait"]: f["valeur"] for f in reponse["trace"]["faits"]}
    return {
        "engagement_depassement": faits.get("engagement_depassement"),
        "opposable_constate": faits.get("opposable_constate"),
        "statut": reponse["statut"],
        **{cle: reponse["resultat"][cle] for cle in garde},
    }


def _adhesion(
    corpus: Corpus, lu: Mapping[str, Any], annee: int, medecin: Mapping[str, Any], *, strict: bool
) -> dict[str, Any] | None:
    if lu.get("adhesion") is None:
        return None
    cas = dict(objet(lu["adhesion"], "adhesion", '"adhesion": {"situation": "secteur_2"}'))
    siens = {"date": f"{annee}-01-01", **cas, "medecin": _pour(corpus, ADHESION, medecin)}
    try:
        return calculer(corpus, ADHESION, siens, strict=strict)
    except ErreurEntree as erreur:
        raise erreur.situee("adhesion") from None


def _manquants(
    simulees: list[dict[str, Any]], engagements: Mapping[str, Any], somme: Mois, *, du_fichier: bool
) -> list[dict[str, str]]:
    """Ce que les textes ne donnent pas, par son nom, et ce que l'année ne dit pas."""
    dits = _uniques([m for r in simulees for m in r["manquants"]])
    if engagements["bornes"] is None:
        dits.insert(0, _manque("Taux de dépassement de l'engagement", "le contrat, ou l'avenant signé"))
    if engagements["opposable"] is None:
        dits.insert(1, _manque("Part à tarif opposable de l'engagement", "le contrat, ou l'avenant signé"))
    if _taux(simulees[0]["resultat"]["taux_prime"]) == 0:
        dits.append(_manque("Ce que les modificateurs de l'option rapportent", "les actes cotés avec eux, un par un"))
    if somme.remboursables <= 0:
        dits.append(_manque("Honoraires remboursables de l'année", "les actes dont le tarif se calcule"))
    if not du_fichier:
        dits.append(
            _manque("Remboursement des patients, dans l'option et hors d'elle", "les actes de l'année, un par un")
        )
    return dits


def _manque(parametre: str, lieu: str) -> dict[str, str]:
    return {"parametre": parametre, "publie_dans": lieu, "surcouche": ""}


def _questions(simulees: list[dict[str, Any]], engagements: Mapping[str, Any]) -> list[dict[str, Any]]:
    tues = {"depassements", "honoraires_remboursables", "depassement_constate", "opposable_constate"}
    if engagements["bornes"] is not None:
        tues |= {"engagement_depassement"}
    return [q for q in _uniques([q for r in simulees for q in r["questions"]]) if q["fait"] not in tues]


def _pour(corpus: Corpus, nom: str, medecin: Mapping[str, Any]) -> dict[str, Any]:
    """Ce que ce dispositif lit du médecin."""
    lus = {f.nom.partition(".")[2] for f in trouver(corpus, nom).faits() if f.nom.startswith("medecin.")}
    return {cle: valeur for cle, valeur in medecin.items() if cle in lus}


def _uniques(objets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    vus: list[dict[str, Any]] = []
    for un in objets:
        if un not in vus:
            vus.append(un)
    return vus


def _lu(texte: Any, ou: str) -> int:
    try:
        return montant.taux(str(texte))
    except ValueError:
        raise ErreurEntree(
            "TAUX_ILLISIBLE", f"« {str(texte)[:40]} » n'est pas un taux", ou=ou, attendu="0.35 pour 35 %",
            exemple=f'"{ou}": "0.35"',
        ) from None  # fmt: skip


def _taux(texte: str | None) -> int | None:
    return None if texte is None else montant.taux(texte)


def _centimes_de(reponse: Mapping[str, Any]) -> int | None:
    entiere = reponse["resultat"]["prime_entiere"]
    return None if entiere is None else montant.centimes(entiere)

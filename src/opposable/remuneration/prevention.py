"""Le dispositif ``prevention`` (système 19) : les quinze indicateurs de prévention d'un patient, à une date.

Les règles sont dans quatre tables : quels indicateurs existent, qui ils concernent, combien d'actes il faut pour chaque
pièce, quel acte compte. Une voie réunit des pièces qu'il faut toutes ; une voie suffit. Le module confronte chaque acte
à chaque pièce, puis réunit : il ne connaît ni âge, ni durée, ni acte. Un acte qui ne compte que dans une lecture du
texte laisse l'indicateur à vérifier, sans montant.
"""

from __future__ import annotations

from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.fait import Fait
from opposable.remuneration.prevention_pieces import (
    A_VERIFIER,
    INCONNU,
    NON,
    OUI,
    demandees,
    indecis,
    manquer,
    piece,
    verifier_actes,
)

SANS_OBJET: Final = "sans_objet"
ELIGIBILITE: Final = "prevention_eligibilite"
MONTANT: Final = "prevention_montant"
_TOUTES: Final = (NON, INCONNU, A_VERIFIER, OUI)
"""De pièces qu'il faut toutes, l'état est le premier de cet ordre."""
_UNE: Final = (OUI, INCONNU, A_VERIFIER, NON)
"""De voies dont une suffit, l'état est le premier de cet ordre."""
_CONCERNE, _MOIS, _DOSAGE, _MONTREE, _SEULE = "concerne", "lecture_mois", "lecture_dosage", "montree", "seule"
_CODES: Final = "codes_des_actes"
_REPONSES: Final = {
    SANS_OBJET: "non concerné",
    OUI: "concerné, validé",
    NON: "concerné, non validé : acte non retrouvé",
    INCONNU: "concerné, validation à préciser",
    A_VERIFIER: "concerné, à vérifier : le texte a deux lectures",
}


def calculer(k: Calcul) -> None:
    """Le total et ses bornes, les comptes, chaque indicateur, et les actes non retrouvés."""
    verifier_actes(k)
    au_moins(k)
    total(k)
    au_plus(k)
    concernes(k)
    valides(k)
    indicateurs(k)
    presentation(k)
    actes_non_retrouves(k)
    parametres(k)


@etape("entier")
def age_mois(k: Calcul) -> Valeur:
    """L'âge du patient en mois révolus à la date d'observation."""
    naissance = k.cas.faits.get("patient.date_naissance")
    if isinstance(naissance, int) and naissance > k.jour:
        raise k.contredit(
            "patient.date_naissance", "le patient naît après la date d'observation", "une date antérieure"
        )
    age = k.age_mois("patient.date_naissance", "patient.age")
    if age is not None:
        manquer(k, ["patient.date_naissance"] if isinstance(age, Intervalle) else ())
    return age


@etape("tableau")
def suivis(k: Calcul) -> list[str]:
    """Les indicateurs en vigueur ce jour-là, dans l'ordre du texte ; ceux que le cas demande, s'il en demande."""
    voulus = k.fait("seulement") if "seulement" in k.cas.faits else None
    noms = [nom for nom in _fait(k, "indicateur").valeurs if not isinstance(voulus, frozenset) or nom in voulus]
    return [nom for nom in noms if theme(k, nom) is not None]


@etape("texte")
def theme(k: Calcul, indicateur: str) -> str | None:
    """Le thème de l'indicateur ; rien s'il n'est pas en vigueur ce jour-là."""
    mot = Element(k, "actes", 0, {"indicateur": indicateur}).mot("prevention_themes")
    return None if mot is None else k.corpus.tables["prevention_themes"].valeurs[mot]


@etape("oui_non")
def eligible(k: Calcul, indicateur: str) -> Valeur:
    """L'indicateur concerne le patient : son âge, son sexe, ses risques."""
    lecteur = Element(k, "actes", 0, {"indicateur": indicateur})
    choisie = lecteur.choisir(ELIGIBILITE)
    if choisie.etat == "incertain":
        manquer(k, indecis(lecteur, choisie))
        return None
    manquer(k, ())
    return OUI if choisie.valeur == _CONCERNE else NON


@etape("tableau")
def pieces(k: Calcul, indicateur: str) -> list[dict[str, Any]]:
    """Chaque pièce qu'une preuve demande, combien il en faut, et les actes retrouvés qui comptent."""
    dites = [dite for voie, nom in demandees(k, indicateur) if (dite := piece(k, indicateur, voie, nom)) is not None]
    manquer(k, _manque(dites))
    return dites


@etape("texte")
def valide(k: Calcul, indicateur: str) -> str:
    """L'indicateur est validé par une des preuves : oui, non, inconnu, ou selon la lecture du texte."""
    etats: dict[str, list[str]] = {}
    dites = pieces(k, indicateur)
    for dite in dites:
        etats.setdefault(dite["voie"], []).append(dite["etat"])
    voies = [min(siens, key=_TOUTES.index) for siens in etats.values()]
    etat = min(voies, key=_UNE.index, default=NON)
    manquer(k, _manque(dites) if etat == INCONNU else ())
    return etat


@etape("montant", composante=True)
def montant(k: Calcul, indicateur: str) -> int | None:
    """Le montant de l'indicateur : dû s'il concerne le patient et s'il est validé, nul sinon, inconnu dans le doute."""
    concerne = eligible(k, indicateur)
    etat = NON if concerne == NON else valide(k, indicateur)
    if etat == NON:
        manquer(k, ())
        return 0
    manquer(k, [fait for nom in ("eligible", "valide") for fait in k.faites[f"{nom}.{indicateur}"].inconnus])
    return k.table(MONTANT) if (concerne, etat) == (OUI, OUI) else None


@etape("montant")
def au_moins(k: Calcul) -> int | None:
    """La somme des indicateurs sûrement validés."""
    return k.somme(du for indicateur in suivis(k) if (du := montant(k, indicateur)) is not None)


@etape("montant")
def total(k: Calcul) -> int | None:
    """La somme des indicateurs validés ; rien si l'un d'eux reste indécis."""
    return k.somme([montant(k, indicateur) for indicateur in suivis(k)])


@etape("montant")
def au_plus(k: Calcul) -> int | None:
    """La somme des indicateurs validés, ceux qui restent indécis compris."""
    unitaire = k.table(MONTANT)
    return k.somme(unitaire if (du := montant(k, i)) is None else du for i in suivis(k))


@etape("entier")
def concernes(k: Calcul) -> int | None:
    """Combien d'indicateurs concernent le patient ; rien si l'un d'eux reste inconnu."""
    reponses = [eligible(k, indicateur) for indicateur in suivis(k)]
    return None if None in reponses else reponses.count(OUI)


@etape("entier")
def valides(k: Calcul) -> int | None:
    """Combien d'indicateurs sont validés ; rien si l'un d'eux reste indécis."""
    dus = [montant(k, indicateur) for indicateur in suivis(k)]
    return None if None in dus else sum(1 for i in suivis(k) if eligible(k, i) == OUI and valide(k, i) == OUI)


@etape("oui_non")
def mois_non_tranche(k: Calcul) -> Valeur:
    """Un indicateur ne serait validé que par un acte du mois que le texte compte de deux façons."""
    return k.oui_non(_doute(k, _MOIS))


@etape("oui_non")
def dosage_non_tranche(k: Calcul) -> Valeur:
    """Un indicateur ne serait validé que par un dosage que le texte désigne de deux façons."""
    return k.oui_non(_doute(k, _DOSAGE))


@etape("tableau")
def indicateurs(k: Calcul) -> list[dict[str, Any]]:
    """Chaque indicateur : s'il concerne le patient, s'il est validé, pourquoi, et ce qui manque pour le dire."""
    return [_rangee(k, indicateur) for indicateur in suivis(k)]


@etape("texte")
def presentation(k: Calcul) -> str | None:
    """La liste des actes non retrouvés est montrée, sauf opposition du patient."""
    mot = k.mot("prevention_presentation")
    return None if mot is None else k.corpus.tables["prevention_presentation"].valeurs[mot]


@etape("tableau")
def actes_non_retrouves(k: Calcul) -> list[dict[str, Any]] | None:
    """Les actes recommandés qui ne sont pas retrouvés, pour chaque indicateur qui concerne le patient."""
    if k.mot("prevention_presentation") != _MONTREE:
        return None
    return [
        {
            "indicateur": i, "acte": _libelle(k, "piece", p["piece"]), "etat": f"non retrouvé ({_combien(p)})",
            "preuve": None if p["voie"] == _SEULE else _libelle(k, "voie", p["voie"]),
            "pour": _libelle(k, "indicateur", i), "du": _jour(p["du"]), "au": _jour(p["au"]),
        }
        for i in suivis(k)
        if eligible(k, i) == OUI and valide(k, i) == NON
        for p in pieces(k, i)
        if p["etat"] == NON
    ]  # fmt: skip


@etape("tableau")
def parametres(k: Calcul) -> list[str]:
    """Ce que les textes nomment sans le définir, quand le cas ne le dit pas non plus."""
    notions = _fait(k, "notion").valeurs
    manquent: dict[str, None] = {}
    for indicateur in suivis(k):
        concerne = eligible(k, indicateur)
        if concerne is None:
            manquent.update(dict.fromkeys(nom.rpartition(".")[2] for nom in _questions(k, f"eligible.{indicateur}")))
        elif concerne == OUI and "actes" not in k.listes:
            manquent[_CODES] = None
    for notion in (nom for nom in manquent if nom in notions):
        Element(k, "actes", 0, {"notion": notion}).choisir("prevention_notions")
    return [notion for notion in manquent if notion in notions]


def _manque(dites: list[dict[str, Any]]) -> list[str]:
    """Les faits qui manquent aux pièces dont on ne sait pas si elles sont retrouvées."""
    return [fait for dite in dites if dite["etat"] == INCONNU for fait in dite["manque"]]


def _fait(k: Calcul, nom: str) -> Fait:
    return k.dispositif.vocabulaire.faits[nom]


def _libelle(k: Calcul, fait: str, valeur: str) -> str:
    return _fait(k, fait).valeurs[valeur]


def _doute(k: Calcul, mot: str) -> bool:
    """Un indicateur qui concerne le patient est à vérifier, à cause de cette lecture."""
    return any(
        eligible(k, i) == OUI and valide(k, i) == A_VERIFIER and any(p["lecture"] == mot for p in pieces(k, i))
        for i in suivis(k)
    )


def _rangee(k: Calcul, indicateur: str) -> dict[str, Any]:
    """La réponse d'un indicateur."""
    concerne = eligible(k, indicateur)
    etat = SANS_OBJET if concerne == NON else valide(k, indicateur)
    dites = [] if concerne == NON else pieces(k, indicateur)
    fenetre = _decisive(dites, etat)
    cause = ("eligible." if concerne is None else "valide.") + indicateur
    manque = [_fait(k, nom).libelle for nom in _questions(k, cause)] if concerne is None or etat == INCONNU else []
    reponse = _REPONSES[etat] if concerne is not None else "à préciser : concerné ou non"
    return {
        "indicateur": indicateur, "libelle": _libelle(k, "indicateur", indicateur),
        "theme": theme(k, indicateur),
        "eligible": INCONNU if concerne is None else concerne, "valide": etat, "reponse": reponse,
        "pourquoi": _exclu(k, indicateur) if concerne == NON else _pourquoi(k, dites, etat),
        "du": _jour(fenetre["du"]) if fenetre else None, "au": _jour(fenetre["au"]) if fenetre else None,
        "manque": " ; ".join(manque) or None, "montant": None if concerne == NON else montant(k, indicateur),
    }  # fmt: skip


def _questions(k: Calcul, etape_: str) -> tuple[str, ...]:
    """Les faits de l'entrée qui manquent à une étape restée inconnue."""
    faite = k.faites.get(etape_)
    return () if faite is None else k.en_cause(tuple(faite.inconnus))


def _voies(dites: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Les pièces, réunies par voie."""
    voies: dict[str, list[dict[str, Any]]] = {}
    for dite in dites:
        voies.setdefault(dite["voie"], []).append(dite)
    return list(voies.values())


def _decisive(dites: list[dict[str, Any]], etat: str) -> dict[str, Any] | None:
    """La pièce dont la fenêtre se montre : la dernière de la voie qui valide, ou la seule."""
    if etat == OUI:
        return next(voie[-1] for voie in _voies(dites) if all(dite["etat"] == OUI for dite in voie))
    return dites[0] if len(dites) == 1 else None


def _exclu(k: Calcul, indicateur: str) -> str:
    """Les faits qui mettent le patient hors de l'indicateur, et leur valeur."""
    raisons: dict[str, None] = {}
    for ligne in k.corpus.tables[ELIGIBILITE].actives(k.jour, k.calendrier):
        if ligne.boite()["indicateur"].teste(indicateur):
            autres = [(nom, ensemble) for nom, ensemble in ligne.cellule if nom != "indicateur"]
            hors = [nom for nom, ensemble in autres if ensemble.teste(k.fait(nom)) is False]
            raisons.update({f"{_fait(k, nom).libelle} : {_dit(k, nom)}": None for nom in hors[:1]})
    return " ; ".join(raisons)


def _dit(k: Calcul, nom: str) -> str:
    """La valeur d'un fait ; un nombre de mois en ans et en mois."""
    valeur, fait = k.fait(nom), _fait(k, nom)
    if fait.unite != "mois":
        return fait.dit(valeur)
    if isinstance(valeur, Intervalle):
        return f"de {_age(valeur.bas)} à {_age(valeur.haut - 1)}"
    return _age(valeur) if isinstance(valeur, int) else fait.dit(valeur)


def _age(mois: int) -> str:
    """Un âge en ans et en mois."""
    ans, reste = divmod(mois, 12)
    morceaux = [f"{ans} an{'s' * (ans > 1)}"] * (ans > 0) + [f"{reste} mois"] * (reste > 0 or not ans)
    return " et ".join(morceaux)


def _pourquoi(k: Calcul, dites: list[dict[str, Any]], etat: str) -> str:
    """Les actes retrouvés ou non, et les fenêtres, pour une personne."""
    voies = _voies(dites)
    if etat == OUI:
        voies = [next(voie for voie in voies if all(dite["etat"] == OUI for dite in voie))]
    seule = len(voies) == len(voies[0]) == 1
    return " ; ou ".join(", et ".join(_phrase(k, dite, seule=seule) for dite in voie) for voie in voies)


def _phrase(k: Calcul, dite: dict[str, Any], *, seule: bool) -> str:
    """Une pièce : son nom, ce qui en est retrouvé, et sa fenêtre si elle n'est pas la seule."""
    nom = f"{_libelle(k, 'piece', dite['piece'])} : {_combien(dite)}"
    du, au = (None if dite[bout] is None else _date(dite[bout]) for bout in ("du", "au"))
    if seule or (du is None and au is None):
        return nom
    return f"{nom}, du {du} au {au}" if du is not None else f"{nom}, jusqu'au {au}"


def _combien(dite: dict[str, Any]) -> str:
    """Combien d'actes sont retrouvés sur ceux qu'il faut, et leurs dates."""
    dates = [_date(jour) for jour in dite["retrouves"]]
    dates += [f"{_date(jour)} selon la lecture du texte" for jour in dite["selon_la_lecture"]]
    if not dite["dits"]:
        return "à préciser"
    sur = "?" if dite["exige"] is None else str(dite["exige"])
    return f"{len(dite['retrouves'])} sur {sur}" + (f", le {', le '.join(dates)}" if dates else "")


def _date(iso: str) -> str:
    """La date écrite jour/mois/année."""
    return "/".join(reversed(iso.split("-")))


def _jour(iso: str | None) -> int | None:
    return None if iso is None else temps.jour(iso)

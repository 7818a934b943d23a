"""Le dispositif ``rendez_vous_rapide`` (système 36) : jusqu'à quand voir un patient adressé rapidement.

Les délais de la MCU et de la MCY sont ceux de leurs règles : chaque jour, puis chaque minute du dernier jour, est
essayé dans l'interprète des factures. Une règle que le texte laisse en doute donne deux dates.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.acte import Regle
from opposable.droit.calcul import Calcul, etape
from opposable.droit.constat import A_VERIFIER, INCONNU, Constat
from opposable.droit.ensemble import Valeur
from opposable.facturation import essais

MCU, MCY, MUT, AUCUNE = "MCU", "MCY", "MUT", "aucune"
_POUR: Final = {MCU: "le correspondant", MCY: "le psychiatre", MUT: "le médecin traitant qui adresse"}
_OUVRES: Final = "contexte.jours_ouvres_depuis_adressage"
_DELAIS: Final = frozenset({_OUVRES, "contexte.minutes_depuis_adressage", "contexte.minutes_depuis_regulation"})
"""Les faits calculés que lit une règle de délai."""
_HORIZON: Final = 31
"""Les jours essayés après l'adressage ; aucun délai lu n'en approche."""
_LIEU: Final = "medecin.cabinet_alsace_moselle"


@dataclass(frozen=True, slots=True)
class Limite:
    """Le dernier jour, et la dernière minute de ce jour (``None`` : tout le jour, ou l'heure n'est pas connue)."""

    jour: int
    minute: int | None


def calculer(k: Calcul) -> None:
    """La majoration du correspondant, son dernier jour, le rendez-vous, puis les trois majorations."""
    majoration(k)
    limite(k)
    tenu(k)
    majorations(k)
    for ligne in majorations(k):
        if ligne["limite"] is not None and ligne["ouverture"] != essais.NON:
            heure = f", à {ligne['heure']}" if ligne["heure"] else ""
            k.verse(ligne["limite"], None, f"{ligne['code']} : dernier jour pour voir le patient{heure}")


@etape("texte")
def majoration(k: Calcul) -> str | None:
    """La majoration du correspondant : MCU, MCY quand la spécialité exclut la première, ou aucune."""
    if k.fait("medecin.specialite") is None:
        return None
    return next((code for code in (MCU, MCY) if _etat_sans_delai(k, code) != essais.NON), AUCUNE)


@etape("date")
def limite(k: Calcul) -> int | None:
    """Le dernier jour où voir le patient garde la majoration du correspondant ouverte ; rien si le texte hésite."""
    code = majoration(k)
    if code in {None, AUCUNE}:
        return None
    sure, large = _limites(k, str(code))
    return sure.jour if sure is not None and large is not None and sure.jour == large.jour else None


@etape("oui_non")
def limite_indecise(k: Calcul) -> Valeur:
    """Le texte donne deux dernières dates ; inconnu si elles dépendent d'un fait qui n'est pas dit."""
    code = majoration(k)
    if code in {None, AUCUNE}:
        return "non"
    if limite(k) is not None:
        return "non"
    return None if _indecise(k, str(code)) else "oui"


@etape("oui_non")
def delai_a_cheval(k: Calcul) -> Valeur:
    """Le délai de l'adressage et celui des soins ne donnent pas la même date."""
    code = majoration(k)
    if code is None or code == AUCUNE or not _change(k, code):
        return "non"
    return k.oui_non(_limites(k, code, du_jour_des_soins=True) != _limites(k, code, du_jour_des_soins=False))


@etape("oui_non")
def tenu(k: Calcul) -> Valeur:
    """Le rendez-vous donné est dans le délai de la majoration du correspondant."""
    return {"tenu": "oui", "hors délai": "non"}.get(_tenu(k, majoration(k)) or "")


@etape("tableau")
def majorations(k: Calcul) -> list[dict[str, Any]]:
    """La MCU, la MCY et la MUT : à qui, ouverte ou non hors délai, jusqu'à quand, et le rendez-vous."""
    k.fait("heure")
    return [_rangee(k, code) for code in (MCU, MCY, MUT) if k.corpus.actes[code].en_vigueur(_repere(k))]


def _rangee(k: Calcul, code: str) -> dict[str, Any]:
    ligne = essais.seule(k.corpus, code, _repere(k), _faits(k, code, *_instants(k)))
    constats = essais.retenus(essais.constats(ligne, _sans_delai(ligne.acte.regles, ligne.jour)))
    ouverture = essais.etat(constats)
    sure, large = (None, None) if ouverture == essais.NON else _limites(k, code)
    doutes = [] if ouverture == essais.NON else _doutes(k, code, large)
    if doutes and ouverture == essais.OUI:
        ouverture = essais.DOUTE
    messages = dict.fromkeys(essais.message(ligne, constat) for constat in (*constats, *doutes))
    return {
        "code": code,
        "libelle": f"{code}, {ligne.acte.libelle[0].lower()}{ligne.acte.libelle[1:]}",
        "pour": _POUR[code],
        "ouverture": ouverture,
        "reponse": essais.DITS[ouverture],
        "limite": sure.jour if sure is not None else None,
        "heure": _heure(sure.minute) if sure is not None and sure.minute is not None else None,
        "au_plus_tard": large.jour if large is not None and sure is not None and large.jour != sure.jour else None,
        "tenu": None if ouverture == essais.NON else _tenu(k, code),
        "montant": None if ouverture == essais.NON else ligne.tarif(),
        "message": " ".join(messages) or None,
    }


def _repere(k: Calcul) -> int:
    """Le jour dont on lit les conditions hors délai : le rendez-vous, sinon le jour de l'adressage."""
    rendez_vous = k.cas.faits.get("rendez_vous")
    return rendez_vous if isinstance(rendez_vous, int) else k.jour


def _instants(k: Calcul) -> tuple[int, int]:
    """Le premier et le dernier instant possibles de l'adressage, en minutes."""
    heure = k.cas.faits.get("heure")
    minuit = k.jour * temps.MINUTES
    return (minuit + heure, minuit + heure) if isinstance(heure, int) else (minuit, minuit + temps.MINUTES - 1)


def _faits(k: Calcul, code: str, *instants: int) -> dict[str, Valeur]:
    """Les faits d'une ligne : ceux du cas, et le rôle de celui qui facture la majoration."""
    adresse_par = k.fait("contexte.adresse_par")
    faits: dict[str, Valeur] = {
        "contexte.adresse_par": adresse_par,
        "contexte.regulateur": k.fait("contexte.regulateur"),
        "medecin.territoire": k.fait("medecin.territoire"),
        _LIEU: k.cas.faits.get(_LIEU),
        "contexte.role": "correspondant",
        "contexte.modalite": "presentiel",
        "contexte.lieu": "cabinet",
        "acte.quantite": 1,
    }
    if code == MUT:
        faits["contexte.engagement_48_heures"] = k.fait("contexte.engagement_48_heures")
        faits["contexte.role"] = "autre" if adresse_par not in {None, "medecin_traitant"} else adresse_par
    else:
        faits["medecin.specialite"] = k.fait("medecin.specialite")
    if instants:
        faits["contexte.adresse_le"] = instants[0]
        faits["contexte.regule_le"] = instants[0] if faits["contexte.regulateur"] != "aucune" else None
    return faits


def _est_de_delai(regle: Regle) -> bool:
    return not _DELAIS.isdisjoint(regle.condition.faits())


def _sans_delai(regles: tuple[Regle, ...], jour: int) -> list[Regle]:
    return [r for r in regles if r.en_vigueur(jour) and not _est_de_delai(r)]


def _etat_sans_delai(k: Calcul, code: str) -> str:
    jour = _repere(k)
    if not k.corpus.actes[code].en_vigueur(jour):
        return essais.NON
    ligne = essais.seule(k.corpus, code, jour, _faits(k, code))
    return essais.etat(essais.constats(ligne, _sans_delai(ligne.acte.regles, jour)))


def _constats_de_delai(k: Calcul, code: str, instant: int, *, regles_du: int | None = None) -> list[Constat]:
    """Ce que les règles de délai disent de soins à cet instant, pour l'adressage au plus tôt et au plus tard."""
    jour, minute = divmod(instant, temps.MINUTES)
    trouves: list[Constat] = []
    etats = []
    for adressage in dict.fromkeys(_instants(k)):
        faits = _faits(k, code, min(adressage, instant)) | {"facture.heure": minute}
        ligne = essais.seule(k.corpus, code, jour, faits)
        regles = [r for r in ligne.acte.regles if _est_de_delai(r) and r.en_vigueur(regles_du or jour)]
        lus = essais.constats(ligne, regles)
        etats.append(essais.etat(lus))
        trouves += lus
    if len(set(etats)) > 1:
        return [Constat("DELAI_DEPASSE", INCONNU, ("heure",))]
    return list(dict.fromkeys(trouves))


def _limites(k: Calcul, code: str, *, du_jour_des_soins: bool | None = None) -> tuple[Limite | None, Limite | None]:
    """La dernière heure sûre, et la dernière qu'une lecture plus large permet.

    Sans précision, les deux lectures du délai (celui du jour de l'adressage, celui du jour des soins) sont réunies.
    """
    if code == MUT:
        return _limite_mut(k)
    if du_jour_des_soins is None:
        lues = [_limites(k, code, du_jour_des_soins=x) for x in ((True, False) if _change(k, code) else (True,))]
        sures = [s for s, _ in lues if s is not None]
        larges = [x for _, x in lues if x is not None]
        cle: Callable[[Limite], tuple[int, int]] = lambda x: (x.jour, temps.MINUTES if x.minute is None else x.minute)  # noqa: E731
        return min(sures, key=cle, default=None), max(larges, key=cle, default=None)
    regles_du = None if du_jour_des_soins else k.jour

    @cache
    def dit(instant: int) -> str:
        return essais.etat(_constats_de_delai(k, code, instant, regles_du=regles_du))

    return (
        _derniere(k, code, lambda instant: dit(instant) == essais.OUI),
        _derniere(k, code, lambda instant: dit(instant) != essais.NON),
    )


def _change(k: Calcul, code: str) -> bool:
    """Vrai si les règles de délai changent dans les jours qui suivent l'adressage."""
    regles = [r for r in k.corpus.actes[code].regles if _est_de_delai(r)]
    return any(r.en_vigueur(k.jour) != r.en_vigueur(k.jour + _HORIZON) for r in regles)


def _limite_mut(k: Calcul) -> tuple[Limite | None, Limite | None]:
    """La MUT : un nombre d'heures depuis l'adressage."""
    minutes = k.table("delai_mut")
    if minutes is None:
        return None, None
    jour, minute = divmod(_instants(k)[1] + minutes, temps.MINUTES)
    trouvee = Limite(jour, minute if isinstance(k.cas.faits.get("heure"), int) else None)
    return trouvee, trouvee


def _meme_compte(k: Calcul, code: str, jour: int) -> bool:
    """Vrai si le délai de ce jour se compte en jours ouvrés, et que ce jour n'y ajoute rien."""
    if jour == k.jour:
        return False
    ligne, veille = (essais.seule(k.corpus, code, j, _faits(k, code, _instants(k)[0])) for j in (jour, jour - 1))
    lus = {fait for r in ligne.acte.regles if _est_de_delai(r) and r.en_vigueur(jour) for fait in r.condition.faits()}
    return _OUVRES in lus and ligne.fait(_OUVRES) == veille.fait(_OUVRES)


def _derniere(k: Calcul, code: str, tient: Callable[[int], bool]) -> Limite | None:
    """Le dernier jour où des soins tiennent, et la dernière minute de ce jour ; rien si aucun ne tient.

    Quand un jour ne tient plus, les suivants non plus, sauf si une règle plus large commence : tous sont essayés. Un
    délai en jours ouvrés finit un jour ouvré : les jours chômés entiers qui le suivent, où le compte ne bouge pas, sont
    ôtés. Un délai qui tient encore le dernier jour essayé n'a pas de fin connue : rien, plutôt qu'une fausse date.
    """
    premier, dernier_adressage = _instants(k)
    jours = [
        jour
        for jour in range(k.jour, k.jour + _HORIZON)
        if tient(max(jour * temps.MINUTES, premier if jour == k.jour else 0))
    ]
    if jours and jours[-1] == k.jour + _HORIZON - 1:
        return None
    while jours and tient((jours[-1] + 1) * temps.MINUTES - 1) and _meme_compte(k, code, jours[-1]):
        jours.pop()
    if not jours:
        return None
    jour = jours[-1]
    minuit = jour * temps.MINUTES
    if premier != dernier_adressage or tient(minuit + temps.MINUTES - 1):
        return Limite(jour, None)
    debut = max(premier - minuit, 0)
    rang = bisect_left(range(debut, temps.MINUTES), True, key=lambda minute: not tient(minuit + minute))
    return Limite(jour, debut + rang - 1)


def _doutes(k: Calcul, code: str, large: Limite | None) -> list[Constat]:
    """Ce qui laisse le délai en doute au dernier jour possible."""
    if code == MUT or large is None:
        return []
    instant = large.jour * temps.MINUTES + (large.minute or 0)
    return [c for c in _constats_de_delai(k, code, max(instant, _instants(k)[0])) if c.etat == A_VERIFIER]


def _tenu(k: Calcul, code: str | None) -> str | None:
    """Ce que le rendez-vous donné est pour cette majoration : tenu, hors délai, à vérifier ou à préciser."""
    jour, heure = k.fait("rendez_vous"), k.fait("heure_rendez_vous")
    if not isinstance(jour, int) or code is None or code == AUCUNE:
        return None
    premier, _ = _instants(k)
    minuit = jour * temps.MINUTES
    bornes = [minuit + heure] if isinstance(heure, int) else [max(minuit, premier), minuit + temps.MINUTES - 1]
    if bornes[-1] < premier:
        raise k.contredit("rendez_vous", "le rendez-vous précède l'adressage", f"à partir du {temps.iso(k.jour)}")
    if code == MUT:
        sure, _ = _limite_mut(k)
        if sure is None:
            return None
        fin = sure.jour * temps.MINUTES + (temps.MINUTES - 1 if sure.minute is None else sure.minute)
        etats = {essais.OUI if borne <= fin else essais.DOUTE for borne in bornes}
    else:
        _, large = _limites(k, code)
        apres = large is not None and jour > large.jour
        etats = {essais.etat(_constats_de_delai(k, code, borne)) for borne in bornes}
        etats = {essais.DOUTE if apres and dit == essais.OUI else dit for dit in etats}
    dits = {essais.OUI: "tenu", essais.NON: "hors délai", essais.DOUTE: "à vérifier"}
    return dits.get(etats.pop(), "à préciser") if len(etats) == 1 else "à préciser"


def _indecise(k: Calcul, code: str) -> bool:
    """Vrai si un fait qui n'est pas dit laisse la date indécise ; il est alors noté, pour être demandé."""
    instants = (max(jour * temps.MINUTES, _instants(k)[0]) for jour in range(k.jour, k.jour + _HORIZON))
    inconnus = {
        "heure" if "heure" in constat.faits else _LIEU
        for instant in instants
        for constat in _constats_de_delai(k, code, instant)
        if constat.etat == INCONNU
    }
    return None in [k.fait(nom) for nom in inconnus]


def _heure(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"

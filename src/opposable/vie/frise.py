"""La frise des conventions (système 56) : le texte applicable un jour, ce qui s'y passe, ce qui suit.

Un événement est une ligne de table : son premier jour est sa date, une autre table dit quand seul le mois ou l'année
est connu. Les tarifs qui changent se lisent dans les lignes des actes, aux deux dates : prévue et effective.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.table import LigneTable

_TEXTE, _VIGUEUR, _NATURE, _PRECISION = "frise_texte", "frise_vigueur", "frise_nature", "frise_precision"
_NOUVEAU, _FIN = "nouveau tarif", "fin du tarif"
_IMPRIMEE: Final = "imprimee"
_DOUZE: Final = 12
_ANNEE: Final = len("AAAA")
_MOIS: Final = len("AAAA-MM")


def calculer(k: Calcul) -> None:
    """Le texte du jour et ses dates, ce qui se passe et change ce jour-là, la suite ; la frise si elle est demandée."""
    for sortie in (
        texte, depuis, duree, fin_prevue, fin_effective, signataires, suivant, suite, prochains_tarifs, evenements,
        tarifs, representativite, frise,
    ):  # fmt: skip
        sortie(k)


@etape("texte")
def texte(k: Calcul) -> str | None:
    """Le texte qui régit les rapports entre les médecins libéraux et l'assurance maladie ce jour-là."""
    mot = k.mot(_TEXTE)
    return None if mot is None else k.corpus.tables[_TEXTE].valeurs[mot]


def _ligne(k: Calcul) -> LigneTable | None:
    """La ligne du texte applicable, si son entrée en vigueur est imprimée."""
    return k.choisir(_TEXTE).ligne if k.mot(_VIGUEUR) == _IMPRIMEE else None


@etape("date")
def depuis(k: Calcul) -> int | None:
    """L'entrée en vigueur du texte, quand un document l'imprime."""
    ligne = _ligne(k)
    return None if ligne is None else ligne.du


@etape("entier")
def duree(k: Calcul) -> int | None:
    """Pour combien d'années le texte est arrêté."""
    return k.table("frise_duree")


@etape("date")
def fin_prevue(k: Calcul) -> int | None:
    """La fin du texte, s'il dure ce qui est prévu."""
    debut, annees = depuis(k), duree(k)
    return None if debut is None or annees is None else temps.plus_mois(debut, annees * _DOUZE)


@etape("date")
def fin_effective(k: Calcul) -> int | None:
    """Le jour où un autre texte s'est appliqué ; rien pour le texte en cours."""
    ligne = k.choisir(_TEXTE).ligne
    suivies = {autre.du for autre in k.corpus.tables[_TEXTE].lignes if autre.valeur is not None}
    return None if ligne is None or ligne.valeur is None or ligne.au not in suivies else ligne.au


@etape("entier")
def signataires(k: Calcul) -> int | None:
    """Combien de syndicats de médecins ont signé le texte."""
    return k.table("frise_signataires")


@etape("tableau")
def representativite(k: Calcul) -> list[dict[str, Any]] | None:
    """La part des voix des signataires dans chaque collège, et les seuils que le communiqué annonce dépassés."""
    majorite, minimum = k.table("frise_majorite"), k.table("frise_minimum")
    if majorite is None or minimum is None:
        return None
    rangees = []
    for college, libelle in k.dispositif.vocabulaire.faits["college"].valeurs.items():
        voix = Element(k, "lecture", 0, {"college": college}).table("frise_suffrages")
        tenu = None if voix is None else voix > max(majorite, minimum)
        rangees.append({"college": libelle, "suffrages": voix, "majorite": majorite, "minimum": minimum, "tenu": tenu})
    return rangees


# Les événements.


def _evenements(k: Calcul, garde: Callable[[str, int], bool]) -> Iterator[dict[str, Any]]:
    """Les événements gardés d'après leur date écrite (``AAAA``, ``AAAA-MM`` ou ``AAAA-MM-JJ``) et leur premier jour.

    La trace ne retient que ceux-là.
    """
    libelles = k.dispositif.vocabulaire.faits["evenement"].valeurs
    for ligne in sorted(k.corpus.tables[_NATURE].lignes, key=lambda ligne: ligne.du):
        evenement = next(nom for nom in libelles if ligne.serie.endswith(f".{nom}."))
        connue = Element(k, "lecture", 0, {"evenement": evenement})
        precision = _mot_le(connue, _PRECISION, ligne.du)
        iso = temps.iso(ligne.du)
        ecrite = iso[:_ANNEE] if precision == "annee" else iso if precision is None else iso[:_MOIS]
        if garde(ecrite, ligne.du):
            connue.table(_PRECISION, le=ligne.du)
            connue.table(_NATURE, le=ligne.du)
            nature = _mot_le(connue, _NATURE, ligne.du)
            yield {
                "quand": _quand(ligne.du, precision),
                "nature": None if nature is None else k.corpus.tables[_NATURE].valeurs[nature],
                "evenement": libelles[evenement],
            }


def _mot_le(element: Element, table: str, jour: int) -> str | None:
    """Le mot de la table ce jour-là ; la trace ne le retient pas."""
    valeur = element.corpus.tables[table].choisir(element.fait, jour, element.calendrier).valeur
    return valeur if isinstance(valeur, str) else None


def _quand(jour: int, precision: str | None) -> str:
    """La date, telle que le document la donne : un jour, un mois, un été ou une année."""
    entiere = temps.en_lettres(jour)
    mois = entiere.split(" ", 1)[1]
    annee = mois.rsplit(" ", 1)[1]
    return {None: entiere, "mois": mois, "ete": f"été {annee}"}.get(precision, annee)


@etape("tableau")
def evenements(k: Calcul) -> list[dict[str, Any]]:
    """Ce qui se passe ce jour-là, ce mois-là ou cette année-là, selon ce que le document en donne."""
    jour = temps.iso(k.jour)
    return list(_evenements(k, lambda ecrite, _: jour.startswith(ecrite)))


@etape("tableau")
def frise(k: Calcul) -> list[dict[str, Any]] | None:
    """Toute la frise, si elle est demandée."""
    return list(_evenements(k, lambda *_: True)) if k.fait("toute") == "oui" else None


@etape("date")
def suivant(k: Calcul) -> int | None:
    """Le premier jour connu, après celui-ci, où quelque chose arrive, ou bien la fin prévue du texte en cours."""
    vagues = {ligne.serie.rsplit(".", 2)[1] for ligne in k.corpus.tables[_PRECISION].lignes}
    jours = [ligne.du for ligne in k.corpus.tables[_NATURE].lignes if ligne.serie.rsplit(".", 2)[1] not in vagues]
    fin = fin_prevue(k)
    return min((jour for jour in (*jours, fin) if jour is not None and jour > k.jour), default=None)


@etape("texte")
def suite(k: Calcul) -> str | None:
    """L'événement qui suit, tel que la frise le nomme."""
    jour = suivant(k)
    if jour is not None and jour == fin_prevue(k):
        return f"fin prévue : {texte(k)}"
    ecrite = "" if jour is None else temps.iso(jour)
    return " ; ".join(f"{e['nature']} : {e['evenement']}" for e in _evenements(k, lambda d, _: d == ecrite)) or None


# Les tarifs des actes, aux deux dates.


def _changements(k: Calcul) -> Iterator[tuple[str, int, int, str]]:
    """Chaque changement d'un tarif : le code, le jour prévu, le jour effectif, et ce qui change.

    Une ligne qui redit la valeur de celle d'avant ne change rien ; une série que rien ne suit finit.
    """
    for code in sorted(k.corpus.actes):
        lignes = k.corpus.actes[code].tarifs.lignes
        avant = {(ligne.serie, ligne.au): ligne.valeur for ligne in lignes}
        debuts = {ligne.du for ligne in lignes}
        vus = {
            (ligne.du_prevu, ligne.du, _NOUVEAU)
            for ligne in lignes
            if not ligne.origine and avant.get((ligne.serie, ligne.du), "") != ligne.valeur
        }
        vus |= {(une.au_prevu, une.au, _FIN) for une in lignes if une.au < temps.INFINI and une.au not in debuts}
        for prevu, effectif, effet in sorted(vus):
            yield code, prevu, effectif, effet


@etape("tableau")
def tarifs(k: Calcul) -> list[dict[str, Any]]:
    """Les actes dont un tarif change ce jour-là, ou devait y changer : le jour prévu et le jour effectif."""
    return [
        {"code": code, "prevu": prevu, "effectif": effectif, "effet": effet}
        for code, prevu, effectif, effet in _changements(k)
        if k.jour in {prevu, effectif}
    ]


@etape("date")
def prochains_tarifs(k: Calcul) -> int | None:
    """Le premier jour, après celui-ci, où un tarif change ; rien avant le début du corpus."""
    if k.jour < k.corpus.debut:
        return None
    return min((effectif for _, _, effectif, _ in _changements(k) if effectif > k.jour), default=None)

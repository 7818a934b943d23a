"""Une patientèle, réunie par ligne de table : chaque patient y choisit la sienne, et chaque ligne se compte et se paie.

Quand un fait manque, plusieurs lignes restent possibles pour un patient : ces patients-là se réunissent aussi, et leurs
lignes bornent ce qu'ils valent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.ensemble import PLUS_INFINI, Intervalle, Plages, Valeur
from opposable.droit.source import AUTORITES
from opposable.droit.table import Choisie, LigneTable

_SELON: Final = dict(zip(AUTORITES, ("les textes lus", "un texte officiel", "la presse", "une déduction"), strict=True))
Bornes = tuple[int | None, int | None]
"""Le moins et le plus ; ``None`` si une ligne possible n'a pas de valeur."""


@etape("tableau")
def repartition(k: Calcul, table: str) -> list[dict[str, Any]]:
    """Les patients réunis par ligne de la table, ou par lignes encore possibles."""
    comptes: dict[str, dict[str, Any]] = {}
    for rang, p in enumerate(k.liste("patients")):
        p.choisir(table)
        classe = nom_de_classe(choix(p, table))
        compte = comptes.setdefault(classe, {"classe": classe, "patients": 0, "exemple": rang})
        compte["patients"] += _nombre(p)
    ordre = [ligne.id for ligne in k.corpus.tables[table].lignes]
    return sorted(comptes.values(), key=lambda c: ordre.index(c["classe"].partition("+")[0]))


def classes(k: Calcul, table: str) -> Iterator[tuple[Element, str, int]]:
    """Chaque classe : un de ses patients, son nom, leur nombre. La répartition est faite, et n'est pas relue."""
    for compte in k.faites[f"repartition.{table}"].valeur:
        yield k.liste("patients")[compte["exemple"]], compte["classe"], compte["patients"]


def par_classe(k: Calcul, table: str, classe: str) -> int | None:
    """Ce que paie une classe : l'étape ne lit que la ligne de cette classe."""
    exemple, nombre = next((p, n) for p, c, n in classes(k, table) if c == classe)
    return k.fois(exemple.table(table), nombre)


def _nombre(p: Element) -> int:
    """Les patients d'une ligne de la liste : sans nombre, une personne."""
    dit = p.nombre("patients.nombre")
    return 1 if dit is None else dit


def choix(p: Element, table: str) -> Choisie:
    """Ce que la table a répondu pour ce patient, déjà lu par la répartition."""
    return p.choisies[table]


def lignes(choisie: Choisie) -> tuple[LigneTable, ...]:
    """Les lignes encore possibles : une seule, le plus souvent."""
    if choisie.etat == "incertain":
        return choisie.possibles
    return (choisie.ligne,) if choisie.ligne is not None else ()


def nom_de_classe(choisie: Choisie) -> str:
    """Le nom d'une classe : l'identifiant de sa ligne, ou ceux des lignes possibles."""
    return "+".join(ligne.id for ligne in lignes(choisie))


def bornes(choisie: Choisie) -> Bornes:
    """Le plus petit et le plus grand montant des lignes possibles."""
    valeurs = [ligne.valeur for ligne in lignes(choisie)]
    connues = [v for v in valeurs if isinstance(v, int)]
    return (None, None) if len(connues) < len(valeurs) or not connues else (min(connues), max(connues))


def annees_au(p: Element, le: int) -> Valeur:
    """L'âge d'un patient en années révolues ce jour-là, d'après sa date de naissance, son âge ou sa tranche d'âge."""
    naissance, age = p.fait("patients.date_naissance"), p.fait("patients.age")
    if isinstance(naissance, int):
        if age is not None:
            raise p.calcul.contredit(
                f"{p}.age", "l'âge et la date de naissance disent la même chose", "l'un ou l'autre"
            )
        if naissance > le:
            message = f"né après le {temps.en_lettres(le)}, jour où la patientèle est observée"
            raise p.calcul.contredit(f"{p}.date_naissance", message, "une date de naissance antérieure")
        return revolues(naissance, le)
    if age is None:
        return None
    try:
        bas, haut = temps.naissances_possibles(p.calcul.cas.textes[f"{p}.age"], le)
    except (ValueError, OverflowError):
        raise p.calcul.contredit(f"{p}.age", "personne n'a cet âge", "un âge possible") from None
    return a_peu_pres(revolues(haut - 1, le), revolues(bas, le))


def revolues(depuis: int, le: int) -> int:
    """Les années révolues entre deux jours."""
    return temps.mois_revolus(depuis, le) // 12


def a_peu_pres(bas: int, haut: int) -> int | Intervalle:
    """Un nombre entre deux bornes comprises : lui-même si elles sont égales."""
    return bas if bas == haut else Intervalle(bas, haut + 1)


def tranche(ages: Plages) -> str:
    """« moins de 7 ans », « 7 à 74 ans », « 80 ans », « 81 ans et plus »."""
    ((bas, haut),) = ages.plages
    if haut == PLUS_INFINI:
        return f"{bas} ans et plus"
    if bas == 0:
        return f"moins de {haut} ans"
    return f"{bas} ans" if haut == bas + 1 else f"{bas} à {haut - 1} ans"


def autorite(choisie: Choisie) -> str:
    """Ce qui fonde les lignes possibles : l'autorité de chacune, et si la presse n'y a qu'une source."""
    dits: dict[str, None] = {}
    for ligne in lignes(choisie):
        autorites = [source.autorite for source in ligne.sources]
        dits[_SELON[autorites[0]] + (", une source" if autorites == ["presse"] else "")] = None
    return " ; ".join(dits)

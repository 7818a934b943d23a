"""Une nomenclature publiée à part du corpus (la CCAM), version par version, et le magasin qui la garde.

Le corpus dit les règles ; une version publiée dit les actes : leurs tarifs, leurs modificateurs, leurs notes. Rien ici
ne lit de fichier : :class:`Magasin` est ce qu'une porte donne à l'interprète.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from opposable.droit import temps


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """Une version publiée. ``numero`` : le sien (81) ; ``du`` : le jour où elle s'applique."""

    numero: int
    du: int
    fichier: str = ""
    empreinte: str = ""
    importee_le: str = ""


@dataclass(frozen=True, slots=True)
class Tranche:
    """Une période ``[du, au[`` : régie par une ``version``, ou par une version que personne n'a lue (``None``), entre
    ``avant`` et ``apres``.
    """

    du: int
    au: int
    version: Version | None
    avant: Version | None = None
    apres: Version | None = None


def tranches(versions: Sequence[Version], connues: Mapping[int, int], debut: int) -> list[Tranche]:
    """Le temps, version par version. ``connues`` : le jour d'application des versions qu'on connaît sans les avoir.

    Une version vaut jusqu'à la suivante si elle est là, ou si l'on sait quand elle commence ; sinon son premier jour
    seul est certain. La dernière reste en vigueur.
    """
    resultat: list[Tranche] = []
    ordre = sorted(versions, key=lambda v: v.du)
    if ordre and ordre[0].du > debut:
        resultat.append(Tranche(debut, ordre[0].du, None, None, ordre[0]))
    for rang, version in enumerate(ordre):
        suivante = ordre[rang + 1] if rang + 1 < len(ordre) else None
        if suivante is None:
            fin = min((du for n, du in connues.items() if n > version.numero), default=temps.INFINI)
            resultat.append(Tranche(version.du, fin, version))
            if fin < temps.INFINI:
                resultat.append(Tranche(fin, temps.INFINI, None, version, None))
            continue
        fin = suivante.du if suivante.numero == version.numero + 1 else connues.get(version.numero + 1, version.du + 1)
        fin = min(max(fin, version.du + 1), suivante.du)
        resultat.append(Tranche(version.du, fin, version))
        if fin < suivante.du:
            resultat.append(Tranche(fin, suivante.du, None, version, suivante))
    return [t for t in resultat if t.du < t.au]


@dataclass(frozen=True, slots=True)
class Rangee:
    """Une activité et une phase d'un acte, dans une version.

    Les tarifs sont en centimes. ``opposable`` : secteur 1 et adhérents à une option de pratique tarifaire maîtrisée ;
    ``autre`` : les autres. ``None`` : la version n'en donne pas. ``prise_en_charge`` faux : « Non pris en charge ».
    """

    activite: str
    phase: str
    libelle: str
    opposable: int | None
    autre: int | None
    prise_en_charge: bool
    sous_conditions: bool
    accord_prealable: bool
    exoneration: tuple[str, ...]
    regroupement: str
    modificateurs: tuple[str, ...]
    """Ceux que la version admet pour cette activité, dans l'ordre imprimé."""
    gestes: tuple[str, ...]
    """Les gestes complémentaires que la version admet."""


@dataclass(frozen=True, slots=True)
class ActePublie:
    """Un acte dans une version."""

    version: int
    code: str
    libelle: str
    chapitre: str
    notes: tuple[str, ...]
    rangees: tuple[Rangee, ...]


@dataclass(frozen=True, slots=True)
class ValeurModificateur:
    """Ce qu'une colonne donne à un modificateur : un forfait en centimes, ou un taux en dix-millièmes ; sinon rien."""

    forfait: int | None = None
    taux: int | None = None


@dataclass(frozen=True, slots=True)
class RangeeModificateur:
    """Une des valeurs d'un modificateur : à qui ou quand elle vaut, ce que donne chaque colonne, ses notes."""

    texte: str
    opposable: ValeurModificateur
    autre: ValeurModificateur
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModificateurPublie:
    """Un modificateur dans une version ; une lettre a parfois plusieurs valeurs, dans l'ordre imprimé."""

    version: int
    lettre: str
    chapitre: str
    rangees: tuple[RangeeModificateur, ...]

    def valeurs(self) -> frozenset[int]:
        """Tout ce qu'il peut valoir dans cette version, dans une colonne ou l'autre : centimes ou dix-millièmes."""
        cases = [case for r in self.rangees for case in (r.opposable, r.autre)]
        return frozenset(v for case in cases for v in (case.forfait, case.taux) if v is not None)


@dataclass(frozen=True, slots=True)
class ChapitrePublie:
    """Un chapitre dans une version. ``numero`` : chaque rang sur deux chiffres (« 01 », « 01.01.03 »)."""

    version: int
    numero: str
    titre: str
    notes: tuple[str, ...]


class Magasin(Protocol):
    """Les versions importées, rangées de la plus ancienne à la plus récente."""

    @property
    def versions(self) -> tuple[Version, ...]:
        """Les versions présentes, par date d'application."""

    @property
    def empreinte(self) -> str:
        """L'empreinte de ce que le magasin contient, pour celle du corpus."""

    def codes(self) -> frozenset[str]:
        """Tous les codes, toutes versions réunies."""

    def acte(self, code: str) -> Mapping[int, ActePublie]:
        """Cet acte dans chaque version (par numéro) où il figure ; vide s'il n'est dans aucune."""

    def actes(self, codes: Iterable[str]) -> Mapping[str, Mapping[int, ActePublie]]:
        """Plusieurs actes en une lecture."""

    def modificateurs(self, version: int) -> Mapping[str, ModificateurPublie]:
        """Les modificateurs d'une version, par lettre ; vide si la version n'y est pas."""

    def libelles(self) -> Mapping[str, tuple[str, str, str]]:
        """Par code : son libellé le plus récent, le titre de son chapitre, et ses mots prêts à chercher."""

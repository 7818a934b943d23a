"""Un acte écrit « comme » un autre : il en reprend les clés qu'il n'écrit pas, et ajoute ses conditions aux siennes.

Une lettre détaillée ne répète donc ni le tarif, ni les règles de la lettre agrégée qui la transmet. Ses lignes de tarif
gardent leur propre identifiant, et une surcouche peut corriger l'une ou l'autre.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from opposable.droit import temps
from opposable.droit.acte import Regle, Variante
from opposable.droit.condition import Condition, Et, Ou, Test
from opposable.droit.ensemble import Ensemble
from opposable.droit.erreurs import plus_proche
from opposable.droit.lecture import Noeud

COMME: Final = "comme"
"""La clé qui nomme l'acte repris."""
MODELE: Final = "ccam."
"""Le début du nom d'un modèle d'actes publiés : il n'est pas un acte."""
_PROPRES: Final = frozenset({COMME, "notes", "regroupements", "chapitres"})
"""Ce qu'un acte ne transmet pas."""


def lignee(code: str, actes: Mapping[str, Noeud]) -> list[str]:
    """L'acte, celui qu'il reprend, et ainsi de suite, modèles absents à part.

    :class:`ErreurCorpus` pour un code inconnu ou une boucle.
    """
    suite = [code]
    while (cles := actes[suite[-1]].table(suite[-1])).get(COMME) is not None:
        noeud, dernier = cles[COMME], suite[-1]
        nom = noeud.texte(dernier)
        if nom not in actes and nom.startswith(MODELE):
            break
        if nom not in actes:
            proche = plus_proche(nom, [autre for autre in actes if autre not in suite])
            fin = f" ; vouliez-vous « {proche} » ?" if proche else ""
            raise noeud.defaut(f"acte inconnu « {nom} »{fin}", regle=dernier, attendu="un code du corpus")
        if nom in suite:
            boucle = " → ".join((*suite[suite.index(nom) :], nom))
            raise noeud.defaut(
                f"les actes se reprennent en boucle ({boucle})", regle=dernier, attendu="un acte écrit en entier"
            )
        suite.append(nom)
    return suite


def _reprend(actes: Mapping[str, Noeud], code: str) -> bool:
    return code not in actes or COMME in actes[code].table(code)


def heriter(code: str, actes: Mapping[str, Noeud], modeles: Mapping[str, Noeud] | None = None) -> Noeud:
    """Le nœud de l'acte, complété par ceux qu'il reprend ; les conditions de l'acte repris viennent d'abord.

    ``modeles`` : ce qu'un acte peut aussi reprendre, sans être un acte. Chaque valeur garde le fichier et la ligne où
    elle est écrite. :class:`ErreurCorpus` si l'acte n'a pas son propre
    libellé.
    """
    actes = {**modeles, **actes} if modeles and _reprend(actes, code) else actes
    suite = lignee(code, actes)
    propre = actes[code]
    if len(suite) == 1:
        return propre
    if "libelle" not in propre.table(code):
        raise propre.defaut("il manque la clé « libelle »", regle=code, attendu="le libellé propre de l'acte")
    cles: dict[str, Noeud] = {}
    for nom in reversed(suite):
        ajout, reprises = actes[nom].table(nom), cles.get("conditions")
        cles = {cle: noeud for cle, noeud in cles.items() if cle not in _PROPRES} | ajout
        if reprises is not None and "conditions" in ajout:
            ici = ajout["conditions"]
            cles["conditions"] = Noeud([*reprises.liste(nom), *ici.liste(nom)], ici.fichier, ici.ligne)
    return Noeud(cles, propre.fichier, propre.ligne)


def specialiser(regles: tuple[Regle, ...], debut: int) -> tuple[Regle, ...]:
    """Les règles d'un acte qui en reprend un autre, dites pour les seuls cas que ses exigences laissent.

    Une exigence sans date sur un seul fait fixe ce fait : une variante, un refus ou un doute qui suppose une autre
    valeur ne peut plus servir, et ce que l'exigence remplit déjà n'a plus à être dit. Le verdict est le même, ou plus
    précis : un refus certain à la place d'un doute.
    """
    fixes = {
        r.condition.fait: r.condition.ensemble
        for r in regles
        if r.sorte == "exige" and not r.variantes and isinstance(r.condition, Test)
        and r.du <= debut and r.au == temps.INFINI
    }  # fmt: skip
    resultat: list[Regle] = []
    for regle in regles:
        if regle.variantes:
            resultat.extend(_variantes(regle, fixes))
        elif regle.sorte == "exige":
            resultat.append(regle)
        elif (reste := _reste(regle.condition, fixes)) is not None:
            resultat.append(replace(regle, condition=reste))
    return tuple(resultat)


def _variantes(regle: Regle, fixes: Mapping[str, Ensemble]) -> list[Regle]:
    """La règle réduite aux variantes encore possibles ; rien, si une exigence en remplit déjà une à toute date."""
    gardees: list[Variante] = []
    for variante in regle.variantes:
        reste = _reste(variante.condition, fixes)
        if reste is not None:
            gardees.append(replace(variante, condition=reste))
            if reste == Et(()) and variante.du <= regle.du and variante.au >= regle.au:
                return []
    if not gardees:
        return [regle]
    return [replace(regle, variantes=tuple(gardees), condition=Ou(tuple(v.condition for v in gardees)))]


def _reste(condition: Condition, fixes: Mapping[str, Ensemble]) -> Condition | None:
    """Ce qui reste à tester quand ces faits sont fixés ; ``None`` si la condition ne peut plus tenir."""
    termes = condition.termes if isinstance(condition, Et) else (condition,)
    restants: list[Condition] = []
    for terme in termes:
        fixe = fixes.get(terme.fait) if isinstance(terme, Test) else None
        if fixe is None or not isinstance(terme, Test):
            restants.append(terme)
        elif fixe.inter(terme.ensemble).vide():
            return None
        elif not fixe.moins(terme.ensemble).vide():
            restants.append(terme)
    return restants[0] if len(restants) == 1 else Et(tuple(restants))

"""Ce qu'une règle constate : son motif, ce qu'il entraîne, les faits en cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from opposable.droit.acte import Regle
from opposable.droit.scalaire import Portee
from opposable.droit.source import Passage

REFUSE: Final = "refuse"
INCONNU: Final = "inconnu"
A_VERIFIER: Final = "a_verifier"
AVERTIT: Final = "avertit"


@dataclass(frozen=True, slots=True)
class Constat:
    """Ce qu'une règle dit d'une ligne : son motif, ce qu'il entraîne, les faits en cause, l'enjeu en centimes."""

    motif: str
    etat: str
    faits: tuple[str, ...] = ()
    sources: tuple[Passage, ...] = ()
    precision: str = ""
    autre: str = ""
    enjeu: int | None = None
    regle: str = ""


def constater(portee: Portee, regle: Regle) -> Constat | None:
    """Ce que la règle dit de ce cas ; rien si elle le laisse passer. Voir :class:`opposable.droit.acte.Regle`.

    Un avertissement qui ne tient pas ne laisse rien derrière lui : ce qu'il est seul à lire n'est ni demandé, ni cité.
    """
    repere = portee.repere() if regle.sorte == "avertit_si" else ()
    verdict = portee.regle(regle)
    sorte = regle.sorte
    if sorte == "exige":
        verdict = None if verdict is None else not verdict
    if sorte == "avertit_si" and verdict is not True:
        portee.oublier(repere)
        return None
    if verdict is False:
        return None
    etat = INCONNU if verdict is None else {"a_verifier_si": A_VERIFIER, "avertit_si": AVERTIT}.get(sorte, REFUSE)
    faits = portee.inconnus_regle(regle) if verdict is None else tuple(dict.fromkeys(regle.condition.faits()))
    sources = regle.sources
    if not sources:
        en_vigueur = (v for v in regle.variantes if v.du <= portee.jour < v.au)
        sources = tuple(s for v in en_vigueur for s in v.sources)[:3]
    return Constat(regle.motif, etat, faits, sources, regle.precision, regle=regle.id)

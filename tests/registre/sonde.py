"""Ce qui porte un énoncé, les cas qui le citent, et ce qu'ils éprouvent vraiment.

Pour remplir le registre : ``python -m tests.registre.sonde s1-mce s1-mta`` ; sans argument, tous les énoncés cités.
"""

from __future__ import annotations

import sys

from tests.registre.mutations import alteree, echoue, lus
from tests.registre.test_registre import cas_par_enonce

from opposable.droit.citations import deductions, elements, par_passage
from opposable.droit.registre import charger_registre


def sonder(idents: list[str]) -> None:
    """Écrit, pour chaque énoncé, ses éléments : éprouvés, ou que nul cas ne voit changer."""
    registre = charger_registre()
    citations = par_passage(elements(lus()), deductions(lus()))
    cas = cas_par_enonce()
    for ident in idents or [i for i in registre.enonces if i in citations or i in cas]:
        enonce = registre.enonces[ident]
        print(f"{ident} [{enonce.statut}] {enonce.enonce}")  # noqa: T201
        siens = cas.get(ident, [])
        print(f"  cas : {[c['cas'] for c in siens]}")  # noqa: T201
        for element in citations.get(ident, []):
            if element.genre == "fait":
                vu = "fait, non éprouvé"
            else:
                corpus = alteree(element)
                vu = "éprouvé" if any(echoue(corpus, c) for c in siens) else "AUCUN CAS NE LE VOIT"
            print(f"  {element.endroit} · {element.id} ({element.genre}) : {vu}")  # noqa: T201


if __name__ == "__main__":
    sonder(sys.argv[1:])

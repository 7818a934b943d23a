"""*Calculé* est éprouvé : altérer chaque élément qu'un énoncé nomme fait échouer un des cas qui le citent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.registre.mutations import alteree, echoue, lus
from tests.registre.test_registre import cas_par_enonce

from opposable.droit.citations import Element, deductions, elements, par_passage
from opposable.droit.corpus import charger
from opposable.droit.registre import charger_registre

CAS = cas_par_enonce()
LOTS = 16
"""Les énoncés se répartissent en autant d'essais, pour les faire côte à côte."""


def a_eprouver() -> Iterator[tuple[str, Element]]:
    """Chaque énoncé calculé, et chaque élément des endroits qu'il nomme qui le cite."""
    citations = par_passage(elements(lus()), deductions(lus()))
    for enonce in charger_registre().enonces.values():
        if enonce.statut == "calcule":
            for element in citations.get(enonce.id, []):
                if element.genre != "fait" and not {element.endroit, element.id}.isdisjoint(enonce.par):
                    yield enonce.id, element


A_EPROUVER = sorted(a_eprouver(), key=lambda couple: (couple[1].fichier, couple[1].id, couple[0]))


@pytest.mark.parametrize("lot", range(LOTS))
def test_chaque_element_compte(lot: int) -> None:
    inertes = []
    corpus, element = None, None
    for enonce, vise in A_EPROUVER[len(A_EPROUVER) * lot // LOTS : len(A_EPROUVER) * (lot + 1) // LOTS]:
        if vise is not element or corpus is None:
            corpus, element = alteree(vise), vise
        if not any(echoue(corpus, cas) for cas in CAS.get(enonce, [])):
            inertes.append(
                f"{enonce} : altérer {vise.id} ({vise.fichier}, ligne {vise.ligne}) ne fait échouer aucun cas"
            )
    assert not inertes, "\n".join(inertes)


def test_il_y_a_de_quoi_eprouver() -> None:
    calcules = [e for e in charger_registre().enonces.values() if e.statut == "calcule"]
    assert len({enonce for enonce, _ in A_EPROUVER}) >= len([e for e in calcules if not _par_mecanisme(e.par)])


def _par_mecanisme(par: tuple[str, ...]) -> bool:
    return all(p.startswith(("mecanisme:", "faits:")) for p in par)


def test_un_corpus_intact_ne_fait_rien_echouer() -> None:
    """Sans quoi l'épreuve trouverait toujours un cas qui échoue."""
    intact = charger(sources=lus())
    assert not [cas["cas"] for siens in CAS.values() for cas in siens if echoue(intact, cas)]


def test_un_element_que_nul_cas_ne_regarde_se_voit() -> None:
    """La majoration que l'on altère ne change rien au cas d'un autre acte."""
    element = next(e for e in elements(lus()) if e.id == "MCS.2017-07-01")
    assert not any(echoue(alteree(element), cas) for cas in CAS["s1-coe"])
    assert any(echoue(alteree(element), cas) for cas in CAS["s1-consult-coord-30"])

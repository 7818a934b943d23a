"""Les actes d'un corpus : ceux qu'il écrit, et ceux d'une nomenclature importée."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from opposable.droit.acte import Acte
from opposable.droit.fichiers import Paresseux
from opposable.droit.formes import Forme, forme_de
from opposable.droit.lecture import Noeud
from opposable.droit.nomenclature import ActePublie
from opposable.droit.publies import Publication


class Actes(Paresseux[Acte]):
    """Les actes du corpus et, au-delà, ceux d'une nomenclature importée : bâtis à leur première lecture.

    Les parcourir ne donne que ceux du corpus.
    """

    def __init__(
        self, noeuds: Mapping[str, Noeud], typer: Callable[[str, Noeud], Acte], publication: Publication | None
    ) -> None:
        super().__init__(noeuds, typer)
        self._publication = publication
        self._lus: dict[str, Mapping[int, ActePublie]] = {}
        """Les actes importés lus d'un coup, avant d'être bâtis."""

    def __contains__(self, code: object) -> bool:
        if super().__contains__(code):
            return True
        magasin = self._publication.magasin if self._publication is not None else None
        return magasin is not None and code in magasin.codes()

    def __getitem__(self, code: str) -> Acte:
        if code in self._types or super().__contains__(code):
            return super().__getitem__(code)
        if self._publication is None or self._publication.magasin is None:
            raise KeyError(code)
        acte = self._types[code] = self._publication.importe(code, self._lus.get(code))
        return acte

    def formes(self, codes: Iterable[str]) -> Mapping[str, Forme]:
        """La forme de ceux de ces actes que seule une nomenclature importée donne, lus d'un coup, sans les bâtir."""
        if self._publication is None or self._publication.magasin is None:
            return {}
        voulus = [code for code in codes if not super(Actes, self).__contains__(code)]
        lus = self._publication.magasin.actes([code for code in voulus if code not in self._lus])
        self._lus |= lus
        return {code: forme_de(self._publication, self._lus[code]) for code in voulus if code in self._lus}

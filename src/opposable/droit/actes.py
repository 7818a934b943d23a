"""Les actes d'un corpus : ceux qu'il écrit, et ceux d'une nomenclature importée."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from opposable.droit.acte import Acte
from opposable.droit.fichiers import Paresseux
from opposable.droit.lecture import Noeud
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
        acte = self._types[code] = self._publication.importe(code)
        return acte

    def preparer(self, codes: Iterable[str]) -> None:
        """Bâtit d'un coup plusieurs actes importés."""
        if self._publication is not None and self._publication.magasin is not None:
            voulus = [c for c in codes if c not in self._types and not super(Actes, self).__contains__(c)]
            for code, publies in self._publication.magasin.actes(voulus).items():
                self._types[code] = self._publication.importe(code, publies)

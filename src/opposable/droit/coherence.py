"""Les faits dits qui ne peuvent pas être vrais ensemble, d'après le corpus."""

from __future__ import annotations

from collections.abc import Mapping

from opposable.droit.corpus import Contradiction, Corpus
from opposable.droit.ensemble import Valeur


def contradiction(
    corpus: Corpus, jour: int, faits: Mapping[str, Valeur], *, de_ligne: bool, sur: str = ""
) -> Contradiction | None:
    """La première contradiction entre ces faits, parmi celles d'une ligne ou d'une facture.

    ``sur`` : celles seulement que ce fait peut créer, les autres étant déjà vérifiées.
    """
    membres = corpus.vocabulaire.membres

    def lire(nom: str) -> Valeur:
        if nom in membres:
            liste = faits.get(membres[nom][0])
            return ("oui" if membres[nom][1] in liste else "non") if isinstance(liste, frozenset) else None
        return faits.get(nom)

    return next(
        (
            c
            for c in (_sur(corpus, sur) if sur else corpus.contradictions)
            if c.ou.startswith("acte.") == de_ligne
            and c.du <= jour < c.au
            and c.si.evalue(lire) is True
            and (c.sauf is None or c.sauf.evalue(lire) is not True)
        ),
        None,
    )


def _sur(corpus: Corpus, nom: str) -> tuple[Contradiction, ...]:
    """Les contradictions qui lisent ce fait, ou une valeur de cette liste ; retenues avec le corpus."""
    cle = ("contradictions", nom)
    trouvees = corpus.memo.get(cle)
    if not isinstance(trouvees, tuple):
        membres = corpus.vocabulaire.membres
        noms = {nom, *(membre for membre, (liste, _) in membres.items() if liste == nom)}
        trouvees = corpus.memo[cle] = tuple(c for c in corpus.contradictions if not noms.isdisjoint(c.si.faits()))
    return trouvees

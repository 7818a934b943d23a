"""Les faits dits qui ne peuvent pas être vrais ensemble, d'après le corpus."""

from __future__ import annotations

from collections.abc import Mapping

from opposable.droit.corpus import Contradiction, Corpus
from opposable.droit.ensemble import Valeur


def contradiction(corpus: Corpus, jour: int, faits: Mapping[str, Valeur], *, de_ligne: bool) -> Contradiction | None:
    """La première contradiction entre ces faits, parmi celles d'une ligne ou d'une facture."""
    membres = corpus.vocabulaire.membres

    def lire(nom: str) -> Valeur:
        if nom in membres:
            liste = faits.get(membres[nom][0])
            return ("oui" if membres[nom][1] in liste else "non") if isinstance(liste, frozenset) else None
        return faits.get(nom)

    return next(
        (
            c
            for c in corpus.contradictions
            if c.ou.startswith("acte.") == de_ligne and c.du <= jour < c.au and c.si.evalue(lire) is True
        ),
        None,
    )

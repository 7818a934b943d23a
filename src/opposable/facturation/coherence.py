"""Les faits qui ne peuvent pas être vrais ensemble : ceux que le corpus déclare, et ceux que le temps interdit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from opposable.droit import temps
from opposable.droit.coherence import contradiction
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.erreurs import ErreurEntree


def verifier(
    corpus: Corpus,
    jour: int,
    faits: Mapping[str, Valeur],
    lignes: Sequence[Mapping[str, Valeur]],
    textes: Mapping[str, str],
) -> None:
    """Refuse des faits contradictoires. :class:`ErreurEntree` (``FAITS_CONTRADICTOIRES``) à la première."""
    naissance, age = faits.get("patient.date_naissance"), faits.get("patient.age")
    if isinstance(naissance, int) and naissance > jour:
        raise _contradiction(
            "patient.date_naissance",
            "le patient naîtrait après les soins",
            f"une date au plus tard le {temps.iso(jour)}",
        )
    maximum = corpus.vocabulaire.faits["patient.age_mois"].maximum or 0
    for nom, ne_le in (
        ("patient.date_naissance", naissance),
        ("patient.age", age.haut - 1 if isinstance(age, Intervalle) else None),
    ):
        if isinstance(ne_le, int) and temps.mois_revolus(ne_le, jour) > maximum:
            dit = f"{maximum // 12} ans au plus"
            code = "AGE_IMPOSSIBLE" if nom == "patient.age" else "HORS_DOMAINE"
            raise ErreurEntree(code, "cet âge n'est pas humain", ou=nom, attendu=dit, exemple='"age": "45 ans"')
    if isinstance(naissance, int) and isinstance(age, Intervalle) and not age.bas <= naissance < age.haut:
        raise _contradiction(
            "patient.age",
            f"l'âge dit ({textes['patient.age']}) n'est pas celui de la date de naissance",
            "l'un des deux seulement",
        )
    trouvee = contradiction(corpus, jour, faits, de_ligne=False)
    if trouvee is not None:
        raise _contradiction(trouvee.ou, trouvee.message, trouvee.attendu)
    for rang, ligne in enumerate(lignes):
        trouvee = contradiction(corpus, jour, {**faits, **ligne}, de_ligne=True)
        if trouvee is not None:
            ou = f"actes[{rang}].{trouvee.ou.removeprefix('acte.')}"
            raise _contradiction(ou, trouvee.message, trouvee.attendu)
    for nom in ("patient.accouchement_le", "contexte.date_sortie_hospitalisation"):
        valeur = faits.get(nom)
        if isinstance(valeur, int) and valeur > jour:
            raise _contradiction(nom, "la date est après les soins", f"une date au plus tard le {temps.iso(jour)}")
    nom_ = posterieur(jour, faits)
    if nom_ is not None:
        fin = corpus.vocabulaire.faits[nom_].texte(fin_des_soins(jour, faits))
        raise _contradiction(nom_, "cet instant est après les soins", f"une date et une heure au plus tard le {fin}")


INSTANTS: Final = ("contexte.adresse_le", "contexte.regule_le")
"""Les faits qui disent un instant : aucun ne suit les soins."""


def fin_des_soins(jour: int, faits: Mapping[str, Valeur]) -> int:
    """La dernière minute où les soins ont pu commencer : leur heure, ou la fin de leur jour."""
    heure = faits.get("facture.heure")
    return jour * temps.MINUTES + (heure if isinstance(heure, int) else temps.MINUTES - 1)


def posterieur(jour: int, faits: Mapping[str, Valeur]) -> str | None:
    """Le premier instant dit qui serait après les soins."""
    fin = fin_des_soins(jour, faits)
    return next((nom for nom in INSTANTS if isinstance(le := faits.get(nom), int) and le > fin), None)


def _contradiction(ou: str, message: str, attendu: str) -> ErreurEntree:
    return ErreurEntree("FAITS_CONTRADICTOIRES", message, ou=ou, attendu=attendu, exemple="")

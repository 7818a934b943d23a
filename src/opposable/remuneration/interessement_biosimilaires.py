"""L'intéressement aux biosimilaires (système 40) : une molécule, ses dates, et le partage de l'économie."""

from __future__ import annotations

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.droit.table import EFFECTIF
from opposable.remuneration.interessement import economie, part_de

_INSCRITE, _AUTRE = "inscrite", "autre"
_INSCRIPTION = "biosimilaires_inscription"


def calculer(k: Calcul) -> None:
    """Les dates de la molécule, la part des médecins, et ce qui est versé."""
    entree(k)
    sortie(k)
    prescription_compte(k)
    part(k)
    part_medecins(k)
    part_assurance_maladie(k)
    revient_au_medecin(k)
    montant(k)


@etape("date")
def entree(k: Calcul) -> int | None:
    """Le premier jour de la molécule dans le dispositif."""
    periode = _periode(k)
    return None if periode is None else periode[0]


@etape("date")
def sortie(k: Calcul) -> int | None:
    """Le dernier jour de la molécule dans le dispositif."""
    periode = _periode(k)
    return None if periode is None else periode[1] - 1


@etape("oui_non")
def dans_le_dispositif(k: Calcul) -> str | None:
    """La molécule est dans le dispositif au moins un jour de l'année."""
    molecule = k.fait("molecule")
    if molecule is None or (molecule == _AUTRE and k.nombre("entree_le") is None):
        return None
    periode = _periode(k)
    return "oui" if periode is not None and periode[0] < k.fin and k.jour < periode[1] else "non"


@etape("oui_non")
def prescription_compte(k: Calcul) -> str | None:
    """Le jour de la prescription est dans la période de la molécule ; rien si aucun n'est dit."""
    jour = k.fait("prescription_le")
    periode = _periode(k)
    if not isinstance(jour, int) or periode is None:
        return None
    if not temps.premier_janvier(k.jour) <= jour < k.fin:
        raise k.contredit("prescription_le", "ce jour n'est pas de l'année dite", f"un jour de {k.annee()}")
    return "oui" if periode[0] <= jour < periode[1] else "non"


@etape("taux")
def part(k: Calcul) -> int | None:
    """La part des médecins dans l'économie, cette année-là."""
    return k.table("biosimilaires_part")


@etape("montant")
def part_medecins(k: Calcul) -> int | None:
    """L'économie × la part des médecins, avant plafond et minimum."""
    return part_de(k, part(k))


@etape("montant")
def part_assurance_maladie(k: Calcul) -> int | None:
    """Le reste de l'économie."""
    return k.moins(economie(k), part_medecins(k))


@etape("montant")
def revient_au_medecin(k: Calcul) -> int | None:
    """Ce que la caisse a notifié ; sinon la part des médecins, avant plafond et minimum."""
    notifie = k.nombre("notifie")
    return part_medecins(k) if notifie is None else notifie


@etape("montant", composante=True)
def montant(k: Calcul) -> int | None:
    """Ce que la caisse a notifié ; sinon la part des médecins dans les limites du plafond et du minimum."""
    notifie = k.nombre("notifie")
    if notifie is not None:
        return notifie
    due, plafond, minimum = part_medecins(k), k.table("biosimilaires_plafond"), k.table("biosimilaires_minimum")
    if due is None or plafond is None or minimum is None:
        return None
    return min(due, plafond) if due >= minimum else 0


def _periode(k: Calcul) -> tuple[int, int] | None:
    """Quand la molécule est dans le dispositif, la fin exclue : ses dates imprimées, ou sa durée depuis son entrée."""
    if k.fait("molecule") == _AUTRE:
        depuis = k.nombre("entree_le")
        mois = None if depuis is None else k.table("biosimilaires_duree", le=depuis)
        return None if depuis is None or mois is None else (depuis, temps.plus_mois(depuis, mois))
    for jour in (k.fin - 1, k.jour):
        choisie = k.choisir(_INSCRIPTION, jour)
        if choisie.ligne is not None and choisie.valeur == _INSCRITE:
            return choisie.ligne.periode(EFFECTIF)
    return None

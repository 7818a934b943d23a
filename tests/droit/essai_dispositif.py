"""Un dispositif inventé, pour essayer le cadre : un forfait par patient, selon un palier, et des jours par site.

Rien ici ne vient d'un texte ; son fichier de corpus est :data:`FICHIER`, son module est celui-ci.
"""

from __future__ import annotations

from pathlib import Path

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.droit.ensemble import Valeur

FICHIER = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")


def calculer(k: Calcul) -> None:
    """Le total et son versement."""
    delai(k)
    par_site(k)
    if total(k) is not None:
        k.verse(temps.jour(f"{k.annee() + 1}-03-31"), total(k), "solde")
        k.verse(temps.jour(f"{k.annee()}-12-31"), None, "date de référence")


@etape("texte")
def palier(k: Calcul) -> Valeur:
    """Le palier des patients : grand au-delà de mille."""
    patients = k.nombre("patients")
    return None if patients is None else ("grand" if patients > 1000 else "petit")


@etape("montant", composante=True)
def forfait(k: Calcul) -> int | None:
    """Le montant par patient, multiplié par les patients et la part."""
    return k.part(k.fois(k.table("essai_par_patient"), k.nombre("patients")), k.nombre("part"))


@etape("montant", composante=True)
def du_site(k: Calcul, rang: int) -> int | None:
    """Les jours d'un site, au montant par jour."""
    return k.fois(k.liste("sites")[rang].nombre("sites.jours"), k.table("essai_par_jour"))


@etape("tableau")
def par_site(k: Calcul) -> list[dict[str, int | None]]:
    """Ce que chaque site apporte."""
    sites = enumerate(k.liste("sites"))
    return [{"jours": site.nombre("sites.jours"), "montant": du_site(k, rang)} for rang, site in sites]


@etape("montant")
def total(k: Calcul) -> int | None:
    """Le forfait et les sites."""
    return k.plus(forfait(k), k.somme(du_site(k, rang) for rang in range(len(k.liste("sites")))))


@etape("entier")
def delai(k: Calcul) -> int | None:
    """Le délai, le jour où l'année finit."""
    return k.table("essai_delai", le=k.fin - 1)

"""L'acte technique de la CCAM : son tarif une fois associé et modifié, ce qui lui manque, qui code ses modificateurs.

Le tarif est ``(tarif × (1 + somme des pourcentages)) × code association + somme des montants`` : le code association
porte sur le tarif déjà majoré des pourcentages, jamais sur les montants (livre III, article III-3 B). Un seul arrondi.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from opposable.droit.constat import A_VERIFIER, INCONNU, REFUSE, Constat
from opposable.droit.ensemble import Choix
from opposable.droit.montant import UNITE_TAUX, part_composee
from opposable.droit.publies import MODIFICATEURS
from opposable.droit.table import Choisie

if TYPE_CHECKING:
    from opposable.facturation.facture import LigneFacture

ASSOCIATION: Final = "acte.association"
CONSULTATION: Final = "facture.consultation"
PARAMETRE_MANQUANT: Final = "PARAMETRE_MANQUANT"
DE_L_ASSOCIATION: Final = "ccam_association"
DES_GESTES: Final = "ccam_association_geste"
_OUTRE_MER: Final = "ccam_outre_mer"
_CONSULTATION_ET_ACTE: Final = "uncam-2017-iii-3-a-consultation"
MAXIMUM: Final = "ccam_modificateurs_maximum"
_OUTRE_MER_PAR_FAMILLE: Final = {
    "sans_coefficient_outre_mer": "ccam_outre_mer_exclu",
    "coefficient_outre_mer_propre": "ccam_outre_mer_propre",
}
TABLES: Final = (DE_L_ASSOCIATION, DES_GESTES, _OUTRE_MER, *_OUTRE_MER_PAR_FAMILLE.values())
"""Les tables que lit le tarif d'un acte technique."""


def modificateurs(ligne: LigneFacture) -> tuple[str, ...]:
    """Les modificateurs facturés, triés."""
    dits = ligne.fait(MODIFICATEURS)
    return tuple(sorted(dits)) if isinstance(dits, frozenset) else ()


def outre_mer_de(ligne: LigneFacture) -> str:
    """La table de ce qu'un tarif gagne outre-mer : celle de tous les actes, ou celle d'une famille à part."""
    familles = ligne.acte.familles
    return next((table for nom, table in _OUTRE_MER_PAR_FAMILLE.items() if nom in familles), _OUTRE_MER)


def part_de(ligne: LigneFacture) -> str:
    """La table de la part du tarif que laisse l'association : celle des actes, ou celle des gestes et suppléments."""
    return DES_GESTES if ligne.acte.supplement else DE_L_ASSOCIATION


def table_de(lettre: str) -> str:
    """La table qui dit ce qu'ajoute un modificateur, et à qui."""
    return f"modificateur_{lettre}"


class Bareme(NamedTuple):
    """Ce qui fait, d'un tarif hors modificateurs, celui d'une ligne : des parts et une majoration en dix-millièmes,
    des centimes ajoutés. Deux actes dont les lignes ont le même barème n'en diffèrent que par ce tarif.
    """

    local: int
    majoration: int
    association: int
    decote: int
    euros: int

    def de(self, nu: int) -> int:
        """Le tarif unitaire, en centimes, d'après le tarif hors modificateurs ``nu``."""
        local = part_composee(nu, self.local)
        return part_composee(local, self.majoration, self.association, self.decote) + self.euros


def tarif_technique(ligne: LigneFacture, nu: int | None, *, modifie: bool = True) -> int | None:
    """Le tarif unitaire d'un acte technique, d'après son tarif hors modificateurs ; sans ``modifie``, ils sont tus."""
    bareme = bareme_de(ligne, modifie=modifie)
    return None if nu is None or bareme is None else bareme.de(nu)


def bareme_de(ligne: LigneFacture, *, modifie: bool = True) -> Bareme | None:
    """Le barème de la ligne, ``None`` s'il dépend de ce qu'on ne sait pas ; sans ``modifie``, sans modificateurs."""
    majoration, euros, connu = UNITE_TAUX, 0, True
    for lettre in modificateurs(ligne) if modifie else ():
        choisie = ligne.choisir(table_de(lettre))
        if choisie.etat == "hors":
            continue
        if not isinstance(choisie.valeur, int):
            connu = False
        elif ligne.corpus.tables[table_de(lettre)].type_valeur == "montant":
            euros += choisie.valeur
        else:
            majoration += choisie.valeur
    outre_mer = ligne.table(outre_mer_de(ligne))
    association = ligne.table(part_de(ligne))
    decote = decote_de_cumul(ligne)
    if not connu or outre_mer is None or association is None or decote is None:
        return None
    return Bareme(UNITE_TAUX + outre_mer, majoration, association, decote, euros)


def hors_nomenclature(ligne: LigneFacture) -> Constat | None:
    """Un modificateur de la CCAM sur un acte qui n'en est pas : seul ce qui est dit y est regardé."""
    dits = ligne.cache[MODIFICATEURS] if not ligne.acte.technique and MODIFICATEURS in ligne.cache else None
    if not isinstance(dits, frozenset) or not dits:
        return None
    sources = (ligne.corpus.passages[_CONSULTATION_ET_ACTE],)
    precision = "les modificateurs sont ceux des actes techniques"
    return Constat("MODIFICATEUR_NON_PREVU", REFUSE, (MODIFICATEURS,), sources, precision=precision)


def decote_de_cumul(ligne: LigneFacture) -> int | None:
    """La part du tarif que laisse une consultation de la même séance (une dérogation peut la réduire) ; 1 sans elle."""
    taux = [lien for lien in ligne.acte.cumulables if lien.taux is not None and lien.du <= ligne.jour < lien.au]
    if not taux:
        return UNITE_TAUX
    presente = ligne.fait(CONSULTATION)
    return None if presente is None else (taux[0].taux if presente == "oui" else UNITE_TAUX)


def manques(ligne: LigneFacture) -> Iterator[Constat]:
    """Ce qui laisse le tarif de l'acte technique en doute, et les modificateurs que ce médecin ne peut pas coder."""
    lettres = modificateurs(ligne)
    maximum = ligne.choisir(MAXIMUM) if lettres else None
    if maximum is not None and isinstance(maximum.valeur, int) and len(lettres) > maximum.valeur:
        precision = f"{', '.join(lettres)} : {maximum.valeur} au plus"
        sources = maximum.ligne.sources if maximum.ligne is not None else ()
        yield Constat("MODIFICATEURS_TROP_NOMBREUX", REFUSE, (MODIFICATEURS,), sources, precision=precision)
    for lettre in lettres:
        table = ligne.corpus.tables[table_de(lettre)]
        choisie = ligne.choisir(table_de(lettre))
        if choisie.etat == "hors":
            sources = table.lignes[-1].sources
            yield Constat("MODIFICATEUR_NON_OUVERT", REFUSE, table.faits, sources, precision=lettre)
        else:
            yield from _doute(ligne, choisie)
            yield from _ecart(ligne, lettre, choisie)
    yield from _doute(ligne, ligne.choisir(outre_mer_de(ligne)))
    yield from _doute(ligne, ligne.choisir(DES_GESTES)) if ligne.acte.supplement else _association(ligne)


def _association(ligne: LigneFacture) -> Iterator[Constat]:
    """Le code association : à dire, ou sans la dérogation qu'il suppose."""
    choisie = ligne.choisir(DE_L_ASSOCIATION)
    table = ligne.corpus.tables[DE_L_ASSOCIATION]
    if choisie.etat == "incertain":
        sources = choisie.possibles[0].sources if choisie.possibles else ()
        precision = "1 pour l'acte au tarif le plus élevé hors modificateurs, 2 pour le second, sauf dérogation"
        inconnus = ligne.inconnus_de(choisie.possibles)
        yield Constat("ASSOCIATION_A_PRECISER", INCONNU, inconnus, sources, precision=precision)
    elif choisie.etat == "hors":
        code = ligne.fait(ASSOCIATION)
        lignes = [x for x in table.lignes for fait, e in x.cellule if fait == ASSOCIATION and e.teste(code)]
        faits = ligne.corpus.vocabulaire.faits
        dites = [f"{faits[f].libelle.lower()} : {faits[f].dit(v)}" for x in lignes for f, e in x.cellule
                 if f != ASSOCIATION and isinstance(e, Choix) for v in sorted(e.valeurs)]  # fmt: skip
        sources = lignes[0].sources if lignes else ()
        yield Constat("ASSOCIATION_NON_JUSTIFIEE", REFUSE, table.faits, sources, precision=" ; ".join(dites))


def _ecart(ligne: LigneFacture, lettre: str, choisie: Choisie) -> Iterator[Constat]:
    """La version importée qui régit ce jour-là donne au modificateur une autre valeur que le corpus."""
    magasin, acte = ligne.corpus.magasin, ligne.acte
    tranche = next((t for t in acte.tranches if t.du <= ligne.jour < t.au and t.version is not None), None)
    if magasin is None or tranche is None or tranche.version is None or not isinstance(choisie.valeur, int):
        return
    publie = magasin.modificateurs(tranche.version.numero).get(lettre)
    if publie is not None and choisie.valeur not in publie.valeurs():
        table = ligne.corpus.tables[table_de(lettre)]
        dites = ", ".join(str(table.texte(v)) for v in sorted(publie.valeurs()))
        precision = f"{lettre} : {table.texte(choisie.valeur)} selon les textes lus, {dites} dans la version importée"
        sources = choisie.ligne.sources if choisie.ligne is not None else ()
        yield Constat("MODIFICATEUR_A_VERIFIER", A_VERIFIER, (MODIFICATEURS,), sources, precision=precision)


def _doute(ligne: LigneFacture, choisie: Choisie) -> Iterator[Constat]:
    if choisie.etat == "manquant" and choisie.ligne is not None:
        manquant, sources = choisie.ligne.manquant, choisie.ligne.sources
        yield Constat(PARAMETRE_MANQUANT, A_VERIFIER, (), sources, precision=manquant)
    elif choisie.etat == "incertain":
        sources = tuple(s for p in choisie.possibles for s in p.sources)[:3]
        yield Constat("FAIT_INCONNU", INCONNU, ligne.inconnus_de(choisie.possibles), sources)

"""Un profil d'exercice (spécialité, secteur, option, territoire), et ce qui peut encore le concerner.

Rien n'est supposé : ce que le profil ne dit pas reste inconnu, et seul ce qui est impossible est ôté.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from opposable.droit import boite
from opposable.droit.acte import Acte, Regle
from opposable.droit.coherence import contradiction
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Valeur, connu
from opposable.droit.entree import lire_valeur
from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.droit.scalaire import Portee
from opposable.droit.table import Calendrier, LigneTable, Table

CLES: Final = ("specialite", "secteur", "option", "territoire")
"""Les faits du médecin qu'un profil dit, sous leur nom de « medecin »."""


class Profil:
    """Un profil lu. ``faits`` : ce qu'il dit ; vide, il ne retire rien."""

    def __init__(self, corpus: Corpus, faits: Mapping[str, Valeur], calendrier: Calendrier) -> None:
        self.corpus = corpus
        self.faits = dict(faits)
        self.calendrier = calendrier
        noms = {f.formule for f in corpus.vocabulaire.faits.values() if f.formule}
        # Une formule lit une facture : un profil n'en a pas, ce qu'elle donnerait est inconnu.
        self._formules = dict.fromkeys(noms, lambda _: None)
        self._portees: dict[int, Portee] = {}

    def __bool__(self) -> bool:
        return bool(self.faits)

    def en_dict(self) -> dict[str, str]:
        """Ce que le profil dit : ``{"specialite": "pediatrie"}``."""
        return {nom.removeprefix("medecin."): str(valeur) for nom, valeur in self.faits.items()}

    def libelle(self) -> str:
        """Le profil dit pour une personne."""
        faits = self.corpus.vocabulaire.faits
        return " · ".join(faits[nom].valeurs[str(valeur)] for nom, valeur in self.faits.items())

    def portee(self, jour: int) -> Portee:
        """Les faits du profil ce jour-là, dits ou déduits ; les autres sont inconnus."""
        trouvee = self._portees.get(jour)
        if trouvee is None:
            trouvee = Portee(self.corpus, self.calendrier, jour, self.faits, self._formules, strict=True)
            self._portees[jour] = trouvee
        return trouvee

    def fermeture(self, acte: Acte, jour: int) -> Regle | None:
        """La règle qui ferme certainement l'acte à ce profil ce jour-là ; ``None`` s'il peut le facturer."""
        if not self.faits:
            return None
        portee = self.portee(jour)
        for regle in acte.regles:
            ferme = {"exige": False, "refuse_si": True}.get(regle.sorte)
            if ferme is not None and regle.en_vigueur(jour) and portee.regle(regle) is ferme:
                return regle
        return None

    def mord(self, regle: Regle, jour: int) -> bool:
        """Faux si la règle ne peut rien changer pour ce profil : ce qu'elle exige est sûr, ce qu'elle refuse exclu."""
        return not self.faits or self.portee(jour).regle(regle) is not (regle.sorte == "exige")

    def atteint(self, table: Table, boites: Iterable[boite.Boite], jour: int) -> bool:
        """Vrai si une de ces boîtes contient un cas possible pour ce profil."""
        if not self.faits:
            return True
        lire, communs = self.portee(jour).fait, self.corpus.vocabulaire.faits
        # Un fait propre à un dispositif est inconnu d'un profil.
        su = {f: connu(lire(f) if f in communs else None, table.domaines[f]) for f in table.faits}
        return any(boite.inter(b, su) is not None for b in boites)

    def peut(self, acte: Acte | None, table: Table, ligne: LigneTable, du: int, au: int) -> bool:
        """Vrai si la ligne peut valoir pour ce profil un jour au moins de ``[du, au[`` (et l'acte lui être ouvert)."""
        if not self.faits:
            return True
        coupes = {du, *(b for b in table.bornes(self.calendrier) if du < b < au)}
        for regle in acte.regles if acte else ():
            dates = [regle.du, regle.au, *(d for v in regle.variantes for d in (v.du, v.au))]
            coupes.update(d for d in dates if du < d < au)
        return any(
            self.atteint(table, table.regions(ligne, jour, self.calendrier), jour)
            and (acte is None or self.fermeture(acte, jour) is None)
            for jour in coupes
        )


def lire_profil(
    corpus: Corpus, brut: Mapping[str, str | None] | None, jours: tuple[int, ...], calendrier: Calendrier
) -> Profil:
    """Le profil dit. :class:`ErreurEntree` située (``profil.secteur``) si une clé ou une valeur est inconnue, ou si des
    faits se contredisent à chacune de ces dates.
    """
    faits: dict[str, Valeur] = {}
    for cle, valeur in (brut or {}).items():
        if cle not in CLES:
            proche = plus_proche(cle, CLES)
            suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
            raise ErreurEntree(
                "CLE_INCONNUE", f"clé inconnue « {cle} »{suite}", ou=f"profil.{cle}", attendu=", ".join(CLES),
                exemple='{"specialite": "pediatrie", "secteur": "1"}',
            )  # fmt: skip
        if valeur is not None:
            faits[f"medecin.{cle}"] = lire_valeur(
                corpus.vocabulaire.faits[f"medecin.{cle}"], valeur, f"profil.{cle}", jours[0]
            )
    trouvees = [contradiction(corpus, jour, faits, de_ligne=False) for jour in jours]
    if trouvees and all(trouvees) and trouvees[-1] is not None:
        fautive = trouvees[-1]
        ou = fautive.ou.replace("medecin.", "profil.")
        raise ErreurEntree("FAITS_CONTRADICTOIRES", fautive.message, ou=ou, attendu=fautive.attendu)
    return Profil(corpus, faits, calendrier)

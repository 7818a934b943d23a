"""Le barème : ce que vaut un acte un jour donné, son histoire, ses conditions, pour tous ou pour un profil."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from opposable.droit import temps
from opposable.droit.acte import Acte
from opposable.droit.corpus import Corpus
from opposable.droit.table import Calendrier, LigneTable, Table
from opposable.facturation import bareme_lignes, bareme_technique
from opposable.facturation.profil import Profil
from opposable.facturation.recherche import RANGS, Trouve


def bareme(
    corpus: Corpus,
    jour: int,
    calendrier: Calendrier,
    profil: Profil,
    *,
    code: str | None = None,
    recherche: tuple[str, Sequence[Trouve]] | None = None,
    historique: bool = False,
) -> dict[str, Any]:
    """Le barème du jour (les fiches en vigueur), la fiche d'un ``code`` (acte ou table), ou ce qu'une recherche trouve.

    ``historique`` : toutes les périodes. Le ``profil`` ôte ce qui ne peut pas le concerner, et dit les actes ôtés.
    """
    vue = _Vue(corpus, jour, calendrier, profil, historique)
    trouves = list(recherche[1]) if recherche else []
    demandes = [code] if code is not None else [t.code for t in trouves]
    tout = code is None and recherche is None
    actes = list(corpus.actes.values()) if tout else [corpus.actes[c] for c in demandes if c in corpus.actes]
    if code is None and not historique:
        actes = [a for a in actes if a.en_vigueur(jour, calendrier)]
    fermes = [f for a in actes if (f := vue.ferme(a)) is not None]
    ouverts = {f["code"] for f in fermes}
    fiches = [vue.fiche(a) for a in actes if a.code not in ouverts]
    tables = [vue.parametre(corpus.tables[nom]) for nom in corpus.tables if tout or nom in demandes]
    lignes = [x for f in (*fiches, *tables) for cle in _LISTES for x in f.get(cle, ())]
    return {
        **corpus.entete(),
        "le": temps.iso(jour),
        "calendrier": calendrier,
        "historique": historique,
        "fiche": code is not None,
        "recherche": recherche[0] if recherche else None,
        "profil": profil.en_dict(),
        "profil_libelle": profil.libelle() or None,
        "trouves": trouves_en_dict(corpus, [t for t in trouves if t.code not in ouverts], jour, calendrier),
        "actes": fiches,
        "parametres": [t for t in tables if t["lignes"]],
        "fermes": fermes,
        "reports": bareme_lignes.reports_cites(corpus, (x["report"] for x in lignes)),
    }


_LISTES = ("tarifs", "bases", "taux", "tiers_payant", "lignes")


def trouves_en_dict(
    corpus: Corpus, trouves: Sequence[Trouve], jour: int, calendrier: Calendrier
) -> list[dict[str, Any]]:
    """Ce qu'une recherche a trouvé, classé : le rang, puis ce qui est couvert et en vigueur d'abord."""
    resultat = []
    for t in trouves:
        acte = corpus.actes.get(t.code)
        en_vigueur = acte.en_vigueur(jour, calendrier) if acte else None
        resultat.append(
            {
                "code": t.code, "libelle": t.libelle, "sorte": t.sorte, "couvert": t.sorte != "non_couvert",
                "en_vigueur": en_vigueur, "rang": t.rang, "dans": list(t.dans), "extrait": t.extrait or None,
            }
        )  # fmt: skip
    resultat.sort(key=lambda t: (RANGS.index(str(t["rang"])), not t["couvert"], t["en_vigueur"] is False))
    return resultat


class _Vue:
    """Le jour, le calendrier et le profil sous lesquels le barème se lit."""

    def __init__(self, corpus: Corpus, jour: int, calendrier: Calendrier, profil: Profil, historique: bool) -> None:
        self.corpus = corpus
        self.jour = jour
        self.calendrier = calendrier
        self.profil = profil
        self.historique = historique

    def ferme(self, acte: Acte) -> dict[str, Any] | None:
        """L'acte que ce profil ne peut certainement pas facturer, et la règle qui le dit."""
        if self.historique and any(self._gardees(acte, acte.tarifs)):
            return None
        regle = self.profil.fermeture(acte, self.jour)
        if regle is None:
            return None
        dite = bareme_lignes.regle_en_dict(self.corpus, regle, self.jour)
        champs = {cle: dite[cle] for cle in ("motif", "texte", "sources")}
        return {"code": acte.code, "libelle": acte.libelle, **champs}

    def fiche(self, acte: Acte) -> dict[str, Any]:
        """La fiche d'un acte."""
        premiere = min(acte.tarifs.lignes, key=lambda ligne: ligne.periode(self.calendrier)[0])
        vaut = self._vaut
        return {
            "code": acte.code,
            "libelle": acte.libelle,
            "nature": acte.nature,
            "familles": sorted(acte.familles),
            "du": None if premiere.origine else temps.iso(acte.debut(self.calendrier)),
            "au": temps.iso(acte.au) if acte.au < temps.INFINI else None,
            "remplace_par": list(acte.remplace_par),
            "lettre_transmise": acte.lettre_transmise or None,
            "tarifs": self._lignes(acte, acte.tarifs),
            "bases": self._lignes(acte, acte.bases),
            "taux": self._lignes(acte, acte.taux),
            "tiers_payant": self._lignes(acte, acte.tiers_payant),
            "conditions": [
                bareme_lignes.regle_en_dict(self.corpus, r, None if self.historique else self.jour)
                for r in acte.regles
                if vaut(r.du, r.au)
                and self.profil.mord(r, max(r.du, self.corpus.debut) if self.historique else self.jour)
            ],
            "s_ajoute_a": [bareme_lignes.lien_dit(lien) for lien in acte.s_ajoute_a if vaut(lien.du, lien.au)],
            "incompatible_avec": [
                bareme_lignes.lien_dit(lien) for lien in acte.incompatibles if vaut(lien.du, lien.au)
            ],
            "cumulable_avec": [bareme_lignes.lien_dit(lien) for lien in acte.cumulables if vaut(lien.du, lien.au)],
            "technique": bareme_technique.en_dict(self.corpus, acte, self.jour),
            "frequences": [
                bareme_lignes.frequence_en_dict(self.corpus, f) for f in acte.frequences if vaut(f.du, f.au)
            ],
            "notes": acte.notes or None,
        }

    def parametre(self, table: Table) -> dict[str, Any]:
        """Une table du corpus : taux, participation, plafond…"""
        return {
            "nom": table.nom,
            "libelle": table.libelle,
            "type": table.type_valeur,
            "lignes": self._lignes(None, table),
        }

    def _vaut(self, du: int, au: int) -> bool:
        return self.historique or du <= self.jour < au

    def _gardees(self, acte: Acte | None, table: Table | None) -> Iterator[LigneTable]:
        for ligne in table.lignes if table else ():
            du, au = ligne.periode(self.calendrier)
            if self._vaut(du, au):
                bornes = (du, au) if self.historique else (self.jour, self.jour + 1)
                if table is not None and self.profil.peut(acte, table, ligne, *bornes):
                    yield ligne

    def _lignes(self, acte: Acte | None, table: Table | None) -> list[dict[str, Any]]:
        corpus = self.corpus.pour(table.dispositif) if table is not None else self.corpus
        return bareme_lignes.lignes(corpus, table, self._gardees(acte, table), self.calendrier)

"""Donne leur type aux actes et à leurs règles. Toute faute dit le fichier, la ligne et ce qui était attendu."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from opposable.droit import montant, temps
from opposable.droit.acte import SORTES_DE_REGLE, Acte, Lien, Regle, Variante
from opposable.droit.condition import Condition, Ou
from opposable.droit.heritage import COMME, specialiser
from opposable.droit.lecture import Noeud
from opposable.droit.publication import lire_versions
from opposable.droit.publies import Publication
from opposable.droit.source import Passage
from opposable.droit.table import Table
from opposable.droit.tirees import tirer
from opposable.droit.typage_frequences import lire_frequences
from opposable.droit.typage_tables import Report, TypageTables

__all__ = ["Report", "Typage"]
_CLES_ACTE: Final = frozenset(
    {
        "libelle", "comme", "nature", "familles", "au", "remplace_par", "lettre_transmise", "s_ajoute_a",
        "tarif_coordonne", "tarifs", "bases", "taux", "tiers_payant", "conditions", "dispense_de", "incompatible_avec",
        "cumulable_avec", "cumul_non_verifie", "frequence", "notes", "versions", "chapitre", "a_proposer",
        "participation_lourde",
    }
)  # fmt: skip
CHOIX_DU_MODELE: Final = frozenset({"regroupements", "chapitres"})
"""Ce qui dit quels actes publiés suivent un modèle."""
_CLES_REGLE: Final = frozenset({*SORTES_DE_REGLE, "exige_une_de", "motif", "source", "du", "au", "precision"})


_CCAM: Final = re.compile(r"[A-Z]{4}[0-9]{3}")
"""La forme d'un code de la CCAM : un lien peut en nommer un que le corpus n'a pas, une version importée l'aura."""


@dataclass(slots=True)
class Typage(TypageTables):
    """Type les règles, les liens et les actes. ``publication`` : comment se lit une nomenclature publiée."""

    publication: Publication | None = None

    def regles(self, noeuds: list[Noeud], prefixe: str) -> tuple[Regle, ...]:
        """Les règles écrites à ces nœuds ; un texte seul est le nom d'une condition partagée."""
        resultat: list[Regle] = []
        for rang, noeud in enumerate(noeuds, 1):
            if isinstance(noeud.valeur, str):
                if noeud.valeur not in self.partagees:
                    raise noeud.defaut(
                        f"condition partagée inconnue « {noeud.valeur} »",
                        regle=prefixe,
                        attendu=", ".join(sorted(self.partagees)),
                    )
                resultat.extend(self.partagees[noeud.valeur])
            else:
                resultat.extend(self._regle(noeud, f"{prefixe}#{rang}"))
        return tuple(resultat)

    def _regle(self, noeud: Noeud, ident: str) -> list[Regle]:
        """La règle écrite à ce nœud, ou celles qu'elle tire d'une table."""
        cles = noeud.cles(_CLES_REGLE, ident, frozenset({"motif"}))
        sortes = [s for s in (*SORTES_DE_REGLE, "exige_une_de") if s in cles]
        if len(sortes) != 1:
            raise noeud.defaut(
                "une règle a une sorte, et une seule",
                regle=ident,
                attendu=", ".join((*SORTES_DE_REGLE, "exige_une_de")),
            )
        motif = cles["motif"].texte(ident)
        if motif not in self.motifs:
            raise cles["motif"].defaut(f"motif inconnu « {motif} »", regle=ident, attendu="un code de motifs.yaml")
        sorte = sortes[0]
        precision = cles["precision"].texte(ident) if "precision" in cles else ""

        def regle(
            nom: str,
            sorte: str,
            condition: Condition,
            periode: tuple[int, int],
            sources: tuple[Passage, ...],
            variantes: tuple[Variante, ...] = (),
        ) -> Regle:
            return Regle(
                nom, sorte, condition, motif, *periode, sources, precision, variantes, "", noeud.fichier, noeud.ligne
            )  # fmt: skip

        if sorte == "exige_une_de":
            variantes = tuple(self._variante(n, ident) for n in cles[sorte].liste(ident))
            sources = self.sources(cles, noeud, ident) if "source" in cles else ()
            condition = Ou(tuple(v.condition for v in variantes))
            return [regle(ident, "exige", condition, self.periode(cles, ident), sources, variantes)]
        resultat = []
        for condition_, ligne in tirer(cles[sorte], self.vocabulaire, self.tables, ident):
            if ligne is None:
                sources = self.sources(cles, noeud, ident)
                resultat.append(regle(ident, sorte, condition_, self.periode(cles, ident), sources))
                continue
            if sorte == "exige" or not {"source", "du", "au"}.isdisjoint(cles):
                raise noeud.defaut(
                    "une règle tirée d'une table refuse, avertit ou laisse à vérifier ; la table la date et la source",
                    regle=ident,
                    attendu="refuse_si, a_verifier_si ou avertit_si, sans source, du ni au",
                )
            resultat.append(regle(f"{ident}.{ligne.id}", sorte, condition_, (ligne.du, ligne.au), ligne.sources))
        return resultat

    def _variante(self, noeud: Noeud, ident: str) -> Variante:
        cles = noeud.cles(frozenset({"libelle", "exige", "du", "au", "source"}), ident, frozenset({"libelle", "exige"}))
        du, au = self.periode(cles, ident)
        return Variante(
            cles["libelle"].texte(ident),
            self.vocabulaire.condition(cles["exige"], ident),
            du,
            au,
            self.sources(cles, noeud, ident),
        )

    def liens(
        self, noeuds: list[Noeud], ident: str, codes: frozenset[str], familles: frozenset[str], *, sourcee: bool
    ) -> tuple[Lien, ...]:
        """Les liens vers des actes ou des familles ; ``sourcee`` : une source est exigée."""
        resultat = []
        for noeud in noeuds:
            if isinstance(noeud.valeur, str):
                cles: Mapping[str, Noeud] = {}
                cible = noeud.valeur
            else:
                cles = noeud.cles(frozenset({"code", "famille", "cible", "du", "au", "source", "cede", "taux"}), ident)
                cible = next(
                    (
                        f"famille:{cles[c].texte(ident)}" if c == "famille" else cles[c].texte(ident)
                        for c in ("code", "famille", "cible")
                        if c in cles
                    ),
                    "",
                )
            famille = cible.startswith("famille:")
            cible = cible.removeprefix("famille:")
            if cible not in (familles if famille else codes) and not (not famille and _CCAM.fullmatch(cible)):
                raise noeud.defaut(
                    f"{'famille' if famille else 'acte'} inconnu « {cible} »",
                    regle=ident,
                    attendu="un code du corpus ou famille:nom",
                )
            du, au = self.periode(cles, ident)
            sources = self.sources(cles, noeud, ident) if sourcee or "source" in cles else ()
            cede = self._parmi(cles["cede"], ident, ("oui", "non")) == "oui" if "cede" in cles else False
            taux = montant.taux(cles["taux"].texte(ident)) if "taux" in cles else None
            resultat.append(Lien(cible, famille, du, au, sources, cede, taux))
        return tuple(resultat)

    @staticmethod
    def _parmi(noeud: Noeud, ident: str, permis: Collection[str]) -> str:
        """Le texte du nœud, s'il est permis."""
        texte = noeud.texte(ident)
        if texte not in permis:
            raise noeud.defaut(f"« {texte} » ne convient pas", regle=ident, attendu=", ".join(sorted(permis)))
        return texte

    def acte(self, code: str, noeud: Noeud, codes: frozenset[str], familles: frozenset[str]) -> Acte:
        """L'acte écrit à ce nœud, déjà complété par celui qu'il reprend (``comme``).

        Avec ``versions``, son tarif et ce que la nomenclature exige de lui en viennent.
        """
        cles = noeud.cles(_CLES_ACTE, code, frozenset({"libelle", "nature"}))
        if ("tarifs" in cles) == ("versions" in cles):
            message = "un acte a des tarifs, ou les versions d'une nomenclature publiée, l'un des deux"
            raise noeud.defaut(message, regle=code, attendu="tarifs: […] ou versions: […]")
        if "tarifs" in cles:
            au = self.date(cles["au"], code) if "au" in cles else temps.INFINI
            lignes = cles["tarifs"].liste(code, vide=False)
            tarifs = self.table(code, lignes, type_valeur="montant", au=au, territoires=True)
            return self._acte(code, noeud, cles, codes, familles, tarifs)
        modele = self.modele(code, noeud, codes, familles)
        if self.publication is None:
            raise cles["versions"].defaut("aucune nomenclature publiée dans ce corpus", regle=code)
        return self.publication.completer(modele, *lire_versions(self, code, cles))

    def modele(self, code: str, noeud: Noeud, codes: frozenset[str], familles: frozenset[str]) -> Acte:
        """Les règles écrites à ce nœud, sans tarif : une nomenclature publiée le donnera."""
        cles = noeud.cles(_CLES_ACTE | CHOIX_DU_MODELE, code, frozenset({"libelle", "nature"}))
        return self._acte(code, noeud, cles, codes, familles, Table(code, (), {}))

    def _acte(
        self,
        code: str,
        noeud: Noeud,
        cles: Mapping[str, Noeud],
        codes: frozenset[str],
        familles: frozenset[str],
        tarifs: Table,
    ) -> Acte:
        regles = self.regles(cles["conditions"].liste(code) if "conditions" in cles else [], code)

        def textes(cle: str) -> list[str]:
            return [n.texte(code) for n in cles[cle].liste(code)] if cle in cles else []

        nature = cles["nature"].texte(code)
        if nature not in {"acte", "supplement"}:
            raise cles["nature"].defaut(f"nature inconnue « {nature} »", regle=code, attendu="acte ou supplement")
        if nature == "supplement" and "s_ajoute_a" not in cles:
            raise noeud.defaut(
                "un supplément dit à quoi il s'ajoute", regle=code, attendu="s_ajoute_a: [codes ou famille:nom]"
            )
        au = self.date(cles["au"], code) if "au" in cles else temps.INFINI

        def petite_table(cle: str, type_valeur: str) -> Table | None:
            if cle not in cles:
                return None
            brut = cles[cle].valeur
            lignes = brut if isinstance(brut, list) else [cles[cle]]
            return self.table(f"{code}.{cle}", lignes, type_valeur=type_valeur, ailleurs="defaut")

        bases = None
        if "bases" in cles:
            bases = self.table(
                f"{code}.base",
                cles["bases"].liste(code, vide=False),
                type_valeur="montant",
                territoires=True,
                ailleurs="defaut",
            )
        return Acte(
            code,
            cles["libelle"].texte(code),
            nature,
            frozenset(textes("familles")),
            tarifs,
            bases,
            petite_table("taux", "taux"),
            petite_table("tiers_payant", "texte"),
            specialiser(regles, self.debut) if COMME in cles else regles,
            self.liens(cles["s_ajoute_a"].liste(code), code, codes, familles, sourcee=False)
            if "s_ajoute_a" in cles
            else (),
            self.liens(cles["incompatible_avec"].liste(code), code, codes, familles, sourcee=True)
            if "incompatible_avec" in cles
            else (),
            self.liens(cles["cumul_non_verifie"].liste(code), code, codes, familles, sourcee=True)
            if "cumul_non_verifie" in cles
            else (),
            lire_frequences(self, cles, code, codes),
            tuple(
                self._parmi(n, code, codes)
                for n in (cles["tarif_coordonne"].liste(code) if "tarif_coordonne" in cles else ())
            ),
            au,
            tuple(
                self._parmi(n, code, codes)
                for n in (cles["remplace_par"].liste(code) if "remplace_par" in cles else ())
            ),
            textes("lettre_transmise")[0] if "lettre_transmise" in cles else "",
            textes("notes")[0] if "notes" in cles else "",
            noeud.fichier,
            noeud.ligne,
            frozenset(self._parmi(n, code, self.motifs) for n in cles["dispense_de"].liste(code))
            if "dispense_de" in cles
            else frozenset(),
            self.liens(cles["cumulable_avec"].liste(code), code, codes, familles, sourcee=True)
            if "cumulable_avec" in cles
            else (),
            self._parmi(cles["a_proposer"], code, ("oui", "non")) == "oui" if "a_proposer" in cles else False,
            participation_lourde=petite_table("participation_lourde", "texte"),
        )

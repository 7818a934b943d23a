"""Le modèle des lots synthétiques (``modele_generation.yaml``), décliné en variantes de factures période par période.

Une variante est une facture presque entière : les codes et leurs tarifs du jour, le médecin, les circonstances. Il n'y
manque que ce qui se tire : le jour, le médecin dans son effectif, le patient, le montant d'un dépassement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Valeur
from opposable.droit.publies import MODIFICATEURS
from opposable.droit.table import EFFECTIF
from opposable.facturation.entree import CasFacture
from opposable.facturation.facture import Facture, LigneFacture

FICHIER: Final = Path(__file__).with_name("modele_generation.yaml")
LISTES: Final = {"specialites": "specialites_nommees", "classes": "classes_nommees", "contextes": "contextes_nommes"}
SECTEURS: Final = {"s1": 1, "option": 2, "libre": 3}


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une ligne de facture : le code, son tarif en centimes (nul s'il n'est pas établi), et le dépassement."""

    code: str
    tarif: int | None
    depasse: bool = False
    association: str | None = None
    modificateurs: str = ""
    """Ceux d'un acte technique, séparés par une virgule."""


@dataclass(frozen=True, slots=True)
class Variante:
    """Une facture à compléter par tirage."""

    periode: int
    patron: str
    specialite: str
    classe: str
    lignes: tuple[Ligne, ...]
    nature: str | None
    minimum: float
    maximum: float
    age: tuple[int, int]
    faits: Mapping[str, Any]
    poids: float
    sexe: str | None = None
    sortie: int = 0
    exonerations: str | None = None
    lien_ald: str | None = None


class Modele:
    """Le modèle lu, et ce que le corpus y ajoute : les tarifs et les dates où ils changent."""

    def __init__(self, corpus: Corpus, donnees: Mapping[str, Any] | None = None) -> None:
        self.corpus = corpus
        self.donnees: Mapping[str, Any] = donnees if donnees is not None else lire()
        periode = self.donnees["periode"]
        self.debut, self.fin = periode["du"].toordinal(), periode["au"].toordinal()
        self.bornes = self._bornes()
        self.specialites: list[str] = list(self.donnees["specialites"])
        self._classes_par_groupe = {groupe: _parts_des_classes(p) for groupe, p in self.donnees["secteurs"].items()}

    def effectif(self, specialite: str, classe: str) -> int:
        """Combien de médecins de l'échantillon ont cette spécialité, dans ce secteur, avec ou sans option."""
        fiche = self.donnees["specialites"][specialite]
        secteur = self.donnees["secteurs"][fiche["groupe"]]
        option = {"s1": 1.0, "option": secteur["option"], "libre": 1 - secteur["option"]}[_famille(classe)]
        part = (1 - secteur["secteur_2"] if classe == "s1" else secteur["secteur_2"]) * option
        tires = self.donnees["echantillon"] / self.donnees["effectifs"]["total"]
        return max(1, round(float(fiche["effectif"] * part * tires)))

    def secteur(self, classe: str, jour: int) -> tuple[str, str]:
        """Le secteur et l'option du médecin, pour les deux colonnes du lot."""
        famille = _famille(classe)
        if famille != "option":
            return ("1" if famille == "s1" else "2"), "aucune"
        option = self.donnees["option_tarifaire"]
        recente = jour >= option["depuis"]["du"].toordinal()
        return "2", str(option["depuis"]["valeur"] if recente else option["avant"])

    def prefixe(self, specialite: str, classe: str) -> str:
        """Le début du pseudonyme des médecins d'un même effectif."""
        return f"M{self.specialites.index(specialite):02d}{SECTEURS[_famille(classe)]}"

    def tarif(self, code: str, specialite: str, classe: str, jour: int) -> int | None:
        """Le tarif du jour, en centimes ; hors de sa période, le dernier connu (ou le premier) ; nul s'il manque."""
        acte = self.corpus.actes[code]
        jour = min(max(jour, acte.debut()), acte.au - 1)
        cas: dict[str, Valeur] = {
            "medecin.specialite": specialite,
            "medecin.territoire": str(self.donnees["territoire"]),
            "medecin.maitrise": "non" if _famille(classe) == "libre" else "oui",
            "patient.exonerations.cmuc": "non",
            "patient.exonerations.acs": "non",
            "acte.activite": "1",
            "acte.phase": "0",
        }
        choix = acte.tarifs.choisir(cas.get, jour, EFFECTIF)
        return choix.valeur if choix.etat == "certain" and isinstance(choix.valeur, int) else None

    def lignes(self, ecrites: list[Any], specialite: str, classe: str, jour: int) -> list[Ligne]:
        """Les lignes d'une forme et leur tarif ; celui d'un acte technique, une fois associé et modifié."""
        secteur, option = self.secteur(classe, jour)
        faits: dict[str, Valeur] = {
            "facture.date": jour, "medecin.specialite": specialite, "medecin.secteur": secteur,
            "medecin.option": option,
            "medecin.territoire": str(self.donnees["territoire"]),
        }  # fmt: skip
        facture = Facture(self.corpus, CasFacture("", jour, faits, []), EFFECTIF, faits, strict=False)
        lues = [{"code": ecrite} if isinstance(ecrite, str) else ecrite for ecrite in ecrites]
        for rang, lue in enumerate(lues):
            propres: dict[str, Valeur] = {MODIFICATEURS: frozenset(lue.get("modificateurs", ()))}
            if "association" in lue:
                propres["acte.association"] = lue["association"]
            facture.lignes.append(LigneFacture(facture, rang, propres, self.corpus.actes[lue["code"]]))
        resultat = []
        for lue, ligne in zip(lues, facture.lignes, strict=True):
            code = lue["code"]
            tarif = ligne.tarif() if ligne.acte.technique else self.tarif(code, specialite, classe, jour)
            dits = ",".join(lue.get("modificateurs", ()))
            resultat.append(Ligne(code, tarif, association=lue.get("association"), modificateurs=dits))
        return resultat

    def variantes(self) -> list[Variante]:
        """Toutes les factures propres, période par période, avec leur poids dans la période."""
        resultat: list[Variante] = []
        for rang, jour in enumerate(self.bornes):
            for specialite, fiche in self.donnees["specialites"].items():
                total = fiche["effectif"] * fiche["activite"]
                for classe, part in self._classes_par_groupe[fiche["groupe"]].items():
                    possibles = list(self._formes(specialite, classe, jour))
                    somme = sum(patron["poids"] for _, patron, _ in possibles)
                    for nom, patron, formes in possibles:
                        poids = total * part * patron["poids"] / somme
                        resultat += self._decliner(rang, nom, patron, formes, specialite, classe, poids)
        return resultat

    def jours(self) -> list[tuple[int, int, float]]:
        """Chaque jour, sa période et son poids."""
        semaine, annees = self.donnees["jours_de_semaine"], self.donnees["annees"]
        bascules = {jour for borne in self.bornes for jour in (borne - 1, borne)}
        resultat = []
        periode = 0
        for jour in range(self.debut, self.fin):
            while periode + 1 < len(self.bornes) and self.bornes[periode + 1] <= jour:
                periode += 1
            quand = date.fromordinal(jour)
            poids = float(annees[quand.year] * semaine[quand.weekday()])
            resultat.append(
                (jour, periode, poids * (self.donnees["poids_bascule"] if jour in bascules else 1)),
            )
        return resultat

    def droits(self, periode: int, *, depasse: bool, adulte: bool) -> list[tuple[int, float]]:
        """Les droits possibles d'un patient : leur rang dans le modèle et leur part."""
        jour = self.bornes[periode]
        return [
            (rang, droit["part"])
            for rang, droit in enumerate(self.donnees["droits"])
            if _vaut(droit, jour) and not (depasse and droit.get("opposable")) and (adulte or not droit.get("adulte"))
        ]

    def membres(self, sorte: str, valeur: Any) -> list[Any]:
        """Une liste écrite en toutes lettres, ou désignée par son nom."""
        trouve = self.donnees[LISTES[sorte]][valeur] if isinstance(valeur, str) else valeur
        return list(trouve)

    def _formes(self, specialite: str, classe: str, jour: int) -> Iterator[tuple[str, Any, list[Any]]]:
        for nom, patron in self.donnees["patrons"].items():
            if specialite not in self.membres("specialites", patron["specialites"]):
                continue
            formes = [
                forme
                for forme in patron["formes"]
                if _vaut(forme, jour) and classe in self.membres("classes", forme.get("classes", "toutes"))
            ]
            if formes:
                yield nom, patron, formes

    def _decliner(
        self, rang: int, nom: str, patron: Any, formes: list[Any], specialite: str, classe: str, poids: float
    ) -> Iterator[Variante]:
        depasse = classe.endswith("_depasse") or "depassement" in patron
        fourchette = patron.get("depassement", self.donnees["depassement"])
        contextes = self.membres("contextes", patron["contextes"])
        parts = sum(forme.get("part", 1) for forme in formes) * sum(contexte["part"] for contexte in contextes)
        for forme in formes:
            premiere, *suite = self.lignes(forme["lignes"], specialite, classe, self.bornes[rang])
            lignes = (replace(premiere, depasse=depasse), *suite)
            for contexte in contextes:
                yield Variante(
                    periode=rang,
                    patron=nom,
                    specialite=specialite,
                    classe=classe,
                    lignes=lignes,
                    nature=fourchette.get("nature"),
                    minimum=fourchette["minimum"],
                    maximum=fourchette["maximum"],
                    age=(patron["age_mois"][0], patron["age_mois"][1]),
                    faits={**contexte["faits"], **patron.get("faits", {})},
                    poids=poids * forme.get("part", 1) * contexte["part"] / parts,
                    sexe=patron.get("sexe"),
                    sortie=patron.get("sortie_jours", 0),
                    exonerations=patron.get("exonerations"),
                    lien_ald=patron.get("lien_ald"),
                )

    def _bornes(self) -> list[int]:
        """Les jours où une forme, un droit, une option ou un tarif commence ou finit."""
        donnees = self.donnees
        formes = [forme for patron in donnees["patrons"].values() for forme in patron["formes"]]
        quand = [
            *formes,
            *donnees["droits"],
            donnees["option_tarifaire"]["depuis"],
            *(e["si"] for e in donnees["erreurs"]),
        ]
        jours = {p[cle].toordinal() for p in quand for cle in ("du", "au") if cle in p}
        ecrites = [ecrite for forme in formes for ecrite in forme["lignes"]]
        for code in sorted({ecrite if isinstance(ecrite, str) else ecrite["code"] for ecrite in ecrites}):
            acte = self.corpus.actes[code]
            jours.update(acte.tarifs.bornes(EFFECTIF))
        return sorted({self.debut, *(jour for jour in jours if self.debut < jour < self.fin)})


def lire(fichier: Path = FICHIER) -> Mapping[str, Any]:
    """Le modèle tel qu'il est écrit."""
    import yaml

    lu = yaml.safe_load(fichier.read_text(encoding="utf-8"))
    if not isinstance(lu, dict):
        raise TypeError(f"{fichier} n'est pas un modèle")
    return lu


def en_tranches(poids: Iterable[float], total: int) -> list[tuple[int, int]]:
    """Découpe ``[0, total[`` en tranches proportionnelles aux poids ; chacune reçoit au moins un rang."""
    liste = list(poids)
    reste = total - len(liste)
    if reste < 0:
        raise ValueError("plus de cas que de rangs")
    somme, cumul, debut = sum(liste), 0.0, 0
    tranches = []
    for rang, valeur in enumerate(liste, 1):
        cumul += valeur
        fin = total if rang == len(liste) else rang + round(reste * cumul / somme)
        tranches.append((debut, fin))
        debut = fin
    return tranches


def _famille(classe: str) -> str:
    return classe.split("_", maxsplit=1)[0]


def _vaut(periode: Mapping[str, Any], jour: int) -> bool:
    du, au = periode.get("du"), periode.get("au")
    return (du is None or du.toordinal() <= jour) and (au is None or jour < au.toordinal())


def _parts_des_classes(secteur: Mapping[str, float]) -> dict[str, float]:
    deux, option = secteur["secteur_2"], secteur["option"]
    return {
        "s1": 1 - deux,
        "option_opposable": deux * option * (1 - secteur["depasse_option"]),
        "option_depasse": deux * option * secteur["depasse_option"],
        "libre_opposable": deux * (1 - option) * (1 - secteur["depasse_libre"]),
        "libre_depasse": deux * (1 - option) * secteur["depasse_libre"],
    }

"""Des rangées brutes aux actes, aux modificateurs et aux chapitres, avec chaque anomalie.

Ce que les exports des versions 67 et 81 montrent, et que cette lecture suit :

- un acte est une rangée qui porte son code ; les rangées qui suivent sans code sont à lui : ses notes, ses autres
  activités et phases, ses gestes complémentaires. Un acte à plusieurs activités nommées, ou à plusieurs phases, n'a
  souvent ni activité ni tarif sur la rangée de son code ;
- la liste des modificateurs est unique par acte. Elle est dans la colonne du code de la rangée suivante, quelle qu'elle
  soit : l'anesthésie (plus d'une fois sur deux), une note, une liste de gestes, une activité, ou rien d'autre. Elle
  mêle les lettres du geste et celles de l'anesthésie, et sa place ne dit rien de l'activité : le corpus la partage ;
- la liste des gestes complémentaires est unique aussi, après la dernière activité : elle vaut pour tout l'acte ;
- au sous-chapitre des modificateurs, une rangée à tarifs sans lettre est une autre valeur de la lettre qui précède.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from opposable.ccam import valeurs
from opposable.ccam.actes import Acte, Ligne, publier
from opposable.ccam.anomalies import Anomalie, Releve
from opposable.ccam.export import Brute, Export
from opposable.ccam.regles import Regles
from opposable.droit.nomenclature import (
    ActePublie,
    ChapitrePublie,
    ModificateurPublie,
    RangeeModificateur,
    ValeurModificateur,
)
from opposable.facturation.recherche import decouper

_CHAPITRE: Final = re.compile(r"\d{1,2}(?:\.\d{1,2})*\.?")
_TARIFS_NULS: Final = frozenset({"", "0", "0.0", "0.00", "0,00"})
Avance = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Lu:
    """Une version lue en entier."""

    numero: int
    actes: tuple[ActePublie, ...]
    modificateurs: tuple[ModificateurPublie, ...]
    chapitres: tuple[ChapitrePublie, ...]
    anomalies: tuple[Anomalie, ...]


@dataclass(slots=True)
class _Chapitre:
    numero: str
    titre: str
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Valeur:
    texte: str
    opposable: ValeurModificateur
    autre: ValeurModificateur
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Modificateur:
    lettre: str
    chapitre: str
    valeurs: list[_Valeur] = field(default_factory=list)


class _Lecteur:
    """L'état de la lecture : l'acte, le chapitre ou le modificateur auquel la rangée suivante se rattache."""

    def __init__(self, export: Export, regles: Regles) -> None:
        self.regles = regles
        self.releve = Releve(export.version)
        self.exonerations = _exonerations(export.rangees)
        self.usuels = _libelles_usuels(export.rangees)
        self.actes: dict[str, Acte] = {}
        self.chapitres: list[_Chapitre] = []
        self.modificateurs: dict[str, _Modificateur] = {}
        self.acte: Acte | None = None
        self.modificateur: _Modificateur | None = None

    @property
    def chapitre(self) -> str:
        """Le numéro du chapitre en cours."""
        return self.chapitres[-1].numero if self.chapitres else ""

    @property
    def aux_modificateurs(self) -> bool:
        """Vrai dans le sous-chapitre des modificateurs."""
        racine = self.regles.chapitre_modificateurs
        return self.chapitre == racine or self.chapitre.startswith(f"{racine}.")

    def lire(self, brute: Brute) -> None:
        """Reconnaît une rangée et la range."""
        if brute.hors:
            self.releve.note("hors_colonnes", brute.rangee, "", brute.hors, code=self._code())
        code, suite = valeurs.code(brute.code)
        if code:
            self._ouvrir_acte(brute, code, suite)
        elif self.aux_modificateurs and len(brute.code) == 1 and brute.code.isalnum():
            self._ouvrir_modificateur(brute)
        elif _CHAPITRE.fullmatch(brute.code):
            self._ouvrir_chapitre(brute)
        elif valeurs.entre_crochets(brute.code):
            self._modificateurs(brute, brute.code)
            self._suite(brute)
        else:
            if brute.code:
                self.releve.note("code_parasite", brute.rangee, "code", brute.code, code=self._code())
            self._suite(brute)

    def _code(self) -> str:
        return self.acte.code if self.acte else ""

    def _ouvrir_chapitre(self, brute: Brute) -> None:
        rangs = brute.code.rstrip(".").split(".")
        self.chapitres.append(_Chapitre(".".join(r.zfill(2) for r in rangs), _en_une_ligne(brute.texte)))
        self.acte = self.modificateur = None
        reste = " | ".join(c for c in brute[3:-1] if c)
        if reste:
            self.releve.note("valeur_inattendue", brute.rangee, "chapitre", reste)

    def _ouvrir_acte(self, brute: Brute, code: str, suite: str) -> None:
        self.modificateur = None
        if code in self.actes:
            self.acte = self.actes[code]
        else:
            self.acte = Acte(code, _en_une_ligne(brute.texte), self.chapitre, brute.rangee)
            self.actes[code] = self.acte
        if suite:
            if valeurs.entre_crochets(suite):
                self._modificateurs(brute, suite)
                ecrit = f"{code}, {', '.join(self.acte.lettres)}"
                self.releve.note("code_et_modificateurs", brute.rangee, "code", brute.code, ecrit, code)
            else:
                self.releve.note("code_parasite", brute.rangee, "code", brute.code, code, code)
        if brute.activite or brute.phase:
            self._ligne(brute, self.acte.libelle)
        else:
            self._tete_sans_activite(self.acte, brute)

    def _tete_sans_activite(self, acte: Acte, brute: Brute) -> None:
        """La rangée d'un code sans activité : ce qu'elle porte vaut pour toutes les activités qui suivent."""
        acte.sous_conditions |= self._marque(brute, "conditions", "RC")
        acte.accord_prealable |= self._marque(brute, "accord", "AP")
        if all(_non_pris(c) for c in (brute.opposable, brute.autre)):
            acte.non_pris_en_charge = True
        elif not _nul(brute):
            lu = f"{brute.opposable} | {brute.autre}"
            self.releve.note("valeur_inattendue", brute.rangee, "opposable", lu, code=acte.code)
        if reste := " | ".join(c for c in (brute.exoneration, brute.regroupement) if c):
            self.releve.note("valeur_inattendue", brute.rangee, "exoneration", reste, code=acte.code)

    def _modificateurs(self, brute: Brute, liste: str) -> None:
        lettres, fautes = valeurs.lettres(liste)
        for faute in fautes:
            self.releve.note("modificateur_illisible", brute.rangee, "code", faute, code=self._code())
        if self.acte is None:
            self.releve.note("hors_acte", brute.rangee, "code", liste)
            return
        self.acte.lettres += [lettre for lettre in lettres if lettre not in self.acte.lettres]
        self.acte.rangee_lettres = self.acte.rangee_lettres or brute.rangee

    def _suite(self, brute: Brute) -> None:
        """Une rangée sans code : une activité, une liste de gestes, une note, ou la suite d'un modificateur."""
        if self.aux_modificateurs and self.acte is None:
            self._suite_modificateur(brute)
        elif brute.activite or brute.phase:
            self._activite(brute)
        elif brute.texte:
            self._texte(brute)
        elif any(brute[3:-1]):
            self.releve.note(
                "rangee_inconnue", brute.rangee, "", " | ".join(c for c in brute[1:-1] if c), code=self._code()
            )

    def _texte(self, brute: Brute) -> None:
        acte = self.acte
        if not _nul(brute) or brute.conditions or brute.accord or brute.exoneration or brute.regroupement:
            lu = " | ".join(c for c in brute[5:-1] if c)
            self.releve.note("valeur_inattendue", brute.rangee, "", lu, code=self._code())
        elif brute.opposable or brute.autre:
            self.releve.note("tarif_sans_activite", brute.rangee, "opposable", brute.opposable, code=self._code())
        if acte is None:
            if self.chapitres:
                self.chapitres[-1].notes.append(brute.texte)
            else:
                self.releve.note("hors_acte", brute.rangee, "texte", brute.texte)
        elif lus := valeurs.gestes(brute.texte):
            acte.gestes += [(brute.rangee, geste) for geste in lus]
        elif not self._decale(acte, brute):
            acte.notes.append(brute.texte)

    def _decale(self, acte: Acte, brute: Brute) -> bool:
        """Vrai si le texte est le libellé usuel de l'activité de la rangée juste au-dessus, qui porte une note."""
        ligne = acte.lignes[-1] if acte.lignes else None
        if ligne is None or ligne.rangee != brute.rangee - 1 or ligne.en_tete:
            return False
        if self.usuels.get(_plat(brute.texte)) != ligne.activite or _plat(ligne.libelle) in self.usuels:
            return False
        self.releve.note("libelle_decale", brute.rangee, "texte", brute.texte, f"rangée {ligne.rangee}", acte.code)
        acte.notes.append(ligne.libelle)
        ligne.libelle = brute.texte
        return True

    def _activite(self, brute: Brute) -> None:
        acte = self.acte
        if acte is None:
            self.releve.note("hors_acte", brute.rangee, "activite", " | ".join(c for c in brute[1:-1] if c))
        elif not brute.exoneration and _nul(brute) and (not brute.regroupement or acte.ligne(brute) is not None):
            lu = f"{brute.activite}/{brute.phase}"
            self.releve.note("activite_parasite", brute.rangee, "activite", lu, code=acte.code)
            if brute.texte:
                acte.notes.append(brute.texte)
        else:
            self._ligne(brute, _en_une_ligne(brute.texte))

    def _ligne(self, brute: Brute, libelle: str) -> None:
        """Une activité et une phase de l'acte en cours ; en double, la première est gardée.

        La première porte le code : c'est d'elle que l'acte tient son libellé. Si la seconde dit être une autre
        activité, que l'acte n'a pas, elle est cette activité, mais son tarif, sans doute recopié, n'est pas certain.
        """
        acte = self.acte
        assert acte is not None  # noqa: S101 - une ligne n'est lue que dans un acte
        ligne = self._lue(acte, brute, libelle)
        deja = acte.ligne(brute)
        if deja is None:
            acte.lignes.append(ligne)
            return
        if deja.meme(ligne):
            self.releve.note(
                "cle_en_double", brute.rangee, "activite", f"{brute.activite}/{brute.phase}", code=acte.code
            )
            return
        usuelle = self.usuels.get(_plat(libelle), "")
        if usuelle and usuelle != brute.activite and all(autre.activite != usuelle for autre in acte.lignes):
            lu = f"{brute.activite} : {brute.opposable} | {brute.autre}"
            ligne.activite, ligne.opposable, ligne.autre = usuelle, None, None
            acte.lignes.append(ligne)
            self.releve.note("activite_corrigee", brute.rangee, "activite", lu, usuelle, acte.code)
            return
        for rangee, vue in ((deja.rangee, deja), (brute.rangee, ligne)):
            self.releve.note("cle_contradictoire", rangee, "activite", vue.dite(), deja.dite(), acte.code)

    def _lue(self, acte: Acte, brute: Brute, libelle: str) -> Ligne:
        non_pris = _non_pris(brute.opposable), _non_pris(brute.autre)
        if any(non_pris) and not all(non_pris):
            lu = f"{brute.opposable} | {brute.autre}"
            self.releve.note("prise_en_charge_partielle", brute.rangee, "opposable", lu, code=acte.code)
        codes, sorte, ecrit = valeurs.exoneration(brute.exoneration, self.exonerations)
        if sorte:
            self.releve.note(sorte, brute.rangee, "exoneration", brute.exoneration, ecrit, acte.code)
        return Ligne(
            rangee=brute.rangee,
            en_tete=bool(valeurs.code(brute.code)[0]),
            activite=brute.activite,
            phase=brute.phase,
            libelle=libelle,
            opposable=self._tarif(brute, "opposable", acte.code),
            autre=self._tarif(brute, "autre", acte.code),
            prise_en_charge=not all(non_pris),
            sous_conditions=self._marque(brute, "conditions", "RC"),
            accord_prealable=self._marque(brute, "accord", "AP"),
            exoneration=codes,
            regroupement=brute.regroupement,
        )

    def _tarif(self, brute: Brute, colonne: str, code: str) -> int | None:
        cellule: str = getattr(brute, colonne)
        if _non_pris(cellule):
            return None
        centimes, sorte = valeurs.tarif(cellule)
        if sorte:
            ecrit = "" if centimes is None else f"{centimes // 100}.{centimes % 100:02d}"
            self.releve.note(sorte, brute.rangee, colonne, cellule, ecrit, code)
        return centimes

    def _marque(self, brute: Brute, colonne: str, attendu: str) -> bool:
        """Vrai si la marque y est ; tout autre texte compte comme elle, par prudence, et se signale."""
        cellule: str = getattr(brute, colonne)
        if cellule not in {"", attendu}:
            self.releve.note("valeur_inattendue", brute.rangee, colonne, cellule, attendu, self._code())
        return bool(cellule)

    def _ouvrir_modificateur(self, brute: Brute) -> None:
        self.acte = None
        lettre = brute.code.upper()
        self.modificateur = self.modificateurs.setdefault(lettre, _Modificateur(lettre, self.chapitre))
        self._valeur(self.modificateur, brute)

    def _suite_modificateur(self, brute: Brute) -> None:
        if self.modificateur is None:
            self._texte(brute)
        elif brute.opposable or brute.autre:
            self._valeur(self.modificateur, brute)
        else:
            self.modificateur.valeurs[-1].notes.append(brute.texte)

    def _valeur(self, modificateur: _Modificateur, brute: Brute) -> None:
        lues = []
        for colonne, cellule, autre in (
            ("opposable", brute.opposable, brute.autre),
            ("autre", brute.autre, brute.opposable),
        ):
            valeur, sorte = valeurs.valeur_modificateur(cellule, autre)
            if sorte:
                self.releve.note(sorte, brute.rangee, colonne, cellule, _dite(valeur), modificateur.lettre)
            lues.append(valeur)
        modificateur.valeurs.append(_Valeur(brute.texte, lues[0], lues[1]))
        reste = " | ".join(c for c in (*brute[3:5], *brute[7:-1]) if c)
        if reste:
            self.releve.note("valeur_inattendue", brute.rangee, "", reste, code=modificateur.lettre)


def lire(export: Export, regles: Regles, avance: Avance | None = None) -> Lu:
    """Lit toutes les rangées d'un export. Rien n'est perdu : ce qui n'est reconnu comme rien est une anomalie."""
    lecteur = _Lecteur(export, regles)
    for rang, brute in enumerate(export.rangees):
        lecteur.lire(brute)
        if avance is not None and rang % 2000 == 0:
            avance(rang / len(export.rangees), "Lecture")
    actes = publier(lecteur.actes, export.version, regles, frozenset(lecteur.modificateurs), lecteur.releve)
    modificateurs = tuple(
        ModificateurPublie(
            export.version, m.lettre, m.chapitre,
            tuple(RangeeModificateur(v.texte, v.opposable, v.autre, tuple(v.notes)) for v in m.valeurs),
        )
        for m in lecteur.modificateurs.values()
    )  # fmt: skip
    chapitres = tuple(ChapitrePublie(export.version, c.numero, c.titre, tuple(c.notes)) for c in lecteur.chapitres)
    return Lu(export.version, actes, modificateurs, chapitres, tuple(sorted(lecteur.releve.notees)))


def _exonerations(rangees: Sequence[Brute]) -> frozenset[str]:
    """Les listes de codes d'exonération écrites en clair dans l'export."""
    return frozenset(r.exoneration for r in rangees if re.fullmatch(r"\d(-\d)+", r.exoneration))


def _libelles_usuels(rangees: Sequence[Brute]) -> dict[str, str]:
    """Par libellé d'activité souvent répété sans code (« anesthésie ») : l'activité qu'il désigne presque toujours."""
    comptes: dict[str, Counter[str]] = {}
    for r in rangees:
        if r.activite and r.texte and not valeurs.code(r.code)[0]:
            comptes.setdefault(_plat(r.texte), Counter())[r.activite] += 1
    usuels = {}
    for libelle, activites in comptes.items():
        (activite, combien), total = activites.most_common(1)[0], activites.total()
        if combien >= 10 and combien * 10 >= total * 9:
            usuels[libelle] = activite
    return usuels


def _plat(texte: str) -> str:
    return " ".join(decouper(texte))


def _en_une_ligne(texte: str) -> str:
    return " ".join(texte.split())


def _dite(valeur: ValeurModificateur) -> str:
    """La valeur d'un modificateur en clair ; vide s'il n'y en a pas."""
    if valeur.taux is not None:
        return f"+{valeur.taux // 100},{valeur.taux % 100:02d}%"
    return "" if valeur.forfait is None else f"{valeur.forfait // 100}.{valeur.forfait % 100:02d}"


def _non_pris(cellule: str) -> bool:
    return _en_une_ligne(cellule).lower() == valeurs.NON_PRIS_EN_CHARGE


def _nul(brute: Brute) -> bool:
    """Vrai si aucune des deux colonnes ne porte un tarif autre que nul."""
    return brute.opposable in _TARIFS_NULS and brute.autre in _TARIFS_NULS

"""De la ligne du lot aux classes : chaque colonne mappée devient un nombre ou quelques bits de la clé.

Ce qui ne se lit pas (valeur inconnue, type, domaine) ou se contredit met la ligne de côté : rien n'est deviné.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from opposable.droit import temps
from opposable.droit.classes import tests_de
from opposable.droit.condition import Condition, Et, Non, Test
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Choix, Ensemble, Valeur
from opposable.droit.fait import Fait
from opposable.facturation.formules import FORMULES
from opposable.lots import sql
from opposable.lots.colonnes import ColonnesLot
from opposable.lots.encodage import Codage, FaitCode
from opposable.lots.mappage import Colonne, Mappage
from opposable.lots.sql import Expr, col, ent


@dataclass(frozen=True, slots=True)
class Controle:
    """Ce qui rend une ligne illisible : où, pourquoi, et l'expression vraie quand c'est le cas."""

    fait: str
    colonne: str
    code: str
    message: str
    attendu: str
    faux: Expr


class Lecture:
    """Les expressions qui lisent une ligne du lot ``l`` : identifiants, nombres, mots de la clé, contrôles."""

    def __init__(
        self,
        corpus: Corpus,
        mappage: Mappage,
        codage: Codage,
        moteur: Any,
        listes: Mapping[str, Mapping[str, int]],
        *,
        strict: bool = False,
    ) -> None:
        self.corpus, self.mappage, self.codage, self.moteur = corpus, mappage, codage, moteur
        self._listes = listes
        self._strict = strict
        self.controles: list[Controle] = []
        self._mots_dits: dict[str, Expr] = {}
        self.jour = self._brut_date("facture.date")
        self.code = self._classe_code()
        self._nombres: dict[str, Expr] = {}
        self._classes: dict[str, Expr] = {}
        self.ages: dict[str, tuple[Expr, Expr]] = {}
        for nom, colonne in mappage.faits.items():
            self._lire(nom, colonne)
        self.formules = ColonnesLot(moteur, self._nombres, self.jour, self.ages)
        self.honoraires, self.signe, self.quantite = self._montants()
        self._calculer()
        self._coherence()

    # --- Les identifiants ------------------------------------------------------------------------------------------------
    @property
    def facture(self) -> Expr:
        """L'identifiant de la facture ; plusieurs colonnes n'en font qu'un."""
        noms = self.mappage.facture
        if len(noms) == 1:
            return col(noms[0], "l")
        parties = [part for nom in noms for part in (sql.cast(col(nom, "l"), "VARCHAR"), sql.txt("|"))][:-1]
        return self.moteur.concatener(parties)

    # --- Les faits du lot --------------------------------------------------------------------------------------------------
    def _brut(self, nom: str) -> Expr:
        return col(self.mappage.faits[nom].colonne, "l")

    def _controler(self, nom: str, code: str, message: str, attendu: str, faux: Expr) -> None:
        colonne = self.mappage.faits[nom].colonne if nom in self.mappage.faits else ""
        self.controles.append(Controle(nom, colonne, code, message, attendu, faux))

    def _brut_date(self, nom: str) -> Expr:
        brut = self._brut(nom)
        date = sql.essai(brut, "DATE")
        if nom == "facture.date":
            debut = self.moteur.date(temps.iso(self.corpus.debut))
            self._controler(nom, "DATE_ABSENTE", "il manque la date des soins", "une date AAAA-MM-JJ", sql.est_nul(brut))
            self._controler(
                nom, "DATE_HORS_CORPUS", "la date précède le corpus", f"à partir du {temps.iso(self.corpus.debut)}",
                sql.moins_que(date, debut),
            )  # fmt: skip
        self._controler(
            nom, "DATE_IMPOSSIBLE", "ce n'est pas une date", "une date AAAA-MM-JJ qui existe",
            sql.et(sql.connu(brut), sql.est_nul(date)),
        )  # fmt: skip
        return date

    def _classe_code(self) -> Expr:
        colonne = self.mappage.faits["acte.code"]
        rangs = {code: rang + 1 for code, rang in self.codage.rang_de.items()}
        if colonne.valeurs:
            rangs |= {brut: rangs[vers] for brut, vers in colonne.valeurs.items() if vers in rangs}
        code = self.moteur.classe(sql.cast(self._brut("acte.code"), "VARCHAR"), rangs)
        self._controler(
            "acte.code", "CODE_NON_COUVERT", "ce code n'est pas couvert", "un code de « opposable bareme »", sql.est_nul(code)
        )
        return sql.defaut(code, ent(0))

    def _lire(self, nom: str, colonne: Colonne) -> None:
        fait = colonne.fait
        code = self.codage.faits.get(nom)
        if nom in {"facture.date", "acte.code"}:
            return
        if fait.type in {"choix", "oui_non"}:
            if code is not None:
                self._classes[nom] = self._mots(nom, colonne, code)
        elif fait.type == "liste":
            if code is not None:
                self._classes[nom] = self._liste(nom, code)
        elif fait.type == "date":
            self._nombres[nom] = self._date_ou_mot(nom, fait)
        elif fait.type == "age":
            self.ages[nom] = self._age(nom, colonne)
        else:
            self._nombres[nom] = self._nombre(nom, colonne, code)

    def _mots(self, nom: str, colonne: Colonne, code: FaitCode) -> Expr:
        brut = sql.cast(self._brut(nom), "VARCHAR")
        rangs = dict(code.mots)
        for court, valeur in colonne.fait.codes.items():
            rangs |= {court: code.mots[valeur], court.lstrip("0") or "0": code.mots[valeur]}
        if colonne.fait.type == "oui_non":
            rangs |= {"true": code.mots["oui"], "false": code.mots["non"]}
        if colonne.valeurs:
            rangs = {avant: code.mots[apres] for avant, apres in colonne.valeurs.items()}
        classe = self.moteur.classe(brut, rangs)
        self._controler(
            nom, "VALEUR_INCONNUE", "valeur inconnue", ", ".join([*rangs][:12]) + (", …" if len(rangs) > 12 else ""),
            sql.et(sql.connu(brut), sql.est_nul(classe)),
        )  # fmt: skip
        return sql.defaut(classe, ent(0))

    def _liste(self, nom: str, code: FaitCode) -> Expr:
        brut = sql.cast(self._brut(nom), "VARCHAR")
        connues = self._listes[nom]
        classe = self.moteur.classe(brut, connues)
        self._controler(
            nom, "VALEUR_INCONNUE", "valeur inconnue", ", ".join(code.fait.valeurs),
            sql.et(sql.connu(brut), sql.est_nul(classe)),
        )  # fmt: skip
        return sql.defaut(classe, ent(0))

    def _date_ou_mot(self, nom: str, fait: Fait) -> Expr:
        if not fait.sans_objet:
            return self._brut_date(nom)
        brut = self._brut(nom)
        mot = sql.egal(sql.cast(brut, "VARCHAR"), sql.txt(fait.sans_objet))
        date = sql.essai(brut, "DATE")
        self._mots_dits[nom] = mot
        self._controler(
            nom, "DATE_IMPOSSIBLE", "ce n'est pas une date", f"une date AAAA-MM-JJ, ou « {fait.sans_objet} »",
            sql.et(sql.connu(brut), sql.est_nul(date), sql.non(mot)),
        )  # fmt: skip
        return date

    def _age(self, nom: str, colonne: Colonne) -> tuple[Expr, Expr]:
        """Le premier et le dernier jour de naissance possibles pour un âge entier dans cette unité."""
        brut = self._brut(nom)
        nombre = sql.essai(brut, "INTEGER")
        plafond = {"ans": 130, "mois": 1571, "jours": 47850}[colonne.unite]
        self._controler(
            nom, "AGE_IMPOSSIBLE", "ce n'est pas un âge", f"un nombre entier de {colonne.unite}, {plafond} au plus",
            sql.et(sql.connu(brut), sql.ou(sql.est_nul(nombre), sql.moins_que(nombre, ent(0)), sql.moins_que(ent(plafond), nombre))),
        )  # fmt: skip
        if colonne.unite == "jours":
            jour = self.moteur.plus_jours(self.jour, nombre, -1)
            return jour, jour
        mois = sql.fois(nombre, ent(12)) if colonne.unite == "ans" else nombre
        large = 12 if colonne.unite == "ans" else 1
        return (
            self.moteur.naissance(self.jour, sql.plus(mois, ent(large)), plus=1),
            self.moteur.naissance(self.jour, mois, plus=0),
        )

    def _nombre(self, nom: str, colonne: Colonne, code: FaitCode | None) -> Expr:
        fait = colonne.fait
        brut = self._brut(nom)
        if fait.type == "montant":
            precis = sql.essai(brut, "DECIMAL(18, 4)")
            large = sql.fois(precis, ent(1 if colonne.unite == "centimes" else 100))
            nombre = sql.cast(large, "BIGINT")
            illisible = sql.ou(sql.est_nul(precis), sql.differe(large, nombre))
            attendu = "un montant en euros, un point, deux décimales au plus" if colonne.unite == "euros" else "un entier de centimes"
            genre = "MONTANT_ILLISIBLE"
        else:
            nombre = sql.essai(brut, "BIGINT")
            illisible, attendu, genre = sql.est_nul(nombre), "un nombre entier", "NOMBRE_ILLISIBLE"
        mot = sql.egal(sql.cast(brut, "VARCHAR"), sql.txt(fait.sans_objet)) if fait.sans_objet else None
        if mot is not None:
            self._mots_dits[nom] = mot
            illisible = sql.et(illisible, sql.non(mot))
        self._controler(nom, genre, "cette valeur ne se lit pas", attendu, sql.et(sql.connu(brut), illisible))
        signe = nom in {"acte.honoraires", "acte.quantite"}
        bas, haut = fait.minimum, fait.maximum
        absolu = self.moteur.absolu(nombre) if signe else nombre
        if bas is not None:
            self._controler(nom, "HORS_DOMAINE", "sous le minimum", f"au moins {fait.texte(bas)}", sql.moins_que(absolu, ent(bas)))
        if haut is not None:
            self._controler(nom, "HORS_DOMAINE", "au-dessus du maximum", f"au plus {fait.texte(haut)}", sql.moins_que(ent(haut), absolu))
        return nombre

    def _montants(self) -> tuple[Expr, Expr, Expr]:
        """Les honoraires et la quantité en valeur absolue, et le signe de la ligne : -1 pour une annulation."""
        honoraires = self._nombres["acte.honoraires"]
        quantite = self._nombres.get("acte.quantite")
        negatif = sql.moins_que(honoraires, ent(0))
        if quantite is not None:
            moins = sql.moins_que(quantite, ent(0))
            zero = sql.egal(honoraires, ent(0))
            self._controler(
                "acte.quantite", "FAITS_CONTRADICTOIRES", "les honoraires et la quantité n'ont pas le même signe",
                "deux nombres négatifs pour une annulation", sql.et(sql.differe(sql.drapeau(negatif), sql.drapeau(moins)), sql.connu(honoraires), sql.non(zero)),
            )  # fmt: skip
            negatif = sql.ou(negatif, moins)
            self._nombres["acte.quantite"] = self.moteur.absolu(quantite)
        self._nombres["acte.honoraires"] = self.moteur.absolu(honoraires)
        dite = self._nombres.get("acte.quantite")
        usuelle = None if self._strict else self.corpus.vocabulaire.faits["acte.quantite"].usuel
        un = ent(usuelle) if isinstance(usuelle, int) else sql.nul()
        pleine = un if dite is None else sql.defaut(dite, un)
        return self._nombres["acte.honoraires"], sql.selon((negatif, ent(-1)), sinon=ent(1)), pleine

    # --- Les classes ---------------------------------------------------------------------------------------------------------
    def _calculer(self) -> None:
        """Les classes des nombres dits et des faits que des formules calculent."""
        for code in self.codage.sources:
            nom = code.nom
            if nom in self._classes:
                continue
            if not code.fait.formule:
                self._classes[nom] = self._plage(code, self._nombres[nom], self._mots_dits.get(nom))
                continue
            valeur = FORMULES[code.fait.formule](self.formules)
            if code.double:
                bas, haut = (self._plage(code, bout, None) for bout in valeur)
                self._classes[nom] = sql.plus(sql.fois(bas, ent(1 << (code.bits // 2))), haut)
            else:
                expr = valeur[0] if isinstance(valeur, tuple) else valeur
                mot = next((self._mots_dits[lu] for lu in code.fait.lit if lu in self._mots_dits), None)
                self._classes[nom] = self._plage(code, expr, mot)

    @staticmethod
    def _plage(code: FaitCode, nombre: Expr, mot: Expr | None) -> Expr:
        """La classe d'un nombre : une de plus à chaque borne atteinte, 0 s'il est inconnu."""
        rang: Expr = ent(1)
        for borne in code.bornes:
            rang = sql.plus(rang, sql.drapeau(sql.au_plus(ent(borne), nombre)))
        cas = [(mot, ent(code.mots[code.fait.sans_objet]))] if mot is not None else []
        return sql.selon(*cas, (sql.est_nul(nombre), ent(0)), sinon=rang)

    def mots(self, periode: Expr) -> list[Expr]:
        """Les mots de la clé, avant les faits qui attendent le tarif."""
        parts: list[list[Expr]] = [[] for _ in range(self.codage.mots)]
        places = [(self.codage.code, self.code), (self.codage.periode, periode)]
        places += [(code, self._classes[code.nom]) for code in self.codage.sources]
        for place, classe in places:
            parts[place.mot].append(sql.fois(sql.cast(classe, "BIGINT"), ent(1 << place.decalage)))
        return [self._somme(p) for p in parts]

    @staticmethod
    def _somme(parts: list[Expr]) -> Expr:
        total: Expr = sql.cast(ent(0), "BIGINT")
        for part in parts:
            total = sql.plus(total, part)
        return total

    # --- Ce qui se contredit -------------------------------------------------------------------------------------------------
    def _coherence(self) -> None:
        naissance = self._nombres.get("patient.date_naissance")
        if naissance is not None:
            maximum = self.corpus.vocabulaire.faits["patient.age_mois"].maximum or 0
            self._controler(
                "patient.date_naissance", "FAITS_CONTRADICTOIRES", "le patient naîtrait après les soins",
                "une date au plus tard le jour des soins", sql.moins_que(self.jour, naissance),
            )  # fmt: skip
            self._controler(
                "patient.date_naissance", "HORS_DOMAINE", "cet âge n'est pas humain", f"{maximum // 12} ans au plus",
                sql.moins_que(ent(maximum), self.formules.mois_revolus(naissance)),
            )  # fmt: skip
            for nom, (bas, haut) in self.ages.items():
                self._controler(
                    nom, "FAITS_CONTRADICTOIRES", "l'âge dit n'est pas celui de la date de naissance",
                    "l'un des deux seulement", sql.ou(sql.moins_que(naissance, bas), sql.moins_que(haut, naissance)),
                )  # fmt: skip
        for nom in ("patient.accouchement_le", "contexte.date_sortie_hospitalisation"):
            if nom in self._nombres:
                self._controler(
                    nom, "FAITS_CONTRADICTOIRES", "la date est après les soins", "une date au plus tard le jour des soins",
                    sql.moins_que(self.jour, self._nombres[nom]),
                )  # fmt: skip
        for contradiction in self.corpus.contradictions:
            if all(isinstance(self._test(t.fait, t.ensemble), exp.Cast) for t in tests_de(contradiction.si)):
                continue  # aucun fait du lot ne la décide
            tient = self._condition(contradiction.si)
            du, au = contradiction.du, contradiction.au
            if du > self.corpus.debut:
                tient = sql.et(tient, sql.au_plus(self.moteur.date(temps.iso(du)), self.jour))
            if au < temps.INFINI:
                tient = sql.et(tient, sql.moins_que(self.jour, self.moteur.date(temps.iso(au))))
            self._controler(
                contradiction.ou, "FAITS_CONTRADICTOIRES", contradiction.message, contradiction.attendu, tient
            )

    def _condition(self, condition: Condition) -> Expr:
        """Le prédicat d'une condition sur les seuls faits dits."""
        if isinstance(condition, Test):
            return self._test(condition.fait, condition.ensemble)
        if isinstance(condition, Non):
            return sql.non(self._condition(condition.terme))
        termes = [self._condition(terme) for terme in condition.termes]
        return sql.et(*termes) if isinstance(condition, Et) else sql.ou(*termes)

    def _test(self, nom: str, ensemble: Ensemble) -> Expr:
        liste, membre = self.corpus.vocabulaire.membres.get(nom, (nom, ""))
        code = self.codage.faits.get(liste)
        if code is None or liste not in self._classes:
            return self._constante(liste, membre, ensemble)
        classe = self._classes[liste]
        inconnue = (sql.egal(classe, ent(0)), nul_booleen())
        if membre:
            porte = sql.differe(sql.masque(sql.cast(classe, "BIGINT"), ent(code.membres.get(membre, 0))), ent(0))
            voulu = isinstance(ensemble, Choix) and "oui" in ensemble.valeurs
            return sql.selon(inconnue, sinon=porte if voulu else sql.non(porte))
        rangs = {rang for mot, rang in code.mots.items() if ensemble.teste(mot) is True}
        rangs |= {
            rang + 1
            for rang in range(len(code.bornes) + 1)
            if code.fait.type not in {"choix", "oui_non"} and ensemble.teste(_temoin(code, rang)) is True
        }
        if not rangs:
            return sql.selon(inconnue, sinon=sql.FAUX)
        return sql.selon(inconnue, sinon=sql.parmi(classe, sorted(rangs)))

    def _constante(self, liste: str, membre: str, ensemble: Ensemble) -> Expr:
        valeur: Valeur = self.mappage.constantes.get(liste)
        if isinstance(valeur, frozenset):
            valeur = "oui" if membre in valeur else "non"
        tient = ensemble.teste(valeur)
        return nul_booleen() if tient is None else (sql.VRAI if tient else sql.FAUX)


def _temoin(code: FaitCode, rang: int) -> int:
    return code.bornes[rang - 1] if rang else (code.bornes[0] - 1 if code.bornes else 0)


def nul_booleen() -> Expr:
    """Un prédicat inconnu."""
    return sql.nul("BOOLEAN")


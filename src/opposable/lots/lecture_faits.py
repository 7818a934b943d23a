"""Ce que disent les colonnes d'une ligne du lot : chaque colonne mappée devient un nombre ou quelques bits de la clé.

Ce qui ne se lit pas (valeur inconnue, type, domaine) ou se contredit met la ligne de côté : rien n'est deviné.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.fait import ATTENDUS, Fait
from opposable.facturation.code import FORME_CCAM, IMPORTER
from opposable.lots import heures, sql
from opposable.lots.codes import Codes
from opposable.lots.colonnes import ColonnesLot
from opposable.lots.encodage import FAUTE, Codage
from opposable.lots.faits_codes import FaitCode
from opposable.lots.jours import Jours
from opposable.lots.mappage import Colonne, Mappage, verifier_types
from opposable.lots.moteurs import Moteur
from opposable.lots.sql import Expr, col, ent

_ENTIERS: Final = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "INT", "BYTE", "SHORT", "LONG"}
)
"""Les types entiers, dans les mots des moteurs."""


@dataclass(frozen=True, slots=True)
class Controle:
    """Ce qui rend une ligne illisible : où, pourquoi, et l'expression vraie quand c'est le cas."""

    fait: str
    colonne: str
    code: str
    message: str
    attendu: str
    faux: Expr
    marque: bool = False
    """Vrai si la faute est déjà marquée dans un mot de la clé."""


class LectureFaits:
    """Les expressions qui lisent les faits d'une ligne du lot ``l`` : identifiants, textes, nombres, contrôles."""

    def __init__(
        self,
        corpus: Corpus,
        mappage: Mappage,
        codage: Codage,
        moteur: Moteur,
        listes: Mapping[str, Mapping[str, int]],
        types: Mapping[str, str],
        *,
        strict: bool = False,
    ) -> None:
        self.corpus, self.mappage, self.codage, self.moteur = corpus, mappage, codage, moteur
        self._listes = listes
        self._strict = strict
        self._types = types
        verifier_types(mappage, types)
        self.lues: list[tuple[str, Expr]] = []
        self.controles: list[Controle] = []
        self._mots_dits: dict[str, Expr] = {}
        self._identifiants()
        self.jour = self._brut_date("facture.date")
        self.code = self._classe_code()
        self._nombres: dict[str, Expr] = {}
        self._classes: dict[str, Expr] = {}
        self.ages: dict[str, tuple[Expr, Expr]] = {}
        self.instants: dict[str, tuple[Expr, Expr]] = {}
        self.jours = Jours(corpus, mappage.constantes, self.jour, strict=strict)
        for nom, colonne in mappage.faits.items():
            self._lire(nom, colonne)
        self.honoraires, self.signe, self.quantite = self._montants()
        self.formules = ColonnesLot(moteur, self._lisibles(), self.jour, self.ages, self.instants, self.jours)
        self._achever()

    def _achever(self) -> None:
        """Ce qui se calcule quand tous les faits sont lus."""

    def _lisibles(self) -> dict[str, Expr]:
        """Les nombres qu'une formule lit : ceux d'une colonne, ceux dits pour tout le lot, et la quantité usuelle."""
        faits = self.corpus.vocabulaire.faits
        constants = {
            nom: ent(valeur)
            for nom, valeur in self.mappage.constantes.items()
            if isinstance(valeur, int) and faits[nom].type in {"entier", "heure"}
        }
        return {**constants, **self._nombres, "acte.quantite": self.quantite}

    # --- Les identifiants ------------------------------------------------------------------------------------
    def _identifiants(self) -> None:
        for sorte, noms in (("facture", self.mappage.facture), ("ligne", (self.mappage.ligne,))):
            for nom in noms:
                vide = sql.est_nul(col(nom, "l"))
                message = f"il manque l'identifiant de la {sorte}"
                self.controles.append(
                    Controle(sorte, nom, "IDENTIFIANT_ABSENT", message, "un identifiant sur chaque ligne", vide)
                )

    @property
    def facture(self) -> Expr:
        """L'identifiant de la facture ; plusieurs colonnes n'en font qu'un, séparées d'une barre (les leurs codées)."""
        noms = self.mappage.facture
        if len(noms) == 1:
            return col(noms[0], "l")
        parties: list[Expr] = []
        for nom in noms:
            partie: Expr = sql.cast(col(nom, "l"), "VARCHAR")
            for avant, apres in (("%", "%25"), ("|", "%7C")):
                partie = exp.Anonymous(this="replace", expressions=[partie, sql.txt(avant), sql.txt(apres)])
            parties += [partie, sql.txt("|")]
        return self.moteur.concatener(parties[:-1])

    # --- Les faits du lot ------------------------------------------------------------------------------------
    def _brut(self, nom: str) -> Expr:
        return col(self.mappage.faits[nom].colonne, "l")

    def _type(self, nom: str) -> str:
        return self._types[self.mappage.faits[nom].colonne].upper()

    def _essai(self, nom: str, genre: str) -> Expr:
        """La valeur brute dans ce type, nulle si elle ne s'y lit pas ; un texte suit l'écriture commune aux moteurs."""
        if self._type(nom) == "VARCHAR":
            return sql.lit(self._brut(nom), genre)
        lue = sql.essai(self._brut(nom), genre)
        if genre not in {"INTEGER", "BIGINT"} or self._type(nom) in _ENTIERS:
            return lue
        return sql.selon((sql.egal(self._brut(nom), lue), lue), sinon=sql.nul(genre))  # 2,5 n'est pas arrondi à 3

    def _lue(self, valeur: Expr) -> Expr:
        """Nomme une valeur lue du lot : elle ne se calcule qu'une fois, dans la première requête."""
        nom = f"__lue_{len(self.lues)}"  # un nom qu'aucune colonne d'un lot ne porte
        self.lues.append((nom, valeur))
        return col(nom, "l")

    def lignes_lues(self, source: str = "lot", *, patient: bool = False, calendrier: bool = True) -> exp.Select:
        """Le lot : ses colonnes utiles (et le patient), ses valeurs lues ; ``lot_numerote`` y joint son numéro.

        Sans ``calendrier``, ce que dit la table des jours n'y est pas.
        """
        gardees = dict.fromkeys((*self.mappage.facture, self.mappage.ligne, self.mappage.medecin))
        gardees |= dict.fromkeys(c.colonne for c in self.mappage.faits.values())
        if patient:
            gardees[self.mappage.patient] = None
        colonnes: list[Expr] = [col(nom, "l") for nom in gardees if nom]
        if source != "lot":
            colonnes.append(col("numero", "l"))
        lues = sql.choisir(self._codes.depuis(source), [*colonnes, *(sql.nomme(v, nom) for nom, v in self.lues)])
        return self.jours.joindre(lues) if calendrier else lues

    def charger_jours(self) -> None:
        """Charge ce que le calendrier dit des jours du lot, si une règle le lit."""
        lues = [*dict.fromkeys(c.colonne for c in self.mappage.faits.values())]
        colonnes = [*(col(nom, "l") for nom in lues), *(sql.nomme(v, nom) for nom, v in self.lues)]
        self.jours.charger(self.moteur, sql.choisir(self._codes.depuis("lot"), colonnes))

    def _controler(self, nom: str, code: str, message: str, attendu: str, faux: Expr) -> None:
        colonne = self.mappage.faits[nom].colonne if nom in self.mappage.faits else ""
        self.controles.append(Controle(nom, colonne, code, message, attendu, faux))

    def _brut_date(self, nom: str) -> Expr:
        brut = self._brut(nom)
        typee = self._type(nom) == "DATE"
        date = brut if typee else self._lue(self._essai(nom, "DATE"))
        if nom == "facture.date":
            debut = self.moteur.date(temps.iso(self.corpus.debut))
            self._controler(
                nom, "DATE_ABSENTE", "il manque la date des soins", "une date AAAA-MM-JJ", sql.est_nul(brut)
            )
            self._controler(
                nom, "DATE_HORS_CORPUS", "la date précède le corpus", f"à partir du {temps.iso(self.corpus.debut)}",
                sql.moins_que(date, debut),
            )  # fmt: skip
        if not typee:
            self._controler(
                nom, "DATE_IMPOSSIBLE", "ce n'est pas une date", "une date AAAA-MM-JJ qui existe",
                sql.et(sql.connu(brut), sql.est_nul(date)),
            )  # fmt: skip
        return date

    def _classe_code(self) -> Expr:
        colonne = self.mappage.faits["acte.code"]
        self._codes = Codes(self.moteur, self.codage, colonne)
        brut = self._brut("acte.code")
        texte = sql.cast(brut, "VARCHAR")
        code = self._lue(self._codes.rang())
        non_couverts = dict.fromkeys(self.corpus.non_couverts, 1)
        non_couverts |= {avant: 1 for avant, vers in colonne.valeurs.items() if vers in self.corpus.non_couverts}
        connus = self.moteur.classe(texte, non_couverts)
        attendu = "un code de « opposable bareme »"
        self._controler("acte.code", "CODE_ABSENT", "il manque le code de l'acte", attendu, sql.est_nul(brut))
        self._controler(
            "acte.code", "CODE_NON_COUVERT", "ce code n'est pas encore couvert", attendu,
            sql.et(sql.est_nul(code), sql.connu(connus)),
        )  # fmt: skip
        forme = exp.RegexpLike(this=texte.copy(), expression=sql.txt(rf"\A{FORME_CCAM.pattern}\z"))
        message = "code de la CCAM que rien ne connaît"
        self._controler("acte.code", "CODE_CCAM_INCONNU", message, IMPORTER, sql.et(sql.est_nul(code), forme))
        self._controler("acte.code", "CODE_INCONNU", "code inconnu", attendu, sql.est_nul(code))
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
        elif fait.type == "heure":
            self._nombres[nom] = self._lue(heures.heure(self._brut(nom), self._type(nom)))
            self._illisible(nom, "HEURE_IMPOSSIBLE", self._nombres[nom])
        elif fait.type == "date_heure":
            self.instants[nom] = self._instant(nom, fait)
        else:
            self._nombres[nom] = self._nombre(nom, colonne)

    def _mots(self, nom: str, colonne: Colonne, code: FaitCode) -> Expr:
        rangs = dict(code.mots)
        for court, valeur in colonne.fait.codes.items():
            rangs |= {court: code.mots[valeur], court.lstrip("0") or "0": code.mots[valeur]}
        if colonne.fait.type == "oui_non" and self._type(nom) == "BOOLEAN":
            rangs = {"true": code.mots["oui"], "false": code.mots["non"]}
        if colonne.valeurs:
            rangs = {avant: code.mots[apres] for avant, apres in colonne.valeurs.items()}
        return self._textes(nom, code, rangs, list(rangs))

    def _liste(self, nom: str, code: FaitCode) -> Expr:
        return self._textes(nom, code, self._listes[nom], list(code.fait.valeurs))

    def _textes(self, nom: str, code: FaitCode, rangs: Mapping[str, int], permis: list[str]) -> Expr:
        """Le code d'un texte, à sa place dans son mot ; un texte inconnu y met la marque d'une faute.

        L'expression ne lit que cette colonne : un moteur l'évalue une fois par valeur distincte.
        """
        brut = sql.cast(self._brut(nom), "VARCHAR")
        places = {texte: rang << code.decalage for texte, rang in rangs.items()}
        attendu = ", ".join(permis[:12]) + (", …" if len(permis) > 12 else "")
        connus = self.moteur.classe(brut, places)
        self.controles.append(
            Controle(
                nom, self.mappage.faits[nom].colonne, "VALEUR_INCONNUE", "valeur inconnue", attendu,
                sql.et(sql.connu(brut), sql.est_nul(connus)), marque=True,
            )
        )  # fmt: skip
        return self._lue(sql.selon((sql.est_nul(brut), ent(0)), sinon=sql.defaut(connus, ent(FAUTE))))

    def _date_ou_mot(self, nom: str, fait: Fait) -> Expr:
        if not fait.sans_objet:
            return self._brut_date(nom)
        brut = self._brut(nom)
        mot = sql.egal(sql.cast(brut, "VARCHAR"), sql.txt(fait.sans_objet))
        date = self._lue(self._essai(nom, "DATE"))
        self._mots_dits[nom] = mot
        self._controler(
            nom, "DATE_IMPOSSIBLE", "ce n'est pas une date", f"une date AAAA-MM-JJ, ou « {fait.sans_objet} »",
            sql.et(sql.connu(brut), sql.est_nul(date), sql.non(mot)),
        )  # fmt: skip
        return date

    def _illisible(self, nom: str, code: str, lue: Expr) -> None:
        """Une valeur dite qui ne s'est pas lue est une faute."""
        attendu = ATTENDUS[self.mappage.faits[nom].fait.type]
        faux = sql.et(sql.connu(self._brut(nom)), sql.est_nul(lue))
        self._controler(nom, code, f"ce n'est pas {attendu}", attendu, faux)

    def _instant(self, nom: str, fait: Fait) -> tuple[Expr, Expr]:
        """La date et les minutes depuis minuit d'un instant."""
        date, minutes = (self._lue(v) for v in heures.instant(self._brut(nom), self._type(nom)))
        self._illisible(nom, "NOMBRE_ILLISIBLE", date)
        if fait.minimum is not None:
            jour, reste = divmod(fait.minimum, temps.MINUTES)
            ecart = self.moteur.jours_entre(self.moteur.date(temps.iso(jour)), date)
            trop_tot = sql.ou(
                sql.moins_que(ecart, ent(0)), sql.et(sql.egal(ecart, ent(0)), sql.moins_que(minutes, ent(reste)))
            )
            self._controler(nom, "HORS_DOMAINE", "sous le minimum", f"au moins {fait.texte(fait.minimum)}", trop_tot)
        return date, minutes

    def _age(self, nom: str, colonne: Colonne) -> tuple[Expr, Expr]:
        """Le premier et le dernier jour de naissance possibles pour un âge entier dans cette unité."""
        brut = self._brut(nom)
        dit = self._lue(self._essai(nom, "INTEGER"))
        maximum = self.corpus.vocabulaire.faits["patient.age_mois"].maximum or 0
        plafond = {"ans": maximum // 12, "mois": maximum, "jours": maximum * 30}[colonne.unite]
        hors = sql.ou(sql.moins_que(dit, ent(0)), sql.moins_que(ent(plafond), dit))
        nombre = sql.selon((hors, sql.nul("INTEGER")), sinon=dit)
        self._controler(
            nom, "AGE_IMPOSSIBLE", "ce n'est pas un âge", f"un nombre entier, en {colonne.unite}, {plafond} au plus",
            sql.et(sql.connu(brut), sql.ou(sql.est_nul(dit), hors)),
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

    def _nombre(self, nom: str, colonne: Colonne) -> Expr:
        fait = colonne.fait
        brut = self._brut(nom)
        entiere = self._type(nom) in _ENTIERS
        if entiere and (fait.type != "montant" or colonne.unite == "centimes"):
            nombre, illisible = sql.cast(brut, "BIGINT"), None
            attendu = genre = ""
        elif fait.type == "montant":
            ecrit_en_centimes = colonne.unite == "centimes" and self._type(nom) == "VARCHAR"
            precis = self._essai(nom, "BIGINT" if ecrit_en_centimes else "DECIMAL(18, 4)")
            large = sql.fois(precis, ent(1 if colonne.unite == "centimes" else 100))
            nombre = self._lue(sql.cast(large, "BIGINT"))
            illisible = sql.ou(sql.est_nul(precis), sql.differe(large, nombre))
            attendu = (
                "un montant en euros, un point, deux décimales au plus"
                if colonne.unite == "euros"
                else "un nombre entier de centimes"
            )
            genre = "MONTANT_ILLISIBLE"
        else:
            nombre = self._lue(sql.cast(self._essai(nom, "INTEGER"), "BIGINT"))
            illisible, attendu, genre = sql.est_nul(nombre), "un nombre entier", "NOMBRE_ILLISIBLE"
        mot = sql.egal(sql.cast(brut, "VARCHAR"), sql.txt(fait.sans_objet)) if fait.sans_objet else None
        if mot is not None:
            self._mots_dits[nom] = mot
            illisible = None if illisible is None else sql.et(illisible, sql.non(mot))
        if illisible is not None:
            self._controler(nom, genre, "cette valeur ne se lit pas", attendu, sql.et(sql.connu(brut), illisible))
        signe = nom in {"acte.honoraires", "acte.quantite"}
        bas, haut = fait.minimum, fait.maximum
        absolu = self.moteur.absolu(nombre) if signe else nombre
        if bas is not None:
            self._controler(
                nom, "HORS_DOMAINE", "sous le minimum", f"au moins {fait.texte(bas)}", sql.moins_que(absolu, ent(bas))
            )
        if haut is not None:
            self._controler(
                nom,
                "HORS_DOMAINE",
                "au-dessus du maximum",
                f"au plus {fait.texte(haut)}",
                sql.moins_que(ent(haut), absolu),
            )
        return nombre

    def _montants(self) -> tuple[Expr, Expr, Expr]:
        """Les honoraires et la quantité en valeur absolue, et le signe de la ligne : -1 pour une annulation."""
        honoraires = self._nombres["acte.honoraires"]
        quantite = self._nombres.get("acte.quantite")
        negatif = sql.moins_que(honoraires, ent(0))
        if quantite is not None:
            moins = sql.moins_que(quantite, ent(0))
            zero = sql.egal(honoraires, ent(0))
            autre = sql.et(
                sql.differe(sql.drapeau(negatif), sql.drapeau(moins)),
                sql.connu(honoraires),
                sql.connu(quantite),
                sql.non(zero),
            )
            self._controler(
                "acte.quantite", "FAITS_CONTRADICTOIRES", "les honoraires et la quantité n'ont pas le même signe",
                "deux nombres négatifs pour une annulation", autre,
            )  # fmt: skip
            negatif = sql.ou(negatif, moins)
            self._nombres["acte.quantite"] = self.moteur.absolu(quantite)
        self._nombres["acte.honoraires"] = self.moteur.absolu(honoraires)
        dite = self._nombres.get("acte.quantite")
        usuelle = None if self._strict else self.corpus.vocabulaire.faits["acte.quantite"].usuel
        constante = self.mappage.constantes.get("acte.quantite", usuelle)
        un = ent(constante) if isinstance(constante, int) else sql.nul()
        pleine = un if dite is None else sql.defaut(dite, un)
        return self._nombres["acte.honoraires"], sql.selon((negatif, ent(-1)), sinon=ent(1)), pleine

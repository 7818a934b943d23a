"""La forme en colonnes de l'algèbre : les mêmes formules que l'interprète scalaire, bâties en expressions SQL.

Un nombre inconnu est NULL ; une valeur de Kleene est un prédicat SQL, NULL compris. CASE, min, max, sommes et relations
ne sont pas de Kleene en SQL : ici le NULL y est toujours écrit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce

from sqlglot import exp

from opposable.droit import temps
from opposable.droit.montant import UNITE_TAUX
from opposable.lots import sql
from opposable.lots.jours import Jours
from opposable.lots.moteurs import Moteur
from opposable.lots.sql import Expr, col, ent

_UN_LUNDI = "1900-01-01"


class Etapes:
    """Des valeurs nommées, chacune bâtie sur les précédentes : une requête emboîtée par niveau."""

    def __init__(self) -> None:
        self.niveaux: list[list[tuple[str, Expr]]] = []
        self._niveau: dict[str, int] = {}
        self._noms: dict[str, str] = {}

    def ajouter(self, nom: str, valeur: Expr) -> Expr:
        """Nomme une valeur ; rend la colonne qui la désigne."""
        dessous = [self._niveau.get(c.name, -1) for c in valeur.find_all(exp.Column)]
        niveau = max(dessous, default=-1) + 1
        while len(self.niveaux) <= niveau:
            self.niveaux.append([])
        self.niveaux[niveau].append((nom, valeur))
        self._niveau[nom] = niveau
        return col(nom)

    def poser(self, valeur: Expr) -> Expr:
        """Donne à une valeur un nom qu'aucune formule ne lit, le même à qui la pose deux fois."""
        nom = self._noms.setdefault(valeur.sql(), f"posee{len(self._noms)}")
        return col(nom) if nom in self._niveau else self.ajouter(nom, valeur)

    def appliquer(self, requete: exp.Select) -> exp.Select:
        """La requête, avec une étape par niveau : tout ce qu'elle donne, et les valeurs nommées."""
        for niveau in self.niveaux:
            colonnes = [exp.Star(), *(sql.nomme(valeur, nom) for nom, valeur in niveau)]
            requete = sql.choisir(sql.depuis(requete), colonnes)
        return requete


class Colonnes:
    """L'algèbre sur des expressions. ``faits`` donne la colonne d'un nombre ; ``tables``, celle d'une table."""

    def __init__(
        self,
        moteur: Moteur,
        faits: Mapping[str, Expr],
        tables: Callable[[str], Expr] | None = None,
        etapes: Etapes | None = None,
        unitaires: Mapping[str, Expr] | None = None,
    ) -> None:
        self.moteur = moteur
        self._faits = faits
        self._tables = tables
        self._posees = etapes is not None
        self.etapes = etapes if etapes is not None else Etapes()
        self._unitaires = unitaires or {}

    # --- Ce que les formules lisent --------------------------------------------------------------------------
    def nombre(self, nom: str) -> Expr:
        """Un fait numérique ; NULL s'il est inconnu."""
        return self._faits.get(nom, sql.nul())

    def table(self, nom: str) -> Expr:
        """Le nombre d'une table qui ne lit aucun fait : une valeur par période."""
        if self._tables is None:
            raise TypeError(f"la table « {nom} » n'est pas lisible ici")
        return self._tables(nom)

    def tarif(self) -> Expr:
        """Le tarif unitaire."""
        return self._unitaires["tarif"]

    def base_propre(self) -> Expr:
        """La base unitaire."""
        return self._unitaires["base"]

    def taux_propre(self) -> Expr:
        """Le taux de la ligne."""
        return self._unitaires["taux"]

    def nomme(self, nom: str, valeur: Expr) -> Expr:
        """Une étape nommée de la requête."""
        return self.etapes.ajouter(nom, valeur)

    # --- Les opérations --------------------------------------------------------------------------------------
    plus = staticmethod(sql.plus)
    moins = staticmethod(sql.moins)
    fois = staticmethod(sql.fois)
    et = staticmethod(sql.et)
    ou = staticmethod(sql.ou)
    non = staticmethod(sql.non)
    connu = staticmethod(sql.connu)
    defaut = staticmethod(sql.defaut)

    @staticmethod
    def somme(termes: Iterable[Expr]) -> Expr:
        """La somme ; NULL dès qu'un terme l'est."""
        return reduce(sql.plus, termes, ent(0))

    @staticmethod
    def au_plus(a: Expr | int, b: Expr | int) -> Expr:
        """``a`` ≤ ``b``."""
        return sql.au_plus(_nombre(a), _nombre(b))

    @staticmethod
    def oui_non(kleene: Expr) -> Expr:
        """Un fait oui/non reste un prédicat."""
        return kleene

    def min(self, a: Expr | int, b: Expr | int) -> Expr:
        """Le plus petit ; NULL dès qu'un des deux l'est."""
        return plus_petit(self._poser(a), self._poser(b))

    def max(self, a: Expr | int, b: Expr | int) -> Expr:
        """Le plus grand ; NULL dès qu'un des deux l'est."""
        a, b = self._poser(a), self._poser(b)
        return sql.selon((sql.ou(sql.est_nul(a), sql.est_nul(b)), sql.nul()), (sql.au_plus(a, b), b), sinon=a)

    def si(self, condition: Expr, alors: Expr | int, sinon: Expr | int) -> Expr:
        """``alors`` ou ``sinon`` ; si la condition est inconnue, leur valeur commune ou NULL."""
        alors, sinon = self._poser(alors), self._poser(sinon)
        return sql.selon(
            (condition, alors), (sql.non(condition), sinon), (sql.egal(alors, sinon), alors), sinon=sql.nul()
        )

    def _poser(self, valeur: Expr | int) -> Expr:
        """L'opérande d'une opération qui l'écrit plusieurs fois : une colonne de la requête, si elle a des étapes."""
        if isinstance(valeur, int):
            return ent(valeur)
        if not self._posees or not isinstance(valeur, (exp.Case, exp.Binary)):
            return valeur
        return self.etapes.poser(valeur)

    def part(self, montant: Expr, taux: Expr) -> Expr:
        """Le montant multiplié par le taux, arrondi au centime, demi vers le haut, sur la valeur absolue."""

        def arrondi(positif: Expr) -> Expr:
            double = sql.plus(sql.fois(sql.fois(sql.cast(positif, "BIGINT"), taux), ent(2)), ent(UNITE_TAUX))
            return self.moteur.quotient(double, 2 * UNITE_TAUX)

        oppose = exp.Neg(this=exp.Paren(this=arrondi(exp.Neg(this=exp.Paren(this=montant)))))
        return sql.selon((sql.moins_que(montant, ent(0)), oppose), sinon=arrondi(montant))


def plus_petit(a: Expr, b: Expr) -> Expr:
    """Le plus petit ; NULL dès qu'un des deux l'est."""
    return sql.selon((sql.ou(sql.est_nul(a), sql.est_nul(b)), sql.nul()), (sql.au_plus(a, b), a), sinon=b)


def _nombre(valeur: Expr | int) -> Expr:
    return ent(valeur) if isinstance(valeur, int) else valeur


class ColonnesLot(Colonnes):
    """L'algèbre des faits d'une ligne du lot : âges et délais, en bouts d'intervalle ``(bas, haut)``.

    ``instants`` donne la date et les minutes d'un instant dit ; ``jours``, ce que le calendrier dit du jour des soins.
    """

    jour: int

    def __init__(
        self,
        moteur: Moteur,
        faits: Mapping[str, Expr],
        jour: Expr,
        ages: Mapping[str, tuple[Expr, Expr]],
        instants: Mapping[str, tuple[Expr, Expr]] | None = None,
        jours: Jours | None = None,
    ) -> None:
        super().__init__(moteur, faits)
        self._jour = jour
        self._ages = ages
        self._instants = instants or {}
        self._jours = jours

    def _naissances(self, naissance: str, age: str) -> tuple[Expr, Expr]:
        """Le premier et le dernier jour de naissance possibles, NULL si rien ne les dit."""
        date = self._faits.get(naissance)
        ages = self._ages.get(age)
        if ages is None:
            date = date if date is not None else sql.nul("DATE")
            return date, date
        return ages if date is None else (sql.defaut(date, ages[0]), sql.defaut(date, ages[1]))

    def age_mois(self, naissance: str, age: str) -> tuple[Expr, Expr]:
        """Les mois révolus du plus jeune et du plus âgé possibles."""
        vieux, jeune = self._naissances(naissance, age)
        return self.mois_revolus(jeune), self.mois_revolus(vieux)

    def mois_revolus(self, naissance: Expr) -> Expr:
        """Les mois révolus entre une naissance et le jour des soins : le mois compte quand le quantième est atteint."""

        def rang(date: Expr) -> Expr:
            return sql.plus(sql.fois(exp.Year(this=date.copy()), ent(12)), exp.Month(this=date.copy()))

        avant = sql.moins_que(exp.Day(this=self._jour.copy()), exp.Day(this=naissance.copy()))
        return sql.moins(sql.moins(rang(self._jour), rang(naissance)), sql.drapeau(avant))

    def age_mois_1er_janvier(self, naissance: str, age: str) -> tuple[Expr, Expr]:
        """Les mois révolus au 1er janvier de l'année des soins, zéro au moins, du plus jeune et du plus âgé."""
        vieux, jeune = self._naissances(naissance, age)
        return self._mois_au_1er_janvier(jeune), self._mois_au_1er_janvier(vieux)

    def _mois_au_1er_janvier(self, naissance: Expr) -> Expr:
        """De janvier de l'année des soins au mois de naissance ; un mois de moins, sauf né un premier du mois."""
        annees = sql.moins(exp.Year(this=self._jour.copy()), exp.Year(this=naissance.copy()))
        mois = sql.moins(sql.plus(sql.fois(annees, ent(12)), ent(1)), exp.Month(this=naissance.copy()))
        entame = sql.drapeau(sql.moins_que(ent(1), exp.Day(this=naissance.copy())))
        return self.max(sql.moins(mois, entame), 0)

    def age_jours(self, naissance: str, age: str) -> tuple[Expr, Expr]:
        """Les jours révolus du plus jeune et du plus âgé possibles."""
        vieux, jeune = self._naissances(naissance, age)
        return self.moteur.jours_entre(jeune, self._jour), self.moteur.jours_entre(vieux, self._jour)

    def jours_depuis(self, date: str) -> Expr:
        """Les jours écoulés depuis une date."""
        return self.moteur.jours_entre(self._faits[date], self._jour)

    def jour_de_semaine(self) -> Expr:
        """Le rang du jour de la semaine des soins, dès 1 : le lundi."""
        depuis = self.moteur.jours_entre(self.moteur.date(_UN_LUNDI), self._jour)
        return sql.plus(exp.Mod(this=exp.Paren(this=depuis), expression=ent(7)), ent(1))

    def ferie(self, ecart: int, territoire: str, alsace_moselle: str) -> Expr:
        """Le jour des soins, ``ecart`` jours plus loin, est férié là où est le cabinet."""
        if self._jours is None:
            raise TypeError("aucun calendrier n'est lisible ici")
        return self._jours.ferie(ecart, territoire, alsace_moselle)

    def minutes_depuis(self, instant: str, heure: str) -> tuple[Expr, Expr]:
        """Le moins et le plus de minutes possibles entre un instant et les soins, qui ne le précèdent pas."""
        if instant not in self._instants:
            return sql.nul(), sql.nul()
        le, minutes = self._instants[instant]
        jours = sql.cast(self.moteur.jours_entre(le, self._jour), "BIGINT")
        depuis_minuit = sql.moins(sql.fois(jours, ent(temps.MINUTES)), minutes)
        dite = self._faits.get(heure)
        tot, tard = (ent(0), ent(temps.MINUTES - 1))
        if dite is not None:
            tot, tard = sql.defaut(dite, tot), sql.defaut(dite, tard)
        bas = sql.plus(depuis_minuit, tot)
        if dite is None or not isinstance(dite, exp.Literal):
            inconnue = sql.VRAI if dite is None else sql.est_nul(dite)
            bas = sql.selon((sql.et(inconnue, sql.moins_que(bas, ent(0))), ent(0)), sinon=bas)
        return bas, sql.plus(depuis_minuit, tard)

    def jours_ouvres_depuis(self, instant: str, territoire: str, alsace_moselle: str) -> tuple[Expr, Expr]:
        """Le moins et le plus de jours ouvrés possibles depuis le jour d'un instant, aux paliers des règles."""
        if instant not in self._instants or self._jours is None:
            return sql.nul(), sql.nul()
        return self._jours.ouvres(self._instants[instant][0], territoire, alsace_moselle)


class ColonnesFacture(Colonnes):
    """L'algèbre d'une facture : les relations closes, en agrégats sur ses lignes en vigueur.

    ``kleene`` donne, pour un fait de ligne et une valeur, le prédicat de la ligne ; ``familles``, celui d'une famille.
    """

    def __init__(
        self,
        moteur: Moteur,
        faits: Mapping[str, Expr],
        tables: Callable[[str], Expr],
        kleene: Callable[[str, str], Expr],
        famille: Callable[[str], Expr],
        existe: Expr,
        coordonnes: Mapping[str, tuple[Expr, Expr, Expr]],
        unitaires: Mapping[str, Expr],
    ) -> None:
        super().__init__(moteur, faits, tables, None, unitaires)
        self._kleene = kleene
        self._famille = famille
        self._existe = existe
        self._coordonnes = coordonnes

    def _un(self, predicat: Expr) -> Expr:
        """Vrai si une ligne en vigueur a ce prédicat certain."""
        return sql.egal(sql.maximum(sql.drapeau(sql.et(self._existe, predicat))), ent(1))

    def tous(self, fait: str, valeur: str) -> Expr:
        """Toutes les lignes en vigueur ont cette valeur."""
        ici = self._kleene(fait, valeur)
        return sql.selon((self._un(sql.non(ici)), sql.FAUX), (self._un(sql.est_nul(ici)), exp.null()), sinon=sql.VRAI)

    def un(self, fait: str, valeur: str) -> Expr:
        """Une ligne en vigueur au moins a cette valeur."""
        ici = self._kleene(fait, valeur)
        return sql.selon((self._un(ici), sql.VRAI), (self._un(sql.est_nul(ici)), exp.null()), sinon=sql.FAUX)

    def present(self, famille: str) -> Expr:
        """Un acte de cette famille est sur la facture."""
        return self._un(self._famille(famille))

    def plusieurs(self, famille: str) -> Expr:
        """Deux actes au moins de cette famille sont sur la facture."""
        nombre = sql.somme(sql.drapeau(sql.et(self._existe, self._famille(famille))))
        return sql.moins_que(ent(1), nombre)

    def _total(self, valeur: Expr, quand: Expr) -> Expr:
        """La somme sur les lignes où ``quand`` tient ; NULL dès que l'une est inconnue, 0 s'il n'y en a pas."""
        trou = sql.egal(sql.maximum(sql.drapeau(sql.et(quand, sql.est_nul(valeur)))), ent(1))
        return sql.selon((trou, sql.nul()), sinon=sql.somme(sql.selon((quand, valeur), sinon=ent(0))))

    def somme_honoraires(self) -> Expr:
        """Le total demandé ; une ligne sans honoraires compte pour son tarif."""
        return self._total(sql.defaut(self.nombre("acte.honoraires"), self.tarif()), self._existe)

    def total_coordonne(self) -> Expr:
        """Le tarif du parcours coordonné : les lignes, et les majorations de coordination qu'elles auraient."""
        lignes = self._total(self.tarif(), self._existe)
        total = lignes
        for present, du, tarif in self._coordonnes.values():
            ajoute = self._total(tarif, sql.et(self._existe, du))
            deja = sql.egal(sql.maximum(sql.drapeau(present)), ent(1))
            total = sql.plus(total, sql.selon((deja, ent(0)), sinon=ajoute))
        seul = self._tables_mot("da_assiette", "acte_seul")
        return sql.selon((seul, lignes), sinon=total)

    def _tables_mot(self, nom: str, mot: str) -> Expr:
        return sql.egal(self.table(nom), sql.txt(mot))

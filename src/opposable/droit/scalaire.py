"""L'interprète scalaire : un cas, ses faits lus une fois, ce qui a été supposé, et la trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from opposable.droit import temps
from opposable.droit.acte import Regle
from opposable.droit.algebre import Calculs
from opposable.droit.condition import Ou
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.fait import Cas, Fait
from opposable.droit.table import Calendrier, Choisie, LigneTable

Formule = Callable[[Any], Valeur]
"""Une formule nommée d'un fait calculé : lit l'algèbre, rend la valeur du fait."""


class Portee(Calculs):
    """Une portée de faits : la facture, ou une ligne (qui lit aussi la facture, sa ``mere``)."""

    __slots__ = (
        "_faits",
        "_formules",
        "cache",
        "calendrier",
        "choisies",
        "corpus",
        "etapes",
        "inconnus",
        "jour",
        "mere",
        "strict",
        "supposes",
    )

    def __init__(
        self,
        corpus: Corpus,
        calendrier: Calendrier,
        jour: int,
        stated: Mapping[str, Valeur],
        formules: Mapping[str, Formule],
        mere: Portee | None = None,
        *,
        strict: bool = False,
    ) -> None:
        self.corpus = corpus
        self.calendrier = calendrier
        self.jour = jour
        self.mere = mere
        self.strict = strict
        self._faits = corpus.vocabulaire.faits
        self._formules = formules
        self.cache: dict[str, Valeur] = dict(stated)
        self.supposes: dict[str, Valeur] = {}
        self.inconnus: dict[str, None] = {}
        self.etapes: dict[str, int | None] = {}
        self.choisies: dict[str, Choisie] = {}

    def fait(self, nom: str) -> Valeur:
        """La valeur du fait : dite, calculée, déduite ou usuelle ; ``None`` si rien ne la donne."""
        cache = self.cache
        if nom in cache:
            return cache[nom]
        mere = self.mere
        if mere is not None:
            if nom in mere.cache:
                return mere.cache[nom]
            if not nom.startswith(("acte.", "ligne.")):
                return mere.fait(nom)
        valeur = cache[nom] = self._calcule(nom)
        return valeur

    def _calcule(self, nom: str) -> Valeur:
        membre = self.corpus.vocabulaire.membres.get(nom)
        if membre is not None:
            liste = self.fait(membre[0])
            if not isinstance(liste, frozenset):
                return None
            return "oui" if membre[1] in liste else "non"
        fait: Fait = self._faits[nom]
        if fait.derive:
            return self._premier(fait.derive)
        if fait.formule:
            return self._formules[fait.formule](self)
        if fait.vu_depuis or fait.sans_hypothese:
            return fait.usuel  # sans historique, rien ; ce qui n'est pas facturé n'est pas une hypothèse
        usuel = None if self.strict else fait.usuel
        if fait.deductions:
            deduit, certain = self._premier_deduit(fait.deductions, usuel)
            if certain:
                return deduit
            if deduit is None:
                self.inconnus[nom] = None
            else:
                self.supposes[nom] = deduit
            return deduit
        if usuel is None:
            self.inconnus[nom] = None
        else:
            self.supposes[nom] = usuel
        return usuel

    def _premier(self, cas: tuple[Cas, ...]) -> Valeur:
        possibles: list[Valeur] = []
        for c in cas:
            tient = True if c.si is None else c.si.evalue(self.fait)
            if tient is False:
                continue
            if tient is True and not possibles:
                return c.valeur
            possibles.append(c.valeur)
            if tient is True:
                break
        else:
            possibles.append(None)
        return possibles[0] if possibles and all(v == possibles[0] for v in possibles) else None

    def _premier_deduit(self, cas: tuple[Cas, ...], usuel: Valeur) -> tuple[Valeur, bool]:
        """La valeur déduite ou usuelle d'un fait absent, et si elle est certaine (déduite, donc pas une hypothèse)."""
        for rang, c in enumerate(cas):
            tient = c.si.evalue(self.fait) if c.si is not None else True
            if tient is True:
                return c.valeur, c.valeur is not None
            if tient is None:
                reste = self._premier((*cas[rang:], Cas(None, usuel)))
                return reste, False
        return usuel, False

    def regle(self, regle: Regle) -> bool | None:
        """Ce que vaut la condition d'une règle ; une règle à variantes ne regarde que celles en vigueur ce jour-là."""
        if regle.variantes:
            jour = self.jour
            return Ou(tuple(v.condition for v in regle.variantes if v.du <= jour < v.au)).evalue(self.fait)
        return regle.condition.evalue(self.fait)

    def repere(self) -> tuple[int, ...]:
        """Où en sont les faits lus, ceux de la portée mère compris ; pour :meth:`oublier`."""
        ici = (len(self.cache), len(self.supposes), len(self.inconnus))
        return ici if self.mere is None else (*ici, *self.mere.repere())

    def oublier(self, repere: tuple[int, ...]) -> None:
        """Oublie les faits lus depuis ce repère : ils se reliront au besoin."""
        lus: tuple[dict[str, Any], ...] = (self.cache, self.supposes, self.inconnus)
        for faits, longueur in zip(lus, repere, strict=False):
            while len(faits) > longueur:
                faits.popitem()
        if self.mere is not None:
            self.mere.oublier(repere[len(lus) :])

    def choisir(self, nom: str) -> Choisie:
        """La ligne d'une table du corpus qui s'applique, retenue pour la trace."""
        trouve = self.choisies.get(nom)
        if trouve is None:
            trouve = self.choisies[nom] = self.corpus.tables[nom].choisir(self.fait, self.jour, self.calendrier)
        return trouve

    def table(self, nom: str) -> int | None:
        """Le nombre de la table, ou ``None`` s'il manque ou dépend de faits inconnus."""
        valeur = self.choisir(nom).valeur
        return valeur if isinstance(valeur, int) else None

    def mot(self, nom: str) -> str | None:
        """Le texte de la table, ou ``None``."""
        valeur = self.choisir(nom).valeur
        return valeur if isinstance(valeur, str) else None

    def age_mois(self, naissance: str, age: str) -> Valeur:
        """L'âge en mois révolus ; un intervalle si seul l'âge est dit."""
        bornes = self.naissance(naissance, age)
        if bornes is None:
            return None
        return self._mois_au(bornes, self.jour)

    def age_mois_1er_janvier(self, naissance: str, age: str) -> Valeur:
        """L'âge en mois révolus au 1er janvier de l'année des soins, zéro au moins ; un intervalle si seul l'âge est
        dit.
        """
        bornes = self.naissance(naissance, age)
        if bornes is None:
            return None
        premier = temps.premier_janvier(self.jour)
        return self._mois_au((min(bornes[0], premier), min(bornes[1], premier)), premier)

    @staticmethod
    def _mois_au(bornes: tuple[int, int], jour: int) -> Valeur:
        """Les mois révolus ce jour-là du plus jeune et du plus âgé possibles."""
        jeune, vieux = temps.mois_revolus(bornes[1], jour), temps.mois_revolus(bornes[0], jour)
        return jeune if jeune == vieux else Intervalle(jeune, vieux + 1)

    def age_jours(self, naissance: str, age: str) -> Valeur:
        """L'âge en jours révolus ; un intervalle si seul l'âge est dit."""
        bornes = self.naissance(naissance, age)
        if bornes is None:
            return None
        jeune, vieux = self.jour - bornes[1], self.jour - bornes[0]
        return jeune if jeune == vieux else Intervalle(jeune, vieux + 1)

    def naissance(self, naissance: str, age: str) -> tuple[int, int] | None:
        """Le premier et le dernier jour de naissance possibles."""
        date = self.fait(naissance)
        if isinstance(date, int):
            return date, date
        dit = self.fait(age)
        return (dit.bas, dit.haut - 1) if isinstance(dit, Intervalle) else None

    def jours_depuis(self, date: str) -> Valeur:
        """Les jours écoulés depuis une date, ou le mot qui dit qu'elle est sans objet."""
        valeur = self.fait(date)
        return self.jour - valeur if isinstance(valeur, int) else valeur

    def jour_de_semaine(self) -> Valeur:
        """Le jour de la semaine des soins."""
        return temps.jour_de_semaine(self.jour)

    def ferie(self, ecart: int, territoire: str, alsace_moselle: str) -> bool | None:
        """Le jour des soins, ``ecart`` jours plus loin, est férié là où est le cabinet."""
        jour = self.jour + ecart
        possibles = self.selon_le_lieu(territoire, alsace_moselle, lambda lieu: temps.ferie(jour, lieu))
        return possibles.pop() == 1 if len(possibles) == 1 else None

    def minutes_depuis(self, instant: str, heure: str) -> Valeur:
        """Les minutes entre un instant et les soins, qui ne le précèdent pas ; toutes celles du jour sans l'heure."""
        le = self.fait(instant)
        if not isinstance(le, int):
            return le
        depuis_minuit = self.jour * temps.MINUTES - le
        a = self.fait(heure)
        if isinstance(a, int):
            return depuis_minuit + a
        return Intervalle(max(depuis_minuit, 0), max(depuis_minuit + temps.MINUTES, 1))

    def jours_ouvres_depuis(self, instant: str, territoire: str, alsace_moselle: str) -> Valeur:
        """Les jours ouvrés écoulés après le jour d'un instant, jour zéro exclu."""
        le = self.fait(instant)
        if not isinstance(le, int):
            return le
        du, au = le // temps.MINUTES, self.jour
        possibles = self.selon_le_lieu(territoire, alsace_moselle, lambda lieu: temps.jours_ouvres(du, au, lieu))
        bas, haut = min(possibles), max(possibles)
        return bas if bas == haut else Intervalle(bas, haut + 1)

    def selon_le_lieu(self, territoire: str, alsace_moselle: str, dire: Callable[[str], int]) -> set[int]:
        """Ce que ``dire`` donne dans chaque calendrier de jours fériés possible. En métropole, savoir si le cabinet est
        en Alsace-Moselle n'est lu que si cela change la réponse.
        """
        lieu = self.fait(territoire)
        if not isinstance(lieu, str):
            return {dire(calendrier) for calendrier in temps.CALENDRIERS}
        ici = dire(lieu)
        la = dire(temps.ALSACE_MOSELLE) if lieu == temps.METROPOLE else ici
        if ici == la:
            return {ici}
        au_cabinet = self.fait(alsace_moselle)
        return {ici, la} if au_cabinet is None else {la if au_cabinet == "oui" else ici}

    def nombre(self, nom: str) -> int | None:
        """Un fait numérique exactement connu, ou ``None``."""
        valeur = self.fait(nom)
        return valeur if isinstance(valeur, int) else None

    def nomme(self, nom: str, valeur: int | None) -> int | None:
        """Garde l'étape dans la trace."""
        self.etapes[nom] = valeur
        return valeur

    def inconnus_de(self, lignes: tuple[LigneTable, ...]) -> tuple[str, ...]:
        """Les faits inconnus que lisent ces lignes de table."""
        faits = dict.fromkeys(fait for ligne in lignes for fait, _ in ligne.cellule)
        return tuple(fait for fait in faits if self.fait(fait) is None or isinstance(self.fait(fait), Intervalle))

    def inconnus_regle(self, regle: Regle) -> tuple[str, ...]:
        """Les faits inconnus qui laissent une règle indécise."""
        conditions = [v.condition for v in regle.variantes if v.du <= self.jour < v.au] or [regle.condition]
        return tuple(dict.fromkeys(f for c in conditions for f in c.inconnus(self.fait)))

    def feuilles(self, faits: tuple[str, ...]) -> tuple[str, ...]:
        """Les faits qu'une personne peut dire, d'où viennent des faits calculés, déduits ou membres d'une liste.

        Pour un fait inconnu, seulement ceux qui manquent ; l'âge se demande par la date de naissance.
        """
        resultat: dict[str, None] = {}
        for nom in faits:
            self._feuilles(nom, resultat, set())
        return tuple(resultat)

    def _feuilles(self, nom: str, resultat: dict[str, None], vus: set[str]) -> None:
        fait = self.corpus.vocabulaire.faits.get(nom)
        membre = self.corpus.vocabulaire.membres.get(nom)
        if nom in vus:
            return
        vus.add(nom)
        if membre is not None:
            resultat[membre[0]] = None
        elif fait is None or not fait.calcule:
            if nom != "patient.age":
                resultat[nom] = None
        else:
            for lu in self._causes(fait) if self._manque(nom) else fait.lit:
                if not fait.formule or self._a_lu(lu):
                    self._feuilles(lu, resultat, vus)

    def _manque(self, nom: str) -> bool:
        valeur = self.fait(nom)
        return valeur is None or isinstance(valeur, Intervalle)

    def _causes(self, fait: Fait) -> Iterator[str]:
        """Ce dont l'ignorance laisse ce fait calculé inconnu : pour un fait à cas, ce qui laisse un cas indécis."""
        if not fait.derive:
            yield from (lu for lu in fait.lit if self._a_lu(lu) and self._manque(lu))
        for cas in fait.derive:
            tient = True if cas.si is None else cas.si.evalue(self.fait)
            if tient is None and cas.si is not None:
                yield from cas.si.inconnus(self.fait)
            if tient is True:
                return

    def _a_lu(self, nom: str) -> bool:
        """Vrai si ce fait a déjà été lu ; un fait de ligne l'est par ses relations."""
        portees = (self,) if self.mere is None else (self, self.mere)
        return nom.startswith(("acte.", "ligne.")) or any(nom in portee.cache for portee in portees)

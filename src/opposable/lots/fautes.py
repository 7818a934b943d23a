"""Les lignes d'un lot qu'on ne peut pas contrôler : les situer et le dire, ou écarter leurs factures et les compter.

Une faute ne se devine pas : une facture qui en porte une est écartée tout entière, ou le contrôle s'arrête.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sqlglot import exp

from opposable.droit.corpus import Contradiction
from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.lots import sql
from opposable.lots.encodage import Codage
from opposable.lots.moteurs import Moteur
from opposable.lots.plan import Plan
from opposable.lots.resolution import Resolution
from opposable.lots.sql import Expr, col, ent

RESTE: Final = "--ecarter pour contrôler le reste du lot"
_TYPES: Final = {
    "rang": "INTEGER", "raison": "VARCHAR", "fait": "VARCHAR", "colonne": "VARCHAR", "message": "VARCHAR",
    "attendu": "VARCHAR",
}  # fmt: skip


class Raison(NamedTuple):
    """Pourquoi une ligne ne se contrôle pas, et dans quelle colonne."""

    code: str
    fait: str
    colonne: str
    message: str
    attendu: str


class Premiere(NamedTuple):
    """La première faute d'un lot : où elle est (un numéro dès 1, inconnu pour une faute de facture) et sa raison."""

    numero: int | None
    facture: str | None
    ligne: str | None
    raison: Raison


@dataclass(slots=True)
class Fautes:
    """Cherche les fautes d'un lot. Sans ``ecarter``, la première arrête tout ; sinon ``trouvees`` nomme les tables qui
    les disent, ligne par ligne.
    """

    plan: Plan
    moteur: Moteur
    codage: Codage
    resolution: Resolution
    ecarter: bool
    trouvees: list[str] = field(default_factory=list)

    def de_lecture(self) -> None:
        """Les valeurs illisibles et les faits qui se contredisent, avant toute résolution."""
        ((nombre,),) = self.moteur.lire(self.plan.fautives())
        if nombre:
            self.moteur.numerotees()
            raisons = [Raison(c.code, c.fait, c.colonne, c.message, c.attendu) for c in self.plan.lecture.controles]
            self._traiter("lecture", self.plan.fautes(), raisons, "codees")
        self._contredites()

    def de_facture(self) -> bool:
        """Les lignes en double et les factures qui se contredisent ; vrai si des factures ont été écartées."""
        ((_, _, desaccords, doublons),) = self.moteur.lire(self.plan.comptes_des_formes())
        avant = len(self.trouvees)
        if doublons:
            raison = Raison(
                "LIGNE_EN_DOUBLE", "ligne", self.plan.mappage.ligne,
                "deux lignes de la facture ont le même identifiant",
                "un identifiant de ligne différent pour chaque ligne d'une facture",
            )  # fmt: skip
            ((nombre,),) = self.moteur.lire(self._choix(self.plan.doubles(), [sql.compte()]))
            if nombre:
                self._traiter("doubles", self.plan.doubles(), [raison], "numerotees", ("facture", "ligne"))
        if desaccords:
            raison = Raison(
                "FACTURE_INCOHERENTE", "", "", "deux lignes de la facture ne disent pas la même chose",
                "les mêmes date, médecin, patient et contexte sur toutes les lignes d'une facture",
            )  # fmt: skip
            self._traiter("desaccords", self.plan.desaccords(), [raison], "numerotees", ("facture",))
        return len(self.trouvees) > avant

    def par_raison(self) -> dict[str, int]:
        """Combien de lignes ou de factures chaque raison a écartées."""
        comptes: dict[str, int] = {}
        for table in self.trouvees:
            requete = sql.choisir(sql.depuis(table), [col("raison", "t"), sql.compte()])
            for code, lignes in self.moteur.lire(requete.group_by(col("raison", "t"), copy=False)):
                comptes[code] = comptes.get(code, 0) + lignes
        return dict(sorted(comptes.items()))

    def _contredites(self) -> None:
        question = self.resolution.question_contradictions()
        masque = question.masque()
        cles: list[tuple[int, ...]] = []
        raisons: list[Raison] = []
        vues: dict[tuple[int, ...], Raison | None] = {}
        for mots in self.moteur.lire(self.plan.dires(masque)):
            canon = question.canon(mots)
            if canon not in vues:
                trouvee = self.resolution.contradiction(canon[0], question.faits(canon))
                vues[canon] = None if trouvee is None else self._contredite(trouvee)
            dite = vues[canon]
            if dite is not None:
                cles.append((*mots, len(raisons)))
                raisons.append(dite)
        if not cles:
            return
        colonnes = {f"k{mot}": "BIGINT" for mot in self.plan.mots} | {"rang": "INTEGER"}
        self.moteur.charger("contradictions", colonnes, cles)
        self.moteur.numerotees()
        self._traiter("contradictions", self.plan.contredites(masque), raisons, "codees")

    def _contredite(self, trouvee: Contradiction) -> Raison:
        colonne = self.plan.mappage.faits.get(trouvee.ou)
        return Raison(
            "FAITS_CONTRADICTOIRES", trouvee.ou, colonne.colonne if colonne else "", trouvee.message, trouvee.attendu
        )

    # --- Dire, ou écarter ------------------------------------------------------------------------------------
    def _traiter(
        self, nom: str, requete: exp.Select, raisons: Sequence[Raison], table: str, dites: Sequence[str] = ()
    ) -> None:
        """``requete`` dit les colonnes ``dites`` (toutes si aucune n'est nommée) : numéro, facture, ligne, rang de la
        raison.
        """
        manque = {"numero": sql.nul(), "facture": sql.nul("VARCHAR"), "ligne": sql.nul("VARCHAR"), "rang": ent(0)}
        fautes = self._choix(
            requete,
            [sql.nomme(v, c) if dites and c not in dites else col(c, "t") for c, v in manque.items()],
        )
        if not self.ecarter:
            raise self._erreur(fautes, raisons)
        self.moteur.charger(f"raisons_{nom}", _TYPES, [(rang, *raison) for rang, raison in enumerate(raisons)])
        avec = sql.joindre(sql.depuis(fautes), f"raisons_{nom}", "r", (col("rang", "t"), col("rang", "r")))
        gardees = [col(c, "t") for c in ("numero", "facture", "ligne")]
        gardees += [col(c, "r") for c in ("raison", "colonne", "message", "attendu")]
        self.moteur.creer(f"fautes_{nom}", sql.choisir(avec, gardees))
        self.trouvees.append(f"fautes_{nom}")
        factures = sql.choisir(sql.depuis(f"fautes_{nom}"), [col("facture", "t")]).distinct(copy=False)
        self.moteur.creer("ecartees", factures.where(sql.connu(col("facture", "t")), copy=False))
        self.moteur.creer(f"{table}_gardees", self.plan.sans(table, "ecartees"), longue=True)
        self.moteur.renommer(f"{table}_gardees", table)

    @staticmethod
    def _choix(requete: exp.Select, colonnes: Sequence[Expr]) -> exp.Select:
        return sql.choisir(sql.depuis(requete), colonnes)

    def _erreur(self, fautes: exp.Select, raisons: Sequence[Raison]) -> ErreurEntree:
        """L'erreur de la première faute du lot, et combien d'autres il y en a."""
        ((nombre,),) = self.moteur.lire(self._choix(fautes, [sql.compte()]))
        ordre = [exp.Ordered(this=col(c, "t"), nulls_first=False) for c in ("numero", "facture", "ligne")]
        triees = self._choix(fautes, [exp.Star()]).order_by(*ordre, copy=False).limit(1, copy=False)
        ((numero, facture, ligne, rang),) = self.moteur.lire(triees)
        raison = raisons[rang]
        valeurs = self._valeurs(numero, raison)
        if raison.code == "FACTURE_INCOHERENTE":
            colonne, valeurs = self._qui_differe(facture)
            raison = raison._replace(colonne=colonne)
        return self._dite(Premiere(numero, facture, ligne, raison), valeurs, nombre - 1)

    def _dite(self, premiere: Premiere, valeurs: Sequence[str], autres: int) -> ErreurEntree:
        raison = premiere.raison
        ou = f"facture « {premiere.facture} »"
        if premiere.numero is not None:
            suite = f" ({ou})" if premiere.facture is not None else ""
            ou = f"ligne {_nombre(premiere.numero)} du lot" + suite
        elif premiere.ligne is not None:
            ou += f", ligne « {premiere.ligne} »"
        if raison.colonne:
            ou += f", colonne « {raison.colonne} »"
        elif raison.fait:
            ou += f", fait « {raison.fait} » du mappage"
        message = raison.message
        if valeurs:
            message += " : " + ", ".join(f"« {valeur} »" for valeur in valeurs)
        proche, exemple = self._proposer(raison, valeurs)
        message += proche
        if autres:
            pluriel = "s" if autres > 1 else ""
            message += f" ; {_nombre(autres)} autre{pluriel} faute{pluriel} dans le lot"
        return ErreurEntree(
            raison.code, message, ou=ou, attendu=raison.attendu, exemple=f"{exemple} ; ou {RESTE}" if exemple else RESTE
        )

    def _valeurs(self, numero: int | None, raison: Raison) -> list[str]:
        """Ce que la ligne en faute dit dans la colonne en cause."""
        if numero is None or not raison.colonne:
            return []
        ligne = sql.choisir(sql.depuis("lot_numerote"), [sql.cast(col(raison.colonne, "t"), "VARCHAR")]).where(
            sql.egal(col("numero", "t"), ent(numero)), copy=False
        )
        return [str(valeur)[:60] for (valeur,) in self.moteur.lire(ligne) if valeur is not None]

    def _proposer(self, raison: Raison, valeurs: Sequence[str]) -> tuple[str, str]:
        """Ce que la personne voulait peut-être dire, et un exemple de ce qui se lit."""
        corpus, mappage = self.plan.corpus, self.plan.mappage
        valeur = valeurs[0] if valeurs else ""
        if raison.code == "CODE_CCAM_INCONNU":
            importees = ", ".join(str(v.numero) for v in corpus.versions_importees)
            return f" ({f'versions importées : {importees}' if importees else 'aucune version importée'})", "DEQP003"
        if raison.code == "CODE_INCONNU":
            proche = plus_proche(valeur, corpus.actes)
            return (f" ; vouliez-vous « {proche} » ({corpus.actes[proche].libelle}) ?" if proche else ""), proche or "G"
        if raison.code == "CODE_NON_COUVERT":
            return f" ({corpus.non_couverts.get(valeur, valeur)})", "G"
        if raison.code in {"FAITS_CONTRADICTOIRES", "FACTURE_INCOHERENTE", "LIGNE_EN_DOUBLE", "IDENTIFIANT_ABSENT"}:
            return "", ""
        fait = corpus.vocabulaire.faits[raison.fait]
        if raison.code == "VALEUR_INCONNUE":
            permis = {libelle: mot for mot, libelle in fait.valeurs.items()} | {mot: mot for mot in fait.valeurs}
            voisine = plus_proche(valeur, permis)
            if voisine is not None:
                return f" ; vouliez-vous « {permis[voisine]} » ?", permis[voisine]
            return "", next(iter(mappage.faits[raison.fait].valeurs or fait.valeurs or {"oui": ""}))
        if mappage.faits[raison.fait].unite == "centimes":
            return "", "3000"
        return "", "38" if fait.type == "age" else fait.exemple

    def _qui_differe(self, facture: str) -> tuple[str, list[str]]:
        """La première colonne où les lignes de la facture diffèrent, et ce qu'elles y disent."""
        self.moteur.numerotees()
        mappage = self.plan.mappage
        colonnes = [c.colonne for n, c in mappage.faits.items() if not n.startswith(("acte.", "ligne."))]
        colonnes += [mappage.medecin] if mappage.medecin else []
        lignes = self.moteur.lire(self._choix(self.plan.lignes_de(facture), [col(c, "t") for c in colonnes]))
        for nom, valeurs in zip(colonnes, zip(*lignes, strict=True), strict=True):
            distinctes = list(dict.fromkeys(valeurs))
            if len(distinctes) > 1:
                return nom, ["vide" if v is None else str(v) for v in distinctes[:3]]
        return "", []


def _nombre(valeur: int) -> str:
    return f"{valeur:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")

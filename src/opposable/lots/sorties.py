"""Ce qu'un contrôle écrit : les lignes, leurs anomalies, les sommes par médecin, mois et code, le manifeste."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlglot import exp

from opposable.droit.corpus import Corpus
from opposable.lots import sql
from opposable.lots.colonnes import Colonnes, plus_petit
from opposable.lots.moteurs import Moteur
from opposable.lots.sql import Expr, col, ent

LIGNES: Final = "lignes.parquet"
ANOMALIES: Final = "anomalies.parquet"
SOMMES: Final = "sommes.parquet"
ECARTEES: Final = "ecartees.parquet"
PARTICIPATIONS: Final = "participations.parquet"
FREQUENCES: Final = "frequences.parquet"
MANIFESTE: Final = "manifeste.json"
MAPPAGE: Final = "mappage.yaml"
MONTANTS: Final = (
    "honoraires", "base_remboursement", "part_obligatoire", "ticket_moderateur", "depassement",
    "participation_forfaitaire", "participation_actes_lourds", "remboursement",
)  # fmt: skip
_STATUTS: Final = {"acceptee": "acceptees", "refusee": "refusees", "a_verifier": "a_verifier"}


class Sorties:
    """Écrit les fichiers d'un contrôle dans un dossier, à partir de ``lignes.parquet``."""

    def __init__(self, corpus: Corpus, moteur: Moteur, dossier: Path) -> None:
        self.corpus, self.moteur, self.dossier = corpus, moteur, dossier

    def lignes(self, requete: exp.Select, avance: Any) -> None:
        """Écrit les lignes, puis les rend lisibles."""
        self.moteur.ecrire(requete, self.dossier / LIGNES, avance)
        self.moteur.ouvrir_parquet("lignes", self.dossier / LIGNES)

    def anomalies(self, effets: Sequence[tuple[object, ...]]) -> None:
        """Une rangée par motif qui refuse une ligne ou la laisse à vérifier, avec le montant en jeu."""
        colonnes = {
            "reponse": "INTEGER", "motif": "VARCHAR", "libelle": "VARCHAR", "effet": "VARCHAR", "enjeu": "BIGINT",
            "base_unitaire": "BIGINT", "part": "INTEGER",
        }  # fmt: skip
        self.moteur.charger("effets", colonnes, effets)
        avec = sql.depuis("lignes")
        avec = sql.joindre(avec, "effets", "e", (col("reponse", "t"), col("reponse", "e")))
        negative = sql.ou(sql.moins_que(col("quantite", "t"), ent(0)), sql.moins_que(col("honoraires", "t"), ent(0)))
        signe = sql.selon((negative, ent(-1)), sinon=ent(1))
        centimes = sql.cast(sql.fois(col("honoraires", "t"), ent(100)), "BIGINT")
        tarif = self.moteur.absolu(sql.cast(sql.fois(col("tarif", "t"), ent(100)), "BIGINT"))
        part = Colonnes(self.moteur, {}).part(tarif, col("part", "e"))  # d'une ligne à la quantité un
        base = plus_petit(
            sql.fois(sql.defaut(col("base_unitaire", "e"), part), self.moteur.absolu(col("quantite", "t"))),
            self.moteur.absolu(centimes),
        )
        enjeu = sql.selon(
            (sql.connu(col("enjeu", "e")), col("enjeu", "e")),
            (sql.egal(col("effet", "e"), sql.txt("refuse")), base),
            sinon=sql.nul(),
        )
        gardees = [col(c, "t") for c in ("facture", "ligne", "medecin", "date", "code", "statut")]
        requete = sql.choisir(
            avec,
            [
                *gardees, col("motif", "e"), col("libelle", "e"), col("effet", "e"),
                sql.nomme(self.moteur.euros(sql.fois(enjeu, signe)), "montant_en_jeu"),
            ],
        )  # fmt: skip
        self.moteur.ecrire(requete, self.dossier / ANOMALIES)

    def frequences(self, requete: exp.Select) -> None:
        """Une rangée par ligne et par limite qu'elle approche ou dépasse : les actes comptés avant elle."""
        self.moteur.ecrire(requete, self.dossier / FREQUENCES)

    def participations(self, requete: exp.Select) -> None:
        """Une rangée par facture dont le patient approche d'un plafond : ce qui était déjà retenu."""
        self.moteur.ecrire(requete, self.dossier / PARTICIPATIONS)

    def sommes(self) -> None:
        """Les comptes et les montants par médecin, mois et code ; les montants inconnus sont comptés, pas sommés."""
        mois = sql.nomme(self.moteur.mois(col("date", "t")), "mois")
        cles = [col("medecin", "t"), mois, col("code", "t")]
        statut = col("statut", "t")
        comptes: list[Expr] = [sql.nomme(sql.compte(), "lignes")]
        for nom, pluriel in _STATUTS.items():
            comptes.append(sql.nomme(sql.combien(sql.egal(statut, sql.txt(nom))), pluriel))
        montants = [
            sql.nomme(sql.cast(sql.defaut(exp.Sum(this=col(m, "t")), ent(0)), "DECIMAL(18, 2)"), m) for m in MONTANTS
        ]
        inconnu = sql.ou(*(sql.est_nul(col(m, "t")) for m in MONTANTS))
        inconnus = sql.nomme(sql.combien(inconnu), "lignes_aux_montants_inconnus")
        requete = sql.choisir(sql.depuis("lignes"), [*cles, *comptes, *montants, inconnus])
        requete = requete.group_by(
            col("medecin", "t"), self.moteur.mois(col("date", "t")), col("code", "t"), copy=False
        )
        self.moteur.ecrire(requete, self.dossier / SOMMES)
        self.moteur.ouvrir_parquet("sommes", self.dossier / SOMMES)

    def ecartees(self, tables: Sequence[str]) -> None:
        """Les lignes et les factures écartées, avec la raison de chacune."""
        parties = [sql.choisir(sql.depuis(table), [exp.Star()]) for table in tables]
        toutes = exp.union(*parties, distinct=False, copy=False) if len(parties) > 1 else parties[0]
        requete = exp.Select().from_(toutes.subquery("t", copy=False), copy=False)
        self.moteur.ecrire(sql.choisir(requete, [exp.Star()]), self.dossier / ECARTEES)

    def totaux(self) -> dict[str, Any]:
        """Les lignes par statut et les montants de tout le lot."""
        comptes = [sql.somme(col(c, "t")) for c in ("lignes", *_STATUTS.values())]
        montants = [sql.cast(exp.Sum(this=col(m, "t")), "DECIMAL(18, 2)") for m in MONTANTS]
        inconnus = sql.somme(col("lignes_aux_montants_inconnus", "t"))
        requete = sql.choisir(sql.depuis("sommes"), [*comptes, *montants, inconnus])
        (lignes, acceptees, refusees, a_verifier, *reste), *_ = self.moteur.lire(requete)
        return {
            "lignes": lignes or 0,
            "statuts": {"acceptee": acceptees or 0, "refusee": refusees or 0, "a_verifier": a_verifier or 0},
            "montants": {m: str(v) if v is not None else "0.00" for m, v in zip(MONTANTS, reste, strict=False)},
            "lignes_aux_montants_inconnus": reste[-1] or 0,
        }

    def anomalies_par_motif(self) -> list[dict[str, Any]]:
        """Combien de lignes chaque motif touche, et le montant en jeu, du plus fréquent au plus rare."""
        self.moteur.ouvrir_parquet("anomalies", self.dossier / ANOMALIES)
        cles = [col("motif", "t"), col("libelle", "t"), col("effet", "t")]
        enjeu = sql.cast(exp.Sum(this=col("montant_en_jeu", "t")), "DECIMAL(18, 2)")
        requete = sql.choisir(sql.depuis("anomalies"), [*cles, sql.compte(), enjeu]).group_by(
            *(c.copy() for c in cles), copy=False
        )
        rangees = sorted(self.moteur.lire(requete), key=lambda r: (-r[3], r[0], r[2]))
        return [
            {"motif": m, "libelle": lib, "effet": e, "lignes": n, "montant_en_jeu": None if v is None else str(v)}
            for m, lib, e, n, v in rangees
        ]

    def manifeste(self, contenu: Mapping[str, Any]) -> None:
        """Écrit le manifeste."""
        texte = json.dumps(contenu, ensure_ascii=False, indent=2, default=str) + "\n"
        (self.dossier / MANIFESTE).write_text(texte, encoding="utf-8")

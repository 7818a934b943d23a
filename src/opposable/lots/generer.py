"""Un lot synthétique de factures : reproductible, en grande majorité conforme, avec la vérité sur ses erreurs.

Les factures se tirent par morceaux, dans DuckDB ; la mémoire ne dépend pas de la taille du lot. Quatre fichiers : le
lot, la vérité (ce qui a été faussé), le manifeste (de quoi refaire le lot) et le mappage (de quoi le contrôler). Qui
appelle choisit où ils s'écrivent.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.lots import requetes
from opposable.lots.erreurs_injectees import mutations
from opposable.lots.mappage import ecrire_mappage, voisin
from opposable.lots.modele import Modele, Variante, en_tranches
from opposable.lots.moteurs.avec_duckdb import importer, pannes

LIGNES_AU_PLUS: Final = 1_000_000_000
MORCEAU: Final = 250_000
"""Factures tirées à la fois : règle la mémoire, ne change pas le lot."""
MEMOIRE: Final = "1GB"


@dataclass(frozen=True, slots=True)
class Demande:
    """Ce qui est demandé : tout ce dont dépend le contenu du lot."""

    lignes: int
    graine: int
    inconnus: float = 0.0
    erreurs: float = 0.0

    def verifier(self) -> None:
        """:class:`ErreurEntree` si un nombre n'a pas de sens."""
        if not 1 <= self.lignes <= LIGNES_AU_PLUS:
            raise _hors_bornes("--lignes", self.lignes, f"un entier de 1 à {LIGNES_AU_PLUS}", "1000000")
        if not 0 <= self.graine < 2**63:
            raise _hors_bornes("--graine", self.graine, "un entier positif ou nul, de 63 bits au plus", "42")
        for option, part, exemple in (("--inconnus", self.inconnus, "0.1"), ("--erreurs", self.erreurs, "0.02")):
            if not 0 <= part <= 1:
                raise _hors_bornes(option, part, "une part entre 0 et 1", exemple)


class Fichiers(NamedTuple):
    """Où écrire les quatre fichiers."""

    lot: Path
    verite: Path
    manifeste: Path
    mappage: Path


def voisins(lot: Path) -> Fichiers:
    """Le lot, et à côté sa vérité, son manifeste et son mappage, du même nom."""
    return Fichiers(lot, lot.with_suffix(".verite.parquet"), lot.with_suffix(".manifeste.json"), voisin(lot))


def generer(
    corpus: Corpus, demande: Demande, fichiers: Fichiers, avance: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Écrit le lot demandé et rend son manifeste ; ``avance`` reçoit le nombre de lignes déjà tirées."""
    demande.verifier()
    duckdb = importer("generer")
    modele = Modele(corpus)
    with (
        pannes(duckdb, str(fichiers.lot.parent)),
        tempfile.TemporaryDirectory(prefix=".opposable-morceaux-", dir=fichiers.lot.parent) as nom,
        duckdb.connect() as base,
    ):
        dossier = Path(nom)
        base.execute("SET memory_limit = $memoire", {"memoire": MEMOIRE})
        base.execute("SET temp_directory = $dossier", {"dossier": str(dossier / "debord")})
        _tables(base, modele, dossier, avec_erreurs=demande.erreurs > 0)
        factures, morceaux = _tirer(base, modele, demande, dossier, avance)
        sources = ", ".join(_texte(morceau) for morceau in morceaux)
        base.execute(
            f"COPY (FROM read_parquet([{sources}])) TO {_texte(fichiers.lot)} (FORMAT parquet, COMPRESSION zstd)"
        )
        comptes = _verite(base, modele, fichiers.verite, dossier)
    manifeste = _manifeste(modele, demande, factures, comptes)
    fichiers.manifeste.write_text(json.dumps(manifeste, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    fichiers.mappage.write_text(_mappage(modele), encoding="utf-8")
    return manifeste


def _mappage(modele: Modele) -> str:
    """Quelle colonne du lot porte quel fait : le mappage que « controler » lit à côté du lot."""
    faits: dict[str, str | dict[str, str]] = {
        "facture.date": "date",
        "acte.code": "code",
        "acte.honoraires": {"colonne": "honoraires", "unite": "centimes"},
        "medecin.territoire": {"valeur": str(modele.donnees["territoire"])},
    }
    faits |= {fait: requetes.nom_colonne(fait) for fait in modele.donnees["colonnes"]}
    return ecrire_mappage(faits, facture="facture", ligne="ligne", medecin="medecin", patient="patient")


def _tirer(
    base: Any, modele: Modele, demande: Demande, dossier: Path, avance: Callable[[int], None] | None
) -> tuple[int, list[Path]]:
    patientele = modele.donnees["patientele"]
    fixes = {
        "erreurs": demande.erreurs,
        "graine": str(demande.graine),
        "adulte": patientele["adulte_mois"],
        "femmes": patientele["femmes"],
        "homonymes": patientele["homonymes_par_jour"],
    }
    requete = requetes.lignes(modele.donnees["colonnes"], demande.inconnus)
    reste, debut, factures = demande.lignes, 0, 0
    morceaux: list[Path] = []
    while reste:
        fin = debut + min(MORCEAU, reste + 100)
        base.execute(requetes.FACTURES, {**fixes, "de": debut, "a": fin})
        base.execute(requetes.GARDEES, {"reste": reste})
        base.execute(requetes.NOTER)
        morceau = dossier / f"{len(morceaux):06d}.parquet"
        parametres: dict[str, object] = {}
        if demande.inconnus > 0:
            parametres = {"graine": str(demande.graine), "inconnus": demande.inconnus}
        base.execute(f"COPY ({requete}) TO {_texte(morceau)} (FORMAT parquet)", parametres)
        nombre, lignes = base.execute("SELECT count(*), coalesce(sum(n), 0)::BIGINT FROM gardees").fetchone()
        if lignes:
            morceaux.append(morceau)
        reste, debut, factures = reste - lignes, fin, factures + nombre
        if avance is not None:
            avance(demande.lignes - reste)
    return factures, morceaux


def _tables(base: Any, modele: Modele, dossier: Path, *, avec_erreurs: bool) -> None:
    """Charge les jours, les factures possibles, leurs mutations et les droits dans des tables de tirage."""
    faits = requetes.faits_de_variante(modele.donnees["colonnes"])
    types = {
        **requetes.COLONNES_VARIANTE,
        **{requetes.nom_colonne(fait): modele.donnees["colonnes"][fait]["type"] for fait in faits},
    }
    propres, fausses = _variantes(modele, faits, avec_erreurs=avec_erreurs)
    jours = modele.jours()
    tranches = en_tranches([poids for _, _, poids in jours], requetes.RANGS)
    en_jours = (
        {"jour": date.fromordinal(jour).isoformat(), "periode": periode, "debut": debut, "fin": fin}
        for (jour, periode, _), (debut, fin) in zip(jours, tranches, strict=True)
    )
    ecrits = {
        "jours": _ecrire(dossier / "jours.json", en_jours),
        "variantes": _ecrire(dossier / "variantes.json", propres),
        "mutations": _ecrire(dossier / "mutations.json", fausses),
        "droits": _ecrire(dossier / "droits.json", _droits(modele)),
    }
    colonnes = "{" + ", ".join(f"\"{nom}\": '{genre}'" for nom, genre in types.items()) + "}"
    script = requetes.TABLES.replace("$colonnes", colonnes)
    for nom, chemin in ecrits.items():
        script = script.replace(f"${nom}", _texte(chemin))
    base.execute(script)


def _variantes(
    modele: Modele, faits: list[str], *, avec_erreurs: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Les factures possibles, propres puis fausses, et le lien des unes aux autres."""
    propres = modele.variantes()
    rangees: list[dict[str, Any]] = []
    for periode in range(len(modele.bornes)):
        ici = [variante for variante in propres if variante.periode == periode]
        for variante, tranche in zip(ici, en_tranches([v.poids for v in ici], requetes.RANGS), strict=True):
            rangees.append(_rangee(modele, faits, len(rangees), variante, tranche))
    if not avec_erreurs:
        return rangees, []
    liens: list[dict[str, Any]] = []
    for propre, variante in enumerate(sorted(propres, key=lambda v: v.periode)):
        rang = 0
        for mutee in mutations(modele, variante):
            fausse = len(rangees)
            rangees.append(_rangee(modele, faits, fausse, mutee.variante, (0, 0)))
            lien = {"propre": propre, "fausse": fausse, "erreur": mutee.erreur, "ligne": mutee.ligne}
            for _ in range(modele.donnees["erreurs"][mutee.erreur].get("poids", 1)):
                liens.append({**lien, "rang": rang})
                rang += 1
        rangees[propre]["mutations"] = max(1, rang)
    return rangees, liens


def _rangee(
    modele: Modele, faits: list[str], rang: int, variante: Variante, tranche: tuple[int, int]
) -> dict[str, Any]:
    secteur, option = modele.secteur(variante.classe, modele.bornes[variante.periode])
    dits = {
        **variante.faits,
        "medecin.specialite": variante.specialite,
        "medecin.secteur": secteur,
        "medecin.option": option,
    }
    return {
        "id": rang, "periode": variante.periode, "debut": tranche[0], "fin": tranche[1], "mutations": 1,
        "prefixe": modele.prefixe(variante.specialite, variante.classe),
        "effectif": modele.effectif(variante.specialite, variante.classe),
        "codes": [ligne.code for ligne in variante.lignes],
        "tarifs": [ligne.tarif for ligne in variante.lignes],
        "depasse": [ligne.depasse for ligne in variante.lignes],
        "associations": [ligne.association for ligne in variante.lignes],
        "modificateurs": [ligne.modificateurs for ligne in variante.lignes],
        "nature": variante.nature, "minimum": variante.minimum, "maximum": variante.maximum,
        "age_de": variante.age[0], "age_a": variante.age[1],
        "sexe": variante.sexe, "limite": _limite(modele, variante), "sortie": variante.sortie,
        "exonerations": variante.exonerations,
        "lien_ald": variante.lien_ald,
        **{requetes.nom_colonne(fait): dits.get(fait) for fait in faits},
    }  # fmt: skip


def _limite(modele: Modele, variante: Variante) -> bool:
    """Vrai si un acte est limité pour un même patient : celui-ci n'est alors vu que cette fois."""
    actes = (modele.corpus.actes[ligne.code] for ligne in variante.lignes)
    return any(f.par != "medecin" for acte in actes for f in acte.frequences)


def _droits(modele: Modele) -> Iterator[dict[str, Any]]:
    for periode in range(len(modele.bornes)):
        for depasse in (False, True):
            for adulte in (False, True):
                possibles = modele.droits(periode, depasse=depasse, adulte=adulte)
                tranches = en_tranches([part for _, part in possibles], requetes.RANGS_DROITS)
                for (rang, _), (debut, fin) in zip(possibles, tranches, strict=True):
                    droit = modele.donnees["droits"][rang]
                    yield {
                        "periode": periode, "depasse": depasse, "adulte": adulte, "debut": debut, "fin": fin,
                        "exonerations": ",".join(droit["exonerations"]), "lien_ald": droit.get("lien_ald"),
                    }  # fmt: skip


def _verite(base: Any, modele: Modele, fichier: Path, dossier: Path) -> dict[str, int]:
    """Écrit la vérité, une rangée par facture faussée, et rend le compte de chaque erreur."""
    erreurs = _ecrire(
        dossier / "erreurs.json",
        (
            {"rang": rang, "numero": e["numero"], "nom": e["nom"], "description": e["description"]}
            for rang, e in enumerate(modele.donnees["erreurs"])
        ),
    )
    base.execute(f"CREATE TABLE erreurs AS FROM read_json({_texte(erreurs)}, format = 'newline_delimited', "
        "columns = {rang: 'INTEGER', numero: 'VARCHAR', nom: 'VARCHAR', description: 'VARCHAR'})")  # fmt: skip
    lien = "FROM verite v JOIN erreurs e ON e.rang = v.erreur"
    base.execute(
        f"COPY (SELECT v.facture, v.ligne, e.numero AS erreur, e.nom, e.description {lien} ORDER BY v.facture) "
        f"TO {_texte(fichier)} (FORMAT parquet, COMPRESSION zstd)"
    )
    return dict(base.execute(f"SELECT e.nom, count(*) {lien} GROUP BY e.nom ORDER BY e.nom").fetchall())


def _manifeste(modele: Modele, demande: Demande, factures: int, comptes: Mapping[str, int]) -> dict[str, Any]:
    return {
        "lot": "synthétique : aucune donnée réelle de patient ni de médecin",
        "graine": demande.graine,
        "lignes": demande.lignes,
        "factures": factures,
        "inconnus": demande.inconnus,
        "erreurs": demande.erreurs,
        "factures_faussees": sum(comptes.values()),
        "par_erreur": dict(comptes),
        "version": version("opposable"),
        "corpus": modele.corpus.entete()["corpus"],
        "surcouches": modele.corpus.entete()["surcouches"],
        "modele": json.loads(json.dumps(modele.donnees, default=str)),
    }


def _ecrire(fichier: Path, rangees: Iterable[Mapping[str, Any]]) -> Path:
    with fichier.open("w", encoding="utf-8") as flux:
        for rangee in rangees:
            flux.write(json.dumps(rangee, ensure_ascii=False) + "\n")
    return fichier


def _texte(chemin: Path) -> str:
    """Le chemin comme texte SQL."""
    return "'" + str(chemin).replace("'", "''") + "'"


def _hors_bornes(option: str, valeur: object, attendu: str, exemple: str) -> ErreurEntree:
    return ErreurEntree(
        "VALEUR_HORS_BORNES", f"« {valeur} » ne convient pas", ou=option, attendu=attendu, exemple=f"{option} {exemple}"
    )

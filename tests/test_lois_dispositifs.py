"""Les lois des dispositifs livrés : chacun se lit, tourne sur son exemple, et rien de ce qu'il écrit ne dort."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from tests.test_cas_dispositifs import DOSSIER, ecarts, lire

import opposable
from opposable.droit.calcul import Calcul
from opposable.droit.calculer import evaluer, importer, lire_cas
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.reponse_dispositif import calculer
from opposable.droit.table import LigneTable, Table
from opposable.portes import python as api
from opposable.portes.modeles_dispositifs import Calcul as Reponse
from opposable.portes.modeles_dispositifs import Dispositifs, FicheDispositif

CORPUS = api.corpus()
DISPOSITIFS = [pytest.param(d, id=nom) for nom, d in CORPUS.dispositifs.items()]
tout_dispositif = pytest.mark.parametrize("dispositif", DISPOSITIFS)


@tout_dispositif
def test_son_exemple_tourne_et_donne_toutes_ses_sorties(dispositif: Dispositif) -> None:
    k = evaluer(CORPUS, dispositif, lire_cas(CORPUS, dispositif, dispositif.exemple))
    assert {sortie.nom for sortie in dispositif.sorties} <= set(k.faites), "une sortie n'est pas une étape"
    types = {sortie.nom: sortie.type for sortie in dispositif.sorties}
    assert {nom: k.faites[nom].type for nom in types} == types
    assert calculer(CORPUS, dispositif.nom, dispositif.exemple)["statut"] in {"calcule", "partiel"}


@tout_dispositif
def test_ses_reponses_ont_la_forme_publiee(dispositif: Dispositif) -> None:
    """La réponse, la fiche et la liste valident leurs modèles ; l'exemple et la réponse, leurs schémas."""
    reponse = opposable.calculer(dispositif.nom, dispositif.exemple)
    Reponse.model_validate(reponse, strict=True)
    FicheDispositif.model_validate(opposable.dispositifs(dispositif.nom), strict=True)
    Dispositifs.model_validate(opposable.dispositifs(), strict=True)
    entree = opposable.schema(dispositif.nom)
    jsonschema.Draft202012Validator.check_schema(entree)
    jsonschema.validate(dispositif.exemple, entree)
    jsonschema.validate(reponse, opposable.schema(f"{dispositif.nom}.reponse"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**dispositif.exemple, "inconnue": 1}, entree)


@tout_dispositif
def test_une_date_aux_bouts_du_calendrier_a_sa_reponse_ou_son_message(dispositif: Dispositif) -> None:
    """Chaque date de l'exemple, menée à l'an 1 ou 9999 : une réponse, ou une erreur d'entrée."""
    dates = [f.nom for f in dispositif.hors_listes() if f.type == "date"]
    for nom in dates:
        *blocs, cle = nom.split(".")
        for bout in ("0001-01-01", "9999-12-31"):
            cas: dict[str, Any] = copy.deepcopy(dict(dispositif.exemple))
            objet = cas
            for bloc in blocs:
                objet = objet.setdefault(bloc, {})
            objet[cle] = bout
            with contextlib.suppress(ErreurEntree):  # toute autre exception fait échouer
                assert calculer(CORPUS, dispositif.nom, cas)["statut"]


@tout_dispositif
def test_ses_cas_valident_son_schema(dispositif: Dispositif) -> None:
    """Un cas que le programme accepte valide le schéma de l'entrée, et sa réponse celui de la réponse."""
    for cas in lire(DOSSIER / f"{dispositif.nom}.yaml"):
        if "erreur" not in cas["attendu"]:
            jsonschema.validate(cas["entree"], opposable.schema(dispositif.nom))
            reponse = opposable.calculer(dispositif.nom, cas["entree"])
            jsonschema.validate(reponse, opposable.schema(f"{dispositif.nom}.reponse"))
            Reponse.model_validate(reponse, strict=True)


def calculs(dispositif: Dispositif) -> Iterator[Calcul]:
    """Les calculs de ses cas et de son exemple."""
    entrees = [cas["entree"] for cas in lire(DOSSIER / f"{dispositif.nom}.yaml") if "erreur" not in cas["attendu"]]
    for entree in (*entrees, dispositif.exemple):
        yield evaluer(CORPUS, dispositif, lire_cas(CORPUS, dispositif, entree))


@tout_dispositif
def test_chacun_de_ses_faits_sert(dispositif: Dispositif) -> None:
    """Une entrée est lue dans un de ses cas ; un fait calculé y est calculé."""
    lus = {dispositif.periode.fait}
    for k in calculs(dispositif):
        lus |= {*k.pile[0].lus, *k.faites}
    assert {*dispositif.entrees, *dispositif.propres} - lus == set()


@tout_dispositif
def test_ses_tables_sont_celles_qu_il_lit(dispositif: Dispositif) -> None:
    """Celles de son fichier et de « lit », toutes lues dans un de ses cas, et nulle autre."""
    lues = {nom for k in calculs(dispositif) for nom, _ in k.pile[0].tables}
    assert lues == set(dispositif.tables)
    for nom in dispositif.tables:
        assert set(CORPUS.tables[nom].faits) <= set(dispositif.vocabulaire.faits)


@tout_dispositif
def test_ses_faits_calcules_sont_des_etapes_du_meme_nom(dispositif: Dispositif) -> None:
    for nom in dispositif.propres:
        fait = dispositif.vocabulaire.faits[nom]
        if fait.formule:
            assert fait.formule == nom.rpartition(".")[2]
            etape = hasattr(getattr(importer(dispositif), fait.formule), "__wrapped__")
            assert etape == ("." not in nom), "un fait d'une liste se calcule par élément : ce n'est pas une étape"


@tout_dispositif
def test_il_se_trouve_et_se_demande_partout(dispositif: Dispositif) -> None:
    fiche = opposable.dispositifs(dispositif.nom)
    assert fiche["but"].endswith(".")
    assert fiche["sources"]
    assert dispositif.nom in {d["nom"] for d in opposable.dispositifs()["dispositifs"]}
    for fait in dispositif.faits():
        assert fait.question.endswith("?"), fait.nom
        assert fait.exemple or fait.type == "oui_non", fait.nom


def _rouge(corpus: Corpus, dispositif: Dispositif) -> bool:
    """Vrai si un des cas du dispositif échoue avec ce corpus."""
    for cas in lire(DOSSIER / f"{dispositif.nom}.yaml"):
        if "erreur" not in cas["attendu"]:
            strict = cas.get("options", {}).get("strict") == "oui"
            try:
                reponse = calculer(corpus, dispositif.nom, cas["entree"], strict=strict)
            except opposable.ErreurEntree:
                return True
            if ecarts(cas["attendu"], reponse):
                return True
    return False


@tout_dispositif
def test_chacune_de_ses_conditions_compte(dispositif: Dispositif) -> None:
    """Ôtée, un de ses cas devient rouge."""
    assert not dispositif.conditions or not _rouge(CORPUS, dispositif)
    for regle in dispositif.conditions:
        sans = replace(dispositif, conditions=tuple(r for r in dispositif.conditions if r is not regle))
        corpus = replace(CORPUS, dispositifs={**dict(CORPUS.dispositifs), dispositif.nom: sans})
        assert _rouge(corpus, dispositif), f"rien n'échoue sans {regle.id}"


@tout_dispositif
def test_chaque_valeur_de_ses_tables_compte(dispositif: Dispositif) -> None:
    """Altérée, ou donnée quand elle manque, un de ses cas devient rouge. Les tables communes ont leurs propres cas."""
    for table in (t for nom in dispositif.tables if (t := CORPUS.tables[nom]).dispositif):
        origine, valeurs = table.lignes, table.valeurs
        for rang, ligne in enumerate(origine):
            try:
                alteree = _alteree(table, ligne)
                table.lignes = (*origine[:rang], alteree, *origine[rang + 1 :])
                table.valeurs = {str(alteree.valeur): "autre", **valeurs} if valeurs else valeurs
                table.oublier()
                assert _rouge(CORPUS, dispositif), f"rien n'échoue quand {ligne.id} change"
            finally:
                table.lignes, table.valeurs = origine, valeurs
                table.oublier()


def _alteree(table: Table, ligne: LigneTable) -> LigneTable:
    """La ligne, un de plus ou un autre mot ; si elle n'avait pas de valeur, une première."""
    valeur: Any = ligne.valeur
    if isinstance(valeur, str) or table.valeurs:
        autre: Any = next((mot for mot in table.valeurs if mot != valeur), f"{valeur}_autre")
    else:
        autre = 1 if valeur is None else valeur + 1
    return replace(ligne, valeur=autre, manquant="")

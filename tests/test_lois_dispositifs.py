"""Les lois des dispositifs livrés : chacun se lit, tourne sur son exemple, et rien de ce qu'il écrit ne dort."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from tests.test_cas_dispositifs import DOSSIER, ecarts, lire

import opposable
from opposable.droit.calculer import evaluer, importer, lire_cas
from opposable.droit.corpus import Corpus, charger
from opposable.droit.dispositif import Dispositif
from opposable.droit.reponse_dispositif import calculer
from opposable.droit.table import LigneTable
from opposable.portes.modeles_dispositifs import Calcul, Dispositifs, FicheDispositif

CORPUS = charger()
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
    Calcul.model_validate(reponse, strict=True)
    FicheDispositif.model_validate(opposable.dispositifs(dispositif.nom), strict=True)
    Dispositifs.model_validate(opposable.dispositifs(), strict=True)
    entree = opposable.schema(dispositif.nom)
    jsonschema.Draft202012Validator.check_schema(entree)
    jsonschema.validate(dispositif.exemple, entree)
    jsonschema.validate(reponse, opposable.schema(f"{dispositif.nom}.reponse"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**dispositif.exemple, "inconnue": 1}, entree)


@tout_dispositif
def test_ses_cas_valident_son_schema(dispositif: Dispositif) -> None:
    """Un cas que le programme accepte valide le schéma de l'entrée, et sa réponse celui de la réponse."""
    for cas in lire(DOSSIER / f"{dispositif.nom}.yaml"):
        if "erreur" not in cas["attendu"]:
            jsonschema.validate(cas["entree"], opposable.schema(dispositif.nom))
            reponse = opposable.calculer(dispositif.nom, cas["entree"])
            jsonschema.validate(reponse, opposable.schema(f"{dispositif.nom}.reponse"))
            Calcul.model_validate(reponse, strict=True)


def _code(module: ModuleType) -> str:
    """Le code du module et de ceux de son paquet qu'il emploie."""
    paquet = module.__name__.rsplit(".", 1)[0]
    noms = set(re.findall(rf"from {re.escape(paquet)} import (\w+)", inspect.getsource(module)))
    noms |= set(re.findall(rf"from {re.escape(paquet)}\.(\w+) import", inspect.getsource(module)))
    return "".join(inspect.getsource(m) for m in (module, *(import_module(f"{paquet}.{nom}") for nom in noms)))


@tout_dispositif
def test_chacun_de_ses_faits_sert(dispositif: Dispositif) -> None:
    """Une entrée est lue par son module, une condition, une cellule, ou un autre de ses faits."""
    code = _code(importer(dispositif))
    regles = (*dispositif.conditions, *(CORPUS.depassements if "corpus.depassements" in code else ()))
    lus = {fait for regle in regles for fait in regle.condition.faits()}
    lues = {nom for nom in re.findall(r'"(\w+)"', code) if nom in CORPUS.tables}
    lus |= {fait for nom in {*lues, *dispositif.tables} for fait in CORPUS.tables[nom].faits}
    lus |= {lu for nom in lus for lu in dispositif.vocabulaire.faits[nom].lit}
    lus |= {lu for nom in lus for lu in dispositif.vocabulaire.faits[nom].lit}
    lus |= {lu for nom in dispositif.propres for lu in dispositif.vocabulaire.faits[nom].lit}
    lus |= {dispositif.periode.fait}
    dormants = [
        nom for nom in {*dispositif.entrees, *dispositif.propres}
        if nom not in lus and not re.search(rf"\b{re.escape(nom.rsplit('.', 1)[-1])}\b", code)
    ]  # fmt: skip
    assert dormants == []


@tout_dispositif
def test_ses_tables_existent_et_ne_lisent_que_ses_faits(dispositif: Dispositif) -> None:
    code = _code(importer(dispositif))
    for nom in dispositif.tables:
        assert f'"{nom}"' in code or "dispositif.tables" in code, f"{nom} n'est pas lue"
        assert set(CORPUS.tables[nom].faits) <= set(dispositif.vocabulaire.faits)
    lues = set(re.findall(r"k\.(?:table|mot|choisir)\(\s*\"(\w+)\"", code))
    assert lues <= set(dispositif.tables), "une table lue n'est ni dans son fichier ni dans « lit »"


@tout_dispositif
def test_ses_faits_calcules_sont_des_etapes_du_meme_nom(dispositif: Dispositif) -> None:
    for nom in dispositif.propres:
        fait = dispositif.vocabulaire.faits[nom]
        if fait.formule:
            assert fait.formule == nom
            assert hasattr(getattr(importer(dispositif), nom), "__wrapped__")


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
            if ecarts(cas["attendu"], calculer(corpus, dispositif.nom, cas["entree"], strict=strict)):
                return True
    return False


@tout_dispositif
def test_chacune_de_ses_conditions_compte(dispositif: Dispositif) -> None:
    """Ôtée, un de ses cas devient rouge."""
    assert not _rouge(CORPUS, dispositif)
    for regle in dispositif.conditions:
        sans = replace(dispositif, conditions=tuple(r for r in dispositif.conditions if r is not regle))
        corpus = replace(CORPUS, dispositifs={**dict(CORPUS.dispositifs), dispositif.nom: sans})
        assert _rouge(corpus, dispositif), f"rien n'échoue sans {regle.id}"


@tout_dispositif
def test_chaque_valeur_de_ses_tables_compte(dispositif: Dispositif) -> None:
    """Altérée, donnée ou ôtée, un de ses cas devient rouge."""
    for nom in dispositif.tables:
        table = CORPUS.tables[nom]
        origine = table.lignes
        for rang, ligne in enumerate(origine):
            try:
                table.lignes = (*origine[:rang], _alteree(ligne, [*table.valeurs]), *origine[rang + 1 :])
                table._actives.clear()
                assert _rouge(CORPUS, dispositif), f"rien n'échoue quand {ligne.id} change"
            finally:
                table.lignes = origine
                table._actives.clear()


def _alteree(ligne: LigneTable, mots: list[str]) -> LigneTable:
    """La ligne avec une autre valeur ; une table de mots n'en a pas d'autre que les siens, sinon elle n'en dit plus."""
    valeur: Any = ligne.valeur
    if mots:
        autre = next((mot for mot in mots if mot != valeur), None)
        return replace(ligne, valeur=autre, manquant="" if autre else "ôtée pour l'essai")
    autre = "autre" if isinstance(valeur, str) else (1 if valeur is None else valeur + 1)
    return replace(ligne, valeur=autre, manquant="")

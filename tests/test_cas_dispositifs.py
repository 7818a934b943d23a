"""Les cas des dispositifs : chacun dit d'où vient son attendu et le calcule à la main ; le programme doit y arriver.

Un cas s'écrit dans ``tests/cas_dispositifs/<dispositif>.yaml``, lu comme du texte (``oui`` reste « oui ») :

- ``cas`` (titre), ``enonces`` (énoncés de l'inventaire), ``source`` (d'où vient l'attendu), ``calcul`` (à la main),
  ``dispositif``, ``entree`` (l'entrée de « opposable calculer »), ``options`` (``strict``) ;
- ``attendu`` : seules les clés écrites sont comparées, celles de ``resultat`` aussi ; ``rien`` veut dire inconnu ou
  absent. ``motifs`` est la liste exacte des motifs de refus et de doute ; un motif sans effet n'y compte que s'il est
  cité. ``motifs_absents``, ``manquants`` (les paramètres), ``questions`` et ``hypotheses`` (les faits) sont des listes.
  ``erreur`` : le code d'une entrée refusée, et ``ou`` son endroit.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.test_cas import CasMalEcrit, exiger_cles
from tests.test_cas import lire as lire_cas

import opposable

DOSSIER = Path(__file__).parent / "cas_dispositifs"
CLES_CAS = frozenset({"cas", "enonces", "source", "calcul", "dispositif", "entree", "options", "attendu"})
CLES_ATTENDU = frozenset(
    {
        "statut", "periode", "resultat", "montant", "echeancier", "motifs", "motifs_absents", "manquants", "autorites",
        "hypotheses", "questions", "erreur", "ou",
    }
)  # fmt: skip


def verifier(cas: Any, ou: str) -> None:
    """Refuse un cas sans source ni calcul, une clé inconnue, un attendu vide."""
    exiger_cles(cas, CLES_CAS, ou)
    for cle in ("cas", "source", "calcul", "dispositif"):
        if not isinstance(cas.get(cle), str) or not cas[cle].strip():
            raise CasMalEcrit(f"{ou} : « {cle} » manque")
    for cle in ("entree", "attendu"):
        if not isinstance(cas.get(cle), dict) or not cas[cle]:
            raise CasMalEcrit(f"{ou} : « {cle} » manque")
    if not isinstance(cas.get("enonces"), list):
        raise CasMalEcrit(f"{ou} : « enonces » est une liste")
    options = cas.get("options", {})
    exiger_cles(options, frozenset({"strict"}), f"{ou}, options")
    if any(valeur not in {"oui", "non"} for valeur in options.values()):
        raise CasMalEcrit(f"{ou}, options : oui ou non")
    exiger_cles(cas["attendu"], CLES_ATTENDU, f"{ou}, attendu")


def lire(chemin: Path) -> list[dict[str, Any]]:
    """Les cas d'un fichier, vérifiés."""
    return lire_cas(chemin, verifier)


def fichiers() -> list[Path]:
    """Les fichiers de cas."""
    return sorted(DOSSIER.glob("*.yaml"))


def tous() -> Iterator[Any]:
    """Un paramètre de pytest par cas."""
    for chemin in fichiers():
        for rang, cas in enumerate(lire(chemin), 1):
            titre = unicodedata.normalize("NFKD", cas["cas"]).encode("ascii", "ignore").decode()
            yield pytest.param(cas, id=f"{chemin.stem}-{rang:02d}-{titre}")


def _ecarts_valeur(attendu: Any, obtenu: Any, ou: str) -> Iterator[str]:
    """Les écarts d'une valeur, d'une liste ou d'un objet ; d'un objet, seules les clés attendues comptent."""
    if isinstance(attendu, dict):
        for cle, valeur in attendu.items():
            if not isinstance(obtenu, dict) or cle not in obtenu:
                yield f"{ou}.{cle} : attendu {valeur}, il n'y est pas"
            else:
                yield from _ecarts_valeur(valeur, obtenu[cle], f"{ou}.{cle}")
    elif isinstance(attendu, list):
        if not isinstance(obtenu, list) or len(obtenu) != len(attendu):
            yield f"{ou} : attendu {attendu}, obtenu {obtenu}"
        else:
            for rang, (voulu, vu) in enumerate(zip(attendu, obtenu, strict=True)):
                yield from _ecarts_valeur(voulu, vu, f"{ou}[{rang}]")
    elif ("rien" if obtenu is None else str(obtenu)) != attendu:
        yield f"{ou} : attendu {attendu}, obtenu {'rien' if obtenu is None else obtenu}"


def _codes(reponse: dict[str, Any], cites: list[str]) -> list[str]:
    return sorted({m["code"] for m in reponse["motifs"] if m["effet"] != "aucun" or m["code"] in cites})


def ecarts(attendu: dict[str, Any], reponse: dict[str, Any]) -> list[str]:
    """Tout ce qui diffère, une ligne par écart."""
    trouves: list[str] = []
    for cle in ("statut", "periode", "resultat", "montant", "echeancier", "autorites"):
        if cle in attendu:
            trouves.extend(_ecarts_valeur(attendu[cle], reponse[cle], cle))
    if "motifs" in attendu and _codes(reponse, attendu["motifs"]) != sorted(set(attendu["motifs"])):
        trouves.append(
            f"motifs : attendu {sorted(set(attendu['motifs']))}, obtenu {_codes(reponse, attendu['motifs'])}"
        )
    codes = {m["code"] for m in reponse["motifs"]}
    trouves.extend(f"motifs : {code} y est" for code in attendu.get("motifs_absents", []) if code in codes)
    for cle, dit in (("manquants", "parametre"), ("questions", "fait"), ("hypotheses", "fait")):
        if cle in attendu and sorted(attendu[cle]) != sorted(un[dit] for un in reponse[cle]):
            trouves.append(f"{cle} : attendu {attendu[cle]}, obtenu {[un[dit] for un in reponse[cle]]}")
    return trouves


def jouer(cas: dict[str, Any], calculer: Callable[..., dict[str, Any]] = opposable.calculer) -> list[str]:
    """Les écarts entre l'attendu d'un cas et ce que le programme, ou un autre calcul, en dit."""
    strict = cas.get("options", {}).get("strict") == "oui"
    attendu = cas["attendu"]
    try:
        reponse = calculer(cas["dispositif"], cas["entree"], strict=strict)
    except opposable.ErreurEntree as erreur:
        dite = {"erreur": erreur.code, "ou": erreur.ou}
        return [] if attendu.items() <= dite.items() else [f"erreur : obtenu {dite}, {erreur.message}"]
    return [f"erreur : attendu {attendu['erreur']}"] if "erreur" in attendu else ecarts(attendu, reponse)


@pytest.mark.parametrize("cas", list(tous()))
def test_cas(cas: dict[str, Any]) -> None:
    trouves = jouer(cas)
    if trouves:
        dit = [f"« {cas['cas']} »", *trouves, f"calcul : {cas['calcul']}", f"source : {cas['source']}"]
        pytest.fail("\n".join(dit), pytrace=False)


def test_les_titres_sont_uniques_dans_un_dispositif() -> None:
    for chemin in fichiers():
        titres = [cas["cas"] for cas in lire(chemin)]
        assert len(titres) == len(set(titres)), chemin.name


def test_un_fichier_porte_le_nom_de_son_dispositif() -> None:
    for chemin in fichiers():
        assert {cas["dispositif"] for cas in lire(chemin)} == {chemin.stem}


def test_chaque_dispositif_a_ses_cas() -> None:
    dispositifs = {d["nom"] for d in opposable.dispositifs()["dispositifs"]}
    assert {chemin.stem for chemin in fichiers()} == dispositifs


BON: dict[str, Any] = {
    "cas": "un cas",
    "enonces": [],
    "source": "le texte",
    "calcul": "1 + 1 = 2",
    "dispositif": "ratio_depassements",
    "entree": {"annee": "2017", "medecin": {"secteur": "1"}, "honoraires_sans_depassement": "70", "depassements": "30"},
    "attendu": {"statut": "calcule"},
}


@pytest.mark.parametrize(
    ("change", "dit"),
    [
        ({"source": ""}, "« source » manque"),
        ({"calcul": " "}, "« calcul » manque"),
        ({"attendu": {}}, "« attendu » manque"),
        ({"enonces": "s4-ratio-70"}, "une liste"),
        ({"atendu": {}}, "clé inconnue « atendu »"),
        ({"options": {"prevu": "oui"}}, "clé inconnue « prevu »"),
        ({"attendu": {"status": "calcule"}}, "clé inconnue « status »"),
    ],
)
def test_un_cas_mal_ecrit_est_refuse(change: dict[str, Any], dit: str) -> None:
    verifier(BON, "essai")
    with pytest.raises(CasMalEcrit, match=dit):
        verifier({**BON, **change}, "essai")


@pytest.mark.parametrize(
    ("attendu", "nombre"),
    [
        ({"statut": "calcule", "resultat": {"conforme": "oui", "marge": "0.00"}, "montant": "rien"}, 0),
        ({"statut": "partiel", "resultat": {"conforme": "non", "inconnue": "1"}, "montant": "1.00"}, 4),
        ({"motifs": ["ENGAGEMENT_NON_TENU"], "questions": ["annee"], "manquants": ["x"], "hypotheses": []}, 4),
        ({"motifs_absents": ["ENGAGEMENT_NON_TENU"], "echeancier": [{"date": "2017-01-01"}]}, 1),
        ({"erreur": "CLE_INCONNUE"}, 1),
    ],
)
def test_un_ecart_se_voit(attendu: dict[str, Any], nombre: int) -> None:
    assert len(jouer({**BON, "attendu": attendu})) == nombre


def test_une_erreur_attendue_se_compare() -> None:
    faux = {**BON, "entree": {**BON["entree"], "anne": "2017"}}
    assert jouer({**faux, "attendu": {"erreur": "CLE_INCONNUE", "ou": "anne"}}) == []
    assert len(jouer({**faux, "attendu": {"erreur": "CLE_INCONNUE", "ou": "annee"}})) == 1
    assert len(jouer({**faux, "attendu": {"statut": "calcule"}})) == 1

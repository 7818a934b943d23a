"""Les cas de droit : chacun dit d'où vient son attendu et le calcule à la main ; le moteur doit y arriver.

Un cas s'écrit dans ``tests/cas/<thème>.yaml``, lu comme du texte (``oui`` reste « oui », ``15.00`` reste « 15.00 ») :

- ``cas`` (titre), ``enonces`` (énoncés de l'inventaire), ``source`` (d'où vient l'attendu), ``calcul`` (à la main),
  ``facture`` (l'entrée de « opposable coter »), ``options`` (``prevu``, ``strict``) ;
- ``attendu`` : seules les clés écrites sont comparées. ``motifs`` est la liste exacte des motifs de refus et de doute
  d'une ligne ; un motif sans effet sur le statut (source de presse, fréquence non contrôlée…) n'y compte que s'il est
  cité.
  Une entrée refusée s'attend par ``erreur`` (son code) et ``ou`` (son chemin).
  ``rien`` veut dire : absent ou inconnu. Un montant de dépassement s'écrit seul, ou avec sa nature et son plafond.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import opposable

DOSSIER = Path(__file__).parent / "cas"
A_CORRIGER = "a_corriger.yaml"
"""Les cas dont l'attendu vient des textes et que le moteur ou le corpus ne donnent pas encore."""
ECART = pytest.mark.xfail(strict=True, reason="écart connu entre le texte et le moteur")

CLES_CAS = frozenset({"cas", "enonces", "source", "calcul", "facture", "options", "attendu"})
CLES_OPTIONS = frozenset({"prevu", "strict"})
CLES_ATTENDU = frozenset(
    {
        "statut",
        "lignes",
        "total",
        "total_possible",
        "tiers_payant",
        "questions",
        "questions_absentes",
        "hypotheses",
        "prevu",
        "erreur",
        "ou",
    }
)
CLES_LIGNE = frozenset(
    {
        "code", "statut", "honoraires", "tarif", "base_remboursement", "taux", "part_obligatoire", "ticket_moderateur",
        "depassement", "motifs", "prevu",
    }
)  # fmt: skip
CLES_DEPASSEMENT = frozenset({"montant", "nature", "plafond"})
CLES_PREVU = frozenset({"tarif", "du", "report"})
CLES_TOTAL = frozenset(
    {
        "honoraires", "base_remboursement", "part_obligatoire", "ticket_moderateur", "depassement",
        "participation_forfaitaire", "participation_actes_lourds", "remboursement", "part_complementaire",
        "reste_a_charge",
    }
)  # fmt: skip
CLES_TIERS_PAYANT = frozenset(
    {"part_obligatoire", "part_complementaire", "avance_patient", "verse_caisse", "verse_complementaire"}
)


class CasMalEcrit(Exception):
    """Un cas que ce lanceur refuse, avec la raison."""


def verifier(cas: Any, ou: str) -> None:
    """Refuse un cas sans source ni calcul, une clé inconnue, un attendu vide."""
    exiger_cles(cas, CLES_CAS, ou)
    for cle in ("cas", "source", "calcul"):
        if not isinstance(cas.get(cle), str) or not cas[cle].strip():
            raise CasMalEcrit(f"{ou} : « {cle} » manque")
    for cle in ("facture", "attendu"):
        if not isinstance(cas.get(cle), dict) or not cas[cle]:
            raise CasMalEcrit(f"{ou} : « {cle} » manque")
    options = cas.get("options", {})
    exiger_cles(options, CLES_OPTIONS, f"{ou}, options")
    if any(valeur not in {"oui", "non"} for valeur in options.values()):
        raise CasMalEcrit(f"{ou}, options : oui ou non")
    if not isinstance(cas.get("enonces", []), list):
        raise CasMalEcrit(f"{ou} : « enonces » est une liste")
    attendu = cas["attendu"]
    exiger_cles(attendu, CLES_ATTENDU, f"{ou}, attendu")
    for nom, permises in (("total", CLES_TOTAL), ("total_possible", CLES_TOTAL), ("tiers_payant", CLES_TIERS_PAYANT)):
        if nom in attendu:
            exiger_cles(attendu[nom], permises, f"{ou}, {nom}")
    _cles_prevu(attendu, f"{ou}, attendu")
    for rang, ligne in enumerate(attendu.get("lignes", []), 1):
        exiger_cles(ligne, CLES_LIGNE, f"{ou}, ligne {rang}")
        _cles_prevu(ligne, f"{ou}, ligne {rang}")
        if isinstance(ligne.get("depassement"), dict):
            exiger_cles(ligne["depassement"], CLES_DEPASSEMENT, f"{ou}, ligne {rang}, dépassement")


def exiger_cles(objet: Any, permises: frozenset[str], ou: str) -> None:
    if not isinstance(objet, dict):
        raise CasMalEcrit(f"{ou} : un objet est attendu")
    for cle in objet:
        if cle not in permises:
            raise CasMalEcrit(f"{ou} : clé inconnue « {cle} » (permises : {', '.join(sorted(permises))})")


def _cles_prevu(objet: dict[str, Any], ou: str) -> None:
    if isinstance(objet.get("prevu"), dict):
        exiger_cles(objet["prevu"], CLES_PREVU, f"{ou}, prevu")


@cache
def lire(chemin: Path, verifier: Callable[[Any, str], None] = verifier) -> list[dict[str, Any]]:
    """Les cas d'un fichier, vérifiés ; lus une fois pour tous les essais."""
    cas = yaml.load(chemin.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506 : CBaseLoader ne lit que du texte
    if not isinstance(cas, list) or not cas:
        raise CasMalEcrit(f"{chemin.name} : une liste de cas est attendue")
    for rang, un in enumerate(cas, 1):
        verifier(un, f"{chemin.name}, cas {rang}")
    return cas


def fichiers() -> list[Path]:
    """Les fichiers de cas."""
    return sorted(DOSSIER.glob("*.yaml"))


def tous() -> Iterator[Any]:
    """Un paramètre de pytest par cas."""
    for chemin in fichiers():
        for rang, cas in enumerate(lire(chemin), 1):
            titre = unicodedata.normalize("NFKD", cas["cas"]).encode("ascii", "ignore").decode()
            marques = [ECART] if chemin.name == A_CORRIGER else []
            yield pytest.param(cas, id=f"{chemin.stem}-{rang:02d}-{titre}", marks=marques)


def _valeur(obtenu: object) -> object:
    return "rien" if obtenu is None else obtenu


def _ecarts_plats(attendu: dict[str, str], obtenu: dict[str, Any] | None, ou: str) -> Iterator[str]:
    for cle, valeur in attendu.items():
        vu = _valeur((obtenu or {}).get(cle))
        if vu != valeur:
            yield f"{ou}.{cle} : attendu {valeur}, obtenu {vu}"


def _ecart_prevu(attendu: Any, obtenu: dict[str, Any] | None, ou: str) -> Iterator[str]:
    if isinstance(attendu, dict):
        yield from _ecarts_plats(attendu, obtenu, f"{ou}.prevu")
    elif _valeur(obtenu) != attendu:
        yield f"{ou}.prevu : attendu {attendu}, obtenu {_valeur(obtenu)}"


def motifs_comptes(ligne: dict[str, Any], cites: list[str]) -> list[str]:
    """Les motifs de refus et de doute d'une ligne, et ceux qui ne font qu'informer quand le cas les cite."""
    return sorted({m["code"] for m in ligne["motifs"] if m["effet"] != "aucun" or m["code"] in cites})


def _ecarts_ligne(attendue: dict[str, Any], obtenue: dict[str, Any], ou: str) -> Iterator[str]:
    for cle, valeur in attendue.items():
        if cle == "motifs":
            vus = motifs_comptes(obtenue, valeur)
            if vus != sorted(set(valeur)):
                yield f"{ou}.motifs : attendu {sorted(set(valeur))}, obtenu {vus}"
        elif cle == "prevu":
            yield from _ecart_prevu(valeur, obtenue["prevu"], ou)
        elif cle == "depassement":
            voulu = valeur if isinstance(valeur, dict) else {"montant": valeur}
            yield from _ecarts_plats(voulu, obtenue["depassement"], f"{ou}.depassement")
        elif _valeur(obtenue[cle]) != valeur:
            yield f"{ou}.{cle} : attendu {valeur}, obtenu {_valeur(obtenue[cle])}"


def ecarts(attendu: dict[str, Any], reponse: dict[str, Any]) -> list[str]:
    """Tout ce qui diffère, une ligne par écart."""
    trouves: list[str] = []
    if "statut" in attendu and reponse["statut"] != attendu["statut"]:
        trouves.append(f"statut : attendu {attendu['statut']}, obtenu {reponse['statut']}")
    lignes = attendu.get("lignes", [])
    if lignes and len(lignes) != len(reponse["lignes"]):
        trouves.append(f"lignes : attendu {len(lignes)}, obtenu {len(reponse['lignes'])}")
    for rang, (attendue, obtenue) in enumerate(zip(lignes, reponse["lignes"], strict=False)):
        trouves.extend(_ecarts_ligne(attendue, obtenue, f"lignes[{rang}] {obtenue['code']}"))
    for nom in ("total", "total_possible", "tiers_payant"):
        trouves.extend(_ecarts_plats(attendu.get(nom, {}), reponse[nom], nom))
    if "prevu" in attendu:
        trouves.extend(_ecart_prevu(attendu["prevu"], reponse["lignes"][0]["prevu"], "lignes[0]"))
    demandes = [q["fait"] for q in reponse["questions"]]
    supposes = [f["fait"] for h in reponse["hypotheses"] for f in (h, *h.get("avec", []))]
    for nom, obtenus in (("questions", demandes), ("hypotheses", supposes)):
        trouves.extend(f"{nom} : {f} n'y est pas ({obtenus})" for f in attendu.get(nom, []) if f not in obtenus)
    trouves.extend(f"questions : {f} est demandé" for f in attendu.get("questions_absentes", []) if f in demandes)
    return trouves


def _resume(reponse: dict[str, Any]) -> str:
    champs = ("statut", "tarif", "base_remboursement", "taux", "part_obligatoire")
    lignes = [
        f"  {ligne['code']} : "
        + ", ".join(f"{champ} {_valeur(ligne[champ])}" for champ in champs)
        + f", dépassement {ligne['depassement']['montant']}, motifs {[m['code'] for m in ligne['motifs']]}"
        for ligne in reponse["lignes"]
    ]
    demandes = [question["fait"] for question in reponse["questions"]]
    return "\n".join([f"réponse du moteur : {reponse['statut']}", *lignes, f"  questions {demandes}"])


@pytest.mark.parametrize("cas", list(tous()))
def test_cas(cas: dict[str, Any]) -> None:
    options = {nom: valeur == "oui" for nom, valeur in cas.get("options", {}).items()}
    if "erreur" in cas["attendu"]:
        with pytest.raises(opposable.ErreurEntree) as refus:
            opposable.coter(cas["facture"], **options)
        assert (refus.value.code, refus.value.ou) == (
            cas["attendu"]["erreur"],
            cas["attendu"].get("ou", refus.value.ou),
        )
        return
    reponse = opposable.coter(cas["facture"], **options)
    trouves = ecarts(cas["attendu"], reponse)
    if trouves:
        dit = [f"« {cas['cas']} »", *trouves, f"calcul : {cas['calcul']}", f"source : {cas['source']}"]
        pytest.fail("\n".join([*dit, _resume(reponse)]), pytrace=False)


def test_les_titres_sont_uniques() -> None:
    titres = [cas["cas"] for chemin in fichiers() for cas in lire(chemin)]
    doubles = {titre for titre in titres if titres.count(titre) > 1}
    assert not doubles


BON = {
    "cas": "un cas",
    "source": "le texte",
    "calcul": "1 + 1 = 2",
    "facture": {"date": "2026-02-10"},
    "attendu": {"statut": "acceptee"},
}


@pytest.mark.parametrize(
    ("change", "dit"),
    [
        ({"source": ""}, "« source » manque"),
        ({"calcul": " "}, "« calcul » manque"),
        ({"attendu": {}}, "« attendu » manque"),
        ({"atendu": {}}, "clé inconnue « atendu »"),
        ({"options": {"prevus": "oui"}}, "clé inconnue « prevus »"),
        ({"options": {"prevu": "vrai"}}, "oui ou non"),
        ({"attendu": {"totaux": {}}}, "clé inconnue « totaux »"),
        ({"attendu": {"total": {"base": "1.00"}}}, "clé inconnue « base »"),
        ({"attendu": {"lignes": [{"base": "1.00"}]}}, "clé inconnue « base »"),
    ],
)
def test_un_cas_mal_ecrit_est_refuse(change: dict[str, Any], dit: str) -> None:
    verifier(BON, "essai")
    with pytest.raises(CasMalEcrit, match=dit):
        verifier({**BON, **change}, "essai")


def test_un_ecart_se_voit() -> None:
    reponse = opposable.coter(
        {"date": "2026-02-10", "medecin": {"specialite": "medecine_generale", "secteur": "1"}, "actes": [{"code": "G"}]}
    )
    attendu = {
        "statut": "refusee",
        "lignes": [
            {
                "tarif": "31.00",
                "motifs": ["AGE_NON_CONFORME"],
                "depassement": {"nature": "de"},
                "prevu": {"tarif": "1.00"},
            }
        ],
        "total": {"honoraires": "1.00"},
        "questions": ["id"],
        "hypotheses": ["id"],
    }
    assert len(ecarts(attendu, reponse)) == 8

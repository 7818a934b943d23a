"""Un bon lot contrôlé : ce qui s'écrit, ce que les montants valent, et toutes les façons de dire les mêmes faits."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

from tests.lots.comparer import lire
from tests.lots.petits import ADULTE, ENFANT, Atelier, Resultat, bonnes, en_csv, en_parquet, ligne, mappage

from opposable.lots import controler as lots
from opposable.lots import generer
from opposable.lots.sorties import MONTANTS
from opposable.portes import python as api

EXEMPLES = Path(__file__).resolve().parents[2] / "exemples"
CINQ = ("honoraires", "base_remboursement", "part_obligatoire", "ticket_moderateur", "depassement")
REALISTE = 30_000


@pytest.fixture(scope="module")
def realiste(tmp_path_factory: pytest.TempPathFactory) -> Resultat:
    """Un lot synthétique dont trois factures sur dix sont faussées, contrôlé une fois."""
    dossier = tmp_path_factory.mktemp("realiste")
    lot = dossier / "lot.parquet"
    generer.generer(api.corpus(), generer.Demande(REALISTE, 3, erreurs=0.3), generer.voisins(lot))
    sortie, travail = dossier / "sortie", dossier / "travail"
    sortie.mkdir()
    travail.mkdir()
    lots.controler(api.corpus(), lots.Demande(lot), sortie, travail)
    return Resultat(0, "", "", sortie)


# --- Ce qui s'écrit ----------------------------------------------------------------------------------------------
def test_les_colonnes_et_leurs_types(realiste: Resultat) -> None:
    types = realiste.types("lignes")
    montant = "DECIMAL(12,2)"
    attendus = {
        "facture": "VARCHAR", "ligne": "INTEGER", "medecin": "VARCHAR", "date": "DATE", "code": "VARCHAR",
        "statut": "VARCHAR", "honoraires": montant, "tarif": montant, "base_remboursement": montant,
        "taux": "DECIMAL(6,4)", "part_obligatoire": montant, "ticket_moderateur": montant, "depassement": montant,
        "nature_depassement": "VARCHAR", "ligne_tarif": "VARCHAR", "ligne_base": "VARCHAR", "ligne_taux": "VARCHAR",
        "motifs": "VARCHAR[]",
    }  # fmt: skip
    assert {nom: types.get(nom) for nom in attendus} == attendus
    assert realiste.types("anomalies")["montant_en_jeu"] == montant
    assert realiste.types("sommes")["honoraires"] == "DECIMAL(18,2)"


def test_une_rangee_par_ligne(realiste: Resultat) -> None:
    lot = lire(realiste.dossier.parent / "lot.parquet")
    lignes = realiste.lignes()
    assert len(lignes) == len(lot) == REALISTE
    for rangee in lot:
        controlee = lignes[rangee["facture"], str(rangee["ligne"])]
        assert (controlee["code"], controlee["date"]) == (rangee["code"], rangee["date"])
        if rangee["honoraires"] is not None:
            assert controlee["honoraires"] == Decimal(rangee["honoraires"]) / 100


def test_une_anomalie_par_motif_qui_pese(realiste: Resultat) -> None:
    lignes = realiste.lignes()
    anomalies = realiste.rangees("anomalies")
    par_ligne: dict[tuple[str, str], set[str]] = {}
    for dite in anomalies:
        cle = dite["facture"], str(dite["ligne"])
        assert dite["effet"] in {"refuse", "a_verifier"}
        assert dite["statut"] == lignes[cle]["statut"]
        assert dite["motif"] in lignes[cle]["motifs"]
        assert dite["libelle"]
        par_ligne.setdefault(cle, set()).add(dite["effet"])
        if dite["montant_en_jeu"] is not None:
            assert dite["montant_en_jeu"] >= 0
    for cle, dite in lignes.items():
        effets = par_ligne.get(cle, set())
        assert ("refuse" in effets) == (dite["statut"] == "refusee"), cle
        if dite["statut"] == "acceptee":
            assert not effets, cle
        if dite["statut"] == "a_verifier":
            assert effets == {"a_verifier"}, cle
    enjeux = Counter(d["montant_en_jeu"] is None for d in anomalies if d["effet"] == "refuse")
    assert enjeux[False] > 0.9 * enjeux.total()
    comptes = {(a["motif"], a["effet"]): a["lignes"] for a in realiste.manifeste["anomalies"]}
    assert comptes == Counter((a["motif"], a["effet"]) for a in anomalies)


def test_les_sommes_sont_celles_des_lignes(realiste: Resultat) -> None:
    attendues: dict[tuple[Any, ...], dict[str, Any]] = {}
    for dite in realiste.lignes().values():
        cle = dite["medecin"], dite["date"].replace(day=1), dite["code"]
        somme = attendues.setdefault(cle, dict.fromkeys(("lignes", "refusee", *MONTANTS), Decimal(0)))
        somme["lignes"] += 1
        somme["refusee"] += dite["statut"] == "refusee"
        for nom in MONTANTS:
            somme[nom] += dite[nom] or 0
    sommes = {(s["medecin"], s["mois"], s["code"]): s for s in realiste.rangees("sommes")}
    assert sommes.keys() == attendues.keys()
    for cle, attendue in attendues.items():
        dite = {**sommes[cle], "refusee": sommes[cle]["refusees"]}
        assert {nom: dite[nom] for nom in attendue} == attendue, cle
    manifeste = realiste.manifeste
    totaux = {nom: str(sum((s[nom] for s in sommes.values()), Decimal(0))) for nom in MONTANTS}
    assert {nom: manifeste["montants"][nom] for nom in MONTANTS} == totaux
    assert manifeste["statuts"] == Counter(d["statut"] for d in realiste.lignes().values())
    inconnus = sum(any(d[nom] is None for nom in MONTANTS) for d in realiste.lignes().values())
    assert manifeste["lignes_aux_montants_inconnus"] == inconnus


def test_la_verite_se_retrouve(realiste: Resultat) -> None:
    """Chaque facture faussée a une ligne qui n'est pas acceptée ; aucune ligne d'une facture propre n'est refusée."""
    lignes = realiste.rangees("lignes")
    fausses = {r["facture"]: r["nom"] for r in lire(realiste.dossier.parent / "lot.verite.parquet")}
    mauvaises = {r["facture"] for r in lignes if r["statut"] != "acceptee"}
    vues = Counter(nom for facture, nom in fausses.items() if facture in mauvaises)
    total = Counter(fausses.values())
    assert len(total) > 18
    assert vues == total, {nom: f"{vues[nom]} vues sur {total[nom]}" for nom in total if vues[nom] != total[nom]}
    propres = [r for r in lignes if r["facture"] not in fausses]
    assert not [r for r in propres if r["statut"] == "refusee"]
    for rangee in propres:
        if rangee["statut"] == "a_verifier":
            assert "PARAMETRE_MANQUANT" in rangee["motifs"]


def test_le_manifeste_dit_tout(atelier: Atelier) -> None:
    lot = en_csv(atelier.dossier / "lot.csv", bonnes())
    couverture = "{du: 2026-01-01, au: 2026-12-31, patients: tous}"
    resultat = atelier.controler(lot, "--json", mappe=mappage(couverture=couverture))
    manifeste = resultat.manifeste
    assert json.loads(resultat.sorti) == manifeste
    assert {"version", "corpus", "surcouches", "avertissement", "non_verifie"} <= set(manifeste)
    assert set(manifeste["corpus"]) == {"version", "hash", "arrete_au"}
    assert manifeste["moteur"]["nom"] == "duckdb"
    assert manifeste["moteur"]["version"]
    assert manifeste["strict"] is False
    assert manifeste["lot"] == {"fichier": str(lot.resolve()), "octets": lot.stat().st_size}
    assert manifeste["lignes"] == {"entree": 4, "sortie": 4, "ecartees": 0}
    assert manifeste["factures"] == 3
    assert manifeste["fautes"] == {}
    assert manifeste["statuts"] == {"acceptee": 3, "refusee": 1, "a_verifier": 0}
    assert manifeste["couverture"] == {
        "du": "2026-01-01", "au": "2026-12-31", "patients": "tous", "medecins": "partiels"
    }  # fmt: skip
    hypotheses = {h["fait"]: h for h in manifeste["hypotheses"]}
    assert hypotheses["contexte.modalite"]["valeur"] == "presentiel"
    assert all(0 < h["lignes"] <= 4 and h["libelle"] for h in hypotheses.values())
    noms = {"lignes.parquet", "anomalies.parquet", "sommes.parquet", "manifeste.json", "mappage.yaml"}
    assert {f.name for f in resultat.dossier.iterdir()} == noms
    assert (resultat.dossier / "mappage.yaml").read_text(encoding="utf-8") == mappage(couverture=couverture)
    atelier.rien_de_provisoire()


def test_le_texte_se_lit(atelier: Atelier) -> None:
    resultat = atelier.csv(bonnes())
    assert resultat.code == 0
    for mot in ("4 lignes lues, 4 contrôlées", "Non facturables", "SPECIALITE_NON_HABILITEE", "95,00 €", "sortie"):
        assert mot in resultat.sorti
    assert "None" not in resultat.sorti
    for interdit in ("fraude", "indu "):
        assert interdit not in resultat.sorti


def test_echec_si_erreur(atelier: Atelier) -> None:
    resultat = atelier.csv(bonnes(), "--echec-si", "erreur")
    assert (resultat.code, resultat.manifeste["statuts"]["refusee"]) == (1, 1)


def test_strict_n_emploie_aucune_valeur_usuelle(atelier: Atelier) -> None:
    resultat = atelier.csv(bonnes(), "--strict")
    assert (resultat.manifeste["strict"], resultat.manifeste["hypotheses"]) == (True, [])
    assert resultat.lignes()["F1", "1"]["statut"] == "a_verifier"


def test_une_surcouche_change_l_empreinte(atelier: Atelier) -> None:
    surcouche = str(EXEMPLES / "surcouche_maf_2025.yaml")
    sans = atelier.csv(bonnes()).manifeste
    avec = atelier.csv(bonnes(), "--surcouche", surcouche, sortie="avec").manifeste
    assert avec["corpus"]["hash"] != sans["corpus"]["hash"]
    assert (len(sans["surcouches"]), len(avec["surcouches"])) == (0, 1)


def test_les_montants_et_les_motifs(atelier: Atelier) -> None:
    lignes = atelier.parquet(bonnes()).lignes()
    vus = {cle: (d["statut"], *(str(d[nom]) for nom in CINQ), d["motifs"]) for cle, d in lignes.items()}
    refus = ["SPECIALITE_NON_HABILITEE"]
    assert vus == {
        ("F1", "1"): ("acceptee", "30.00", "30.00", "21.00", "9.00", "0.00", []),
        ("F2", "1"): ("acceptee", "30.00", "30.00", "21.00", "9.00", "0.00", []),
        ("F2", "2"): ("acceptee", "5.00", "5.00", "3.50", "1.50", "0.00", []),
        ("F3", "1"): ("refusee", "30.00", "0.00", "0.00", "0.00", "0.00", refus),
    }


# --- Dire les mêmes faits autrement --------------------------------------------------------------------------------
def _changer(**colonnes: Callable[[Mapping[str, Any]], object]) -> list[dict[str, Any]]:
    return [{**r, **{nom: valeur(r) for nom, valeur in colonnes.items()}} for r in bonnes()]


SPECIALITES = {"medecine_generale": "01", "dermatologie": "05"}
CODES = {"G": "1000", "MEG": "1001"}
Ecriture = tuple[dict[str, Callable[[Mapping[str, Any]], object]], dict[str, str | None], dict[str, str]]


def _age(adulte: float, enfant: float, unite: str, genre: str) -> Ecriture:
    faits = {"patient.date_naissance": None, "patient.age": f"{{colonne: age, unite: {unite}}}"}
    return {"age": lambda r: adulte if r["naissance"] < "2000" else enfant}, faits, {"age": genre}


ECRITURES: dict[str, Ecriture] = {
    "centimes": (
        {"honoraires": lambda r: int(Decimal(r["honoraires"]) * 100)},
        {"acte.honoraires": "{colonne: honoraires, unite: centimes}"}, {"honoraires": "INTEGER"},
    ),
    "flottants": ({"honoraires": lambda r: float(r["honoraires"])}, {}, {"honoraires": "DOUBLE"}),
    "recodés": (
        {"secteur": lambda _: "S1"}, {"medecin.secteur": "{colonne: secteur, valeurs: {S1: '1', S2: '2'}}"}, {},
    ),
    "codes recodés": (
        {"code": lambda r: CODES[r["code"]]}, {"acte.code": "{colonne: code, valeurs: {'1000': G, '1001': MEG}}"}, {},
    ),
    "spécialités en deux chiffres": ({"specialite": lambda r: SPECIALITES[r["specialite"]]}, {}, {}),
    "spécialités en nombres": (
        {"specialite": lambda r: int(SPECIALITES[r["specialite"]])}, {}, {"specialite": "INTEGER"},
    ),
    "constantes": ({}, {"medecin.secteur": "{valeur: '1'}", "medecin.option": "{valeur: aucune}"}, {}),
    "listes": ({"exonerations": lambda _: []}, {}, {"exonerations": "VARCHAR[]"}),
    "horodatages": ({"date": lambda r: r["date"] + " 10:30:00"}, {}, {"date": "TIMESTAMP"}),
    "textes": ({}, {}, {"date": "VARCHAR", "honoraires": "VARCHAR", "naissance": "VARCHAR", "ligne": "VARCHAR"}),
    "âges en ans": _age(45, 3, "ans", "INTEGER"),
    "âges en mois": _age(549, 41, "mois", "BIGINT"),
    "âges en jours": _age(16721, 1255, "jours", "DOUBLE"),
    "oui et non du moteur": ({"local": lambda _: False}, {"patient.alsace_moselle": "local"}, {"local": "BOOLEAN"}),
}  # fmt: skip
"""Une écriture : les colonnes changées, le mappage qui les lit, leurs types."""
ENSEMBLES = (
    ("textes",),
    ("centimes", "spécialités en nombres", "listes", "âges en ans", "oui et non du moteur"),
    ("flottants", "recodés", "codes recodés", "spécialités en deux chiffres", "horodatages", "âges en mois"),
    ("constantes", "âges en jours"),
)


@pytest.mark.parametrize("noms", ENSEMBLES, ids=" + ".join)
def test_les_memes_faits_dits_autrement(noms: tuple[str, ...], atelier: Atelier, temoin: list[dict[str, Any]]) -> None:
    colonnes, faits, types = (
        {cle: valeur for nom in noms for cle, valeur in ECRITURES[nom][rang].items()} for rang in range(3)
    )
    resultat = atelier.parquet(_changer(**colonnes), mappe=mappage(faits), types=types)
    assert (resultat.code, resultat.erreur) == (0, "")
    assert resultat.sans_reponse() == temoin


def test_toutes_les_ecritures_sont_essayees() -> None:
    assert {nom for noms in ENSEMBLES for nom in noms} == set(ECRITURES)


@pytest.fixture(scope="module")
def temoin(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Les lignes contrôlées du petit lot, en CSV ; une exonération vide y est dite « aucune »."""
    dossier = tmp_path_factory.mktemp("temoin")
    lot = en_csv(dossier / "lot.csv", _changer(exonerations=lambda _: "aucune"))
    (dossier / "lot.mappage.yaml").write_text(mappage(), encoding="utf-8")
    sortie, travail = dossier / "sortie", dossier / "travail"
    sortie.mkdir()
    travail.mkdir()
    lots.controler(api.corpus(), lots.Demande(lot), sortie, travail)
    return Resultat(0, "", "", sortie).sans_reponse()


@pytest.mark.parametrize("separateur", [";", "\t"])
def test_un_csv_d_un_autre_separateur(separateur: str, atelier: Atelier, temoin: list[dict[str, Any]]) -> None:
    lot = en_csv(atelier.dossier / "lot.csv", _changer(exonerations=lambda _: "aucune"))
    texte = lot.read_text(encoding="utf-8").replace(",", separateur).replace("\n", "\r\n\r\n")
    lot.write_text("\ufeff" + texte, encoding="utf-8", newline="")
    assert atelier.controler(lot, mappe=mappage()).sans_reponse() == temoin


def test_un_dossier_de_fichiers(atelier: Atelier, temoin: list[dict[str, Any]]) -> None:
    dossier = atelier.dossier / "lot"
    dossier.mkdir()
    for rang, rangee in enumerate(bonnes()):  # la facture F2 est dans deux fichiers
        en_parquet(dossier / f"{rang}.parquet", [rangee])
    (dossier / "lisez-moi.txt").write_text("pas un lot", encoding="utf-8")
    assert atelier.controler(dossier, mappe=mappage()).sans_reponse() == temoin


def test_plusieurs_colonnes_font_une_facture(atelier: Atelier) -> None:
    """Deux centres emploient les mêmes numéros : ce sont d'autres factures, même quand une barre s'y glisse."""
    rangees = [{**r, "centre": centre} for centre in ("A", "B") for r in bonnes()]
    rangees += [{**ligne("a|b", 1), "centre": "c"}, {**ligne("a", 1), "centre": "b|c"}]
    resultat = atelier.csv(rangees, mappe=mappage(facture="[facture, centre]"))
    assert (resultat.code, resultat.erreur) == (0, "")
    assert resultat.manifeste["factures"] == 8
    assert len({facture for facture, _ in resultat.lignes()}) == 8
    assert ("F2|A", "2") in resultat.lignes()


def test_une_liste_a_son_separateur(atelier: Atelier) -> None:
    faits = {"patient.exonerations": "{colonne: exonerations, separateur: ';'}"}
    changees = _changer(exonerations=lambda r: "ald;c2s" if r["facture"] == "F1" else " c2s ; ald ")
    liste = atelier.parquet(_changer(exonerations=lambda _: ["ald", "c2s"]), types={"exonerations": "VARCHAR[]"})
    assert atelier.csv(changees, mappe=mappage(faits), sortie="csv").sans_reponse() == liste.sans_reponse()


@pytest.mark.parametrize("quantites", [False, True])
def test_une_annulation_rend_ce_qui_a_ete_compte(quantites: bool, atelier: Atelier) -> None:
    de = [ligne("F1", 1), ligne("F2", 1, ENFANT), ligne("F2", 2, ENFANT, code="MEG", honoraires="5.00")]
    rangees = [*de, *({**r, "honoraires": "-" + r["honoraires"]} for r in de)]
    faits: dict[str, str | None] = {}
    if quantites:
        rangees = [{**r, "q": -1 if r["honoraires"].startswith("-") else 1} for r in rangees]
        faits = {"acte.quantite": "q"}
    resultat = atelier.csv(rangees, "--echec-si", "erreur", mappe=mappage(faits))
    assert (resultat.code, resultat.manifeste["lignes"]["sortie"]) == (0, 6)
    assert resultat.manifeste["statuts"]["acceptee"] == 6
    assert set(resultat.manifeste["montants"].values()) == {"0.00"}
    assert sorted(r["part_obligatoire"] for r in resultat.rangees("lignes")) == [
        Decimal(v) for v in ("-21.00", "-21.00", "-3.50", "3.50", "21.00", "21.00")
    ]


def test_des_honoraires_absents_valent_le_tarif(atelier: Atelier) -> None:
    dite = atelier.csv([ligne("F1", 1, ADULTE, honoraires="")]).lignes()["F1", "1"]
    assert (dite["statut"], dite["honoraires"], dite["part_obligatoire"]) == ("acceptee", Decimal(30), Decimal(21))


@pytest.mark.parametrize(
    ("acte", "majoration", "part", "retenue"),
    [
        # 2 € de participation (depuis le 15 mai 2024), 70 % de taux. L'acte suffit : 2,86 × 70 % = 2,002.
        ("2.86", "5.00", "2.00", "2.00"),
        # L'acte ne suffit plus (2,84 × 70 % = 1,988), la facture si : 1,99 + 5,00 × 70 % = 5,49.
        ("2.84", "5.00", "1.99", "2.00"),
        # Seul, l'acte n'a que sa part.
        ("2.84", None, "1.99", "1.99"),
        # La facture elle-même ne suffit pas : 0,35 + 0,70 = 1,05.
        ("0.50", "1.00", "0.35", "1.05"),
    ],
)
def test_la_participation_se_prend_sur_la_part_de_toute_la_facture(
    acte: str, majoration: str | None, part: str, retenue: str, atelier: Atelier
) -> None:
    avis = {**ADULTE, "code": "CS", "specialite": "endocrinologie", "role": "correspondant"}
    avis |= {"adresse_par": "medecin_traitant", "retour": "oui"}
    rangees = [ligne("F1", 1, avis, honoraires=acte)]
    rangees += [ligne("F1", 2, avis, code="MCS", honoraires=majoration)] if majoration else []
    dits = mappage({"contexte.adresse_par": "adresse_par", "contexte.retour_ecrit_mt": "retour"})
    lignes = atelier.csv(rangees, mappe=dits).lignes()
    assert {r["statut"] for r in lignes.values()} == {"acceptee"}
    assert (lignes["F1", "1"]["part_obligatoire"], lignes["F1", "1"]["participation_forfaitaire"]) == (
        Decimal(part), Decimal(retenue),
    )  # fmt: skip
    assert all(r["participation_forfaitaire"] == 0 for (_, rang), r in lignes.items() if rang != "1")


# --- L'exemple, l'aide, l'interruption -----------------------------------------------------------------------------
def test_l_exemple_tourne(atelier: Atelier) -> None:
    resultat = atelier.controler(EXEMPLES / "lot.csv")
    assert (resultat.code, resultat.erreur) == (0, "")
    manifeste = resultat.manifeste
    assert manifeste["lignes"] == {"entree": 13, "sortie": 13, "ecartees": 0}
    assert manifeste["factures"] == 10  # une annulation est comptée à part
    assert manifeste["statuts"] == {"acceptee": 9, "refusee": 3, "a_verifier": 1}
    lignes = resultat.lignes()
    assert (lignes["2026-001", "1"]["statut"], str(lignes["2026-001", "1"]["part_obligatoire"])) == (
        "acceptee",
        "21.00",
    )


@pytest.mark.parametrize("commande", ["controler", "expliquer"])
def test_l_aide_est_en_francais(commande: str, atelier: Atelier) -> None:
    from tests.portes.test_cli import ANGLAIS

    resultat = atelier.commande(commande, "--help")
    assert resultat.code == 0
    assert resultat.sorti.startswith(f"Usage : opposable {commande} ")
    assert not ANGLAIS.search(resultat.sorti)


@pytest.fixture(scope="module")
def grand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lot = tmp_path_factory.mktemp("grand") / "lot.parquet"
    generer.generer(api.corpus(), generer.Demande(400_000, 1), generer.voisins(lot))
    return lot


@pytest.mark.parametrize(
    ("comment", "quand"),
    [(signal.SIGINT, "travail"), (signal.SIGINT, "lignes.parquet"), (signal.SIGKILL, "lignes.parquet")],
)
def test_interrompu_rien_ne_porte_le_nom_demande(comment: int, quand: str, grand: Path, tmp_path: Path) -> None:
    commande = [sys.executable, "-m", "opposable.portes.cli", "controler", str(grand), "--sortie", "sortie"]
    processus = subprocess.Popen(commande, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    limite = time.monotonic() + 60
    while time.monotonic() < limite and processus.poll() is None and not list(tmp_path.rglob(quand)):
        time.sleep(0.01)
    processus.send_signal(comment)
    _, dit = processus.communicate(timeout=60)
    assert not (tmp_path / "sortie").exists(), dit
    if comment == signal.SIGINT:
        assert processus.returncode == 130, dit
        assert list(tmp_path.iterdir()) == []

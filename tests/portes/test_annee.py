"""« annee FICHIER » : le texte, le JSON, l'agenda, la feuille, le modèle ; une mauvaise entrée n'écrit rien."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import icalendar
import jsonschema
import pytest
from tests.portes.test_cli import erreur_json

import opposable
from opposable.portes import annee as dossiers
from opposable.portes import cli
from opposable.portes import python as api
from opposable.portes.modeles_annee import Annee

EXEMPLES = Path(__file__).resolve().parents[2] / "exemples"
FICHIER = str(EXEMPLES / "annee.json")


def test_l_exemple_livre_est_celui_de_la_commande(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.executer(["annee", "--exemple"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(Path(FICHIER).read_text("utf-8"))


def test_la_reponse_a_la_forme_publiee() -> None:
    dossier = json.loads(Path(FICHIER).read_text("utf-8"))
    entree = opposable.schema("annee")
    jsonschema.Draft202012Validator.check_schema(entree)
    jsonschema.validate(dossier, entree)
    jsonschema.validate(dossiers.modele(api.corpus()), entree)
    reponse = opposable.annee(dossier, comparer=2025)
    Annee.model_validate(reponse, strict=True)
    jsonschema.validate(reponse, opposable.schema("annee.reponse"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**dossier, "inconnue": 1}, entree)


def test_le_texte_dit_le_total_ce_qui_manque_et_l_autre_annee(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.executer(["annee", FICHIER, "--comparer", "2025"]) == 0
    texte = capsys.readouterr().out
    reponse = opposable.annee(dossiers.exemple())
    total = reponse["totaux"]["montant"]
    entiers = f"{int(total[:-3]):,}".replace(",", " ")
    assert f"Total des montants calculés, 2026 : {entiers},{total[-2:]} €" in texte
    assert "2026 à côté de 2025" in texte
    assert "source : presse" in texte
    assert "à renseigner" in texte
    assert "seul responsable de sa cotation" in " ".join(texte.split())
    assert not re.search(r"\d{4}-\d{2}-\d{2}", texte.partition("Sources")[0]), "une date n'est pas en français"


def sans_prevention(tmp_path: Path) -> Path:
    dossier = json.loads(Path(FICHIER).read_text("utf-8"))
    del dossier["prevention"]
    (tmp_path / "a.json").write_text(json.dumps(dossier), "utf-8")
    return tmp_path / "a.json"


def test_les_patients_de_la_prevention_viennent_d_un_fichier(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """À la main, 5 € l'indicateur validé. P01 : grippe, sein, glycémie, rein, hémoglobine glyquée : 25 €. P02, deux
    doses de ROR avant deux ans : 5 €. P03, une cytologie de plus de trois ans : rien. P04 : grippe, covid, pneumocoque,
    côlon, glycémie : 25 €, le rein non, sans albumine. Total : 55 €.
    """
    dossier = sans_prevention(tmp_path)
    commande = ["annee", str(dossier), "--cas", f"prevention={EXEMPLES / 'prevention.csv'}"]
    page = tmp_path / "a.html"
    assert cli.executer([*commande, "--page", str(page), "--json"]) in {0, 1}
    reponse = json.loads(capsys.readouterr().out)
    Annee.model_validate(reponse, strict=True)
    trouve = next(d for d in reponse["dispositifs"] if d["dispositif"] == "prevention")
    cas = [(c["id"], c["montant"]) for c in trouve["par_cas"]["cas"]]
    assert cas == [("P01", "25.00"), ("P02", "5.00"), ("P03", "0.00"), ("P04", "25.00")]
    assert trouve["montant"] == "55.00"
    assert "Cas 3 (P03)" in page.read_text("utf-8")
    cli.executer(commande)
    texte = " ".join(capsys.readouterr().out.split())
    assert "Cas 4 (P04) : 25,00 €, calculé" in texte
    assert "non retrouvés : dosage urinaire d'albumine et de créatinine" in texte
    assert "ne dit pas que l'acte n'a pas été fait" in texte


@pytest.mark.parametrize(
    ("dit", "remplace", "code", "ou"),
    [
        ("prevntion={}", ("", ""), "VALEUR_INCONNUE", "--cas"),
        ("prevention", ("", ""), "VALEUR_INCONNUE", "--cas"),
        ("fmt={}", ("", ""), "VALEUR_INCONNUE", "--cas"),
        ("prevention={}", ("1991-06-20", "1991-06-31"), "DATE_IMPOSSIBLE", "{}, ligne 4, patient.date_naissance"),
        ("prevention={}", ("P02", "P01"), "DOUBLON", "{}, ligne 3, pseudonyme"),
        ("prevention={}", (";hba1c;", ";vaccin_hpv_3;"), "COLONNE_ABSENTE", "{}, ligne 1"),
        ("prevention={}", ("pseudonyme;", "nom;"), "COLONNE_IDENTIFIANTE", "{}, ligne 1"),
    ],
)
def test_un_fichier_de_cas_fautif_est_situe(
    dit: str, remplace: tuple[str, str], code: str, ou: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fichier = tmp_path / "p.csv"
    fichier.write_text((EXEMPLES / "prevention.csv").read_text("utf-8").replace(*remplace), "utf-8")
    dossier = sans_prevention(tmp_path)
    assert cli.executer(["annee", str(dossier), "--cas", dit.format(fichier), "--json"]) == 2
    erreur = erreur_json(capsys)
    assert (erreur["code"], erreur["ou"]) == (code, ou.format(fichier))


def test_les_cas_ne_se_disent_pas_deux_fois(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.executer(["annee", FICHIER, "--cas", f"prevention={EXEMPLES / 'prevention.csv'}", "--json"]) == 2
    assert erreur_json(capsys)["code"] == "CAS_EN_DOUBLE"


def test_beaucoup_de_cas_le_texte_en_montre_trente(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lignes = (EXEMPLES / "prevention.csv").read_text("utf-8").splitlines()
    fichier = tmp_path / "p.csv"
    copies = [lignes[2].replace("P02", f"Q{rang:02}") for rang in range(35)]
    fichier.write_text("\n".join([lignes[0], *copies]) + "\n", "utf-8")
    cli.executer(["annee", str(sans_prevention(tmp_path)), "--cas", f"prevention={fichier}"])
    texte = " ".join(capsys.readouterr().out.split())
    assert "Cas 30 (Q29)" in texte
    assert "Cas 31" not in texte
    assert "Et 5 autres cas" in texte


def test_un_dossier_incomplet_sort_par_un(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text('{"annee": 2017, "ratio_depassements": {"depassements": "30.00"}}', "utf-8")
    assert cli.executer(["annee", str(tmp_path / "a.json")]) == 1
    assert "À compléter" in capsys.readouterr().out


def test_l_agenda_a_une_entree_par_echeance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for nom in ("a.ics", "b.ics"):
        assert cli.executer(["annee", FICHIER, "--ics", str(tmp_path / nom), "--json"]) == 0
    reponse = json.loads(capsys.readouterr().out.partition("\n}\n{")[0] + "\n}")
    octets = (tmp_path / "a.ics").read_bytes()
    assert octets == (tmp_path / "b.ics").read_bytes()
    agenda = icalendar.Calendar.from_ical(octets)
    dites = [(str(e.decoded("dtstart")), str(e["summary"]), str(e["description"])) for e in agenda.walk("VEVENT")]
    assert [jour for jour, _, _ in dites] == [e["date"] for e in reponse["echeancier"]]
    assert len(dites) >= 4
    assert all("indicative, à confirmer" in description for _, _, description in dites)
    uids = [str(e["uid"]) for e in agenda.walk("VEVENT")]
    assert len(set(uids)) == len(uids)


def test_la_feuille_tient_seule(tmp_path: Path) -> None:
    """Ni script, ni lien vers le serveur, ni fichier à aller chercher : elle s'ouvre n'importe où."""
    feuille = tmp_path / "annee.html"
    assert cli.executer(["annee", FICHIER, "--comparer", "2025", "--page", str(feuille)]) == 0
    page = feuille.read_text("utf-8")
    assert page.count("<svg") == 3
    assert not re.search(r"<script|<link|<img|src=|href=", page)
    assert "La caisse arrête" in page or "la caisse arrête" in page
    assert "corpus arrêté au" in page


def test_les_patients_peuvent_etre_a_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Le même fichier de patients que « calculer fmt », et le même montant."""
    cas = json.loads((EXEMPLES / "fmt.json").read_text("utf-8"))
    (tmp_path / "annee.json").write_text(json.dumps({"annee": cas["annee"], "medecin": cas["medecin"]}), "utf-8")
    patients = ["--patients", str(EXEMPLES / "patients.csv"), "--json"]
    cli.executer(["annee", str(tmp_path / "annee.json"), *patients])
    annee = json.loads(capsys.readouterr().out)
    cli.executer(["calculer", "fmt", str(EXEMPLES / "fmt.json"), *patients])
    seul = json.loads(capsys.readouterr().out)
    assert next(d for d in annee["dispositifs"] if d["dispositif"] == "fmt")["montant"] == seul["montant"] is not None


@pytest.mark.parametrize(("contenu", "arguments", "code", "ou"), [
    ('{"annee": 2026, "sas": {"heures": 3}}', [], "CLE_INCONNUE", "sas.heures"),
    ('[{"annee": 2026}]', [], "TYPE_INATTENDU", ""),
    ('{"annee": 2026}', ["--comparer", "2026"], "ANNEES_IDENTIQUES", "--comparer"),
    ("", [], "FICHIER_VIDE", ""),
])  # fmt: skip
def test_une_mauvaise_entree_n_ecrit_rien(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], contenu: str, arguments: list[str], code: str, ou: str
) -> None:
    (tmp_path / "a.json").write_text(contenu, "utf-8")
    sorties = ["--ics", str(tmp_path / "a.ics"), "--page", str(tmp_path / "a.html"), "--json"]
    assert cli.executer(["annee", str(tmp_path / "a.json"), *arguments, *sorties]) == 2
    dite: Any = erreur_json(capsys)
    assert dite["code"] == code
    assert ou in dite["ou"]
    assert not (tmp_path / "a.ics").exists()
    assert not (tmp_path / "a.html").exists()


def test_sans_fichier_la_commande_dit_comment_en_avoir_un(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.executer(["annee", "--json"]) == 2
    assert "--exemple" in erreur_json(capsys)["exemple"]


def test_le_modele_montre_chaque_dispositif(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.executer(["annee", "--modele"]) == 0
    modele = json.loads(capsys.readouterr().out)
    assert {nom for nom, d in api.corpus().dispositifs.items() if d.annee} <= set(modele)
    assert modele["sas"]["heures_regulation"] is None


def test_deux_fichiers_ou_aucun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """La page ne peut pas s'écrire : l'agenda non plus n'est pas écrit."""
    assert cli.executer(
        ["annee", FICHIER, "--ics", str(tmp_path / "a.ics"), "--page", str(tmp_path / "absent" / "a.html"), "--json"]
    ) == 2  # fmt: skip
    assert "a.html" in erreur_json(capsys)["ou"]
    assert list(tmp_path.iterdir()) == []


def test_ce_qui_est_suppose_se_dit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sas = {"departement_sas": "oui", "inscrit_plateforme": "oui", "visibilite": "interface"}
    (tmp_path / "a.json").write_text(json.dumps({"annee": 2026, "sas": sas}), "utf-8")
    cli.executer(["annee", str(tmp_path / "a.json")])
    assert "supposé, faute d'être dit : heures de régulation : 0" in " ".join(capsys.readouterr().out.split())

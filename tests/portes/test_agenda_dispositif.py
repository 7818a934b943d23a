"""« calculer NOM … --ics » : une entrée par date, avec la mention du dispositif ; rien d'écrit sans date."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import icalendar
import pytest

import opposable
from opposable.portes import cli

SANCTION = {"date": "2026-03-21", "procedure": "ordinaire", "grief": "autre", "demande_entretien": "2026-03-21"}
MENTION = "Date indicative, à confirmer sur la notification reçue ; consulter un conseil."


def calculer(tmp_path: Path, nom: str, entree: Any, *options: str) -> int:
    (tmp_path / "cas.json").write_text(json.dumps(entree), encoding="utf-8")
    return cli.executer(["calculer", nom, str(tmp_path / "cas.json"), "--ics", str(tmp_path / "a.ics"), *options])


def entrees(tmp_path: Path) -> list[tuple[str, str, str]]:
    agenda = icalendar.Calendar.from_ical((tmp_path / "a.ics").read_bytes())
    dites = agenda.walk("VEVENT")
    assert len({str(e["uid"]) for e in dites}) == len(dites)
    return [(str(e.decoded("dtstart")), str(e["summary"]), str(e["description"])) for e in dites]


def test_les_deux_lectures_sont_dans_l_agenda_avec_la_mention(tmp_path: Path) -> None:
    """21 mars + 15 = 5 avril ; franc, le lundi de Pâques est férié : le 7."""
    assert calculer(tmp_path, "sanction", SANCTION) == 0
    dites = entrees(tmp_path)
    assert [jour for jour, _, _ in dites] == ["2026-04-05", "2026-04-07"]
    assert all(MENTION in description for _, _, description in dites)
    assert "tous les jours comptés" in dites[0][1]
    assert "autre lecture" in dites[1][1]


def test_deux_ecritures_sont_identiques(tmp_path: Path) -> None:
    calculer(tmp_path, "sanction", SANCTION)
    premiere = (tmp_path / "a.ics").read_bytes()
    calculer(tmp_path, "sanction", SANCTION)
    assert (tmp_path / "a.ics").read_bytes() == premiere


def test_tout_dispositif_a_echeancier_a_le_sien(tmp_path: Path) -> None:
    """Sans mention propre, l'entrée porte la mention commune, et son montant."""
    exemple = opposable.dispositifs("caim")["exemple"]
    calculer(tmp_path, "caim", exemple)
    attendues = [e["date"] for e in opposable.calculer("caim", exemple)["echeancier"]]
    assert attendues
    assert [jour for jour, _, _ in entrees(tmp_path)] == attendues
    assert all("indicative, à confirmer auprès de la caisse" in description for _, _, description in entrees(tmp_path))


def test_plusieurs_cas_se_distinguent(tmp_path: Path) -> None:
    """Deux cas identiques gardent chacun ses entrées."""
    calculer(tmp_path, "sanction", [{**SANCTION, "id": "A"}, SANCTION])
    assert len(entrees(tmp_path)) == 4
    assert sum("A : " in titre for _, titre, _ in entrees(tmp_path)) == 2
    assert sum("cas 2 : " in titre for _, titre, _ in entrees(tmp_path)) == 2


def test_sans_date_rien_n_est_ecrit_et_la_reponse_est_dite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sans = {cle: valeur for cle, valeur in SANCTION.items() if cle != "demande_entretien"}
    assert calculer(tmp_path, "sanction", sans, "--json") == 2
    dite = capsys.readouterr()
    assert json.loads(dite.out)["echeancier"] == []
    assert json.loads(dite.err)["erreur"]["code"] == "AGENDA_SANS_OBJET"
    assert not (tmp_path / "a.ics").exists()


def test_un_lot_de_medecins_n_en_a_pas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calculer(tmp_path, "fmt", {"annee": 2026}, "--sortie", str(tmp_path / "s"), "--json") == 2
    assert json.loads(capsys.readouterr().err)["erreur"]["code"] == "OPTIONS_INCOMPATIBLES"
    assert not (tmp_path / "s").exists()


def test_un_dossier_absent_n_ecrit_ni_l_agenda_ni_la_reponse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cas.json").write_text(json.dumps(SANCTION), encoding="utf-8")
    ailleurs = str(tmp_path / "absent" / "a.ics")
    assert cli.executer(["calculer", "sanction", str(tmp_path / "cas.json"), "--ics", ailleurs, "--json"]) == 2
    dite = capsys.readouterr()
    assert dite.out == ""
    assert json.loads(dite.err)["erreur"]["code"] == "SORTIE_IMPOSSIBLE"

"""Du fichier aux rangées : les formats acceptés, et chaque mauvaise entrée refusée avec ce qui était attendu."""

from __future__ import annotations

import gzip
import os
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from tests.ccam.fabrique import FIN, TITRES, acte, codes, ecrire, en_csv, en_xlsx, r, rangees, souples

from opposable.ccam import export, importer
from opposable.droit import temps
from opposable.droit.erreurs import ErreurEntree

REGLES = souples()
PETIT = rangees(acte("ZZAA001", "26.50", "226,88", "2-7"), r("[A, J]", "Été : « œil »\nà la ligne"))


@pytest.mark.parametrize(
    ("tete", "version", "du"),
    [
        ("CNAM - CCAM version 67 applicable au 26/04/2021", 67, "2021-04-26"),
        ("CNAM - CCAM version 81 applicable 01/01/2026", 81, "2026-01-01"),
        ("CNAM – CCAM Version 102 applicable à compter du 1/3/2031", 102, "2031-03-01"),
    ],
)
def test_version_et_date_de_la_premiere_rangee(tmp_path: Path, tete: str, version: int, du: str) -> None:
    """Toute version ultérieure se lit : son numéro et sa date viennent du titre."""
    lu = export.ouvrir(ecrire(tmp_path, rangees(acte("ZZAA001"), tete=tete)), REGLES)
    assert (lu.version, temps.iso(lu.du)) == (version, du)


def test_meme_contenu_quel_que_soit_l_emballage(tmp_path: Path) -> None:
    """CSV avec ou sans BOM, compressé, en Windows-1252, séparé par des points-virgules : mêmes rangées."""
    texte = en_csv(PETIT)
    formes = {
        "utf8.csv": texte.encode(),
        "bom.csv": b"\xef\xbb\xbf" + texte.encode(),
        "sans_suffixe": gzip.compress(texte.encode()),
        "windows.csv": texte.encode("cp1252"),
        "excel.csv": en_csv(PETIT, ";").encode("cp1252"),
        "tabule.txt": en_csv(PETIT, "\t").encode(),
        "crlf.csv": en_csv(PETIT).replace("\n", "\r\n").encode(),
    }
    lus = {}
    for nom, octets in formes.items():
        (tmp_path / nom).write_bytes(octets)
        lus[nom] = export.ouvrir(tmp_path / nom, REGLES)
    attendu = lus["utf8.csv"]
    assert [b.code for b in attendu.rangees][4] == "[A, J]"
    for nom, lu in lus.items():
        if nom != "crlf.csv":
            assert (lu.rangees, lu.empreinte) == (attendu.rangees, attendu.empreinte), nom
    assert [b.code for b in lus["crlf.csv"].rangees] == [b.code for b in attendu.rangees]


def test_classeur_xlsx(tmp_path: Path) -> None:
    """Le même tableau dans un classeur : un nombre y devient le même texte."""
    pytest.importorskip("python_calamine")
    nombres = [[float(c) if c in {"26.50", "1", "0"} else c for c in ligne] for ligne in PETIT]
    lu = export.ouvrir(en_xlsx(tmp_path / "export.xlsx", nombres), REGLES)
    csv_ = export.ouvrir(ecrire(tmp_path, PETIT), REGLES)
    assert [(b.rangee, b.code, b.activite, b.exoneration) for b in lu.rangees] == [
        (b.rangee, b.code, b.activite, b.exoneration) for b in csv_.rangees
    ]
    assert next(b.opposable for b in lu.rangees if b.code == "ZZAA001") == "26.5"


def test_colonnes_trouvees_par_leurs_titres(tmp_path: Path) -> None:
    """L'ordre des colonnes ne compte pas, et une colonne de plus n'est pas perdue en silence."""
    ordre = [0, 2, 10, 9, 8, 7, 6, 5, 4, 3, 1]
    melees = [[ligne[i] for i in ordre] for ligne in PETIT]
    melees[1][-1] = "Nouvelle colonne"
    melees[8][-1] = "surprise"
    attendues = export.ouvrir(ecrire(tmp_path, PETIT), REGLES).rangees
    lues = export.ouvrir(ecrire(tmp_path, melees, "melees.csv"), REGLES).rangees
    assert [b._replace(hors="") for b in lues] == list(attendues)
    assert [b.hors for b in lues if b.hors] == ["surprise"]


def _refus(chemin: Path) -> ErreurEntree:
    with pytest.raises(ErreurEntree) as refus:
        importer.importer(chemin, chemin.parent / "magasin")
    assert not (chemin.parent / "magasin" / "magasin.json").exists()
    assert refus.value.ou.startswith(str(chemin))
    assert refus.value.attendu
    assert refus.value.exemple
    return refus.value


@pytest.mark.parametrize(
    ("nom", "octets", "code"),
    [
        ("autre.csv", b"Nom;Prenom;Age\nDupont;Anne;40\n", "PAS_UN_EXPORT"),
        ("vide.csv", b"", "EXPORT_ILLISIBLE"),
        ("binaire.csv", bytes(range(256)) * 50, "PAS_UN_EXPORT"),
        ("tronque.csv.gz", gzip.compress(en_csv(PETIT).encode())[:-30], "EXPORT_TRONQUE"),
        ("faux.gz", b"\x1f\x8b\x08\x00bruit", "EXPORT_TRONQUE"),
        ("faux.xlsx", b"PK\x03\x04 pas une archive", "EXPORT_ILLISIBLE"),
        ("faux.xls", b"\xd0\xcf\x11\xe0" + b"bruit" * 300, "EXPORT_ILLISIBLE"),
        ("mac.csv", en_csv(PETIT).encode().replace("É".encode(), b"\x81\x8d"), "EXPORT_ILLISIBLE"),
    ],
)
def test_mauvais_fichiers(tmp_path: Path, nom: str, octets: bytes, code: str) -> None:
    """Chacun est refusé avec ce qui était attendu, sans rien écrire."""
    (tmp_path / nom).write_bytes(octets)
    assert _refus(tmp_path / nom).code == code


def test_absent_et_dossier(tmp_path: Path) -> None:
    """Un fichier absent, un dossier."""
    assert _refus(tmp_path / "absent.csv").message == "ce fichier n'existe pas"
    (tmp_path / "dossier").mkdir()
    assert _refus(tmp_path / "dossier").message == "c'est un dossier"


def test_un_autre_classeur_et_un_classeur_demesure(tmp_path: Path) -> None:
    """Un classeur sans CCAM, un classeur qui se décompresse sans fin."""
    pytest.importorskip("python_calamine")
    assert _refus(en_xlsx(tmp_path / "autre.xlsx", [["Nom", "Âge"], ["Anne", 40.0]])).code == "PAS_UN_EXPORT"
    bombe = tmp_path / "bombe.xlsx"
    with zipfile.ZipFile(bombe, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/workbook.xml", "w") as flux:
        for _ in range(201):
            flux.write(bytes(2**20))
    assert "plus gros" in _refus(bombe).message
    loin = en_xlsx(tmp_path / "loin.xlsx", PETIT, perdue="XFD1048576")
    assert "plus loin" in _refus(loin).message


@pytest.mark.parametrize(
    "tete", ["CCAM version 81", "CCAM version 81 applicable le 31/02/2026", "CCAM version 9 applicable 1/1/0"]
)
def test_date_d_application_illisible(tmp_path: Path, tete: str) -> None:
    """Sans date d'application, une version ne régit rien."""
    erreur = _refus(ecrire(tmp_path, rangees(*codes(3), tete=tete)))
    assert (erreur.code, erreur.ou.rsplit(", ", 1)[1]) == ("DATE_ILLISIBLE", "rangée 1")


def test_colonnes_manquantes(tmp_path: Path) -> None:
    """Les colonnes absentes sont nommées."""
    lues = rangees(*codes(3))
    lues[1] = [t for t in TITRES if not t.startswith(("Tarif\nHors", "Exo"))]
    erreur = _refus(ecrire(tmp_path, lues))
    assert erreur.code == "COLONNES_MANQUANTES"
    assert "« tarif hors secteur 1 », « exo tm »" in erreur.message
    lues[1] = r()
    assert _refus(ecrire(tmp_path, lues)).code == "COLONNES_MANQUANTES"


def test_version_incomplete(tmp_path: Path) -> None:
    """Arrêté avant le dernier sous-chapitre, ou avec trop peu de codes, ce n'est pas une version entière."""
    sans_fin = _refus(ecrire(tmp_path, rangees(*codes(7100), fin=False)))
    assert sans_fin.code == "EXPORT_INCOMPLET"
    assert "19.03" in sans_fin.message
    coupe = en_csv(rangees(*codes(7100)))
    (tmp_path / "coupe.csv").write_text(coupe[: len(coupe) // 2], encoding="utf-8")
    assert _refus(tmp_path / "coupe.csv").code == "EXPORT_INCOMPLET"
    peu = _refus(ecrire(tmp_path, rangees(*codes(6999))))
    assert peu.code == "EXPORT_INCOMPLET"
    assert "6999 codes" in peu.message
    titre_seul = _refus(ecrire(tmp_path, [*rangees(*codes(7100), fin=False), *FIN[:3]]))
    assert titre_seul.code == "EXPORT_INCOMPLET"


@pytest.mark.parametrize("nom", ["bruit", "bruit.gz", "apres_le_titre.gz", "zeros.gz"])
def test_le_bruit_est_refuse_vite_et_sans_memoire(tmp_path: Path, nom: str) -> None:
    """Deux cents Mio de bruit, ou un gzip qui en donne autant : refusés en lisant peu."""
    chemin = tmp_path / nom
    bloc = os.urandom(2**20)
    if nom == "bruit":
        with chemin.open("wb") as flux:
            flux.truncate(200 * 2**20)
            flux.write(bloc)
    else:
        tete = en_csv(rangees()).encode() if nom.startswith("apres") else b""
        with gzip.open(chemin, "wb", compresslevel=1) as flux:
            flux.write(tete)
            for _ in range(70 if tete else 8):
                flux.write(bytes(2**20) if nom.startswith("zeros") or tete else bloc)
    depart = time.process_time()
    tracemalloc.start()
    _refus(chemin)
    _, pic = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.process_time() - depart < 3
    assert pic < 200 * 2**20

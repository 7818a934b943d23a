"""Le magasin : ce qui y entre en ressort, et rien de fautif ni d'interrompu ne l'abîme."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

pytest.importorskip("duckdb")
pytest.importorskip("filelock")

from tests.ccam.fabrique import acte, anesthesie, ecrire, r, rangees, souples

from opposable.ccam import ecriture, importer, magasin, pointeur
from opposable.ccam.lecture import Lu
from opposable.ccam.magasin import MagasinMemoire, MagasinParquet
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.nomenclature import Magasin

Importer = Callable[..., importer.Bilan]


@pytest.fixture
def ranger(tmp_path: Path) -> Importer:
    """Importe un export imaginaire dans un magasin neuf."""

    def fait(*milieu: object, version: int = 900, du: str = "01/01/2030", **options: bool) -> importer.Bilan:
        lues = rangees(*milieu, version=version, du=du)  # type: ignore[arg-type]
        chemin = ecrire(tmp_path, lues, f"v{version}.csv")
        return importer.importer(chemin, tmp_path / "m", regles=souples(), aujourdhui=date(2030, 2, 3), **options)

    return fait


def _ouvert(dossier: Path) -> MagasinParquet:
    trouve = magasin.ouvrir(dossier)
    assert trouve is not None
    return trouve


def _octets(dossier: Path) -> dict[str, bytes]:
    return {str(c.relative_to(dossier)): c.read_bytes() for c in sorted(dossier.rglob("*")) if c.is_file()}


def test_ce_qui_entre_en_ressort(ranger: Importer, tmp_path: Path) -> None:
    """Actes, modificateurs, chapitres et anomalies, tels que lus."""
    bilan = ranger(acte("ZZAA001", "46.149999999999999", "0.00", "1-7"), anesthesie(code="[A, J]"), r("", "L'œil"))
    lu: Lu = bilan.lu
    ouvert = _ouvert(tmp_path / "m")
    assert tuple(ouvert.acte(a.code)[900] for a in lu.actes) == lu.actes
    assert tuple(ouvert.modificateurs(900).values()) == lu.modificateurs
    assert tuple(ouvert.chapitres(900).values()) == tuple(sorted(lu.chapitres, key=lambda c: c.numero))
    assert ouvert.anomalies(900) == lu.anomalies
    assert ouvert.acte("ZZZZ999") == {}
    assert ouvert.codes() == frozenset({"ZZAA001"})
    assert ouvert.libelles()["ZZAA001"] == (
        "Acte imaginaire ZZAA001", "SOUS-CHAPITRE", "acte imaginaire zzaa001 | sous chapitre",
    )  # fmt: skip
    [version] = ouvert.versions
    assert (version.numero, version.fichier, version.importee_le) == (900, "v900.csv", "2030-02-03")


def test_les_versions_vivent_cote_a_cote(ranger: Importer, tmp_path: Path) -> None:
    """Rangées par date d'application, quel que soit l'ordre des imports ; le libellé est le plus récent."""
    ranger(acte("ZZAA001", "12.00", texte="Libellé récent"), version=902, du="01/06/2030")
    bilan = ranger(acte("ZZAA001", "10.00", texte="Libellé ancien"), acte("ZZAA002"), version=900)
    dit = bilan.en_dict()
    assert (dit["statut"], dit["plus_ancienne_que_d_autres"]) == ("ajoutee", True)
    assert dit["manquantes"] == [{"apres": 900, "avant": 902, "nombre": 1}]
    ouvert = _ouvert(tmp_path / "m")
    assert [v.numero for v in ouvert.versions] == [900, 902]
    assert [(n, a.rangees[0].opposable) for n, a in ouvert.acte("ZZAA001").items()] == [(900, 1000), (902, 1200)]
    assert ouvert.libelles()["ZZAA001"][0] == "Libellé récent"
    lus = ouvert.actes(["ZZAA002", "ZZZZ999", "ZZAA001", "ZZAA002"])
    assert {code: sorted(par) for code, par in lus.items()} == {"ZZAA002": [900], "ZZZZ999": [], "ZZAA001": [900, 902]}


def test_l_ordre_des_imports_ne_change_pas_l_empreinte(tmp_path: Path) -> None:
    """Deux magasins aux mêmes versions ont la même empreinte."""
    fichiers = [
        ecrire(tmp_path, rangees(acte("ZZAA001"), version=n, du=f"01/0{n - 899}/2030"), f"v{n}.csv") for n in (900, 901)
    ]
    for nom, ordre in (("a", fichiers), ("b", fichiers[::-1])):
        for fichier in ordre:
            importer.importer(fichier, tmp_path / nom, regles=souples())
    assert _ouvert(tmp_path / "a").empreinte == _ouvert(tmp_path / "b").empreinte


def test_reimporter_ne_change_aucun_octet(ranger: Importer, tmp_path: Path) -> None:
    """Le même contenu, même dans un autre emballage, laisse le magasin tel quel et le dit."""
    ranger(acte("ZZAA001"))
    avant = _octets(tmp_path / "m")
    assert ranger(acte("ZZAA001")).statut == "inchangee"
    (tmp_path / "bom.csv").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "v900.csv").read_bytes())
    assert importer.importer(tmp_path / "bom.csv", tmp_path / "m", regles=souples()).statut == "inchangee"
    assert _octets(tmp_path / "m") == avant


def test_autre_contenu_du_meme_numero(ranger: Importer, tmp_path: Path) -> None:
    """Refusé, sauf si on demande de remplacer."""
    ranger(acte("ZZAA001", "10.00"))
    avant = _octets(tmp_path / "m")
    with pytest.raises(ErreurEntree) as refus:
        ranger(acte("ZZAA001", "11.00"))
    assert refus.value.code == "VERSION_DEJA_PRESENTE"
    assert "--remplacer" in refus.value.attendu
    assert _octets(tmp_path / "m") == avant
    assert ranger(acte("ZZAA001", "11.00"), remplacer=True).statut == "remplacee"
    assert _ouvert(tmp_path / "m").acte("ZZAA001")[900].rangees[0].opposable == 1100


def test_d_autres_regles_font_relire(ranger: Importer, tmp_path: Path) -> None:
    """Le même fichier est relu quand ce que le corpus dit de l'export a changé ; d'ici là, la liste le signale."""
    from dataclasses import replace

    ranger(acte("ZZAA001"))
    assert importer.lister(tmp_path / "m")["versions"][0]["a_relire"] is False
    autres = replace(souples(), empreinte="autre")
    bilan = importer.importer(tmp_path / "v900.csv", tmp_path / "m", regles=autres)
    assert bilan.statut == "remplacee"
    assert importer.lister(tmp_path / "m")["versions"][0]["a_relire"] is True


@pytest.mark.parametrize("ou", ["_copier", "_pointer", "_poser"])
def test_disque_plein(ranger: Importer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ou: str) -> None:
    """L'écriture qui échoue laisse l'ancien magasin entier, sans rien abandonner derrière elle."""
    ranger(acte("ZZAA001"))
    avant = _octets(tmp_path / "m")

    def plein(*_: object) -> None:
        raise OSError(errno.ENOSPC, "plus de place")

    with monkeypatch.context() as change:
        change.setattr(ecriture, ou, plein)
        with pytest.raises(ErreurEntree, match="n'a pas changé") as refus:
            ranger(acte("ZZAA002"), version=901, du="01/02/2030")
    assert refus.value.code == "MAGASIN_IMPOSSIBLE"
    assert {n: o for n, o in _octets(tmp_path / "m").items() if n in avant} == avant
    assert _ouvert(tmp_path / "m").codes() == {"ZZAA001"}
    assert ranger(acte("ZZAA002"), version=901, du="01/02/2030").statut == "ajoutee"
    assert len(list((tmp_path / "m").iterdir())) == 4  # le pointeur, le verrou, le magasin, celui d'avant


@pytest.mark.parametrize("ou", ["_poser", "_pointer", "nettoyer"])
def test_tue_en_plein_import(ranger: Importer, tmp_path: Path, ou: str) -> None:
    """Tué net, l'import laisse un magasin entier ; le suivant passe, et ôte ce qui traînait."""
    ranger(acte("ZZAA001"))
    neuf = ecrire(tmp_path, rangees(acte("ZZAA002"), version=901, du="01/02/2030"), "neuf.csv")
    programme = f"""
        import os, signal
        from pathlib import Path
        from opposable.ccam import ecriture, importer
        from tests.ccam.fabrique import souples
        ecriture.{ou} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        importer.importer(Path({str(neuf)!r}), Path({str(tmp_path / "m")!r}), regles=souples())
    """
    fait = subprocess.run([sys.executable, "-c", textwrap.dedent(programme)], check=False, env=_env(), timeout=60)
    assert fait.returncode == -signal.SIGKILL
    assert _ouvert(tmp_path / "m").codes() == ({"ZZAA001", "ZZAA002"} if ou == "nettoyer" else {"ZZAA001"})
    assert ranger(acte("ZZAA003"), version=902, du="01/03/2030").statut == "ajoutee"
    assert len(list((tmp_path / "m").iterdir())) == 4


def _env() -> dict[str, str]:
    racine = Path(__file__).resolve().parents[2]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(racine / "src"), str(racine)])}


def test_deux_imports_a_la_fois(ranger: Importer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Le second attend, puis s'arrête avec un message clair."""
    ranger(acte("ZZAA001"))
    monkeypatch.setattr(ecriture, "ATTENTE", 0.05)
    with ecriture.verrou(tmp_path / "m"), pytest.raises(ErreurEntree) as refus:
        ranger(acte("ZZAA002"), version=901)
    assert refus.value.code == "IMPORT_EN_COURS"
    assert ranger(acte("ZZAA002"), version=901).statut == "ajoutee"


def test_un_lecteur_ouvert_survit_a_un_import(ranger: Importer, tmp_path: Path) -> None:
    """Le magasin d'avant reste lisible pendant un import ; au deuxième, il faut relancer, et c'est dit."""
    ranger(acte("ZZAA001"))
    ouvert = _ouvert(tmp_path / "m")
    ranger(acte("ZZAA002"), version=901, du="01/02/2030")
    assert sorted(ouvert.acte("ZZAA001")) == [900]
    ranger(acte("ZZAA003"), version=902, du="01/03/2030")
    with pytest.raises(ErreurEntree) as refus:
        ouvert.acte("ZZAA002")
    assert refus.value.code == "MAGASIN_CHANGE"


def test_rien_d_importe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sans import, il n'y a pas de magasin, et le dossier est celui que la variable nomme."""
    monkeypatch.setenv("OPPOSABLE_DONNEES", str(tmp_path / "ailleurs"))
    assert magasin.ouvrir() is None
    dit = importer.lister()
    assert (dit["versions"], dit["dossier"]) == ([], str(tmp_path / "ailleurs" / "ccam"))
    assert not (tmp_path / "ailleurs").exists()


@pytest.mark.parametrize("contenu", ["{", "[]", '{"forme": 99}', '{"forme": 1, "dossier": "x", "versions": []}'])
def test_magasin_abime(tmp_path: Path, contenu: str) -> None:
    """Un pointeur qui ne se lit pas, d'une autre forme, ou vers un dossier disparu."""
    (tmp_path / pointeur.POINTEUR).write_text(contenu, encoding="utf-8")
    with pytest.raises(ErreurEntree) as refus:
        magasin.ouvrir(tmp_path)
    assert refus.value.code == "MAGASIN_ILLISIBLE"


def test_dossier_interdit(ranger: Importer, tmp_path: Path) -> None:
    """Un fichier à la place du dossier de données : un message, pas une trace."""
    (tmp_path / "m").write_text("")
    with pytest.raises(ErreurEntree) as refus:
        ranger(acte("ZZAA001"))
    assert refus.value.code == "MAGASIN_IMPOSSIBLE"


def test_le_magasin_en_memoire_dit_la_meme_chose(ranger: Importer, tmp_path: Path) -> None:
    """Les deux magasins répondent pareil, et suivent le protocole."""
    un = ranger(acte("ZZAA001", texte="Ancien"), acte("ZZAA002"))
    deux = ranger(acte("ZZAA001", texte="Récent"), version=901, du="01/02/2030")
    titres = {(c.version, c.numero): c.titre for bilan in (un, deux) for c in bilan.lu.chapitres}
    memoire: Magasin = MagasinMemoire([deux.version, un.version], (*deux.lu.actes, *un.lu.actes), titres)
    parquet: Magasin = _ouvert(tmp_path / "m")
    assert memoire.versions == parquet.versions
    assert memoire.codes() == parquet.codes()
    assert memoire.libelles() == parquet.libelles()
    codes = ["ZZAA001", "ZZAA002", "ZZZZ999"]
    assert memoire.actes(codes) == parquet.actes(codes)
    assert list(memoire.acte("ZZAA001")) == list(parquet.acte("ZZAA001")) == [900, 901]
    assert memoire.empreinte

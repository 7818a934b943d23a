"""De petits exports imaginaires : mêmes rangées et mêmes pièges que les vrais, aucun acte réel."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from opposable.ccam import export, lecture, regles
from opposable.ccam.lecture import Lu
from opposable.ccam.regles import Regles

Rangee = Sequence[str]
TITRES: Rangee = (
    "Code", "", "Texte", "Activité", "Phase", "Tarif\nSecteur 1 / adhérent OPTAM/OPTAM-ACO\n(en euro)",
    "Tarif\nHors secteur 1 / hors adhérent OPTAM/OPTAM-ACO\n(en euro)", "Rembt. ss Cdtions", "Accord Préalable",
    "Exo. TM", "Regroupement",
)  # fmt: skip


def r(code: str = "", texte: str = "", *suite: str) -> Rangee:
    """Une rangée : code, texte, puis activité, phase, tarifs, RC, AP, exonération, regroupement."""
    return (code, "", texte, *suite, *[""] * (8 - len(suite)))


def acte(
    code: str, s1: str = "10.00", autre: str = "9.00", exo: str = "1", rgp: str = "ADC", texte: str = ""
) -> Rangee:
    """La rangée d'un acte d'une seule activité."""
    return r(code, texte or f"Acte imaginaire {code}", "1", "0", s1, autre, "", "", exo, rgp)


def anesthesie(s1: str = "5.00", *, code: str = "", activite: str = "4") -> Rangee:
    """La rangée d'anesthésie de l'acte qui précède."""
    return r(code, "anesthésie", activite, "0", s1, s1, "", "", "1", "ADA")


DEBUT: Sequence[Rangee] = (
    r(),
    r("1", "CHAPITRE IMAGINAIRE"),
    r("", "Note du chapitre"),
    r(),
    r("01.01", "SOUS-CHAPITRE"),
    r(),
)
FIN: Sequence[Rangee] = (
    r(), r("19.03", "MODIFICATEURS"), r(), r("19.03.01", "Urgence"), r("", "Note d'urgence"),
    r("U", "Acte réalisé la nuit", "", "", "25.15", "25.15"), r("", "A l'exclusion de : tout"),
    r("", "Acte réalisé le soir", "", "", "50", "50"), r("", "Inclut : rien"),
    r("A", "Anesthésie d'un enfant", "", "", "23", "23"), r("7", "Présence de l'anesthésiste", "", "", "+6%", "+6%"),
    r("J", "Majoration de chirurgie", "", "", "+6,50%", "+6,50%"),
    r("K", "Majoration modulable", "", "", "+20%", "+15,5%"),
)  # fmt: skip


def rangees(
    *milieu: Rangee, version: int = 900, du: str = "01/01/2030", tete: str = "", fin: bool = True
) -> list[Rangee]:
    """Un export entier : titre, colonnes, un chapitre, ces rangées, et le sous-chapitre des modificateurs."""
    titre = tete or f"CNAM - CCAM version {version} applicable au {du}"
    return [r(titre), TITRES, *DEBUT, *milieu, *(FIN if fin else ())]


def codes(combien: int) -> list[Rangee]:
    """Des actes imaginaires en nombre."""
    return [acte(f"Z{chr(65 + n // 1000)}ZZ{n % 1000:03d}", f"{10 + n % 90}.50") for n in range(combien)]


def en_csv(lues: Sequence[Rangee], separateur: str = ",") -> str:
    """Le CSV de ces rangées."""
    flux = io.StringIO(newline="")
    csv.writer(flux, delimiter=separateur, lineterminator="\n").writerows(lues)
    return flux.getvalue()


def ecrire(dossier: Path, lues: Sequence[Rangee], nom: str = "export.csv") -> Path:
    """Le CSV de ces rangées, dans un fichier."""
    chemin = dossier / nom
    chemin.write_text(en_csv(lues), encoding="utf-8")
    return chemin


def souples() -> Regles:
    """Les règles du corpus, mais un seul code suffit à faire une version entière."""
    return replace(regles.charger(), codes_minimum=1)


def lire(dossier: Path, *milieu: Rangee) -> Lu:
    """Un export imaginaire, écrit puis lu."""
    lues = souples()
    return lecture.lire(export.ouvrir(ecrire(dossier, rangees(*milieu)), lues), lues)


def en_xlsx(chemin: Path, lues: Sequence[Sequence[str | float]], perdue: str = "") -> Path:
    """Un classeur xlsx minimal ; un nombre y est un nombre. ``perdue`` : une cellule de plus, très loin."""
    lignes = []
    for n, ligne in enumerate(lues, 1):
        cellules = []
        for m, valeur in enumerate(ligne):
            ou = f"{chr(65 + m)}{n}"
            if isinstance(valeur, str):
                if valeur:
                    cellules.append(
                        f'<c r="{ou}" t="inlineStr"><is><t xml:space="preserve">{escape(valeur)}</t></is></c>'
                    )
            else:
                cellules.append(f'<c r="{ou}"><v>{valeur!r}</v></c>')
        if cellules:
            lignes.append(f'<row r="{n}">{"".join(cellules)}</row>')
    if perdue:
        lignes.append(f'<row><c r="{perdue}"><v>1</v></c></row>')
    espace = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    lien = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    paquet = "http://schemas.openxmlformats.org/package/2006"
    mime = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{paquet}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" '
            f'ContentType="{mime}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
            f'ContentType="{mime}.worksheet+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{paquet}/relationships"><Relationship Id="rId1" Type="{lien}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {espace} xmlns:r="{lien}"><sheets>'
            '<sheet name="CCAM" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{paquet}/relationships"><Relationship Id="rId1" Type="{lien}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f"<worksheet {espace}><sheetData>{''.join(lignes)}</sheetData></worksheet>",
        )
    return chemin

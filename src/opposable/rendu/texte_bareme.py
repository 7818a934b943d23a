"""Le barème et le catalogue des motifs en texte : tableaux d'ensemble, fiches, changements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opposable.rendu.blocs import Notes, Reponse, ligne, paragraphe, pied, source, sources, titre
from opposable.rendu.francais import ABSENT, date_courte, date_longue, enumeration, montant, propre

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

NATURES = {"acte": "acte", "supplement": "supplément"}
GRAVITES = {"erreur": "refus", "avertissement": "avertissement", "occasion": "à savoir"}
NON_PUBLIE = "non publié"
AUTRES_CAS = " + cas"
PREVU = "Tarif annoncé, non appliqué : calendrier annoncé, sans les reports décidés depuis."


def bareme(reponse: Reponse, console: Console, *, fiche: bool = False) -> None:
    """Écrit le barème d'un jour, la fiche d'un acte (``fiche``), ou ce qui change entre deux dates."""
    if "changements" in reponse:
        _changements(reponse, console)
    else:
        annonce = reponse.get("calendrier") == "prevu"
        if fiche:
            for rang, acte in enumerate(reponse["actes"]):
                if rang:
                    ligne(console)
                _fiche(acte, reponse["le"], console, annonce)
        else:
            _tableau(reponse, console, annonce)
    pied(console, reponse)


def motifs(reponse: Reponse, console: Console, *, fiche: bool = False) -> None:
    """Écrit le catalogue des motifs, ou la fiche d'un seul (``fiche``) avec sa correction et ses exemples."""
    if fiche:
        for motif in reponse["motifs"]:
            ligne(console, motif["code"], "bold")
            for mot, cle in (
                ("Libellé", "libelle"),
                ("Message", "message"),
                ("Correction", "correction"),
                ("Exemple juste", "exemple_juste"),
                ("Exemple fautif", "exemple_faux"),
            ):
                if motif.get(cle):
                    paragraphe(console, f"{mot} : {motif[cle]}", 2, suite=2)
            paragraphe(console, f"Gravité : {GRAVITES.get(motif['gravite'], motif['gravite'])}", 2)
    else:
        table = _table("Code", "Gravité", "Libellé")
        for motif in reponse["motifs"]:
            table.add_row(motif["code"], GRAVITES.get(motif["gravite"], motif["gravite"]), propre(motif["libelle"]))
        console.print(table)
    pied(console, reponse)


def _tableau(reponse: Reponse, console: Console, annonce: bool) -> None:
    paragraphe(console, f"Barème au {date_longue(reponse['le'])}", style="bold")
    if annonce:
        paragraphe(console, PREVU, style="bold yellow")
    if not reponse["actes"]:
        paragraphe(console, "Aucun acte en vigueur ce jour-là.")
        return
    table = _table("Code", "Libellé", "Montant", "Depuis")
    table.columns[2].justify = "right"
    rangees = [(acte["code"], propre(acte["libelle"]), *_resume(acte["tarifs"])) for acte in reponse["actes"]]
    for rangee in rangees:
        table.add_row(*rangee)
    console.print(table)
    if any(resume.endswith(AUTRES_CAS) for _, _, resume, _ in rangees):
        ligne(console)
        paragraphe(
            console, f"«{AUTRES_CAS} » : le montant dépend de la situation ; « opposable bareme CODE » les donne."
        )


def _resume(tarifs: list[dict[str, Any]]) -> tuple[str, str]:
    """Le montant d'un acte en une cellule : le tarif commun s'il y en a un, sinon les bornes ; puis depuis quand."""
    communs = [tarif for tarif in tarifs if not tarif.get("cellule")] or tarifs
    connus = sorted({t["montant"] for t in communs if t["montant"] is not None}, key=lambda m: (len(m), m))
    depuis = date_courte(max((t["du"] for t in communs if t["du"]), default=None))
    if not tarifs:
        return ABSENT, depuis
    texte = " à ".join(montant(borne) for borne in dict.fromkeys((connus[0], connus[-1]))) if connus else NON_PUBLIE
    # Une cellule qui nomme un fait (« Spécialité : … ») distingue une situation ; un territoire seul, non.
    tous = {t["montant"] for t in tarifs if t in communs or " : " in (t.get("cellule") or "")}
    return texte + (AUTRES_CAS if len(tous) > 1 else ""), depuis


def _fiche(acte: dict[str, Any], le: str, console: Console, annonce: bool) -> None:
    notes = Notes()
    paragraphe(console, f"{acte['code']} : {acte['libelle']}", style="bold")
    nature = NATURES.get(acte["nature"], acte["nature"])
    familles = f", {enumeration([propre(f.replace('_', ' ')) for f in acte['familles']])}" if acte["familles"] else ""
    paragraphe(console, f"Nature : {nature}{familles} · {_periode(acte['du'], acte['au'])}", 2)
    if acte.get("lettre_transmise"):
        paragraphe(console, f"Transmise sous {acte['lettre_transmise']} ; {acte['code']} va au dossier du patient.", 2)
    if annonce:
        paragraphe(console, PREVU, 2, style="bold yellow")
    titre(console, f"Tarifs au {date_longue(le)}" if len(acte["tarifs"]) <= 1 else "Tarifs")
    if not acte["tarifs"]:
        paragraphe(console, "Aucun tarif ce jour-là.", 2)
    for tarif in acte["tarifs"]:
        _tarif(tarif, console, notes)
    _conditions(acte["conditions"], console, notes)
    for mot, cle in (("S'ajoute à", "s_ajoute_a"), ("Incompatible avec", "incompatible_avec")):
        if acte.get(cle):
            titre(console, mot)
            paragraphe(console, ", ".join(_entree(e) for e in acte[cle]), 2)
    if acte.get("frequence"):
        titre(console, "Fréquence")
        paragraphe(console, acte["frequence"]["texte"], 2)
        sources(console, acte["frequence"].get("sources") or [], notes, retrait=4)
    if acte.get("notes"):
        titre(console, "Notes")
        paragraphe(console, acte["notes"], 2)


def _tarif(tarif: dict[str, Any], console: Console, notes: Notes) -> None:
    dit = montant(tarif["montant"]) if tarif["montant"] is not None else f"{NON_PUBLIE} ({tarif['manquant'] or ABSENT})"
    cellule = f" · {tarif['cellule']}" if tarif.get("cellule") else ""
    paragraphe(console, f"{dit}{cellule} · {_periode(tarif['du'], tarif['au'])}", 2, suite=2)
    if tarif.get("prevu_du") and tarif["prevu_du"] != tarif["du"]:
        paragraphe(console, f"annoncé : {dit} au {date_longue(tarif['prevu_du'])} (reporté)", 4)
    sources(console, tarif.get("sources") or [], notes, retrait=4)


def _conditions(conditions: list[dict[str, Any]], console: Console, notes: Notes) -> None:
    if conditions:
        titre(console, "Conditions")
    for condition in conditions:
        code = f" [{condition['motif']}]" if condition.get("motif") else ""
        periode = (
            f" ({_periode(condition['du'], condition['au'])})" if condition.get("du") or condition.get("au") else ""
        )
        paragraphe(console, f"- {condition['texte']}{periode}{code}", 2, suite=2)
        sources(console, condition.get("sources") or [], notes, retrait=4)


def _entree(dite: dict[str, Any] | str) -> str:
    if isinstance(dite, str):
        return propre(dite.replace("famille:", "famille ").replace("_", " ") if ":" in dite else dite)
    nom = f"famille {dite['famille'].replace('_', ' ')}" if dite.get("famille") else str(dite.get("code", ""))
    bornes = f" ({_periode(dite.get('du'), dite.get('au'))})" if dite.get("du") or dite.get("au") else ""
    return propre(nom) + bornes


def _periode(du: str | None, au: str | None) -> str:
    """Une période fermée-ouverte, telle qu'on la dit."""
    debut = f"depuis le {date_longue(du)}" if du else "sans date de début connue"
    if not au:
        return debut
    return f"du {date_longue(du)} au {date_longue(au)} exclu" if du else f"jusqu'au {date_longue(au)} exclu"


def _changements(reponse: Reponse, console: Console) -> None:
    du, au = reponse["entre"]
    paragraphe(console, f"Ce qui change entre le {date_longue(du)} et le {date_longue(au)}", style="bold")
    if reponse.get("calendrier") == "prevu":
        paragraphe(console, PREVU, style="bold yellow")
    if not reponse["changements"]:
        paragraphe(console, "Aucun changement.")
        return
    table = _table("Le", "Code", "Libellé", "Avant", "Après", "Source")
    for rang in (3, 4):
        table.columns[rang].justify = "right"
        table.columns[rang].no_wrap = True
    notes = Notes()
    citees: list[str] = []
    for changement in reponse["changements"]:
        numeros = []
        for dite in dict.fromkeys(source(document) for document in changement.get("sources") or []):
            nouvelle, numero = notes.numero(dite)
            numeros.append(str(numero))
            if nouvelle:
                citees.append(f"Source {numero} : {dite}")
        cellule = f" ({changement['cellule']})" if changement.get("cellule") else ""
        table.add_row(
            date_courte(changement["le"]),
            changement["code"],
            propre(f"{changement['libelle']}{cellule}"),
            montant(changement["avant"]),
            montant(changement["apres"]),
            ", ".join(numeros),
        )
    console.print(table)
    ligne(console)
    for citee in citees:
        paragraphe(console, citee, suite=2, style="dim")


def _table(*en_tetes: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for en_tete in en_tetes:
        table.add_column(en_tete, no_wrap=en_tete in {"Code", "Le", "Montant", "Depuis", "Gravité"}, overflow="fold")
    return table

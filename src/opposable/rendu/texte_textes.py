"""Les textes en français : la couverture par document, les contradictions, la page d'un document ou d'un énoncé."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opposable.droit.registre import STATUTS
from opposable.rendu.blocs import Reponse, ligne, paragraphe, pied, titre
from opposable.rendu.domaines import domaine as titre_de_domaine
from opposable.rendu.francais import cite, date_longue, enumeration, propre

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_EN_TETES: Final = ("Calculés", "Descriptifs", "Manquants", "Contrad.", "À venir", "Total")
AUTORITES: Final = {"texte": "texte de référence", "officiel": "publication officielle", "presse": "presse"}


def textes(reponse: Reponse, console: Console) -> None:
    """Écrit le sommaire, ou la page d'un document, d'un énoncé ou d'une contradiction."""
    if "documents" in reponse:
        _sommaire(reponse, console)
    elif "enonce" in reponse:
        _page_enonce(reponse, console)
    elif "contradiction" in reponse:
        _contradiction(reponse["contradiction"], console)
        for enonce in reponse["enonces"]:
            _enonce(enonce, console)
    else:
        _page_document(reponse, console)
    pied(console, reponse)


def _sommaire(reponse: Reponse, console: Console) -> None:
    paragraphe(console, "Ce que disent les cinq documents, et ce qui en est fait", style="bold")
    table = _table("Document", *_EN_TETES)
    for colonne in table.columns[1:]:
        colonne.justify, colonne.no_wrap = "right", True
    for document in reponse["documents"]:
        table.add_row(f"{document['id']} {propre(document['titre'])}", *_comptes(document))
    table.add_section()
    table.add_row("Ensemble", *_comptes(reponse["total"]))
    console.print(table)
    ligne(console)
    paragraphe(
        console,
        "Calculé : une règle ou une valeur du corpus le porte, et un cas de droit échouerait sans elle · descriptif : "
        "rien ne s'y calcule · manquant : valeur que les textes ne donnent pas · contradictoire : une autre lecture "
        "est retenue, ou aucune · à venir : un mécanisme encore à écrire.",
        style="dim",
    )
    autres = reponse["autres_documents"]
    for autorite in ("officiel", "presse"):
        cites = [d for d in autres if d["autorite"] == autorite and d["passages"]]
        if cites:
            passages = sum(d["passages"] for d in cites)
            paragraphe(
                console, f"{AUTORITES[autorite].capitalize()} : {len(cites)} documents, {passages} passages cités."
            )
    if reponse["enonces"]:
        titre(console, f"Énoncés : {STATUTS[reponse['enonces'][0]['statut']]}")
        for enonce in reponse["enonces"]:
            _enonce(enonce, console)
    titre(console, f"Contradictions ({len(reponse['contradictions'])})")
    for contradiction in reponse["contradictions"]:
        lecture = contradiction["lecture"] if contradiction["tranche"] else f"non tranché ({contradiction['lecture']})"
        if contradiction["lecture"].startswith("non tranché"):
            lecture = "non tranché"
        paragraphe(console, f"- {contradiction['sujet']} : {lecture} [{contradiction['id']}]", 2, suite=2)
    ligne(console)
    paragraphe(
        console, "« opposable textes 001 » donne la page d'un document ; de même pour un énoncé ou une contradiction."
    )


def _page_document(reponse: Reponse, console: Console) -> None:
    document = reponse["document"]
    paragraphe(console, f"{document['id']} : {document['titre']}", style="bold")
    lu = f" · lu le {date_longue(document['lu_le'])}" if document["lu_le"] else ""
    verifie = f"vérifié le {date_longue(document['verifie_le'])}"
    paragraphe(console, f"Autorité : {AUTORITES[document['autorite']]}{lu} · {verifie}", 2)
    if document["adresse"]:
        paragraphe(console, f"Adresse : {document['adresse']}", 2)
    if "enonces" not in reponse:
        titre(console, f"Passages cités ({len(reponse['passages'])})")
        for passage in reponse["passages"]:
            porte = _portent(passage["portent"])
            paragraphe(console, f"- {passage['lieu']} : « {cite(passage['extrait'])} »{porte}", 2, suite=2)
        return
    comptes = [f"{nombre} {STATUTS[statut]}" for statut, nombre in document["statuts"].items() if nombre]
    part = _pour_cent(document["part_descriptif"])
    paragraphe(console, f"Énoncés : {document['enonces']}, dont {enumeration(comptes)} ; {part} descriptifs", 2)
    domaine = ""
    for enonce in reponse["enonces"]:
        if enonce["domaine"] != domaine:
            domaine = enonce["domaine"]
            titre(console, titre_de_domaine(domaine))
        _enonce(enonce, console)


def _page_enonce(reponse: Reponse, console: Console) -> None:
    enonce = reponse["enonce"]
    paragraphe(console, f"{enonce['id']} : {enonce['enonce']}", style="bold")
    paragraphe(console, f"Document : {reponse['document']['titre']}", 2)
    paragraphe(console, f"« {cite(enonce['extrait'])} »", 2, suite=2)
    if enonce["suite"]:
        paragraphe(console, f"« {cite(enonce['suite'])} »", 2, suite=2)
    for mot, cle in (("Précision", "precision"), ("Doute", "doute")):
        if enonce[cle]:
            paragraphe(console, f"{mot} : {enonce[cle]}", 2, suite=2)
    paragraphe(console, f"Statut : {STATUTS[enonce['statut']]}{_detail(enonce)}", 2, suite=2)
    if reponse["portent"]:
        titre(console, "Ce qui le porte")
        for element in reponse["portent"]:
            paragraphe(console, f"- {element['endroit']} : {element['id']} ({element['genre']})", 2, suite=2)
    for contradiction in reponse["contradictions"]:
        ligne(console)
        _contradiction(contradiction, console)


def _enonce(enonce: dict[str, Any], console: Console) -> None:
    paragraphe(
        console, f"- [{STATUTS[enonce['statut']]}] {enonce['enonce']} ({enonce['id']}){_detail(enonce)}", 2, suite=2
    )


def _detail(enonce: dict[str, Any]) -> str:
    dit = {
        "calcule": ", ".join(enonce["par"]),
        "descriptif": enonce["raison"],
        "manquant": enonce["manque"],
        "contradictoire": enonce["raison"],
        "a_venir": enonce["mecanisme"],
    }[enonce["statut"]]
    reste = f" ; reste : {enonce['reste']}" if enonce["reste"] else ""
    return (f" : {propre(dit)}" if dit else "") + reste


def _contradiction(contradiction: dict[str, Any], console: Console) -> None:
    paragraphe(console, f"Contradiction : {contradiction['sujet']} [{contradiction['id']}]", style="bold")
    for valeur in contradiction["valeurs"]:
        paragraphe(console, f"- {valeur}", 2, suite=2)
    for passage in contradiction["passages"]:
        paragraphe(console, f"{passage['document']}, {passage['passage']} : « {cite(passage['extrait'])} »", 4, suite=2)
    mot = "Lecture retenue" if contradiction["tranche"] else "Non tranché"
    paragraphe(console, f"{mot} : {contradiction['lecture']}", 2, suite=2)
    paragraphe(console, f"Pourquoi : {contradiction['pourquoi']}", 2, suite=2)


def _portent(elements: list[dict[str, Any]]) -> str:
    endroits = list(dict.fromkeys(e["endroit"] for e in elements))
    if not endroits:
        return ""
    return f" → {', '.join(endroits[:6])}" + (f" et {len(endroits) - 6} autres" if len(endroits) > 6 else "")


def _comptes(comptes: dict[str, Any]) -> tuple[str, ...]:
    parts = {"descriptif": f" · {_pour_cent(comptes['part_descriptif'])}"}
    par_statut = (f"{comptes['statuts'][statut]}{parts.get(statut, '')}" for statut in STATUTS)
    return (*par_statut, str(comptes["enonces"]))


def _pour_cent(part: str) -> str:
    """Un taux décimal à quatre chiffres, en pour cent à une décimale."""
    dix_mille = int(part.replace(".", ""))
    dixiemes = (dix_mille + 5) // 10
    return f"{dixiemes // 10},{dixiemes % 10} %"


def _table(*en_tetes: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for en_tete in en_tetes:
        table.add_column(en_tete, overflow="fold")
    return table

"""La fiche d'un acte en texte : ses valeurs (du jour, ou toute leur histoire), ses conditions, ses sources à la fin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opposable.droit.publies import NON_PRIS_EN_CHARGE
from opposable.rendu.blocs import MARQUES, Notes, grille, paragraphe, source, titre
from opposable.rendu.domaines import familles_dites
from opposable.rendu.francais import ABSENT, date_courte, date_longue, enumeration, montant, periode, propre, taux

if TYPE_CHECKING:
    from rich.console import Console

Ligne = dict[str, Any]
NATURES: Final = {"acte": "acte", "supplement": "supplément"}
NON_PUBLIE: Final = "non publié"
PREVU: Final = "Tarif annoncé, non appliqué : calendrier annoncé, sans les reports décidés depuis."
_VALEURS: Final = (
    ("tarifs", "Tarifs"),
    ("bases", "Base de remboursement, quand elle n'est pas le tarif"),
    ("taux", "Taux de remboursement propre à l'acte"),
    ("tiers_payant", "Tiers payant"),
)


class Renvois:
    """Les sources citées, numérotées, à écrire à la fin."""

    def __init__(self) -> None:
        self._notes = Notes()
        self._citees: list[str] = []

    def numeros(self, documents: list[Any]) -> str:
        """Les numéros de ces sources, entre parenthèses : « (1, 2) » ; vide s'il n'y en a pas."""
        dits = self.liste(documents)
        return f" ({dits})" if dits else ""

    def liste(self, documents: list[Any]) -> str:
        """Les numéros de ces sources : « 1, 2 »."""
        numeros = []
        for dite in dict.fromkeys(source(document) for document in documents):
            nouvelle, numero = self._notes.numero(dite)
            numeros.append(numero)
            if nouvelle:
                self._citees.append(dite)
        return ", ".join(str(n) for n in sorted(numeros))

    def ecrire(self, console: Console) -> None:
        """Écrit la liste des sources."""
        if self._citees:
            titre(console, "Sources")
        for numero, dite in enumerate(self._citees, 1):
            paragraphe(console, f"({numero}) {dite}", 2, suite=4, style="dim")


def valeur_dite(dite: Ligne) -> str:
    """Le montant, le taux ou le mot d'une ligne ; « non publié » si elle manque, sauf si la CCAM dit pourquoi."""
    if dite.get("montant", "") is None and dite.get("manquant") == NON_PRIS_EN_CHARGE:
        return "non pris en charge"
    if dite.get("montant", "") is None and dite.get("reserve"):
        return "à vérifier"
    if "montant" in dite:
        reserve = " (à vérifier)" if dite.get("reserve") else ""
        return f"{montant(dite['montant'])}{reserve}" if dite["montant"] is not None else NON_PUBLIE
    texte = dite["valeur"]
    if texte is None:
        return NON_PUBLIE
    return taux(texte) if texte[:1].isdigit() and "." in texte else propre(texte)


def fiche(acte: dict[str, Any], reponse: dict[str, Any], console: Console) -> None:
    """Écrit la fiche d'un acte."""
    renvois = Renvois()
    paragraphe(console, f"{acte['code']} : {acte['libelle']}", style="bold")
    nature = NATURES.get(acte["nature"], acte["nature"])
    dites = [propre(f.replace("_", " ")) for f in familles_dites(acte["familles"])]
    familles = f", {enumeration(dites)}" if dites else ""
    paragraphe(console, f"Nature : {nature}{familles} · {periode(acte['du'], acte['au'])}", 2)
    for mot, dit in (("Remplacé par", ", ".join(acte.get("remplace_par") or [])),
                     ("Lettre transmise à la caisse", acte.get("lettre_transmise") or "")):  # fmt: skip
        if dit:
            paragraphe(console, f"{mot} : {dit}", 2, suite=2)
    profil = reponse.get("profil_libelle")
    if profil:
        paragraphe(
            console, f"Pour ce profil : {profil} ; les conditions qu'il remplit sûrement ne sont pas redites.", 2
        )
    if reponse.get("calendrier") == "prevu":
        paragraphe(console, PREVU, 2, style="bold yellow")
    for cle, mot in _VALEURS:
        if acte.get(cle) or cle == "tarifs":
            dite = (
                f"{mot} au {date_longue(reponse['le'])}" if cle == "tarifs" and not reponse.get("historique") else mot
            )
            titre(console, dite)
            _valeurs(acte.get(cle) or [], reponse, console, renvois)
    _conditions(acte["conditions"], console, renvois)
    if acte.get("technique"):
        _technique(acte["technique"], console)
    liens = (
        ("S'ajoute à", "s_ajoute_a"), ("Se cumule avec", "cumulable_avec"), ("Incompatible avec", "incompatible_avec"),
    )  # fmt: skip
    for mot, cle in liens:
        if acte.get(cle):
            titre(console, mot)
            paragraphe(console, ", ".join(propre(e) for e in acte[cle]), 2, suite=2)
    _frequences(acte, console, renvois)
    if acte.get("notes"):
        titre(console, "Notes")
        paragraphe(console, acte["notes"], 2)
    renvois.ecrire(console)


def _technique(dite: dict[str, Any], console: Console) -> None:
    """Ce que la CCAM dit d'un acte : sa version, ses activités, ses modificateurs, ses gestes, ses notes."""
    version = dite["version"]
    titre(console, f"CCAM, version {version['numero']}" if version else "CCAM")
    if not dite["certaine"]:
        lues = enumeration([f"{v['numero']} ({date_longue(v['du'])})" for v in dite["versions"]])
        paragraphe(console, f"La version qui régit ce jour-là n'est pas lue ; versions lues : {lues}.", 2, suite=2)
    if dite["chapitre"]:
        paragraphe(console, f"Chapitre {dite['chapitre']}", 2)
    for rangee in dite["rangees"]:
        for texte in rangee_dite(rangee, seule=len(dite["rangees"]) == 1):
            paragraphe(console, propre(texte), 2, suite=4)
    for note in dite["notes"]:
        paragraphe(console, f"- {propre(note)}", 2, suite=2)


def rangee_dite(rangee: dict[str, Any], *, seule: bool) -> list[str]:
    """Ce qu'une activité d'un acte technique admet et exige, phrase par phrase."""
    phase = f", phase {rangee['phase']}" if rangee["phase"] != "0" else ""
    debut = "" if seule else f"Activité {rangee['activite']}{phase} : "
    lettres = enumeration([m["lettre"] for m in rangee["modificateurs"]])
    dites = [f"{debut}modificateurs admis : {lettres or 'aucun'}"]
    if rangee["gestes"]:
        dites.append(f"gestes complémentaires et suppléments admis : {enumeration(rangee['gestes'])}")
    if not rangee["prise_en_charge"]:
        dites.append("non pris en charge")
    if rangee["accord_prealable"]:
        dites.append("accord préalable exigé")
    if rangee["sous_conditions"]:
        dites.append("remboursement sous conditions")
    return [dit[:1].upper() + dit[1:] for dit in dites]


def fiche_de_table(parametre: dict[str, Any], reponse: dict[str, Any], console: Console) -> None:
    """Écrit la fiche d'une table du corpus : taux, participation, plafond…"""
    renvois = Renvois()
    paragraphe(console, f"{parametre['nom']} : {parametre['libelle']}", style="bold")
    titre(console, "Valeurs" if reponse.get("historique") else f"Valeurs au {date_longue(reponse['le'])}")
    _valeurs(parametre["lignes"], reponse, console, renvois)
    renvois.ecrire(console)


def fermee(ferme: dict[str, Any], profil: str, console: Console) -> None:
    """Dit pourquoi un acte est fermé à un profil."""
    renvois = Renvois()
    paragraphe(console, f"{ferme['code']} : {ferme['libelle']}", style="bold")
    paragraphe(console, f"Fermé à ce profil ({profil}) : {ferme['texte']} [{ferme['motif']}]"
               f"{renvois.numeros(ferme['sources'])}", 2, suite=2)  # fmt: skip
    renvois.ecrire(console)


def _valeurs(lignes: list[Ligne], reponse: dict[str, Any], console: Console, renvois: Renvois) -> None:
    """Les lignes d'une table : celles du jour, ou leur histoire ; puis ce qu'aucune source ne donne."""
    if not lignes:
        paragraphe(console, "Aucun tarif ce jour-là.", 2)
        return
    dites = [x for x in lignes if _sue(x) or x.get("sources")]
    if reponse.get("historique"):
        histoire(dites, console, renvois)
        for report in reponse.get("reports") or []:
            if any(x["report"] == report["id"] for x in dites):
                paragraphe(
                    console, f"* déplacé du {date_longue(report['prevu'])} au {date_longue(report['effectif'])} : "
                    f"{report['libelle']}{renvois.numeros(report['sources'])}", 2, suite=2,
                )  # fmt: skip
    else:
        for dite in dites:
            _du_jour(dite, console, renvois)
    sans = list(dict.fromkeys(x["cellule"] or "ce cas" for x in lignes if not _sue(x) and not x.get("sources")))
    if sans:
        paragraphe(console, f"{NON_PUBLIE}, aucune source lue ne le donne : {' ; '.join(sans)}", 2, suite=2)


def _sue(dite: Ligne) -> bool:
    return dite.get("montant", dite.get("valeur")) is not None


def _du_jour(dite: Ligne, console: Console, renvois: Renvois) -> None:
    """Une ligne : sa valeur, son cas, sa période, l'autorité de sa première source."""
    citees = dite.get("sources") or []
    raison = "" if _sue(dite) else f" ({dite['manquant'] or ABSENT})"
    cellule = f" · {dite['cellule']}" if dite.get("cellule") else ""
    marque = f" · {MARQUES[citees[0]['autorite']]}" if citees and citees[0].get("autorite") in MARQUES else ""
    texte = f"{valeur_dite(dite)}{raison}{cellule} · {periode(dite['du'], dite['au'])}{marque}{renvois.numeros(citees)}"
    paragraphe(console, texte, 2, suite=2)
    if dite.get("prevu_du") and dite["prevu_du"] != dite["du"]:
        paragraphe(console, f"annoncé : {valeur_dite(dite)} au {date_longue(dite['prevu_du'])} (reporté)", 4)


def histoire(dites: list[Ligne], console: Console, renvois: Renvois | None = None) -> None:
    """Toutes les lignes et leurs deux dates : celle que le texte imprime, celle qui s'est appliquée."""
    table = grille("Imprimé le", "Effectif le", "Jusqu'au", "Valeur", "Cas", *(["Source"] if renvois else []))
    table.columns[3].justify = "right"
    for x in dites:
        numeros = [renvois.liste(x.get("sources") or [])] if renvois else []
        table.add_row(*dates(x), valeur_dite(x), propre(_cas(x)), *numeros)
    console.print(table)


def _cas(dite: Ligne) -> str:
    cellule = dite.get("cellule") or ""
    return cellule if _sue(dite) else " · ".join(m for m in (cellule, dite["manquant"] or "") if m)


def dates(dite: Ligne) -> tuple[str, str, str]:
    """La date imprimée, la date effective (marquée d'un astérisque si un texte l'a déplacée), et la fin, exclue."""
    if dite["du"] is None:
        return "avant 2016", "avant 2016", date_courte(dite["au"])
    effectif = date_courte(dite.get("effectif_du") or dite["du"])
    etoile = " *" if dite.get("report") else ""
    return date_courte(dite.get("prevu_du") or dite["du"]), effectif + etoile, date_courte(dite["au"])


def _conditions(conditions: list[dict[str, Any]], console: Console, renvois: Renvois) -> None:
    if conditions:
        titre(console, "Conditions")
    for condition in conditions:
        situations = condition.get("situations") or []
        dates_dites = _entre_parentheses(condition)
        code = f" [{condition['motif']}]" if condition.get("motif") else ""
        numeros = renvois.numeros(condition.get("sources") or [])
        deux_points = " :" if situations else ""
        texte = condition["texte"]
        paragraphe(console, f"- {texte}{dates_dites}{code}{numeros}{deux_points}", 2, suite=2)
        for situation in situations:
            cites = renvois.numeros(situation.get("sources") or [])
            paragraphe(console, f"· {situation['texte']}{_entre_parentheses(situation)}{cites}", 6, suite=2)


def _frequences(acte: dict[str, Any], console: Console, renvois: Renvois) -> None:
    if acte.get("frequences"):
        titre(console, "Fréquence")
    for frequence in acte.get("frequences") or []:
        autres = [code for code in frequence["compte"] if code != acte["code"]]
        avec = f", {enumeration(autres)} compris" if autres else ""
        numeros = renvois.numeros(frequence.get("sources") or [])
        paragraphe(console, f"- {frequence['texte']}{avec}{_entre_parentheses(frequence)}{numeros}", 2, suite=2)


def _entre_parentheses(dite: dict[str, Any]) -> str:
    return f" ({periode(dite.get('du'), dite.get('au'))})" if dite.get("du") or dite.get("au") else ""

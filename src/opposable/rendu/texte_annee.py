"""L'année d'un médecin en texte : ce qui est calculé, ce qui manque, les échéances, l'autre année à côté."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opposable.rendu.blocs import MARQUES, Reponse, grille, ligne, paragraphe, pied, source, titre
from opposable.rendu.francais import ABSENT, date_courte, enumeration, montant, propre

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console

STATUTS: Final = {
    "calcule": "calculé",
    "partiel": "calculé en partie, à vérifier",
    "refuse": "ne s'applique pas",
    "non_calculable": "non calculable",
    "a_completer": "à compléter",
    "a_renseigner": "à renseigner",
    "hors_periode": "pas cette année-là",
    "non_concerne": "non concerné",
}
"""Chaque statut d'un dispositif, tel qu'une personne le lit."""
CALCULES: Final = ("calcule", "partiel", "non_calculable")
AUTRES: Final = (
    ("a_completer", "À compléter"),
    ("refuse", "Ne s'applique pas"),
    ("hors_periode", "D'une autre période"),
    ("a_renseigner", "Rien n'en est dit : à renseigner s'il y a lieu"),
)
"""Les statuts sans calcul, dans l'ordre où ils se lisent, et leur titre."""
_CAS_MONTRES: Final = 30
_COULEURS: Final = {"calcule": "green", "partiel": "yellow", "non_calculable": "bold red"}


def annee(reponse: Reponse, groupes: Mapping[str, str], console: Console) -> None:
    """Écrit l'année d'un médecin ; ``groupes`` : le libellé de chaque groupe, dans l'ordre."""
    nom = f", {propre(reponse['id'])}" if reponse["id"] else ""
    ligne(console, f"Année {reponse['annee']}{nom}", "bold")
    citees: dict[str, int] = {}
    _une_annee(reponse, groupes, citees, console)
    comparaison = reponse["comparaison"]
    if comparaison is not None:
        _comparaison(reponse, comparaison, console)
    if citees:
        titre(console, "Sources")
    for dite, numero in citees.items():
        paragraphe(console, f"{numero}. {dite}", 2, suite=4, style="dim")
    pied(console, reponse)


def fourchette(dispositif: Mapping[str, Any]) -> str:
    """Le montant, ou ce qui le borne : « de 0,00 € à 800,00 € », « au moins 90,00 € »."""
    if dispositif["montant"] is not None:
        return montant(dispositif["montant"])
    bas, haut = dispositif["au_moins"], dispositif["au_plus"]
    if haut is not None:
        return f"de {montant(bas)} à {montant(haut)}"
    return f"au moins {montant(bas)}" if bas not in {None, "0.00"} else ABSENT


def reserves(autorites: Mapping[str, str]) -> str:
    """Ce qui, dans une somme, ne vient pas d'un texte lu : « dont 4 290,00 € (source : presse) » ; vide sinon."""
    parts = [f"{montant(autorites[a])} ({MARQUES[a]})" for a in MARQUES if autorites.get(a, "0.00") != "0.00"]
    return f"dont {enumeration(parts)}" if parts else ""


def _une_annee(annee_: Mapping[str, Any], groupes: Mapping[str, str], citees: dict[str, int], console: Console) -> None:
    calcules = [d for d in annee_["dispositifs"] if d["statut"] in CALCULES]
    for groupe, libelle in groupes.items():
        dedans = [d for d in calcules if d["groupe"] == groupe]
        if dedans:
            titre(console, libelle)
        for dispositif in dedans:
            _dispositif(dispositif, citees, console)
    _totaux(annee_, console)
    for statut, libelle in AUTRES:
        _autres([d for d in annee_["dispositifs"] if d["statut"] == statut], libelle, console)
    non_concernes = [d["dispositif"] for d in annee_["dispositifs"] if d["statut"] == "non_concerne"]
    if non_concernes:
        libelles = {d["dispositif"]: d["libelle"] for d in annee_["dispositifs"]}
        titre(console, "Non concerné, d'après le dossier")
        paragraphe(console, f"{_noms(non_concernes, libelles)}.", 2, suite=2)
    _echeancier(annee_, console)


def manquants(dispositif: Mapping[str, Any]) -> list[str]:
    """Les valeurs que les textes ne donnent pas, réunies par l'endroit qui les publie."""
    par_lieu: dict[str, list[str]] = {}
    for manque in dispositif["manquants"]:
        par_lieu.setdefault(manque["publie_dans"], []).append(manque["parametre"])
    return [f"Il manque ({lieu}) : {' ; '.join(noms)}." for lieu, noms in par_lieu.items()]


def _dispositif(dispositif: Mapping[str, Any], citees: dict[str, int], console: Console) -> None:
    valeur = f" : {fourchette(dispositif)}" if dispositif["chiffrable"] == "oui" else ""
    statut = STATUTS[dispositif["statut"]]
    cas = f", {dispositif['cas']} cas" if dispositif["cas"] > 1 else ""
    paragraphe(
        console, f"{dispositif['libelle']}{valeur} ({statut}{cas})", 2, suite=2, style=_COULEURS[dispositif["statut"]]
    )
    for phrase in phrases(dispositif):
        paragraphe(console, phrase, 4, suite=2)
    for motif in dispositif["motifs"]:
        paragraphe(console, f"{motif['message']} [{motif['code']}]", 4, suite=2, style="yellow")
    for manque in manquants(dispositif):
        paragraphe(console, manque, 4, suite=2, style="yellow")
    for question in dispositif["questions"]:
        paragraphe(console, f"- {question['question']} ({dispositif['dispositif']}.{question['fait']})", 4, suite=2)
    _par_cas(dispositif["par_cas"], console)
    numeros = sorted({citees.setdefault(source(s), len(citees) + 1) for s in dispositif["sources"]})
    if numeros:
        mot = "Source" if len(numeros) == 1 else "Sources"
        paragraphe(console, f"{mot} {enumeration([str(n) for n in numeros])}", 4, style="dim")


def _par_cas(par_cas: Mapping[str, Any] | None, console: Console) -> None:
    """Ce que vaut chaque cas, et le premier mot lisible de chaque rangée de ses tableaux."""
    if par_cas is None:
        return
    for cas in par_cas["cas"][:_CAS_MONTRES]:
        valeur = f"{fourchette(cas)}, " if cas["au_moins"] is not None else ""
        paragraphe(console, f"{nom_du_cas(cas)} : {valeur}{STATUTS[cas['statut']]}", 4, suite=2)
        for tableau in par_cas["tableaux"]:
            cle = next(c["nom"] for c in tableau["colonnes"] if c["type"] != "code")
            dites = [propre(str(r[cle])) for r in tableau["rangees"] if r["cas"] == cas["cas"]]
            if dites:
                paragraphe(console, f"{tableau['libelle']} : {' ; '.join(dites)}", 6, suite=2)
    reste = len(par_cas["cas"]) - _CAS_MONTRES
    if reste > 0:
        paragraphe(
            console, f"Et {reste} autres cas, dans la réponse JSON (--json) et dans la page (--page).", 4, suite=2
        )
    for tableau in par_cas["tableaux"]:
        if tableau["rangees"] and tableau["aide"]:
            paragraphe(console, f"{tableau['aide'][:1].upper()}{tableau['aide'][1:]}.", 4, suite=2, style="dim")


def nom_du_cas(cas: Mapping[str, Any]) -> str:
    """La place d'un cas dans le dossier, et son identifiant s'il en a un : « Cas 3 (P-012) »."""
    return f"Cas {cas['cas']}" + (f" ({propre(cas['id'])})" if cas["id"] else "")


def ecart(dispositif: Mapping[str, Any]) -> str:
    """Le perçu à côté du calculé ; l'écart est à faire vérifier, jamais une dette ni un dû."""
    if dispositif["percu"] is None:
        return ""
    percu = f"perçu : {montant(dispositif['percu'])}"
    if dispositif["ecart"] is None:
        return f"{percu} ; rien à quoi le comparer"
    if dispositif["ecart"] == "0.00":
        return f"{percu}, comme calculé ici"
    return (
        f"{percu}, écart avec le calcul : {signe(dispositif['ecart'])} ; vérifier les faits dits ici, puis demander le "
        "détail du décompte à la caisse"
    )


def phrases(dispositif: Mapping[str, Any]) -> list[str]:
    """Ce qu'il faut lire avec le montant : une simulation, les seuls cas comptés, le perçu, ce qui est supposé."""
    dites = (dispositif["avertissement"], dispositif["dit"], ecart(dispositif), suppose(dispositif))
    return [phrase for phrase in dites if phrase]


def suppose(dispositif: Mapping[str, Any]) -> str:
    """Les valeurs usuelles employées faute d'être dites ; vide s'il n'y en a pas."""
    dites = [f"{h['libelle'][:1].lower()}{h['libelle'][1:]} : {h['dit']}" for h in dispositif["hypotheses"]]
    return f"supposé, faute d'être dit : {' ; '.join(dites)}" if dites else ""


def signe(texte: str) -> str:
    """Une différence, toujours signée : « + 12,00 € », « − 12,00 € »."""
    return f"− {montant(texte[1:])}" if texte.startswith("-") else f"+ {montant(texte)}"


def _totaux(annee_: Mapping[str, Any], console: Console) -> None:
    totaux = annee_["totaux"]
    libelles = {d["dispositif"]: d["libelle"] for d in annee_["dispositifs"]}
    titre(console, f"Total des montants calculés, {annee_['annee']} : {total(totaux)}")
    for phrase in phrases_des_totaux(totaux, libelles):
        paragraphe(console, phrase, 2, suite=2)


def total(totaux: Mapping[str, Any]) -> str:
    """Le total, ou qu'il n'y en a pas : rien n'est compté pour zéro."""
    return "aucun" if totaux["montant"] is None else montant(totaux["montant"])


def phrases_des_totaux(totaux: Mapping[str, Any], libelles: Mapping[str, str]) -> list[str]:
    """Ce qu'il faut savoir d'un total avant de s'en servir."""
    dites = []
    if reserves(totaux["autorites"]):
        dites.append(f"{reserves(totaux['autorites'])[:1].upper()}{reserves(totaux['autorites'])[1:]}.")
    if totaux["sans_montant"]:
        noms = _noms(totaux["sans_montant"], libelles)
        haut = (
            f"entre {montant(totaux['au_moins'])} et {montant(totaux['au_plus'])} avec eux"
            if totaux["au_plus"] is not None
            else f"au moins {montant(totaux['au_moins'])} ; rien ne le borne en haut"
        )
        dites.append(f"N'y sont pas, faute d'un montant sûr : {noms} ({haut}).")
    if totaux["a_completer"]:
        dites.append(f"Rien n'y est compté pour : {_noms(totaux['a_completer'], libelles)}.")
    return dites


def _noms(noms: Iterable[str], libelles: Mapping[str, str]) -> str:
    return enumeration([f"{libelles[nom][:1].lower()}{libelles[nom][1:]}" for nom in noms])


def _autres(dispositifs: list[dict[str, Any]], libelle: str, console: Console) -> None:
    if not dispositifs:
        return
    titre(console, libelle)
    for dispositif in dispositifs:
        paragraphe(console, f"- {dispositif['libelle']} ({dispositif['dispositif']}) : {dispositif['dit']}", 2, suite=2)


def _echeancier(annee_: Mapping[str, Any], console: Console) -> None:
    if not annee_["echeancier"]:
        return
    titre(console, "Échéances (indicatives)")
    tableau = grille("Le", "Montant", "Pour")
    libelles = {d["dispositif"]: d["libelle"] for d in annee_["dispositifs"]}
    for echeance in annee_["echeancier"]:
        pour = f"{libelles[echeance['dispositif']]} : {propre(echeance['objet'])}"
        tableau.add_row(date_courte(echeance["date"]), montant(echeance["montant"]), pour)
    console.print(tableau)


def _comparaison(reponse: Mapping[str, Any], autre: Mapping[str, Any], console: Console) -> None:
    titre(console, f"{reponse['annee']} à côté de {autre['annee']}, sur les mêmes faits")
    tableau = grille("", str(reponse["annee"]), str(autre["annee"]), "Différence")
    for groupe in autre["groupes"]:
        difference = "" if groupe["ecart"] is None else signe(groupe["ecart"])
        tableau.add_row(groupe["libelle"], montant(groupe["montant"]), montant(groupe["comparee"]), difference)
    tableau.add_row("Total calculé", total(reponse["totaux"]), total(autre["totaux"]), "")
    console.print(tableau)
    paragraphe(
        console, "Une différence n'est dite que si rien ne manque, ni d'une année ni de l'autre.", 2, style="dim"
    )
    libelles = {d["dispositif"]: d["libelle"] for d in autre["dispositifs"]}
    for dispositif in (d for d in autre["dispositifs"] if d["statut"] in CALCULES and d["chiffrable"] == "oui"):
        reserve = reserves(dispositif["autorites"])
        suite = f", {reserve}" if reserve else ""
        statut = STATUTS[dispositif["statut"]]
        dit = f"{dispositif['libelle']} : {fourchette(dispositif)} ({statut}{suite})"
        paragraphe(console, f"{autre['annee']} : {dit}", 2, suite=2)
    for phrase in phrases_des_totaux(autre["totaux"], libelles):
        paragraphe(console, f"{autre['annee']} : {phrase}", 2, suite=2)

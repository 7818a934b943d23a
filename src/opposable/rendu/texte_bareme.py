"""Le barème en texte : tableaux d'ensemble, recherches, changements ; les fiches à part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opposable.rendu.blocs import Reponse, grille, ligne, paragraphe, pied, titre
from opposable.rendu.francais import ABSENT, cite, date_courte, date_longue, montant, periode, propre, taux
from opposable.rendu.texte_fiche import (
    NON_PUBLIE,
    PREVU,
    Renvois,
    dates,
    fermee,
    fiche,
    fiche_de_table,
    histoire,
    valeur_dite,
)

if TYPE_CHECKING:
    from rich.console import Console

AUTRES_CAS: Final = " + cas"
LIEUX: Final = {"familles": "famille", "tarifs": "cas", "conditions": "condition", "situations": "situation",
                "notes": "notes"}  # fmt: skip
SORTES: Final = {"base": "base de remboursement", "taux": "taux propre", "tiers_payant": "tiers payant"}


def bareme(reponse: Reponse, console: Console) -> None:
    """Écrit le barème d'un jour, la fiche d'un acte, une recherche, ou ce qui change entre deux dates."""
    if "changements" in reponse:
        _changements(reponse, console)
    elif reponse.get("fiche"):
        for acte in reponse["actes"]:
            fiche(acte, reponse, console)
        for parametre in reponse.get("parametres") or []:
            fiche_de_table(parametre, reponse, console)
        for ferme in reponse.get("fermes") or []:
            fermee(ferme, reponse["profil_libelle"], console)
    else:
        _tableau(reponse, console)
    pied(console, reponse)


def _en_tete(reponse: Reponse, console: Console, dit: str) -> None:
    paragraphe(console, dit, style="bold")
    if reponse.get("profil_libelle"):
        paragraphe(console, f"Profil : {reponse['profil_libelle']} ; ce qu'il ne dit pas reste inconnu.")
    if reponse.get("calendrier") == "prevu":
        paragraphe(console, PREVU, style="bold yellow")


def _tableau(reponse: Reponse, console: Console) -> None:
    jour = date_longue(reponse["le"])
    if reponse.get("recherche"):
        _en_tete(reponse, console, f"« {propre(reponse['recherche'])} » dans le barème au {jour}")
        _trouves(reponse, console)
    else:
        mot = "Histoire du barème" if reponse.get("historique") else f"Barème au {jour}"
        _en_tete(reponse, console, mot)
        if not reponse["actes"]:
            paragraphe(console, "Aucun acte en vigueur ce jour-là.")
    if reponse.get("historique"):
        _histoire(reponse, console)
    elif reponse["actes"] and not reponse.get("recherche"):
        table = grille("Code", "Libellé", "Montant", "Depuis")
        table.columns[2].justify = "right"
        rangees = [(acte["code"], propre(acte["libelle"]), *_resume(acte["tarifs"])) for acte in reponse["actes"]]
        for rangee in rangees:
            table.add_row(*rangee)
        console.print(table)
        _autres_cas([resume for _, _, resume, _ in rangees], console)
    if not reponse.get("historique"):
        _parametres(reponse.get("parametres") or [], console)
    fermes = len(reponse.get("fermes") or [])
    if fermes:
        ligne(console)
        sont = "acte est fermé" if fermes == 1 else "actes sont fermés"
        paragraphe(console, f"{fermes} {sont} à ce profil : « opposable bareme CODE » et le profil disent pourquoi.")


def _autres_cas(resumes: list[str], console: Console) -> None:
    if any(resume.endswith(AUTRES_CAS) for resume in resumes):
        ligne(console)
        paragraphe(
            console, f"«{AUTRES_CAS} » : le montant dépend de la situation ; « opposable bareme CODE » les donne."
        )


def _trouves(reponse: Reponse, console: Console) -> None:
    """Ce qu'une recherche a trouvé, classé ; sous le libellé, l'endroit qui a répondu s'il n'est pas le libellé."""
    table = grille("Code", "Libellé", "Montant", "Depuis")
    table.columns[2].justify = "right"
    fiches = {acte["code"]: acte for acte in reponse["actes"]}
    resumes = []
    for trouve in reponse["trouves"]:
        acte = fiches.get(trouve["code"])
        if trouve["sorte"] == "parametre":
            continue
        if not trouve["couvert"]:
            resume, depuis = "non couvert", ABSENT
        elif acte is None or trouve["en_vigueur"] is False:
            resume, depuis = "hors période", ABSENT
        else:
            resume, depuis = _resume(acte["tarifs"])
        resumes.append(resume)
        ailleurs = [LIEUX[lieu] for lieu in trouve["dans"] if lieu in LIEUX]
        extrait = f"\n{', '.join(ailleurs)} : {cite(trouve['extrait'])}" if ailleurs and trouve["extrait"] else ""
        table.add_row(trouve["code"], propre(trouve["libelle"]) + extrait, resume, depuis)
    if resumes:
        console.print(table)
    _autres_cas(resumes, console)
    if "hors période" in resumes:
        paragraphe(console, "« hors période » : « opposable bareme CODE --historique » dit quand.")
    if "non couvert" in resumes:
        paragraphe(console, "« non couvert » : un code connu de la nomenclature, sans tarif ni règle ici.")


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


def _histoire(reponse: Reponse, console: Console) -> None:
    """Chaque ligne de chaque acte, puis de chaque table, avec ses deux dates."""
    table = grille("Code", "Imprimé le", "Effectif le", "Jusqu'au", "Valeur", "Cas")
    table.columns[4].justify = "right"
    listes = [(a["code"], a["tarifs"]) for a in reponse["actes"]]
    for nom, lignes in listes:
        for x in lignes:
            if valeur_dite(x) != NON_PUBLIE or x.get("sources"):
                table.add_row(nom, *dates(x), valeur_dite(x), propre(x.get("cellule") or ""))
    if listes:
        console.print(table)
    for parametre in reponse.get("parametres") or []:
        titre(console, propre(parametre["libelle"]))
        histoire(parametre["lignes"], console)
    for report in reponse.get("reports") or []:
        ligne(console)
        deplace = f"* déplacé du {date_longue(report['prevu'])} au {date_longue(report['effectif'])}"
        paragraphe(console, f"{deplace} : {report['libelle']}", suite=2)


def _parametres(parametres: list[dict[str, Any]], console: Console) -> None:
    """Les taux, participations et plafonds du jour ; ceux qui dépendent du cas renvoient à leur fiche."""
    if not parametres:
        return
    titre(console, "Taux et paramètres")
    for parametre in parametres:
        lignes = parametre["lignes"]
        if len(lignes) == 1 and not lignes[0]["cellule"]:
            dit = f"{valeur_dite(lignes[0])} · {periode(lignes[0]['du'], lignes[0]['au'])}"
        else:
            dit = f"{len(lignes)} cas : « opposable bareme {parametre['nom']} »"
        paragraphe(console, f"- {parametre['libelle']} : {dit}", 2, suite=2)


def _changements(reponse: Reponse, console: Console) -> None:
    du, au = reponse["entre"]
    quoi = f" ({propre(reponse['recherche'])})" if reponse.get("recherche") else ""
    _en_tete(reponse, console, f"Ce qui change entre le {date_longue(du)} et le {date_longue(au)}{quoi}")
    renvois = Renvois()
    valeurs, conditions = reponse.get("valeurs") or [], reponse.get("conditions") or []
    if not (reponse["changements"] or valeurs or conditions):
        paragraphe(console, "Aucun changement.")
        return
    if reponse["changements"]:
        _tableau_de_changements(reponse["changements"], console, renvois)
    if valeurs:
        titre(console, "Bases, taux et paramètres")
        _tableau_de_changements(valeurs, console, renvois)
    if conditions:
        titre(console, "Règles qui commencent, finissent ou changent")
    for condition in conditions:
        motif = f" [{condition['motif']}]" if condition["motif"] else ""
        codes = ", ".join(condition["codes"]) or "toutes les lignes"
        paragraphe(
            console, f"- {date_longue(condition['le'])} · {codes}{motif}{renvois.numeros(condition['sources'])}", 2, 2
        )
        for mot, textes in (("finit", condition["avant"]), ("commence", condition["apres"])):
            if textes:
                paragraphe(console, f"{mot} : {' ; '.join(textes)}", 6, suite=2)
    for report in reponse.get("reports") or []:
        ligne(console)
        deplace = f"* déplacé du {date_longue(report['prevu'])} au {date_longue(report['effectif'])}"
        paragraphe(console, f"{deplace} : {report['libelle']}{renvois.numeros(report['sources'])}", suite=2)
    renvois.ecrire(console)


def _tableau_de_changements(changements: list[dict[str, Any]], console: Console, renvois: Renvois) -> None:
    table = grille("Le", "Code", "Libellé", "Avant", "Après", "Source")
    for rang in (3, 4):
        table.columns[rang].justify = "right"
        table.columns[rang].no_wrap = True
    for changement in changements:
        sorte = SORTES.get(changement.get("sorte") or "")
        cellule = f" ({changement['cellule']})" if changement.get("cellule") else ""
        libelle = f"{sorte}, {changement['libelle']}" if sorte else changement["libelle"]
        etoile = " *" if changement.get("report") else ""
        code = "" if changement.get("sorte") == "parametre" else changement["code"]
        table.add_row(
            date_courte(changement["le"]) + etoile,
            code,
            propre(f"{libelle}{cellule}"),
            _cote(changement, "avant"),
            _cote(changement, "apres"),
            renvois.liste(changement.get("sources") or []),
        )
    console.print(table)


def _cote(changement: dict[str, Any], cle: str) -> str:
    """Ce que valait ou vaut un changement : « non publié » si la valeur manque, « — » s'il n'y a pas de ligne."""
    texte = changement[cle]
    if texte is None:
        return NON_PUBLIE if changement.get(f"{cle}_manquant") else ABSENT
    return {"montant": montant, "taux": taux}.get(changement.get("type") or "montant", propre)(texte)

"""Les réponses en texte, pour un terminal ou un fichier : ce qu'une secrétaire lit d'une facture cotée."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from opposable.rendu.blocs import Reponse, console_pour, ligne, paragraphe, pied, source_courte, titre
from opposable.rendu.francais import date_longue, enumeration, montant, propre, taux, valeur
from opposable.rendu.texte_bareme import bareme

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["bareme", "console_pour", "corps", "facture", "factures"]

EN_TETES: Final = {
    "acceptee": "Conforme aux règles codées à cette date",
    "refusee": "Non facturable",
    "a_verifier": "À vérifier",
}
STATUTS: Final = {"acceptee": "Conforme", "refusee": "Non facturable", "a_verifier": "À vérifier"}
COULEURS: Final = {"acceptee": "green", "refusee": "bold red", "a_verifier": "yellow"}
PREVU: Final = "Tarif annoncé, non appliqué"
ANNULATION: Final = "Annulation : chaque montant est celui de la facture annulée, au signe près."

_COLONNES: Final = (
    ("honoraires", "Honoraires", "Honor."),
    ("tarif", "Tarif", "Tarif"),
    ("base_remboursement", "Base", "Base"),
    ("taux", "Taux", "Taux"),
    ("part_obligatoire", "Part obligatoire", "Part obl."),
    ("depassement", "Dépassement", "Dépass."),
)
_TOTAUX: Final = (
    ("honoraires", "Honoraires", False),
    ("base_remboursement", "Base de remboursement", False),
    ("part_obligatoire", "Part obligatoire", False),
    ("participation_forfaitaire", "Participation forfaitaire, retenue", True),
    ("participation_actes_lourds", "Participation sur les actes lourds, retenue", True),
    ("remboursement", "La caisse rembourse", False),
    ("part_complementaire", "Part complémentaire", True),
    ("depassement", "Dont dépassement", True),
    ("reste_a_charge", "Reste à la charge du patient", False),
)
_IMPORTANTS: Final = {"remboursement", "reste_a_charge"}
_SANS_INTERET: Final = {None, "0.00"}
_NATURES: Final = {"de": "exceptionnel (DE)", "da": "autorisé (DA)", "dp": "droit permanent (DP)"}
_CHANGE: Final = {
    "base_remboursement": "base",
    "depassement": "dépassement",
    "part_complementaire": "part complémentaire",
    "ticket_moderateur": "ticket modérateur",
}
_TIERS_PAYANT: Final = {"obligatoire": "obligatoire", "facultatif": "facultatif", "inconnu": "à vérifier"}


def facture(reponse: Reponse, console: Console) -> None:
    """Écrit une facture cotée : verdict, lignes, motifs, sources, totaux, hypothèses, questions, avertissement."""
    corps(reponse, console)
    pied(console, reponse)


def factures(reponses: list[Reponse], console: Console) -> None:
    """Écrit plusieurs factures cotées, puis leur décompte ; l'avertissement vient une seule fois, à la fin."""
    if not reponses:
        ligne(console, "Aucune facture à coter.")
        return
    for rang, reponse in enumerate(reponses):
        if rang:
            ligne(console)
        corps(reponse, console)
    if len(reponses) > 1:
        compte = Counter(reponse["statut"] for reponse in reponses)
        parts = [f"{n} {_accorde(STATUTS[statut].lower(), n)}" for statut in STATUTS if (n := compte[statut])]
        titre(console, f"{len(reponses)} factures : {enumeration(parts)}")
    pied(console, reponses[-1])


def _accorde(mot: str, nombre: int) -> str:
    return f"{mot}s" if nombre > 1 and mot.endswith("e") else mot


def corps(reponse: Reponse, console: Console) -> None:
    """Écrit le verdict, les lignes, les totaux, les hypothèses et les questions, sans l'avertissement."""
    nom = f"Facture {propre(str(reponse['id']))} : " if reponse.get("id") else ""
    paragraphe(console, f"{nom}{EN_TETES[reponse['statut']]}", style=COULEURS[reponse["statut"]])
    if (reponse.get("trace") or {}).get("signe") == -1:
        paragraphe(console, ANNULATION)
    annonce = reponse.get("calendrier") == "prevu"
    if annonce:
        paragraphe(console, f"{PREVU} : calendrier annoncé, sans les reports décidés depuis.", style="bold yellow")
    ligne(console)
    _lignes(reponse["lignes"], console, annonce)
    _totaux(reponse, console)
    _hypotheses(reponse.get("hypotheses") or [], console)
    _questions(reponse.get("questions") or [], console)


def _lignes(lignes: list[dict[str, Any]], console: Console, annonce: bool) -> None:
    colonnes = [c for c in _COLONNES if c[0] != "honoraires" or any("honoraires" in une for une in lignes)]
    rangees = [[propre(une["code"]), *(_cellule(une, nom) for nom, _, _ in colonnes)] for une in lignes]
    statuts = [STATUTS[une["statut"]] for une in lignes]
    for longs, ecart in ((True, 2), (False, 2), (False, 1)):
        en_tetes = ["Code", *(long if longs else court for _, long, court in colonnes)]
        largeurs = [max(map(len, colonne)) for colonne in zip(en_tetes, *rangees, strict=True)]
        total = sum(largeurs) + len(largeurs) * ecart + max(len(mot) for mot in ["Statut", *statuts])
        if total <= console.width:
            break

    def mettre(cellules: list[str], statut: str) -> str:
        code, *montants = [
            cellule.ljust(largeur) if rang == 0 else cellule.rjust(largeur)
            for rang, (cellule, largeur) in enumerate(zip(cellules, largeurs, strict=True))
        ]
        return (" " * ecart).join([code, *montants, statut])

    ligne(console, mettre(en_tetes, "Statut"), "bold")
    for une, rangee, statut in zip(lignes, rangees, statuts, strict=True):
        ligne(console, mettre(rangee, statut), COULEURS[une["statut"]])
        _details(une, console, annonce)


def _cellule(une: dict[str, Any], nom: str) -> str:
    if nom == "taux":
        return taux(une.get("taux"))
    if nom == "depassement":
        return montant((une.get("depassement") or {}).get("montant"))
    return montant(une.get(nom))


def _details(une: dict[str, Any], console: Console, annonce: bool) -> None:
    if une.get("libelle"):
        paragraphe(console, une["libelle"], 2)
    if annonce:
        paragraphe(console, PREVU, 2, style="yellow")
    motifs_dits = {(m.get("code"), m.get("message")): m for m in reversed(une.get("motifs") or [])}
    for motif in reversed(motifs_dits.values()):
        _motif(motif, une["statut"], console)
    depassement = une.get("depassement") or {}
    nature = depassement.get("nature")
    if depassement.get("montant") not in _SANS_INTERET and nature not in {None, "aucun"}:
        plafond = f", plafond {montant(depassement['plafond'])}" if depassement.get("plafond") else ""
        paragraphe(console, f"Nature du dépassement : {_NATURES.get(nature, valeur(nature))}{plafond}", 2)
    prevu = une.get("prevu")
    if prevu:
        reporte = " (reporté)" if prevu.get("report") else ""
        paragraphe(console, f"annoncé : {montant(prevu.get('tarif'))} au {date_longue(prevu.get('du'))}{reporte}", 2)
    # Une ligne refusée s'explique par la source de ses motifs ; celles de son tarif n'apportent rien.
    if une["statut"] != "refusee" or not any(motif.get("sources") for motif in motifs_dits.values()):
        source_courte(console, une.get("sources") or [])


def _motif(motif: dict[str, Any], statut: str, console: Console) -> None:
    gravite = motif.get("gravite")
    if gravite == "erreur":
        mot = "À vérifier" if statut == "a_verifier" else "Non facturable"
    else:
        doute = motif.get("effet", "a_verifier") == "a_verifier" and statut == "a_verifier"
        mot = {"avertissement": "À vérifier" if doute else "Attention"}.get(str(gravite), "À savoir")
    enjeu = motif.get("montant_en_jeu")
    # Jamais de montant devant une occasion : l'outil n'invite pas à coter davantage.
    message = str(motif.get("message", ""))
    if enjeu not in _SANS_INTERET and gravite != "occasion":
        message = f"{message.removesuffix('.')} ({montant(enjeu)} en jeu)."
    code = f" [{motif['code']}]" if motif.get("code") else ""
    style = {"erreur": "red", "avertissement": "yellow"}.get(str(gravite), "")
    paragraphe(console, f"{mot} : {message}{code}", 2, suite=2, style=style)
    source_courte(console, motif.get("sources") or [], retrait=4)


def _totaux(reponse: Reponse, console: Console) -> None:
    total = reponse["total"]
    possible = reponse.get("total_possible") or total
    deux = possible != total
    statuts = {une["statut"] for une in reponse["lignes"]}
    if statuts == {"refusee"}:
        titre(console, "Aucune ligne conforme")
        return
    titre(console, "Total des lignes conformes" if statuts != {"acceptee"} else "Total")
    retenus = [
        (cle, mot)
        for cle, mot, facultatif in _TOTAUX
        if not facultatif or {total.get(cle), possible.get(cle)} - _SANS_INTERET
    ]
    largeur = max(len(mot) for _, mot in retenus)
    for cle, mot in retenus:
        montants = f"{montant(total.get(cle)):>12}" + (f"  {montant(possible.get(cle)):>12}" if deux else "")
        ligne(console, f"  {mot:<{largeur}}{montants}", "bold" if cle in _IMPORTANTS else "")
    if deux:
        paragraphe(console, "Seconde colonne : si les lignes à vérifier étaient acceptées.", 2, style="dim")
    tiers_payant = reponse.get("tiers_payant") or {}
    if tiers_payant:
        _tiers_payant(tiers_payant, console)
    for code, phrase in (("SOURCE_PRESSE", "une source de presse"), ("VALEUR_DEDUITE", "une valeur déduite")):
        codes = [propre(une["code"]) for une in reponse["lignes"] if code in {m.get("code") for m in une["motifs"]}]
        if codes:
            verbe = "repose" if len(codes) == 1 else "reposent"
            paragraphe(console, f"{enumeration(codes)} {verbe} sur {phrase}.", 2, style="yellow")


def _tiers_payant(tiers_payant: dict[str, Any], console: Console) -> None:
    parts = [
        f"{_TIERS_PAYANT.get(tiers_payant[cle], valeur(tiers_payant[cle]))} sur la {mot}"
        for cle, mot in (("part_obligatoire", "part obligatoire"), ("part_complementaire", "part complémentaire"))
        if tiers_payant.get(cle)
    ]
    for cle, qui in (("verse_caisse", "la caisse"), ("verse_complementaire", "la complémentaire")):
        if tiers_payant.get(cle) not in _SANS_INTERET:
            parts.append(f"{qui} verse {montant(tiers_payant[cle])} au médecin")
    if "avance_patient" in tiers_payant:
        parts.append(f"le patient avance {montant(tiers_payant['avance_patient'])}")
    paragraphe(console, f"Tiers payant : {' ; '.join(parts)}.", 2, suite=2)
    for raison in tiers_payant.get("raisons") or []:
        paragraphe(console, f"À vérifier : {raison}.", 4, suite=2, style="yellow")


def _hypotheses(hypotheses: list[dict[str, Any]], console: Console) -> None:
    if hypotheses:
        titre(console, "Hypothèses retenues")
    for hypothese in hypotheses:
        dites = list(dict.fromkeys(_supposee(une) for une in (hypothese, *(hypothese.get("avec") or []))))
        paragraphe(console, f"- {', '.join(dites)}{_change(hypothese)}", 2, suite=2)


def _questions(questions: list[dict[str, Any]], console: Console) -> None:
    if questions:
        titre(console, "Questions")
    for question in questions:
        choix = enumeration([valeur(v) for v in question.get("valeurs") or []], "ou")
        reponses = f" ; réponses : {choix}" if choix else ""
        paragraphe(console, f"- {question['question']} ({question['fait']}){reponses}{_change(question)}", 2, suite=2)


def _supposee(hypothese: dict[str, Any]) -> str:
    dit = propre(str(hypothese.get("dit") or valeur(hypothese["valeur"])))
    return f"{propre(str(hypothese.get('libelle') or hypothese['fait']))} : {dit}"


def _change(dit: dict[str, Any]) -> str:
    change = [_CHANGE.get(mot, valeur(mot)) for mot in dit.get("change") or []]
    return f" ; peut changer : {enumeration(change)}" if change else ""

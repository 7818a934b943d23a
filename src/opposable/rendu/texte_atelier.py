"""L'atelier OPTAM en texte : ce qui manque d'abord, les engagements, la prime, le point mort, les patients, mois."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from opposable.rendu.blocs import Reponse, grille, ligne, paragraphe, pied, source, titre
from opposable.rendu.francais import ABSENT, date_courte, montant, nombre, taux

if TYPE_CHECKING:
    from rich.console import Console

MOIS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
_INSECABLE: Final = "\N{NO-BREAK SPACE}"
OPTIONS: Final = {
    "optam": "l'OPTAM", "optam_aco": "l'OPTAM-ACO", "optam_co": "l'OPTAM-CO", "cas": "le contrat d'accès aux soins",
}  # fmt: skip


def atelier(reponse: Reponse, console: Console) -> None:
    """Écrit la réponse de l'atelier."""
    nom = f", {reponse['id']}" if reponse["id"] else ""
    ligne(console, f"Atelier OPTAM, {reponse['annee']}{nom} : une simulation de {option(reponse)}", "bold")
    if reponse["manquants"]:
        titre(console, "Ce qui manque d'abord")
        for manque in reponse["manquants"]:
            paragraphe(console, f"- {manque['parametre']} ({manque['publie_dans']})", 2, suite=2, style="yellow")
    for phrase in lecture(reponse):
        paragraphe(console, phrase, 2, suite=2)
    titre(console, "Les deux engagements")
    tableau = grille("", "Engagement", "Mesuré", "Écart")
    for rangee in engagements(reponse):
        tableau.add_row(*rangee)
    console.print(tableau)
    for phrase in phrases_du_respect(reponse):
        paragraphe(console, phrase, 2, suite=2)
    titre(console, f"La prime de l'année : {prime(reponse)}")
    for phrase in phrases_de_la_prime(reponse):
        paragraphe(console, phrase, 2, suite=2)
    _bandes(reponse, console)
    titre(console, "Le point mort")
    for phrase in phrases_du_point_mort(reponse):
        paragraphe(console, phrase, 2, suite=2)
    titre(console, "Vos patients, dans l'option et hors d'elle")
    for phrase in phrases_des_patients(reponse):
        paragraphe(console, phrase, 2, suite=2)
    _mois(reponse, console)
    for motif in reponse["motifs"]:
        paragraphe(console, f"{motif['message']} [{motif['code']}]", 2, suite=2, style="yellow")
    for question in reponse["questions"]:
        paragraphe(console, f"- {question['question']} ({question['fait']})", 2, suite=2)
    _adhesion(reponse, console)
    titre(console, "Sources")
    for rang, dite in enumerate(dict.fromkeys(source(s) for s in reponse["sources"]), 1):
        paragraphe(console, f"{rang}. {dite}", 2, suite=4, style="dim")
    pied(console, reponse)


def option(reponse: Mapping[str, Any]) -> str:
    """Le nom de l'option, avec son article."""
    return OPTIONS.get(reponse["option"], str(reponse["option"]))


def entre(bornes: Sequence[str] | None) -> str:
    """Un montant, ou ses deux bornes."""
    if not bornes:
        return ABSENT
    dits = [f"−{_INSECABLE}{montant(b[1:])}" if b.startswith("-") else montant(b) for b in bornes]
    return dits[0] if len(dits) == 1 else f"de {dits[0]} à {dits[-1]}"


def lecture(reponse: Mapping[str, Any]) -> list[str]:
    """Ce qui a été lu, et ce qui n'a pas pu être compté."""
    lu = reponse["lecture"]
    if lu["source"] == "resume":
        return [f"D'après les totaux de {len(reponse['mois'])} mois."]
    dites = [
        (
            f"{_fois(lu['lignes'], 'ligne lue')}, {_fois(lu['factures'], 'facture')} ; "
            f"{_fois(lu['retenues'], 'ligne comptée')}."
        )
    ]
    if lu["a_verifier"]:
        dites.append(
            f"Dont {_fois(lu['a_verifier'], 'ligne comptée')} au tarif, à des conditions qui restent à vérifier :"
        )
        for reste in lu["conditions"]:
            dites.append(
                f"{reste['code']} : {_fois(reste['nombre'], 'ligne')} ({montant(reste['honoraires'])}) : "
                f"{reste['message']} [{reste['motif']}]"
            )
    for non in lu["non_tarifes"]:
        dites.append(
            f"{non['code']} : {_fois(non['nombre'], 'ligne')} ({montant(non['honoraires'])}) sans tarif "
            f"calculable, dans aucun taux : {non['message']} [{non['motif']}]. Une colonne « tarif » (celui du "
            "secteur 1) la ferait compter."
        )
    return dites


def engagements(reponse: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Les deux taux : signé ou simulé, mesuré, écart en points."""
    dit, mesures, respect = reponse["engagements"], reponse["mesures"], reponse["respect"]
    signe = _taux(dit["depassement"])
    if dit["depassement"] is None and dit["depassement_au_moins"] is not None:
        signe = f"de {_taux(dit['depassement_au_moins'])} à {_taux(dit['depassement_au_plus'])}"
    rangees = [
        (
            "Taux de dépassement, au plus",
            signe,
            _taux(mesures["taux_depassement"]),
            _points(respect, "points_depassement"),
        )
    ]
    rangees.append((
        "Part à tarif opposable, au moins", _taux(dit["opposable"]),
        _deux([mesures["part_opposable"], mesures["part_opposable_en_actes"]]), _points(respect, "points_opposable"),
    ))  # fmt: skip
    return rangees


def phrases_du_respect(reponse: Mapping[str, Any]) -> list[str]:
    """Si les engagements sont tenus, et ce que la mesure suppose."""
    tenus = {r["engagements_tenus"] for r in reponse["respect"]}
    dits = {
        frozenset({"oui"}): "Les deux engagements sont tenus, d'après cette mesure.",
        frozenset({"non"}): "Un engagement au moins n'est pas tenu, d'après cette mesure.",
    }
    phrases = [dits.get(frozenset(tenus), "Selon la lecture ou la borne, les engagements sont tenus ou non.")]
    if None in tenus:
        phrases = ["Rien ne permet encore de dire si les engagements sont tenus."]
    lectures = [f"{libelle} : {_taux(reponse['mesures'][cle])}" for cle, libelle in (
        ("part_opposable", reponse["mesures"]["lectures"]["honoraires"]),
        ("part_opposable_en_actes", reponse["mesures"]["lectures"].get("actes", "")),
    ) if libelle]  # fmt: skip
    phrases.append(
        "Les textes lus ne définissent pas la part d'activité au tarif opposable. Ici : " + " ; ".join(lectures)
        + ". Le taux qui compte est celui que la caisse constate."
    )  # fmt: skip
    suites = dict.fromkeys(
        r["suite"] for r in reponse["respect"] if r["suite"] is not None and r["engagements_tenus"] != "oui"
    )
    phrases += [f"Ce que l'écart entraîne : {suite}." for suite in suites]
    return phrases


def prime(reponse: Mapping[str, Any]) -> str:
    """La prime, ses bornes, ou qu'elle n'est pas connue."""
    dite = reponse["prime"]
    if dite["montant"] is not None:
        return montant(dite["montant"])
    if dite["au_moins"] is not None:
        return f"de {montant(dite['au_moins'])} à {montant(dite['au_plus'])}"
    return "elle ne peut pas être dite"


def phrases_de_la_prime(reponse: Mapping[str, Any]) -> list[str]:
    """D'où vient la prime, et quand elle est payée."""
    dite = reponse["prime"]
    phrases = [f"Contrepartie de l'option : {dite['contrepartie']}."] if dite["contrepartie"] else []
    if dite["entiere"] is not None:
        phrases.append(
            f"Prime entière, pour un respect strict : {montant(dite['honoraires_retenus'])} d'honoraires à tarif "
            f"opposable × {_taux(dite['taux'])} = {montant(dite['entiere'])}."
        )
    if dite["montant"] != "0.00":
        phrases += [f"{e['objet'].capitalize()} : {date_courte(e['date'])} au plus tard." for e in dite["echeancier"]]
    return phrases


def bandes(reponse: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Chaque bande : l'écart en points, la part versée, la prime, les dépassements qui y restent."""
    rangees = []
    for b in reponse["bandes"]:
        part = _deux([b["part_au_moins"], b["part_au_plus"]])
        prime_ = (
            ABSENT if b["prime_au_moins"] is None else entre(_sans_double([b["prime_au_moins"], b["prime_au_plus"]]))
        )
        rangees.append((ecart(b), part, prime_, entre(b["depassements"]) if b["depassements"] else "au-delà"))
    return rangees


def ecart(bande: Mapping[str, Any]) -> str:
    """L'écart d'une bande, en points."""
    de, a = (None if bande[c] is None else _en_points(bande[c]) for c in ("de", "a"))
    if a is None:
        return f"à partir de {de} points"
    if de == a:
        return "respect strict" if bande["a"] == "0.00" else f"{a} points exactement"
    return f"de {de} à {a} points"


def phrases_du_point_mort(reponse: Mapping[str, Any]) -> list[str]:
    """Ce que l'engagement laisse, ce à quoi il fait renoncer, et où la prime le paie."""
    p = reponse["point_mort"]
    if p is None:
        return ["Sans taux d'engagement, il n'y a rien à comparer."]
    phrases = [
        f"Dépassements de l'année : {montant(p['depassements'])} ; l'engagement en laisse {entre(p['laisses'])}."
    ]
    if p["renonces"] != ["0.00"]:
        phrases.append(f"Tenir le taux fait renoncer à {entre(p['renonces'])}.")
    if p["marge"] != ["0.00"]:
        phrases.append(f"Il reste {entre(p['marge'])} avant de le dépasser.")
    if p["solde"] is None:
        phrases.append("La prime entière n'est pas connue : ni le point mort ni le solde ne peuvent être dits.")
        return phrases
    mort = f"Point mort : {entre(p['depassements_au_point_mort'])} de dépassements, soit un taux de "
    mort += _deux(p["taux_au_point_mort"])
    if reponse["prime"]["entiere"] == "0.00":
        phrases.append(f"{mort} : celui de l'engagement, car la prime entière est nulle.")
    else:
        phrases.append(
            f"{mort}. Au-dessous, la prime entière rapporte plus que ce à quoi l'engagement fait renoncer ; "
            "au-dessus, moins."
        )
    phrases.append(f"Prime entière moins dépassements abandonnés : {entre(p['solde'])}.")
    phrases.append(
        "À activité et patients inchangés. Ni les modificateurs de la CCAM, ni les cotisations, ni l'effet du tarif "
        "sur la patientèle n'y sont."
    )
    return phrases


def phrases_des_patients(reponse: Mapping[str, Any]) -> list[str]:
    """Ce que la caisse verse des deux côtés, pour les mêmes honoraires."""
    p = reponse["patients"]
    if p is None:
        return ["Des totaux par mois ne le disent pas : il faut les actes."]
    phrases = []
    if p["rembourse_dedans"] is None:
        phrases.append("Aucune facture ne se compare.")
    else:
        phrases += [
            (
                f"{_fois(p['factures'], 'facture')}, aux mêmes honoraires. Remboursé par la caisse : "
                f"{montant(p['rembourse_dedans'])} dans l'option, {montant(p['rembourse_dehors'])} en secteur 2 sans "
                f"option : {signe(p['ecart'])} pour vos patients."
            ),
            f"Base de remboursement : {montant(p['base_dedans'])} dans l'option, {montant(p['base_dehors'])} hors.",
            "Avant toute complémentaire ; la participation forfaitaire est déduite, sans son plafond annuel.",
        ]
    for non in p["non_compares"]:
        phrases.append(
            f"{non['code']} : {_fois(non['nombre'], 'facture')} hors de la comparaison ({montant(non['honoraires'])}) "
            f": {non['message']} [{non['motif']}]."
        )
    return phrases


def mois(reponse: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Un mois par rangée : ses taux, ceux de l'année jusqu'à lui, et la marge qui reste."""
    return [
        (
            MOIS[m["mois"] - 1], montant(m["honoraires_remboursables"]), montant(m["depassements"]),
            _taux(m["taux_depassement"]), _taux(m["taux_depassement_cumule"]), _taux(m["part_opposable"]),
            _taux(m["part_opposable_cumulee"]), entre(m["marge"]),
        )
        for m in reponse["mois"]
    ]  # fmt: skip


def signe(texte: str) -> str:
    """Une différence, toujours signée."""
    return f"−{_INSECABLE}{montant(texte[1:])}" if texte.startswith("-") else f"+{_INSECABLE}{montant(texte)}"


def _bandes(reponse: Mapping[str, Any], console: Console) -> None:
    if not reponse["bandes"]:
        return
    titre(console, "Les bandes de respect, si le seul taux de dépassement s'écarte")
    tableau = grille("Écart", "Part versée", "Prime", "Dépassements, au plus")
    for rangee in bandes(reponse):
        tableau.add_row(*rangee)
    console.print(tableau)


def _mois(reponse: Mapping[str, Any], console: Console) -> None:
    titre(console, "Mois par mois")
    tableau = grille(
        "Mois", "Remboursables", "Dépassements", "Taux", "Cumulé", "Part opp.", "Cumulée", "Marge de l'année"
    )
    for rangee in mois(reponse):
        tableau.add_row(*rangee)
    console.print(tableau)


def _adhesion(reponse: Mapping[str, Any], console: Console) -> None:
    adhesion = reponse["dispositifs"]["optam_adhesion"]
    if adhesion is None:
        return
    titre(console, "Adhérer")
    resultat = adhesion["resultat"]
    for phrase in (resultat["voie"], resultat["contrat"]):
        if phrase:
            paragraphe(console, f"- {phrase}", 2, suite=2)
    for motif in adhesion["motifs"]:
        if motif["effet"] == "refuse":
            paragraphe(console, f"{motif['message']} [{motif['code']}]", 2, suite=2, style="bold red")


def _taux(texte: str | None) -> str:
    return ABSENT if texte is None else taux(texte)


def _deux(valeurs: Sequence[str | None]) -> str:
    dites = _sans_double([v for v in valeurs if v is not None])
    if not dites:
        return ABSENT
    return _taux(dites[0]) if len(dites) == 1 else f"{_taux(dites[0])} ou {_taux(dites[-1])}"


def _sans_double(valeurs: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(valeurs))


def _points(respect: Sequence[Mapping[str, Any]], cle: str) -> str:
    dits = list(dict.fromkeys(r[cle] for r in respect))
    if None in dits:
        return ABSENT
    mots = ["tenu" if d in {"0", "0.00"} else f"{nombre(d)} points" for d in dits]
    return " ou ".join(dict.fromkeys(mots))


def _en_points(texte: str) -> str:
    """Un taux en points : « 0.0099 » se lit « 0,99 »."""
    entier, _, decimales = texte.partition(".")
    cent = int(entier) * 10_000 + int(decimales.ljust(4, "0"))
    reste = f"{cent % 100:02d}".rstrip("0")
    return f"{cent // 100},{reste}" if reste else str(cent // 100)


def _fois(combien: int, mot: str) -> str:
    """« 1 ligne lue », « 2 lignes lues » : chaque mot s'accorde."""
    return f"{nombre(str(combien))} {' '.join(f'{m}s' for m in mot.split()) if abs(combien) > 1 else mot}"

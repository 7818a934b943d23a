"""Lit une facture écrite par une personne ou un programme : chaque faute dit où, ce qui était attendu, un exemple."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.droit.fait import ATTENDUS, Fait
from opposable.facturation.annulation import SIGNES, signe_de_facture, signe_de_ligne
from opposable.facturation.coherence import verifier

_BLOCS: Final = ("medecin", "patient", "contexte")
_RACINE: Final = frozenset({"id", "date", "heure", *_BLOCS, "actes", "historique"})
_HISTORIQUE: Final = frozenset({"complet_depuis", "actes"})
_ACTE_PASSE: Final = frozenset({"code", "date", "situation", "quantite", "patient", "medecin"})


@dataclass(slots=True)
class LigneCas:
    """Une ligne demandée : son code et ses faits."""

    code: str
    faits: dict[str, Valeur]


@dataclass(slots=True)
class CasFacture:
    """Une facture lue : le jour, les faits dits, les lignes. ``textes`` garde ce qui a été écrit, pour la trace.

    ``signe`` vaut -1 pour une annulation : ses faits sont gardés en valeur absolue.
    """

    id: str
    jour: int
    faits: dict[str, Valeur]
    lignes: list[LigneCas]
    textes: dict[str, str] = field(default_factory=dict)
    historique: tuple[Mapping[str, Any], ...] = ()
    signe: int = 1


def lire_facture(corpus: Corpus, brut: object) -> CasFacture:
    """La facture lue. :class:`ErreurEntree` à la première faute, située."""
    facture = _objet(brut, "", '{"date": "2026-02-10", "medecin": {…}, "actes": [{"code": "G"}]}')
    _cles(facture, _RACINE, "")
    faits: dict[str, Valeur] = {}
    textes: dict[str, str] = {}
    jour = _jour(corpus, facture)
    faits["facture.date"] = jour
    textes["facture.date"] = str(facture["date"])
    if facture.get("heure") is not None:
        _fait(corpus, "facture.heure", facture["heure"], "heure", jour, faits, textes)
    for bloc in _BLOCS:
        if facture.get(bloc) is None:
            continue
        contenu = _objet(facture[bloc], bloc, f'"{bloc}": {{…}}')
        _cles(contenu, _permis(corpus, bloc), bloc)
        for cle, valeur in contenu.items():
            if valeur is not None:
                _fait(corpus, f"{bloc}.{cle}", valeur, f"{bloc}.{cle}", jour, faits, textes)
    lignes, signe = _lignes(corpus, facture.get("actes"), jour)
    historique = _historique(corpus, facture.get("historique"), jour)
    cas = CasFacture(_identifiant(facture), jour, faits, lignes, textes, historique, signe)
    verifier(corpus, cas.jour, cas.faits, [ligne.faits for ligne in cas.lignes], cas.textes)
    return cas


def _permis(corpus: Corpus, bloc: str) -> frozenset[str]:
    cle = ("permis", bloc)
    trouve = corpus.memo.get(cle)
    if not isinstance(trouve, frozenset):
        trouve = frozenset(
            nom.split(".", 1)[1]
            for nom, fait in corpus.vocabulaire.faits.items()
            if nom.startswith(f"{bloc}.") and not fait.calcule and nom not in corpus.vocabulaire.membres
        )
        corpus.memo[cle] = trouve
    return trouve


def _objet(brut: object, ou: str, exemple: str) -> Mapping[str, Any]:
    if isinstance(brut, Mapping):
        return brut
    raise ErreurEntree("TYPE_INATTENDU", "un objet est attendu", ou=ou, attendu="un objet JSON", exemple=exemple)


def _cles(objet: Mapping[str, Any], permises: frozenset[str], ou: str) -> None:
    for cle in objet:
        if cle not in permises:
            proche = plus_proche(str(cle), permises)
            chemin = f"{ou}.{cle}" if ou else str(cle)
            suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
            raise ErreurEntree(
                "CLE_INCONNUE", f"clé inconnue « {cle} »{suite}", ou=chemin, attendu=", ".join(sorted(permises)),
                exemple=f'"{proche or min(permises)}": …',
            )  # fmt: skip


def _identifiant(facture: Mapping[str, Any]) -> str:
    brut = facture.get("id", "")
    if brut is None:
        return ""
    if not isinstance(brut, str) or len(brut) > 200:
        raise ErreurEntree(
            "TYPE_INATTENDU",
            "l'identifiant est un texte court",
            ou="id",
            attendu="un texte d'au plus 200 caractères",
            exemple='"id": "facture-1"',
        )
    return brut


def _jour(corpus: Corpus, facture: Mapping[str, Any]) -> int:
    brut = facture.get("date")
    fait = corpus.vocabulaire.faits["facture.date"]
    if brut is None:
        raise ErreurEntree(
            "DATE_ABSENTE",
            "il manque la date des soins",
            ou="date",
            attendu=ATTENDUS["date"],
            exemple=f'"date": "{fait.exemple}"',
        )
    jour = _nombre(fait, brut, "date")
    if jour < corpus.debut:
        raise ErreurEntree(
            "DATE_HORS_CORPUS", f"le {brut} précède le corpus", ou="date",
            attendu=f"une date à partir du {temps.iso(corpus.debut)}", exemple=f'"date": "{fait.exemple}"',
        )  # fmt: skip
    return jour


def _fait(
    corpus: Corpus, nom: str, brut: Any, ou: str, jour: int, faits: dict[str, Valeur], textes: dict[str, str]
) -> None:
    fait = corpus.vocabulaire.faits[nom]
    faits[nom] = lire_valeur(fait, brut, ou, jour)
    if fait.type == "age":
        textes[nom] = str(brut)


def lire_valeur(fait: Fait, brut: Any, ou: str, jour: int) -> Valeur:
    """La valeur d'un fait telle que l'entrée la dit. :class:`ErreurEntree` si elle ne convient pas."""
    if fait.type in {"choix", "oui_non"}:
        return _choix(fait, brut, ou)
    if fait.type == "liste":
        if not isinstance(brut, (list, tuple)):
            raise _refus("TYPE_INATTENDU", fait, brut, ou)
        return frozenset(_choix(fait, element, f"{ou}[{rang}]") for rang, element in enumerate(brut))
    if fait.sans_objet and brut == fait.sans_objet:
        return fait.sans_objet
    if fait.type == "age":
        try:
            bas, haut = temps.naissances_possibles(str(brut) if isinstance(brut, str) else "", jour)
        except (ValueError, OverflowError):
            raise ErreurEntree(
                "AGE_IMPOSSIBLE",
                f"« {brut} » n'est pas un âge",
                ou=ou,
                attendu="un âge en ans, mois ou jours",
                exemple='"5 ans", "20 mois", "8 jours"',
            ) from None
        return Intervalle(bas, haut)
    return _nombre(fait, brut, ou)


def _choix(fait: Fait, brut: Any, ou: str) -> str:
    if isinstance(brut, bool):
        brut = "oui" if brut else "non"
    permis = {"oui": "", "non": ""} if fait.type == "oui_non" else fait.valeurs
    if isinstance(brut, int):
        brut = str(brut)
    if isinstance(brut, str):
        texte = brut.strip()
        if texte in permis:
            return texte
        if fait.codes:
            code = texte.zfill(2)
            if code in fait.codes:
                return fait.codes[code]
        if fait.nom == "medecin.territoire":
            raise ErreurEntree(
                "TERRITOIRE_NON_COUVERT", f"« {texte} » n'est pas couvert, et n'est pas pris pour la métropole", ou=ou,
                attendu=", ".join(permis), exemple=f'"territoire": "{fait.exemple}"',
            )  # fmt: skip
    raise _refus("VALEUR_INCONNUE", fait, brut, ou)


def _refus(code: str, fait: Fait, brut: Any, ou: str) -> ErreurEntree:
    permis = ["oui", "non"] if fait.type == "oui_non" else list(fait.valeurs)
    proche = plus_proche(str(brut), [*permis, *fait.valeurs.values()])
    if proche is not None and proche not in permis:
        proche = next(v for v, libelle in fait.valeurs.items() if libelle == proche)
    suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
    attendu = ATTENDUS[fait.type] + (
        " : " + ", ".join(permis[:12]) + (", …" if len(permis) > 12 else "") if permis else ""
    )
    court = str(brut)[:60]
    return ErreurEntree(
        code,
        f"valeur inconnue « {court} »{suite}",
        ou=ou,
        attendu=attendu,
        exemple=f'"{ou.rsplit(".", maxsplit=1)[-1]}": {_exemple(fait)}',
    )


def _exemple(fait: Fait) -> str:
    if fait.exemple.startswith("["):
        return "[" + ", ".join(f'"{e.strip()}"' for e in fait.exemple[1:-1].split(",") if e.strip()) + "]"
    return fait.exemple if fait.type == "entier" else f'"{fait.exemple}"'


def _nombre(fait: Fait, brut: Any, ou: str, *, signe: bool = False) -> int:
    """Le nombre lu ; ``signe`` : il peut être négatif, ses bornes valent en valeur absolue."""
    if isinstance(brut, bool) or not isinstance(brut, (str, int, Decimal)):
        raise ErreurEntree(
            "TYPE_INATTENDU",
            f"« {str(brut)[:60]} » ne convient pas",
            ou=ou,
            attendu=ATTENDUS[fait.type],
            exemple=f'"{ou.rsplit(".", maxsplit=1)[-1]}": {_exemple(fait)}',
        )
    texte = "un nombre démesuré" if isinstance(brut, int) and brut.bit_length() > 64 else str(brut).strip()
    try:
        valeur = fait.nombre(texte)
    except (ValueError, OverflowError):
        code = {"date": "DATE_IMPOSSIBLE", "montant": "MONTANT_ILLISIBLE", "heure": "HEURE_IMPOSSIBLE"}.get(
            fait.type, "NOMBRE_ILLISIBLE"
        )
        raise ErreurEntree(
            code,
            f"« {texte[:60]} » n'est pas {ATTENDUS[fait.type]}",
            ou=ou,
            attendu=ATTENDUS[fait.type],
            exemple=f'"{ou.rsplit(".", maxsplit=1)[-1]}": {_exemple(fait)}',
        ) from None
    grandeur = abs(valeur) if signe else valeur
    if fait.minimum is not None and grandeur < fait.minimum:
        code = "MONTANT_NEGATIF" if fait.type == "montant" and fait.minimum == 0 else "HORS_DOMAINE"
        raise ErreurEntree(
            code,
            f"« {texte} » est sous le minimum",
            ou=ou,
            attendu=f"au moins {fait.texte(fait.minimum)}",
            exemple=f'"{ou.rsplit(".", maxsplit=1)[-1]}": {_exemple(fait)}',
        )
    if fait.maximum is not None and grandeur > fait.maximum:
        raise ErreurEntree(
            "HORS_DOMAINE",
            f"« {texte} » dépasse le maximum",
            ou=ou,
            attendu=f"au plus {fait.texte(fait.maximum)}" + (", au signe près" if valeur < 0 else ""),
            exemple=f'"{ou.rsplit(".", maxsplit=1)[-1]}": {_exemple(fait)}',
        )
    return valeur


def _code(corpus: Corpus, brut: Any, ou: str) -> str:
    if not isinstance(brut, str) or not brut.strip():
        raise ErreurEntree(
            "CODE_ABSENT",
            "il manque le code de l'acte",
            ou=ou,
            attendu="un code de la nomenclature",
            exemple='"code": "G"',
        )
    code = brut.strip().upper()
    if code in corpus.non_couverts:
        raise ErreurEntree(
            "CODE_NON_COUVERT", f"« {code} » ({corpus.non_couverts[code]}) n'est pas encore couvert", ou=ou,
            attendu="un code de « opposable bareme »", exemple='"code": "G"',
        )  # fmt: skip
    if code not in corpus.actes:
        proche = plus_proche(code, corpus.actes)
        suite = f" ; vouliez-vous « {proche} » ({corpus.actes[proche].libelle}) ?" if proche else ""
        raise ErreurEntree(
            "CODE_INCONNU",
            f"code inconnu « {brut} »{suite}",
            ou=ou,
            attendu="un code de « opposable bareme »",
            exemple=f'"code": "{proche or "G"}"',
        )
    return code


def _lignes(corpus: Corpus, brut: Any, jour: int) -> tuple[list[LigneCas], int]:
    """Les lignes, leurs faits en valeur absolue, et le signe de la facture."""
    if not isinstance(brut, (list, tuple)) or not brut:
        raise ErreurEntree(
            "ACTES_ABSENTS",
            "il faut au moins un acte",
            ou="actes",
            attendu="une liste d'actes",
            exemple='"actes": [{"code": "G", "honoraires": "30.00"}]',
        )
    if len(brut) > 50:
        raise ErreurEntree(
            "TROP_DE_LIGNES", f"{len(brut)} lignes sur une facture", ou="actes", attendu="50 lignes au plus", exemple=""
        )
    lignes, signes = [], []
    for rang, element in enumerate(brut):
        ou = f"actes[{rang}]"
        acte = _objet(element, ou, '{"code": "G"}')
        _cles(acte, _permis(corpus, "acte"), ou)
        faits: dict[str, Valeur] = {"acte.code": _code(corpus, acte.get("code"), f"{ou}.code")}
        for cle, valeur in acte.items():
            if cle == "code" or valeur is None:
                continue
            fait = corpus.vocabulaire.faits[f"acte.{cle}"]
            faits[fait.nom] = (
                _nombre(fait, valeur, f"{ou}.{cle}", signe=True)
                if fait.nom in SIGNES
                else lire_valeur(fait, valeur, f"{ou}.{cle}", jour)
            )
        signes.append(signe_de_ligne(faits, ou))
        if signes[-1] < 0:
            faits.update({nom: abs(v) for nom in SIGNES if isinstance(v := faits.get(nom), int)})
        lignes.append(LigneCas(str(faits["acte.code"]), faits))
    return lignes, signe_de_facture(signes)


def _historique(corpus: Corpus, brut: Any, jour: int) -> tuple[Mapping[str, Any], ...]:
    if brut is None:
        return ()
    historique = _objet(brut, "historique", '{"complet_depuis": "2025-12-22", "actes": []}')
    _cles(historique, _HISTORIQUE, "historique")
    date = corpus.vocabulaire.faits["facture.date"]
    if (
        historique.get("complet_depuis") is not None
        and _nombre(date, historique["complet_depuis"], "historique.complet_depuis") > jour
    ):
        raise ErreurEntree(
            "FAITS_CONTRADICTOIRES", "l'historique commence après la date des soins", ou="historique.complet_depuis",
            attendu=f"au plus tard le {temps.iso(jour)}", exemple=f'"complet_depuis": "{temps.iso(jour - 31)}"',
        )  # fmt: skip
    actes = historique.get("actes") or ()
    if not isinstance(actes, (list, tuple)):
        raise ErreurEntree(
            "TYPE_INATTENDU",
            "une liste est attendue",
            ou="historique.actes",
            attendu="une liste d'actes passés",
            exemple='[{"code": "G", "date": "2026-01-12"}]',
        )
    for rang, element in enumerate(actes):
        ou = f"historique.actes[{rang}]"
        acte = _objet(element, ou, '{"code": "G", "date": "2026-01-12", "patient": "meme", "medecin": "meme"}')
        _cles(acte, _ACTE_PASSE, ou)
        _code(corpus, acte.get("code"), f"{ou}.code")
        if acte.get("date") is None:
            raise ErreurEntree(
                "DATE_ABSENTE",
                "il manque la date de l'acte passé",
                ou=f"{ou}.date",
                attendu=ATTENDUS["date"],
                exemple='"date": "2026-01-12"',
            )
        if _nombre(date, acte["date"], f"{ou}.date") > jour:
            raise ErreurEntree(
                "FAITS_CONTRADICTOIRES", f"l'acte passé du {acte['date']} est après les soins", ou=f"{ou}.date",
                attendu=f"une date au plus tard le {temps.iso(jour)}", exemple=f'"date": "{temps.iso(jour - 31)}"',
            )  # fmt: skip
        for cle in ("patient", "medecin"):
            if acte.get(cle) not in (None, "meme", "autre"):
                raise ErreurEntree(
                    "VALEUR_INCONNUE",
                    f"valeur inconnue « {acte[cle]} »",
                    ou=f"{ou}.{cle}",
                    attendu="meme ou autre",
                    exemple=f'"{cle}": "meme"',
                )
        if acte.get("quantite") is not None:
            _nombre(corpus.vocabulaire.faits["acte.quantite"], acte["quantite"], f"{ou}.quantite")
    return tuple(actes)

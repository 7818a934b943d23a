"""Ce que le catalogue dit d'un motif de plus que son message, et les erreurs fréquentes : correction, enjeu, exemples.

Ces fichiers ne sont lus que par « opposable motifs » : une facture n'en a pas besoin.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from opposable.droit.lecture import Noeud
from opposable.droit.source import Passage

ENJEUX: Final = {
    "aucun": "aucun montant n'est calculé",
    "base_de_la_ligne": "la base de remboursement de la ligne refusée",
    "plus_petit_tarif": "le plus petit des deux tarifs",
    "tarif_du_supplement": "le tarif du supplément que la facture n'a pas",
}
"""Ce qu'est le montant en jeu quand le motif refuse une ligne."""
EFFETS: Final = {
    "refuse": "refuse la ligne",
    "a_verifier": "laisse la ligne à vérifier",
    "aucun": "avertit sans changer le statut",
}
"""Ce qu'un motif fait d'une ligne."""
LIENS: Final = {
    "s_ajoute_a": "ce que la majoration suit",
    "incompatible_avec": "ce qui ne se facture pas ensemble",
    "cumul_non_verifie": "les cumuls que rien n'établit",
    "frequence": "les fréquences maximales",
}
"""Les liens d'un acte qu'un motif du calcul lit."""
VISES: Final = {
    "lignes": "toutes les lignes",
    "actes": "les actes",
    "supplements": "les majorations",
    "techniques": "les actes techniques",
    "depassements": "les lignes au-dessus du tarif",
    "dispositifs": "les dispositifs calculables",
}
"""Ce que vise un motif que le calcul pose de lui-même."""
GRAVITES: Final = {
    "anomalie": "anomalie à vérifier",
    "rejet": "rejet probable",
    "manque": "somme non facturée",
}
"""Ce qu'une erreur fréquente entraîne, dit sans accuser."""
SAVOIRS: Final = {
    "historique": "les actes déjà facturés pour ce patient",
    "fait_hors_facture": "des faits qu'elle ne porte pas (ils se demandent, ils ne se supposent pas)",
}
"""Ce qu'il faut savoir de plus que la facture pour voir l'erreur."""
STATUTS_ERREUR: Final = {"couverte": "vue", "partiel": "vue en partie", "a_venir": "pas encore vue"}
_CLES_EXEMPLE: Final = frozenset({"dit", "facture", "dispositif", "entree", "prevu", "strict", "effet"})


@dataclass(frozen=True, slots=True)
class Exemple:
    """Une entrée complète et ce qu'elle montre. ``dispositif`` vide : une facture ; ``effet`` : celui du motif."""

    dit: str
    entree: dict[str, Any]
    dispositif: str
    prevu: bool
    strict: bool
    effet: str


@dataclass(frozen=True, slots=True)
class Couple:
    """Un exemple qui porte un motif, et le même une fois l'erreur évitée."""

    motif: str
    juste: Exemple
    faux: Exemple


@dataclass(frozen=True, slots=True)
class FicheMotif:
    """Comment réparer, ce qui est en jeu, un exemple de chaque sorte ; et, pour un motif qu'aucune règle écrite ne
    nomme, ce que le calcul constate (``mecanisme``), ce qu'il ``vise``, ce qu'il lit.
    """

    code: str
    correction: str
    enjeu: str
    couple: Couple | None
    sans_exemple: str
    mecanisme: str
    vise: str
    effets: tuple[str, ...]
    liens: tuple[str, ...]
    faits: tuple[str, ...]
    sources: tuple[Passage, ...]
    """Ce qui fonde le constat, quand aucune règle écrite ne le cite."""


@dataclass(frozen=True, slots=True)
class ErreurFrequente:
    """Une erreur de facturation courante, ce qu'il faut pour la voir, et les motifs qui la voient."""

    numero: str
    enonce: str
    gravites: tuple[str, ...]
    savoir: tuple[str, ...]
    statut: str
    reste: str
    motifs: tuple[str, ...]
    exemples: tuple[Couple, ...]
    sources: tuple[Passage, ...]
    adresses: tuple[str, ...]


def lire_fiche(code: str, noeud: Noeud, motifs: Container[str], passages: Mapping[str, Passage]) -> FicheMotif:
    """La fiche écrite à ce nœud. :class:`ErreurCorpus` à la première faute."""
    cles = noeud.cles(
        frozenset({"correction", "enjeu", "juste", "faux", "sans_exemple", "mecanisme", "vise", "effets", "liens",
                   "faits", "source"}),
        code,
        frozenset({"correction", "enjeu"}),
    )  # fmt: skip
    if code not in motifs:
        raise noeud.defaut(f"motif inconnu « {code} »", regle=code, attendu="un code de motifs.yaml")
    if ("juste" in cles) != ("faux" in cles) or ("faux" in cles) == ("sans_exemple" in cles):
        attendu = "juste et faux, ou sans_exemple: la raison"
        raise noeud.defaut("un motif montre ses deux exemples", regle=code, attendu=attendu)
    if ("mecanisme" in cles) != ("vise" in cles):
        raise noeud.defaut("« mecanisme » et « vise » vont ensemble", regle=code, attendu=", ".join(VISES))
    couple = None
    if "faux" in cles:
        couple = Couple(code, lire_exemple(cles["juste"], code), lire_exemple(cles["faux"], code, faux=True))
    return FicheMotif(
        code=code,
        correction=cles["correction"].texte(code),
        enjeu=_mot(cles["enjeu"], ENJEUX, code),
        couple=couple,
        sans_exemple=cles["sans_exemple"].texte(code) if "sans_exemple" in cles else "",
        mecanisme=cles["mecanisme"].texte(code) if "mecanisme" in cles else "",
        vise=_mot(cles["vise"], VISES, code) if "vise" in cles else "",
        effets=_mots(cles, "effets", EFFETS, code),
        liens=_mots(cles, "liens", LIENS, code),
        faits=tuple(n.texte(code) for n in cles["faits"].liste(code)) if "faits" in cles else (),
        sources=_sources(cles, code, passages),
    )


def lire_exemple(noeud: Noeud, regle: str, *, faux: bool = False) -> Exemple:
    """L'exemple écrit à ce nœud : une phrase, et une facture, ou un dispositif et son entrée."""
    cles = noeud.cles(_CLES_EXEMPLE if faux else _CLES_EXEMPLE - {"effet"}, regle, frozenset({"dit"}))
    if ("facture" in cles) == ("entree" in cles) or ("entree" in cles) != ("dispositif" in cles):
        attendu = "facture: {…}, ou dispositif et entree: {…}"
        raise noeud.defaut("un exemple est une facture ou un cas de dispositif", regle=regle, attendu=attendu)
    entree = cles["facture"] if "facture" in cles else cles["entree"]
    entree.table(regle)
    return Exemple(
        dit=cles["dit"].texte(regle),
        entree=_brut(entree, regle),
        dispositif=cles["dispositif"].texte(regle) if "dispositif" in cles else "",
        prevu=_oui(cles, "prevu", regle),
        strict=_oui(cles, "strict", regle),
        effet=_mot(cles["effet"], EFFETS, regle) if "effet" in cles else "refuse",
    )


def lire_erreur(numero: str, noeud: Noeud, motifs: Container[str], passages: Mapping[str, Passage]) -> ErreurFrequente:
    """L'erreur fréquente écrite à ce nœud. :class:`ErreurCorpus` à la première faute."""
    cles = noeud.cles(
        frozenset({"enonce", "gravites", "savoir", "statut", "reste", "motifs", "exemples", "source", "adresses"}),
        numero,
        frozenset({"enonce", "gravites", "statut"}),
    )
    statut = _mot(cles["statut"], STATUTS_ERREUR, numero)
    if (statut == "couverte") == ("reste" in cles):
        attendu = "reste: ce qui n'est pas encore vu, sauf si statut: couverte"
        raise noeud.defaut("une erreur vue en partie dit ce qui reste", regle=numero, attendu=attendu)
    couples = tuple(_couple(n, numero, motifs) for n in (cles["exemples"].liste(numero) if "exemples" in cles else ()))
    nommes = tuple(n.texte(numero) for n in cles["motifs"].liste(numero)) if "motifs" in cles else ()
    for motif in nommes:
        if motif not in motifs:
            raise cles["motifs"].defaut(f"motif inconnu « {motif} »", regle=numero, attendu="un code de motifs.yaml")
    if set(nommes) != {c.motif for c in couples}:
        attendu = "les mêmes motifs que les exemples, et au moins un sauf si statut: a_venir"
        raise noeud.defaut("chaque motif d'une erreur a son exemple", regle=numero, attendu=attendu)
    if bool(nommes) == (statut == "a_venir"):
        raise cles["statut"].defaut("une erreur vue a ses motifs", regle=numero, attendu="motifs et exemples")
    sources = _sources(cles, numero, passages)
    adresses = tuple(n.texte(numero) for n in cles["adresses"].liste(numero)) if "adresses" in cles else ()
    if not sources and not adresses:
        raise noeud.defaut("une erreur cite sa source", regle=numero, attendu="source ou adresses")
    return ErreurFrequente(
        numero=numero,
        enonce=cles["enonce"].texte(numero),
        gravites=_mots(cles, "gravites", GRAVITES, numero),
        savoir=_mots(cles, "savoir", SAVOIRS, numero),
        statut=statut,
        reste=cles["reste"].texte(numero) if "reste" in cles else "",
        motifs=nommes,
        exemples=couples,
        sources=sources,
        adresses=adresses,
    )


def _couple(noeud: Noeud, regle: str, motifs: Container[str]) -> Couple:
    requises = frozenset({"motif", "juste", "faux"})
    cles = noeud.cles(requises, regle, requises)
    motif = cles["motif"].texte(regle)
    if motif not in motifs:
        raise cles["motif"].defaut(f"motif inconnu « {motif} »", regle=regle, attendu="un code de motifs.yaml")
    return Couple(motif, lire_exemple(cles["juste"], regle), lire_exemple(cles["faux"], regle, faux=True))


def _sources(cles: Mapping[str, Noeud], regle: str, passages: Mapping[str, Passage]) -> tuple[Passage, ...]:
    noeuds = cles["source"].liste(regle) if "source" in cles else ()
    for n in noeuds:
        if n.texte(regle) not in passages:
            raise n.defaut(f"passage inconnu « {n.texte()} »", regle=regle, attendu="un identifiant de passages/")
    return tuple(passages[n.texte()] for n in noeuds)


def _brut(noeud: Noeud, regle: str) -> Any:
    """La valeur d'un nœud telle qu'une entrée JSON la dirait ; toutes ses feuilles sont des textes."""
    if isinstance(noeud.valeur, dict):
        return {cle: _brut(n, regle) for cle, n in noeud.valeur.items()}
    if isinstance(noeud.valeur, list):
        return [_brut(n, regle) for n in noeud.valeur]
    return noeud.texte(regle)


def _mot(noeud: Noeud, permis: Mapping[str, str], regle: str) -> str:
    mot = noeud.texte(regle)
    if mot not in permis:
        raise noeud.defaut(f"« {mot} » ne convient pas", regle=regle, attendu=", ".join(permis))
    return mot


def _mots(cles: Mapping[str, Noeud], cle: str, permis: Mapping[str, str], regle: str) -> tuple[str, ...]:
    return tuple(_mot(n, permis, regle) for n in cles[cle].liste(regle, vide=False)) if cle in cles else ()


def _oui(cles: Mapping[str, Noeud], cle: str, regle: str) -> bool:
    return cle in cles and _mot(cles[cle], {"oui": "", "non": ""}, regle) == "oui"

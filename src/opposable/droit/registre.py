"""Le registre : chaque énoncé calculable des cinq documents, et ce que le projet en fait.

- *calculé* : nomme l'endroit du corpus qui le porte ; un cas de droit qui le cite échouerait sans lui (les essais
  altèrent chaque élément l'un après l'autre) ;
- *descriptif* : rien ne s'y calcule, et pourquoi ; *manquant* : une valeur que les textes ne donnent pas ;
- *contradictoire* : une autre lecture est retenue, ou aucune ; *à venir* : un mécanisme encore à écrire.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from opposable.droit.erreurs import ErreurCorpus
from opposable.droit.fichiers import RACINE, decoder
from opposable.droit.lecture import Noeud, lire

STATUTS: Final = {
    "calcule": "calculé",
    "descriptif": "descriptif",
    "manquant": "manquant",
    "contradictoire": "contradictoire",
    "a_venir": "à venir",
}
"""Les statuts d'un énoncé, et comment ils se lisent."""
_EXIGE: Final = {
    "calcule": "par",
    "descriptif": "raison",
    "manquant": "manque",
    "contradictoire": "contradiction",
    "a_venir": "systeme",
}
_CLES: Final = frozenset(
    {
        "domaine", "enonce", "precision", "extrait", "suite", "doute", "statut", "par", "raison", "manque", "reste",
        "contradiction", "systeme",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Enonce:
    """Un énoncé : où il est imprimé (``extrait``, et ``suite`` quand le montant est ailleurs), et son statut."""

    id: str
    document: str
    domaine: str
    enonce: str
    precision: str
    extrait: str
    suite: str
    doute: str
    statut: str
    par: tuple[str, ...]
    raison: str
    manque: str
    reste: str
    contradiction: str
    systeme: str
    ligne: int


_EN_CAUSE: Final = frozenset({"enonces", "passages"})


@dataclass(frozen=True, slots=True)
class ContradictionTextes:
    """Ce que les textes disent de deux façons : les valeurs, la lecture retenue et pourquoi.

    ``enonces`` des cinq documents, ``passages`` des autres : ce qui se contredit. ``tranche`` est faux quand rien ne
    départage : les deux valeurs sont montrées, la ligne reste à vérifier.
    """

    id: str
    sujet: str
    valeurs: tuple[str, ...]
    enonces: tuple[str, ...]
    passages: tuple[str, ...]
    tranche: bool
    lecture: str
    pourquoi: str


@dataclass(frozen=True, slots=True)
class Registre:
    """Les énoncés par identifiant, les contradictions, le nom des mécanismes, et celui de chaque énoncé.

    ``rattachements`` : le numéro du mécanisme d'un énoncé ; celui d'aucun mécanisme n'y est pas.
    """

    enonces: Mapping[str, Enonce]
    contradictions: Mapping[str, ContradictionTextes]
    systemes: Mapping[str, str]
    rattachements: Mapping[str, str]

    def systeme_de(self, enonce: Enonce) -> str:
        """Le numéro de son mécanisme, ou vide."""
        return enonce.systeme or self.rattachements.get(enonce.id, "")

    def contradictions_de(self, enonce: str) -> list[ContradictionTextes]:
        """Les contradictions où l'énoncé est pris."""
        return [c for c in self.contradictions.values() if enonce in c.enonces]


def charger_registre(racine: Path = RACINE) -> Registre:
    """Lit le registre du corpus. :class:`ErreurCorpus` situe la première faute de chaque fichier."""
    fichiers = {chemin.stem: _lire(chemin) for chemin in sorted((racine / "registre").glob("*.yaml"))}
    systemes = {numero: n.texte(numero) for numero, n in fichiers.pop("systemes").table().items()}
    contradictions = {i: _contradiction(i, n) for i, n in fichiers.pop("contradictions").table().items()}
    mecanismes = fichiers.pop("rattachements")
    enonces: dict[str, Enonce] = {}
    defauts = []
    for document, racine_ in fichiers.items():
        for ident, noeud in racine_.table().items():
            try:
                enonce = _enonce(ident, document, noeud, systemes, contradictions)
                if ident in enonces:
                    raise noeud.defaut("cet énoncé est déjà au registre", regle=ident, attendu="un identifiant unique")
                enonces[ident] = enonce
            except ErreurCorpus as erreur:
                defauts += erreur.defauts
    for contradiction in contradictions.values():
        for ident in contradiction.enonces:
            if ident not in enonces and not defauts:
                ici = Noeud({}, "corpus/registre/contradictions.yaml", 0)
                raise ici.defaut(f"énoncé inconnu « {ident} »", regle=contradiction.id)
    if defauts:
        raise ErreurCorpus(defauts)
    return Registre(enonces, contradictions, systemes, _rattachements(mecanismes, systemes, enonces))


def _rattachements(racine: Noeud, systemes: Mapping[str, str], enonces: Mapping[str, Enonce]) -> dict[str, str]:
    """Le numéro du mécanisme de chaque énoncé ; un numéro ou un énoncé inconnu, ou cité deux fois, est refusé."""
    trouves: dict[str, str] = {}
    for numero, noeud in racine.table().items():
        if numero not in systemes:
            raise noeud.defaut(f"mécanisme inconnu « {numero} »", regle=numero, attendu="un numéro de systemes.yaml")
        for n in noeud.liste(numero, vide=False):
            ident = n.texte(numero)
            if ident not in enonces or ident in trouves:
                dit = "énoncé inconnu" if ident not in enonces else "énoncé déjà rattaché"
                raise n.defaut(f"{dit} « {ident} »", regle=numero, attendu="un énoncé du registre, une seule fois")
            trouves[ident] = numero
    return trouves


def _lire(chemin: Path) -> Noeud:
    nom = f"registre/{chemin.name}"
    return lire(decoder(chemin.read_bytes(), nom), f"corpus/{nom}")


def _enonce(
    ident: str,
    document: str,
    noeud: Noeud,
    systemes: Mapping[str, str],
    contradictions: Mapping[str, ContradictionTextes],
) -> Enonce:
    cles = noeud.cles(_CLES, ident, frozenset({"domaine", "enonce", "extrait", "statut"}))
    champs = {cle: n.texte(ident) for cle, n in cles.items() if cle != "par"}
    statut = champs["statut"]
    if statut not in STATUTS:
        raise cles["statut"].defaut(f"statut inconnu « {statut} »", regle=ident, attendu=", ".join(STATUTS))
    if _EXIGE[statut] not in cles:
        raise noeud.defaut(
            f"un énoncé {STATUTS[statut]} donne « {_EXIGE[statut]} »", regle=ident, attendu=f"{_EXIGE[statut]}: …"
        )
    if champs.get("systeme", "") not in {"", *systemes}:
        raise cles["systeme"].defaut("mécanisme inconnu", regle=ident, attendu="un numéro de systemes.yaml")
    if champs.get("contradiction", "") not in {"", *contradictions}:
        attendu = "un identifiant de contradictions.yaml"
        raise cles["contradiction"].defaut("contradiction inconnue", regle=ident, attendu=attendu)
    par = tuple(n.texte(ident) for n in cles["par"].liste(ident, vide=False)) if "par" in cles else ()

    def champ(cle: str) -> str:
        return champs.get(cle, "")

    return Enonce(
        ident, document, champs["domaine"], champs["enonce"], champ("precision"), champs["extrait"], champ("suite"),
        champ("doute"), statut, par, champ("raison"), champ("manque"), champ("reste"), champ("contradiction"),
        champ("systeme"), noeud.ligne,
    )  # fmt: skip


def _contradiction(ident: str, noeud: Noeud) -> ContradictionTextes:
    requises = frozenset({"sujet", "valeurs", "tranche", "lecture", "pourquoi"})
    cles = noeud.cles(requises | {"enonces", "passages"}, ident, requises)
    tranche = cles["tranche"].texte(ident)
    if tranche not in {"oui", "non"}:
        raise cles["tranche"].defaut(f"« {tranche} » ne convient pas", regle=ident, attendu="oui ou non")
    textes = {cle: tuple(n.texte(ident) for n in cles[cle].liste(ident, vide=False)) for cle in _EN_CAUSE & cles.keys()}
    if not textes:
        raise noeud.defaut("aucun texte en cause", regle=ident, attendu="enonces: […] ou passages: […]")
    return ContradictionTextes(
        ident,
        cles["sujet"].texte(ident),
        tuple(n.texte(ident) for n in cles["valeurs"].liste(ident, vide=False)),
        textes.get("enonces", ()),
        textes.get("passages", ()),
        tranche == "oui",
        cles["lecture"].texte(ident),
        cles["pourquoi"].texte(ident),
    )

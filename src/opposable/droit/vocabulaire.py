"""Lit le vocabulaire des faits et les conditions écrites dans le corpus."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from opposable.droit.condition import Condition, Et, Non, Ou, Test
from opposable.droit.ensemble import Ensemble, Valeur
from opposable.droit.erreurs import Defaut, ErreurCorpus, plus_proche
from opposable.droit.fait import TYPES, Cas, Fait
from opposable.droit.frequence import periode_connue
from opposable.droit.lecture import Noeud

_CLES: Final = frozenset(
    {
        "type", "libelle", "question", "aide", "valeurs", "groupes", "unite", "minimum", "maximum", "sans_objet",
        "obligatoire", "si_absent", "derive", "formule", "lit", "compte", "vu_depuis", "sauf_familles",
        "sans_hypothese", "groupe", "exemple", "source",
    }
)  # fmt: skip
LIGNE: Final = ("acte.", "ligne.")
"""Les faits qui valent pour une ligne de la facture, et non pour la facture entière."""


def de_ligne(nom: str) -> bool:
    """Vrai si le fait vaut pour une ligne de la facture."""
    return nom.startswith(LIGNE)


@dataclass(slots=True)
class Vocabulaire:
    """Les faits par nom. Une liste donne aussi un fait oui/non par valeur (``patient.exonerations.ald``)."""

    faits: dict[str, Fait]
    membres: dict[str, tuple[str, str]]

    comptes: dict[str, str] = field(default_factory=dict)
    """Par période (« annee », « 4 mois »…), le fait qui compte les actes déjà facturés."""

    def condition(self, noeud: Noeud, regle: str = "") -> Condition:
        """La condition écrite à ce nœud. :class:`ErreurCorpus` si un fait ou une valeur est inconnu."""
        termes: list[Condition] = []
        for cle, valeur in noeud.table(regle).items():
            if cle in {"et", "ou"}:
                sous = tuple(self.condition(n, regle) for n in valeur.liste(regle))
                termes.append(Et(sous) if cle == "et" else Ou(sous))
            elif cle == "non":
                termes.append(Non(self.condition(valeur, regle)))
            else:
                termes.append(Test(cle, self.ensemble(cle, valeur, regle)))
        if not termes:
            raise noeud.defaut("condition vide", regle=regle, attendu="{fait: valeur}")
        return termes[0] if len(termes) == 1 else Et(tuple(termes))

    def ensemble(self, fait: str, noeud: Noeud, regle: str = "") -> Ensemble:
        """Les valeurs écrites pour ce fait. :class:`ErreurCorpus` si le fait ou une valeur est inconnu."""
        connu = self.faits.get(fait)
        if connu is None:
            proche = plus_proche(fait, self.faits)
            suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
            raise noeud.defaut(f"fait inconnu « {fait} »{suite}", regle=regle, attendu="un fait du vocabulaire")
        if connu.type in {"liste", "age", "code"}:
            attendu = (
                f"un fait oui/non comme {fait}.{next(iter(connu.valeurs), 'valeur')}"
                if connu.valeurs
                else "un autre fait"
            )
            raise noeud.defaut(f"{fait} : on ne teste pas un fait de type {connu.type}", regle=regle, attendu=attendu)
        try:
            return connu.ensemble([n.texte(regle) for n in noeud.liste(regle, vide=False)])
        except ValueError as erreur:
            raise noeud.defaut(f"{fait} : {erreur}", regle=regle, attendu=_attendu(connu)) from None


def _attendu(fait: Fait) -> str:
    if fait.type == "oui_non":
        return "oui ou non"
    if fait.valeurs:
        return ", ".join(list(fait.valeurs)[:12]) + ("…" if len(fait.valeurs) > 12 else "")
    return f"une valeur de type {fait.type}, ou un intervalle « [bas, haut[ »"


def lire_vocabulaire(noeuds: Iterable[Noeud], base: Vocabulaire | None = None) -> Vocabulaire:
    """Le vocabulaire des fichiers lus, ajouté à ``base`` s'il y en a une. :class:`ErreurCorpus` à la première faute."""
    bruts: dict[str, Noeud] = {}
    for racine in noeuds:
        for nom, noeud in racine.table().items():
            if nom in bruts:
                raise noeud.defaut(f"le fait « {nom} » est déjà défini dans {bruts[nom].fichier}", regle=nom)
            if base is not None and nom in base.faits:
                raise noeud.defaut(
                    f"le fait « {nom} » est déjà dans le vocabulaire commun", regle=nom, attendu=f"{nom}: commun"
                )
            bruts[nom] = noeud
    vocabulaire = (
        Vocabulaire(dict(base.faits), dict(base.membres), dict(base.comptes))
        if base is not None
        else Vocabulaire({}, {})
    )
    for nom, noeud in bruts.items():
        fait = _fait(nom, noeud)
        vocabulaire.faits[nom] = fait
        if fait.compte:
            vocabulaire.comptes[fait.compte] = nom
        if fait.type == "liste":
            for valeur, libelle in fait.valeurs.items():
                membre = f"{nom}.{valeur}"
                vocabulaire.membres[membre] = (nom, valeur)
                vocabulaire.faits[membre] = Fait(
                    membre,
                    "oui_non",
                    libelle,
                    question=fait.question,
                    lit=(nom,),
                    fichier=fait.fichier,
                    ligne=fait.ligne,
                )
    for nom, noeud in bruts.items():
        vocabulaire.faits[nom] = _deductions(vocabulaire, vocabulaire.faits[nom], noeud)
    return vocabulaire


def _fait(nom: str, noeud: Noeud) -> Fait:
    cles = noeud.cles(_CLES, nom, frozenset({"type", "libelle"}))

    def texte(cle: str) -> str:
        return cles[cle].texte(nom) if cle in cles and isinstance(cles[cle].valeur, str) else ""

    type_ = texte("type")
    if type_ not in TYPES:
        raise cles["type"].defaut(f"type inconnu « {type_} »", regle=nom, attendu=", ".join(sorted(TYPES)))
    valeurs: dict[str, str] = {}
    codes: dict[str, str] = {}
    if "valeurs" in cles:
        for valeur, detail in cles["valeurs"].table(nom).items():
            champs = detail.cles(frozenset({"libelle", "code"}), nom, frozenset({"libelle"}))
            valeurs[valeur] = champs["libelle"].texte(nom)
            if "code" in champs:
                codes[champs["code"].texte(nom)] = valeur
    groupes = {}
    if "groupes" in cles:
        for groupe, detail in cles["groupes"].table(nom).items():
            membres = [n.texte(nom) for n in detail.liste(nom)]
            inconnus = [m for m in membres if m not in valeurs]
            if inconnus:
                raise detail.defaut(f"valeurs inconnues dans le groupe « {groupe} » : {', '.join(inconnus)}", regle=nom)
            groupes[groupe] = frozenset(membres)
    fait = Fait(
        nom,
        type_,
        texte("libelle"),
        question=texte("question"),
        aide=texte("aide"),
        valeurs=valeurs,
        codes=codes,
        groupes=groupes,
        unite=texte("unite"),
        sans_objet=texte("sans_objet"),
        obligatoire=texte("obligatoire") == "oui",
        formule=texte("formule"),
        lit=tuple(n.texte(nom) for n in cles["lit"].liste(nom)) if "lit" in cles else (),
        compte=texte("compte"),
        vu_depuis=texte("vu_depuis"),
        sauf_familles=frozenset(n.texte(nom) for n in cles["sauf_familles"].liste(nom))
        if "sauf_familles" in cles
        else frozenset(),
        sans_hypothese=texte("sans_hypothese") == "oui",
        groupe=texte("groupe"),
        exemple=texte("exemple")
        or ("[" + ", ".join(n.texte() for n in cles["exemple"].liste()) + "]" if "exemple" in cles else ""),
        sources=tuple(n.texte(nom) for n in cles["source"].liste(nom)) if "source" in cles else (),
        fichier=noeud.fichier,
        ligne=noeud.ligne,
    )
    for cle in ("compte", "vu_depuis"):
        if cle in cles and not periode_connue(texte(cle)):
            raise cles[cle].defaut(f"période inconnue « {texte(cle)} »", regle=nom, attendu="annee, semaine, 4 mois…")
    bornes = {}
    for borne in ("minimum", "maximum"):
        if borne in cles:
            try:
                bornes[borne] = fait.nombre(texte(borne))
            except ValueError as erreur:
                raise cles[borne].defaut(str(erreur), regle=nom) from None
    return replace(fait, **bornes)  # type: ignore[arg-type]  # les bornes sont des entiers


def _valeur(fait: Fait, noeud: Noeud) -> Valeur:
    if fait.type == "liste" and noeud.valeur != "inconnu":
        membres = frozenset(n.texte(fait.nom) for n in noeud.liste(fait.nom))
        if not membres <= set(fait.valeurs):
            raise noeud.defaut(f"valeurs inconnues : {', '.join(sorted(membres - set(fait.valeurs)))}", regle=fait.nom)
        return membres
    texte = noeud.texte(fait.nom)
    if texte == "inconnu":
        return None
    if fait.sans_objet and texte == fait.sans_objet:
        return texte
    if fait.type in {"choix", "oui_non"}:
        try:
            fait.ensemble([texte])
        except ValueError as erreur:
            raise noeud.defaut(str(erreur), regle=fait.nom) from None
        return texte
    try:
        return fait.nombre(texte)
    except ValueError as erreur:
        raise noeud.defaut(str(erreur), regle=fait.nom) from None


def _cas(vocabulaire: Vocabulaire, fait: Fait, noeud: Noeud) -> Cas:
    if isinstance(noeud.valeur, str):
        return Cas(None, _valeur(fait, noeud))
    cles = noeud.cles(frozenset({"si", "valeur", "inconnu", "source"}), fait.nom, frozenset({"si"}))
    if ("valeur" in cles) == ("inconnu" in cles):
        raise noeud.defaut("un cas donne « valeur » ou « inconnu: oui »", regle=fait.nom)
    valeur = _valeur(fait, cles["valeur"]) if "valeur" in cles else None
    return Cas(vocabulaire.condition(cles["si"], fait.nom), valeur)


def _cles_de(noeud: Noeud) -> frozenset[str]:
    return frozenset(noeud.valeur) if isinstance(noeud.valeur, dict) else frozenset()


def _deductions(vocabulaire: Vocabulaire, fait: Fait, noeud: Noeud) -> Fait:
    cles = noeud.table()
    if "derive" in cles:
        brut = cles["derive"].liste(fait.nom, vide=False)
        cas = tuple(_cas(vocabulaire, fait, n) for n in brut)
        if cas[-1].si is not None or any(c.si is None for c in cas[:-1]):
            message = "le dernier cas de « derive », et lui seul, est sans condition"
            raise cles["derive"].defaut(message, regle=fait.nom, attendu="une liste de {si, valeur}, puis une valeur")
        lit = tuple(dict.fromkeys(f for c in cas if c.si is not None for f in c.si.faits()))
        cites = tuple(m.texte() for n in brut if "source" in _cles_de(n) for m in n.table()["source"].liste())
        fait = replace(fait, derive=cas, lit=lit, sources=(*fait.sources, *cites))
    if "si_absent" in cles and not fait.calcule:
        absent = cles["si_absent"]
        if fait.type == "liste" or isinstance(absent.valeur, str):
            fait = replace(fait, usuel=_valeur(fait, absent))
        else:
            *deductions, dernier = [_cas(vocabulaire, fait, n) for n in absent.liste(fait.nom, vide=False)]
            if dernier.si is not None or any(c.si is None for c in deductions):
                raise absent.defaut("le dernier cas de « si_absent », et lui seul, est sans condition", regle=fait.nom)
            lit = tuple(dict.fromkeys(f for c in deductions if c.si is not None for f in c.si.faits()))
            fait = replace(fait, usuel=dernier.valeur, deductions=tuple(deductions), lit=lit)
    elif "si_absent" not in cles and not fait.calcule and not fait.obligatoire:
        raise noeud.defaut(
            "il manque « si_absent »", regle=fait.nom, attendu="inconnu, une valeur usuelle, ou une liste de cas"
        )
    if not fait.calcule and not fait.question:
        raise noeud.defaut("il manque la question", regle=fait.nom)
    return fait


def verifier_ordre(vocabulaire: Vocabulaire) -> None:
    """Refuse un cycle entre faits, et un fait de facture qui lirait un fait de ligne hors d'une formule de relation."""
    etat: dict[str, int] = {}

    def visiter(nom: str, chemin: tuple[str, ...]) -> None:
        fait = vocabulaire.faits[nom]
        if etat.get(nom) == 1:
            boucle = " → ".join((*chemin[chemin.index(nom) :], nom))
            raise ErreurCorpus([_defaut(fait, f"les faits se lisent en boucle : {boucle}")])
        if etat.get(nom) == 2:
            return
        etat[nom] = 1
        for lu in fait.lit:
            if lu not in vocabulaire.faits:
                raise ErreurCorpus([_defaut(fait, f"lit un fait inconnu « {lu} »")])
            if de_ligne(lu) and not de_ligne(nom) and not fait.formule:
                raise ErreurCorpus([_defaut(fait, f"est un fait de facture et lit « {lu} », qui vaut pour une ligne")])
            visiter(lu, (*chemin, nom))
        etat[nom] = 2

    for nom in vocabulaire.faits:
        visiter(nom, ())


def _defaut(fait: Fait, message: str) -> Defaut:
    return Defaut(fait.fichier, fait.ligne, fait.nom, message, "des faits du vocabulaire, sans boucle")

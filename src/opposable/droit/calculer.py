"""Calculer un dispositif sur un cas : lire l'entrée, situer la période, appliquer les conditions, appeler le module."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from opposable.droit import temps
from opposable.droit.acte import Regle
from opposable.droit.calcul import Calcul, Cas
from opposable.droit.coherence import contradiction
from opposable.droit.constat import AVERTIT, REFUSE, Constat, constater
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif
from opposable.droit.ensemble import Valeur
from opposable.droit.entree import cles, exemple, identifiant, lire_nombre, lire_valeur, objet
from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.droit.fait import ATTENDUS, Fait
from opposable.droit.scalaire import Formule

ANNEE_MAXIMALE = 2100


def trouver(corpus: Corpus, nom: str) -> Dispositif:
    """Le dispositif de ce nom. :class:`ErreurEntree` s'il n'existe pas, avec le plus proche."""
    if nom in corpus.dispositifs:
        return corpus.dispositifs[nom]
    proche = plus_proche(nom, corpus.dispositifs)
    suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
    raise ErreurEntree(
        "DISPOSITIF_INCONNU", f"dispositif inconnu « {nom} »{suite}", ou="DISPOSITIF",
        attendu="un nom de « opposable dispositifs »",
        exemple=f"opposable dispositifs {proche or next(iter(corpus.dispositifs))}",
    )  # fmt: skip


def lire_cas(corpus: Corpus, dispositif: Dispositif, brut: object, absents: list[Fait] | None = None) -> Cas:
    """Le cas lu. :class:`ErreurEntree` à la première faute, située, avec ce qui était attendu.

    Un fait obligatoire qui manque est une faute, sauf si ``absents`` est donné : il y est ajouté, et reste inconnu.
    Celui qui situe le cas dans le temps est toujours exigé.
    """
    modele = _en_exemple(dispositif)
    lu = objet(brut, "", modele)
    simples = dispositif.hors_listes()
    blocs = {f.nom.split(".", 1)[0] for f in simples if "." in f.nom}
    listes = {liste.nom: liste for liste in dispositif.listes}
    racine = frozenset({"id", *blocs, *listes, *(f.nom for f in simples if "." not in f.nom)})
    cles(lu, racine, "")
    jour, fin = _situer(corpus, dispositif, lu)
    cas = Cas(identifiant(lu), jour, fin, {}, {})
    for bloc in sorted(blocs):
        if lu.get(bloc) is not None:
            cles(
                objet(lu[bloc], bloc, f'"{bloc}": {{…}}'),
                frozenset(f.nom.split(".", 1)[1] for f in simples if f.nom.startswith(f"{bloc}.")),
                bloc,
            )
    for fait in simples:
        bloc, _, cle = fait.nom.rpartition(".")
        _poser(fait, ((lu.get(bloc) or {}) if bloc else lu).get(cle), fait.nom, cas, cas.faits, absents)
    trouvee = contradiction(corpus, jour, cas.faits, de_ligne=False)
    if trouvee is not None:
        raise Calcul.contredit(trouvee.ou, trouvee.message, trouvee.attendu)
    for nom, liste in listes.items():
        if lu.get(nom) is not None:
            cas.listes[nom] = _elements(dispositif, nom, lu[nom], liste.maximum, cas)
    return cas


def _situer(corpus: Corpus, dispositif: Dispositif, lu: Mapping[str, Any]) -> tuple[int, int]:
    """Le jour qui situe le cas, et le premier qui n'en est plus : un jour, ou une année civile."""
    fait = dispositif.vocabulaire.faits[dispositif.periode.fait]
    bloc, _, cle = fait.nom.rpartition(".")
    source = objet(lu.get(bloc) or {}, bloc, "{…}") if bloc else lu
    if source.get(cle) is None:
        raise _absent(fait, fait.nom)
    valeur = lire_nombre(fait, source[cle], fait.nom)
    if fait.type == "date":
        jour, fin = valeur, valeur + 1
    else:
        if not 1 <= valeur <= ANNEE_MAXIMALE:
            raise ErreurEntree(
                "HORS_DOMAINE", f"« {valeur} » n'est pas une année", ou=fait.nom, attendu="une année civile",
                exemple=f'"{cle}": {exemple(fait)}',
            )  # fmt: skip
        jour, fin = date(valeur, 1, 1).toordinal(), date(valeur + 1, 1, 1).toordinal()
    debut = min(corpus.debut, dispositif.periode.du)
    if fin <= debut:
        raise ErreurEntree(
            "DATE_HORS_CORPUS", f"{source[cle]} précède le corpus", ou=fait.nom,
            attendu=f"à partir du {temps.iso(debut)}", exemple=f'"{cle}": {exemple(fait)}',
        )  # fmt: skip
    return jour, fin


def _poser(
    fait: Fait,
    brut: object,
    ou: str,
    cas: Cas,
    faits: dict[str, Valeur],
    absents: list[Fait] | None = None,
) -> None:
    if brut is None:
        if fait.obligatoire and absents is None:
            raise _absent(fait, ou)
        if fait.obligatoire and absents is not None:
            absents.append(fait)
        return
    faits[fait.nom] = lire_valeur(fait, brut, ou, cas.jour)
    if fait.type == "age":
        cas.textes[ou] = str(brut)


def _absent(fait: Fait, ou: str) -> ErreurEntree:
    return ErreurEntree(
        "FAIT_ABSENT", f"il manque : {fait.libelle[0].lower()}{fait.libelle[1:]}", ou=ou, attendu=ATTENDUS[fait.type],
        exemple=f'"{ou.rsplit(".", maxsplit=1)[-1]}": {exemple(fait)}',
    )  # fmt: skip


def _elements(dispositif: Dispositif, nom: str, brut: object, maximum: int, cas: Cas) -> list[dict[str, Valeur]]:
    if not isinstance(brut, (list, tuple)):
        raise ErreurEntree(
            "TYPE_INATTENDU",
            "une liste est attendue",
            ou=nom,
            attendu="une liste d'objets",
            exemple=f'"{nom}": [{{…}}]',
        )
    if len(brut) > maximum:
        raise ErreurEntree("LISTE_TROP_LONGUE", f"{len(brut)} éléments", ou=nom, attendu=f"{maximum} au plus")
    faits = dispositif.de_liste(nom)
    permises = frozenset(fait.nom.removeprefix(f"{nom}.") for fait in faits)
    resultat: list[dict[str, Valeur]] = []
    for rang, element in enumerate(brut):
        ou = f"{nom}[{rang}]"
        lu = objet(element, ou, f'"{nom}": [{{…}}]')
        cles(lu, permises, ou)
        lus: dict[str, Valeur] = {}
        for fait in faits:
            cle = fait.nom.removeprefix(f"{nom}.")
            _poser(fait, lu.get(cle), f"{ou}.{cle}", cas, lus)
        resultat.append(lus)
    return resultat


def _en_exemple(dispositif: Dispositif) -> str:
    import json

    return json.dumps(dispositif.exemple, ensure_ascii=False)


def evaluer(
    corpus: Corpus, dispositif: Dispositif, cas: Cas, *, strict: bool = False, conditions_seules: bool = False
) -> Calcul:
    """Le dispositif évalué : hors de sa période ou refusé par ses conditions, son module n'est pas appelé.

    ``conditions_seules`` : il ne l'est jamais ; on ne sait que si les faits dits écartent déjà le cas.
    """
    periode = dispositif.periode
    dehors = bool(hors_periode(dispositif, cas.jour, cas.fin))
    if not dehors:
        cas.jour = max(cas.jour, periode.du)
    if dehors:
        k = Calcul(corpus, dispositif, cas, strict=strict)
        dit = hors_periode(dispositif, cas.jour, cas.fin)
        k.constats.append(Constat("DISPOSITIF_HORS_PERIODE", REFUSE, (periode.fait,), dispositif.sources, dit))
        return k
    module = importer(dispositif)
    k = ouvrir(corpus, dispositif, cas, strict=strict)
    en_vigueur = [r for r in dispositif.conditions if r.du < cas.fin and cas.jour < r.au]
    _appliquer(k, [r for r in en_vigueur if r.sorte != "avertit_si"])
    if conditions_seules:
        return k
    if all(constat.etat != REFUSE for constat in k.constats):
        _appliquer(k, [r for r in en_vigueur if r.sorte == "avertit_si"])
        module.calculer(k)
    if cas.jour > corpus.arrete_au:
        k.constate("PERIODE_APRES_VERIFICATION", AVERTIT, precision=temps.iso(corpus.arrete_au))
    return k


def ouvrir(corpus: Corpus, dispositif: Dispositif, cas: Cas, *, strict: bool = False) -> Calcul:
    """Le calcul d'un cas, prêt, dont rien n'est encore demandé : ni conditions, ni sorties."""
    return Calcul(corpus, dispositif, cas, _formules(dispositif, importer(dispositif)), strict=strict)


def _appliquer(k: Calcul, regles: list[Regle]) -> None:
    k.constats.extend(constat for regle in regles if (constat := constater(k, regle)) is not None)


def importer(dispositif: Dispositif) -> Any:
    """Le module du dispositif, importé à son premier emploi : il a une fonction ``calculer(k)``."""
    return importlib.import_module(f"opposable.{dispositif.module}")


def _formules(dispositif: Dispositif, module: Any) -> dict[str, Formule]:
    """Les fonctions du module que les faits calculés du dispositif nomment."""
    faits = dispositif.vocabulaire.faits
    return {
        fait.formule: getattr(module, fait.formule)
        for nom, fait in faits.items()
        if nom in dispositif.propres and fait.formule
    }


def hors_periode(dispositif: Dispositif, jour: int, fin: int) -> str:
    """Ce qui régissait ``[jour, fin[`` si ce n'est pas ce dispositif ; vide s'il y vaut."""
    periode = dispositif.periode
    if jour >= periode.au:
        return f"il a cessé le {temps.en_lettres(periode.au)} ; ensuite : {periode.apres}"
    if fin <= periode.du:
        return f"il n'existe que depuis le {temps.en_lettres(periode.du)} ; avant : {periode.avant}"
    return ""

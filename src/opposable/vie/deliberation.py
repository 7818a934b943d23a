"""La délibération d'une commission paritaire (système 44) : voix, parité, quorum, votes, présidence, indemnité."""

from __future__ import annotations

from typing import Final

from opposable.droit.calcul import Calcul, etape

_SECTIONS: Final = ("professionnelle", "sociale")
_PARTAGE: Final = "partage"


def calculer(k: Calcul) -> None:
    """Si la commission peut délibérer, ce que vaut le vote, qui préside, et l'indemnité."""
    _verifier(k)
    installee(k)
    sieges_sociaux(k)
    voix_professionnelles(k)
    voix_sociales(k)
    parite(k)
    quorum_atteint(k)
    valable(k)
    resultat(k)
    presidence(k)
    ordre(k)
    indemnite(k)


@etape("oui_non")
def installee(k: Calcul) -> str | None:
    """Les sièges de titulaires des deux sections sont tous pourvus."""
    exiges = k.table("deliberation_titulaires_professionnels"), k.table("deliberation_titulaires_sociaux")
    pourvus = k.nombre("titulaires_professionnels"), k.nombre("titulaires_sociaux")
    comparaisons = [None if p is None or e is None else p >= e for p, e in zip(pourvus, exiges, strict=True)]
    if False in comparaisons:
        return "non"
    return None if None in comparaisons else "oui"


@etape("entier")
def sieges_sociaux(k: Calcul) -> int | None:
    """Les sièges de la section sociale dans cette formation, UNOCAM comprise."""
    uncam, unocam = k.table("deliberation_titulaires_sociaux"), k.table("deliberation_unocam")
    return None if uncam is None or unocam is None else uncam + unocam


@etape("entier")
def voix_professionnelles(k: Calcul) -> int | None:
    """Une voix par membre présent, et celles que le président a en plus."""
    presents, du_president = k.nombre("presents_professionnels"), k.table("deliberation_voix_du_president")
    if presents is None or du_president is None:
        return None
    if du_president == 1:
        return presents
    la = k.fait("president_present")
    return None if la is None else presents + (du_president - 1 if la == "oui" else 0)


@etape("entier")
def voix_sociales(k: Calcul) -> int | None:
    """Une voix par membre présent de la section sociale."""
    return k.nombre("presents_sociaux")


@etape("oui_non")
def parite(k: Calcul) -> str | None:
    """Les deux sections ont autant de voix."""
    professionnelles, sociales = voix_professionnelles(k), voix_sociales(k)
    if professionnelles is None or sociales is None:
        return None
    return "oui" if professionnelles == sociales else "non"


@etape("oui_non")
def quorum_atteint(k: Calcul) -> str | None:
    """Les membres présents sont au moins ceux que le quorum exige."""
    dit = k.nombre("quorum")
    exige = k.table("deliberation_quorum") if dit is None else dit
    presents = k.nombre("presents_professionnels"), k.nombre("presents_sociaux")
    if exige is None or presents[0] is None or presents[1] is None:
        return None
    return "oui" if presents[0] + presents[1] >= exige else "non"


@etape("oui_non")
def valable(k: Calcul) -> str | None:
    """La commission peut valablement délibérer : parité et quorum."""
    return k.mot("deliberation_validite")


@etape("texte")
def premier_vote(k: Calcul) -> str | None:
    """De quel côté est la majorité simple au premier vote."""
    return _sens(k, "pour", "contre")


@etape("texte")
def second_vote(k: Calcul) -> str:
    """De quel côté est la majorité simple au deuxième vote, s'il a eu lieu."""
    return _sens(k, "pour_second", "contre_second") or "pas_encore"


@etape("texte")
def resultat(k: Calcul) -> str | None:
    """Ce que vaut le vote ; rien si la commission ne peut pas délibérer."""
    mot = k.mot("deliberation_resultat")
    return None if mot is None or valable(k) == "non" else k.corpus.tables["deliberation_resultat"].valeurs[mot]


@etape("texte")
def presidence(k: Calcul) -> str | None:
    """La section qui préside l'année de la réunion, d'après une année connue : les sections alternent."""
    duree, annee, section = k.table("deliberation_alternance"), k.nombre("annee_connue"), k.fait("section_connue")
    if not duree or annee is None or not isinstance(section, str):
        return None
    tours = abs(k.annee() - annee) // duree
    qui = _SECTIONS[(_SECTIONS.index(section) + tours) % len(_SECTIONS)]
    return k.dispositif.vocabulaire.faits["section_connue"].valeurs[qui]


@etape("texte")
def ordre(k: Calcul) -> str | None:
    """La place du représentant de l'Ordre."""
    mot = k.mot("deliberation_ordre")
    return None if mot is None else k.corpus.tables["deliberation_ordre"].valeurs[mot]


@etape("montant")
def indemnite(k: Calcul) -> int | None:
    """L'indemnité de séance d'un membre de la section professionnelle : un nombre de C."""
    dite = k.nombre("valeur_c")
    valeur = k.table("deliberation_valeur_c") if dite is None else dite
    nombre = k.table("deliberation_indemnite")
    return None if valeur is None or nombre is None else nombre * valeur


def _sens(k: Calcul, pour: str, contre: str) -> str | None:
    voix_pour, voix_contre = k.nombre(pour), k.nombre(contre)
    if voix_pour is None or voix_contre is None:
        return None
    if voix_pour == voix_contre:
        return _PARTAGE
    return "pour" if voix_pour > voix_contre else "contre"


def _verifier(k: Calcul) -> None:
    """Refuse plus de membres que de sièges, et plus de voix que de votants."""
    professionnels = k.table("deliberation_titulaires_professionnels")
    for fait, nombre in (("presents_professionnels", professionnels), ("presents_sociaux", sieges_sociaux(k))):
        presents = k.nombre(fait)
        if presents is not None and nombre is not None and presents > nombre:
            raise k.contredit(fait, f"{presents} votants pour {nombre} sièges", f"{nombre} au plus")
    professionnelles, sociales = voix_professionnelles(k), voix_sociales(k)
    if professionnelles is None or sociales is None:
        return
    for pour, contre in (("pour", "contre"), ("pour_second", "contre_second")):
        exprimees = (k.nombre(pour) or 0) + (k.nombre(contre) or 0)
        if exprimees > professionnelles + sociales:
            message = f"{exprimees} voix exprimées, et {professionnelles + sociales} voix présentes"
            raise k.contredit(pour, message, f"{professionnelles + sociales} au plus avec « {contre} »")

"""La réponse publique d'une facture, dans la forme du contrat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opposable.droit import montant, temps
from opposable.droit.constat import A_VERIFIER, AVERTIT, REFUSE, Constat
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.source import Passage
from opposable.droit.table import EFFECTIF, PREVU, Calendrier, Choisie, LigneTable
from opposable.facturation.entree import CasFacture, lire_facture
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.formules import plafond_da
from opposable.facturation.questions import Essai, chercher
from opposable.facturation.strates import evaluer
from opposable.facturation.tiers_payant import TiersPayant
from opposable.facturation.total import CLES, Total, totaliser


def coter(
    corpus: Corpus,
    brut: object,
    *,
    calendrier: Calendrier = EFFECTIF,
    strict: bool = False,
    occasions: bool = False,
) -> dict[str, Any]:
    """La réponse pour une facture brute. :class:`ErreurEntree` si l'entrée ne convient pas.

    ``strict`` n'emploie aucune valeur usuelle : ce qui n'est ni dit ni déduit reste inconnu. ``occasions`` ajoute les
    suppléments que les faits dits justifient et que la facture n'a pas.
    """
    reponse = coter_cas(corpus, cas := lire_facture(corpus, brut), calendrier=calendrier, strict=strict)
    if occasions:
        from opposable.facturation.occasions import ajouter_occasions

        ajouter_occasions(corpus, cas, reponse, calendrier=calendrier, strict=strict)
    return reponse


def coter_cas(
    corpus: Corpus, cas: CasFacture, *, calendrier: Calendrier = EFFECTIF, strict: bool = False, questions: bool = True
) -> dict[str, Any]:
    """La réponse pour une facture déjà lue ; sans ``questions``, ni questions ni hypothèses n'y sont cherchées."""
    facture = evaluer(corpus, cas, calendrier, strict=strict)
    total = totaliser(facture)
    trouvees, hypotheses = chercher(corpus, cas, facture, total, calendrier) if questions else ([], [])
    return assembler(facture, total, trouvees, hypotheses)


def assembler(facture: Facture, total: Total, questions: list[Essai], hypotheses: list[Essai]) -> dict[str, Any]:
    """La réponse publique d'une facture évaluée."""
    statuts = {ligne.statut for ligne in facture.lignes}
    statut = next(s for s in ("refusee", "a_verifier", "acceptee") if s in statuts)
    return {
        **facture.corpus.entete(),
        "id": facture.cas.id,
        "date": temps.iso(facture.jour),
        "calendrier": facture.calendrier,
        "statut": statut,
        "lignes": [_ligne(facture, ligne) for ligne in facture.lignes],
        "total": {cle: _montant(facture, total.certain[cle]) for cle in CLES},
        "total_possible": {cle: _montant(facture, total.possible[cle]) for cle in CLES},
        "tiers_payant": _tiers_payant(facture, total.tiers_payant),
        "hypotheses": _hypotheses(facture, hypotheses),
        "questions": [_question(facture, essai) for essai in questions],
        "trace": _trace(facture, total.tiers_payant),
    }


def _tiers_payant(facture: Facture, tiers: TiersPayant) -> dict[str, Any]:
    """L'obligation part par part, ce que chacun verse au médecin, ce que le patient avance, et ce qui manque."""
    return {
        "part_obligatoire": tiers.part_obligatoire,
        "part_complementaire": tiers.part_complementaire,
        "avance_patient": _montant(facture, tiers.avance),
        "verse_caisse": _montant(facture, tiers.verse_caisse),
        "verse_complementaire": _montant(facture, tiers.verse_complementaire),
        "raisons": tiers.raisons(),
        "sources": [p.en_dict() for p in tiers.sources()],
    }


def _euros(valeur: object) -> str | None:
    return montant.euros(valeur) if isinstance(valeur, int) else None


def _montant(facture: Facture, valeur: object) -> str | None:
    """Un montant de la réponse : celui de la facture évaluée, à l'opposé pour une annulation."""
    return _euros(facture.cas.signe * valeur) if isinstance(valeur, int) else None


def _taux(valeur: int | None) -> str | None:
    return None if valeur is None else montant.texte_taux(valeur)


def chemin(rang: int, fait: str) -> str:
    """Où l'entrée dit ce fait : ``patient.age``, ``heure``, ``actes[0].quantite``."""
    if fait.startswith("acte."):
        return f"actes[{rang}].{fait[5:]}"
    return fait.removeprefix("facture.")


def _question(facture: Facture, essai: Essai) -> dict[str, Any]:
    fait = facture.corpus.vocabulaire.faits[essai.fait]
    valeurs = ["oui", "non"] if fait.type == "oui_non" else list(fait.valeurs)
    question = {
        "fait": chemin(essai.rang, essai.fait),
        "question": fait.question,
        "change": list(essai.change),
        "valeurs": valeurs,
    }
    return {**question, "avec": [chemin(rang, nom) for rang, nom in essai.avec]} if essai.avec else question


def _hypotheses(facture: Facture, essais: list[Essai]) -> list[dict[str, Any]]:
    """Une entrée par valeur usuelle, ou une seule pour un groupe de valeurs usuelles."""
    resultat: list[dict[str, Any]] = []
    groupes: dict[str, dict[str, Any]] = {}
    for essai in essais:
        fait = facture.corpus.vocabulaire.faits[essai.fait]
        valeur: Any = sorted(essai.valeur) if isinstance(essai.valeur, frozenset) else fait.texte(essai.valeur)
        suppose = {
            "fait": chemin(essai.rang, essai.fait),
            "libelle": fait.libelle,
            "valeur": valeur,
            "dit": fait.dit(essai.valeur),
        }
        entree = {**suppose, "change": list(essai.change)}
        if fait.groupe and fait.groupe in groupes:
            premier = groupes[fait.groupe]
            premier.setdefault("avec", []).append(suppose)
            premier["change"] = list(dict.fromkeys([*premier["change"], *essai.change]))
            continue
        if fait.groupe:
            groupes[fait.groupe] = entree
        resultat.append(entree)
    return resultat


def _ligne(facture: Facture, ligne: LigneFacture) -> dict[str, Any]:
    refusee = ligne.survit is False
    e = ligne.etapes

    def etape(nom: str) -> str | None:
        return _montant(facture, 0 if refusee and nom != "tarif" else e.get(nom))

    nature = ligne.fait("ligne.nature_depassement") if ligne.existe else None
    plafond = _euros(plafond_da(ligne.facture)) if nature == "da" else None
    choisies = [c for c in (ligne.tarif_choisi, ligne.base_choisie) if c is not None]
    return {
        "code": ligne.acte.code,
        "libelle": ligne.acte.libelle,
        "statut": ligne.statut,
        "honoraires": _montant(facture, e.get("honoraires", ligne.nombre("acte.honoraires"))),
        "tarif": etape("tarif"),
        "base_remboursement": etape("base_remboursement"),
        "taux": _taux(0 if refusee else e.get("taux")),
        "part_obligatoire": etape("part_obligatoire"),
        "ticket_moderateur": etape("ticket_moderateur"),
        "depassement": {"montant": etape("depassement"), "nature": nature or "inconnu", "plafond": plafond},
        "motifs": [motif_dit(ligne, c) for c in (*ligne.constats, *avertissements(facture, ligne))],
        "sources": _sources(choisies, ligne.taux_choisi),
        "prevu": _prevu(facture, ligne),
    }


def _sources(choisies: list[Choisie], taux: Choisie | None) -> list[dict[str, str]]:
    passages: dict[str, Passage] = {}
    for choisie in (*choisies, *([taux] if taux is not None else [])):
        for ligne in [choisie.ligne] if choisie.ligne is not None else []:
            passages.update({p.id: p for p in ligne.sources})
    return [p.en_dict() for p in passages.values()]


def _autorite(ligne: LigneTable) -> str:
    """L'autorité d'un montant : celle de sa première source, qui le donne."""
    return ligne.sources[0].autorite if ligne.sources else "texte"


def _fondees(ligne: LigneFacture) -> list[Constat]:
    """Un constat par autorité qui n'est pas celle d'un texte lu : ce qui repose sur la presse, ce qui est déduit."""
    valeurs = [("le tarif", ligne.tarif_choisi), ("la base de remboursement", ligne.base_choisie)]
    if ligne.survit is not False:
        valeurs.append(("le taux de remboursement", ligne.taux_choisi))
    resultat = []
    for autorite, code in (("presse", "SOURCE_PRESSE"), ("deduit", "VALEUR_DEDUITE")):
        fondees = [
            (nom, c.ligne, c.valeur)
            for nom, c in valeurs
            if c is not None and c.ligne is not None and isinstance(c.valeur, int) and _autorite(c.ligne) == autorite
        ]
        if fondees:
            dites = " ; ".join(f"{nom}, {_en_francais(nom, valeur)}" for nom, _, valeur in fondees)
            sources = tuple({p.id: p for _, une, _ in fondees for p in une.sources}.values())
            precision = sources[0].extrait if autorite == "deduit" else ""
            resultat.append(Constat(code, AVERTIT, (), sources, precision=precision, autre=dites))
    return resultat


def _en_francais(nom: str, valeur: int) -> str:
    """Des centimes en euros, des dix-millièmes en pour cent."""
    dit = montant.euros(valeur).replace(".", ",")
    return f"{dit.removesuffix(',00')} %" if "taux" in nom else f"{dit} €"


def avertissements(facture: Facture, ligne: LigneFacture) -> list[Constat]:
    """Ce qui avertit sans changer le statut : l'autorité d'une valeur, le calendrier annoncé, une date trop récente."""
    resultat = _fondees(ligne)
    if ligne.existe and ligne.survit is not False and ligne.etapes.get("taux") is None:
        taux = ligne.taux_choisi
        if taux is not None and taux.etat == "manquant" and taux.ligne is not None:
            resultat.append(Constat("TAUX_INCONNU", AVERTIT, (), taux.ligne.sources, precision=taux.ligne.manquant))
        elif taux is not None and not (ligne.lourde is None and ligne.tarif() is None):
            faits = ligne.feuilles(ligne.inconnus_de(taux.possibles))
            resultat.append(Constat("TAUX_INCONNU", AVERTIT, faits, (), precision=_noms(ligne, faits)))
    if (
        ligne.existe
        and not ligne.acte.supplement
        and ligne.survit is not False
        and ligne.fait("ligne.participation_due") is None
    ):
        faits = ligne.feuilles(("ligne.participation_due",))
        resultat.append(Constat("PARTICIPATION_INCONNUE", AVERTIT, faits, (), precision=_noms(ligne, faits)))
    if facture.calendrier == PREVU:
        resultat.append(Constat("CALENDRIER_ANNONCE", AVERTIT))
    if facture.jour > facture.corpus.arrete_au:
        resultat.append(
            Constat("APRES_VERIFICATION", AVERTIT, ("facture.date",), precision=temps.iso(facture.corpus.arrete_au))
        )
    return resultat


def _noms(ligne: LigneFacture, faits: tuple[str, ...]) -> str:
    vocabulaire = ligne.corpus.vocabulaire.faits
    return ", ".join(vocabulaire[f].nomme for f in faits if f in vocabulaire)


def motif_dit(ligne: LigneFacture, constat: Constat) -> dict[str, Any]:
    """La forme publique d'un constat de cette ligne."""
    motif = ligne.corpus.motifs[constat.motif]
    faits = ligne.feuilles(constat.faits)
    doute = constat.etat not in {REFUSE, AVERTIT, A_VERIFIER}
    gabarit = motif.a_verifier if doute else motif.message
    message = gabarit.format(
        code=ligne.acte.code,
        libelle=ligne.acte.libelle,
        precision=constat.precision,
        suite=f" ({constat.precision})" if constat.precision else "",
        autre=constat.autre,
        remplace=f" ; voir {constat.autre}" if constat.autre else "",
        faits=_noms(ligne, faits),
        plafond=_plafond(ligne) if constat.motif == "DA_PLAFOND_DEPASSE" else "",
    )
    enjeu = (
        constat.enjeu
        if constat.enjeu is not None or constat.etat != REFUSE
        else (ligne.etapes.get("base_remboursement"))
    )
    return {
        "code": constat.motif,
        "gravite": motif.gravite if constat.etat == REFUSE or motif.gravite == "occasion" else "avertissement",
        "message": message,
        "effet": {REFUSE: "refuse", AVERTIT: "aucun"}.get(constat.etat, "a_verifier"),
        "montant_en_jeu": _montant(ligne.facture, enjeu),
        "faits": [chemin(ligne.rang, f) for f in faits],
        "sources": [p.en_dict() for p in constat.sources],
    }


def _plafond(ligne: LigneFacture) -> str:
    plafond = _euros(plafond_da(ligne.facture))
    return f" : {plafond.replace('.', ',')} € au plus" if plafond else ""


def _prevu(facture: Facture, ligne: LigneFacture) -> dict[str, Any] | None:
    """Ce que le calendrier annoncé donnait ce jour-là, s'il donnait autre chose."""
    if facture.calendrier == PREVU or not ligne.existe:
        return None
    reel = ligne.tarif_choisi
    annonce = ligne.acte.tarifs.choisir(ligne.fait, ligne.jour, PREVU)
    if annonce.ligne is None or reel is None or annonce.ligne is reel.ligne or annonce.valeur == reel.valeur:
        return None
    tarif = facture.fois(annonce.valeur if isinstance(annonce.valeur, int) else None, ligne.nombre("acte.quantite"))
    return {
        "tarif": _montant(facture, tarif),
        "du": temps.iso(annonce.ligne.du_prevu),
        "report": annonce.ligne.report or None,
    }


def _trace(facture: Facture, tiers: TiersPayant) -> dict[str, Any]:
    """La trace : les faits lus et d'où ils viennent, puis, par ligne, les étapes et les tables choisies.

    Celle d'une annulation est celle de la facture annulée ; ``signe`` dit alors -1.
    """
    cas = facture.cas
    return {
        "schema": 1,
        "calendrier": facture.calendrier,
        "signe": cas.signe,
        "faits": _faits_lus(facture, -1, cas.faits, cas.textes),
        "lignes": [
            {
                "code": ligne.acte.code,
                "faits": _faits_lus(ligne, ligne.rang, cas.lignes[ligne.rang].faits, {}),
                "etapes": [
                    {"nom": nom, "valeur": _taux(v) if nom == "taux" else _euros(v)} for nom, v in ligne.etapes.items()
                ],
                "tables": [_table(ligne, nom, choisie) for nom, choisie in _choisies(ligne)],
                "regles": [{"regle": c.regle, "motif": c.motif, "etat": c.etat} for c in ligne.constats],
            }
            for ligne in facture.lignes
        ],
        "tiers_payant": [{"code": c.ligne.acte.code, **_table(c.ligne, c.table, c.choisie)} for c in tiers.choix],
        "arrondi": "au centime, demi vers le haut, sur la valeur absolue, à chaque ligne",
    }


def _faits_lus(
    portee: Facture | LigneFacture, rang: int, dits: Mapping[str, object], textes: Mapping[str, str]
) -> list[dict[str, str]]:
    """Les faits lus d'une portée, dans l'ordre, et leur origine. ``textes`` : ceux que l'entrée écrit autrement."""
    faits, supposes, inconnus = portee.corpus.vocabulaire.faits, portee.supposes, portee.inconnus
    lus = []
    for nom, valeur in portee.cache.items():
        if nom in dits:
            origine = "dit"
        elif nom in supposes:
            origine = "usuel"
        elif nom in inconnus:
            origine = "inconnu"
        else:
            origine = "calcule" if faits[nom].calcule else "deduit"
        texte = textes.get(nom) or (valeur if isinstance(valeur, str) else faits[nom].texte(valeur))
        lus.append({"fait": chemin(rang, nom), "valeur": texte, "origine": origine})
    return lus


def _choisies(ligne: LigneFacture) -> list[tuple[str, Choisie]]:
    propres = (("tarif", ligne.tarif_choisi), ("base", ligne.base_choisie), ("taux", ligne.taux_choisi))
    return [(nom, c) for nom, c in propres if c is not None]


def _table(ligne: LigneFacture, nom: str, choisie: Choisie) -> dict[str, Any]:
    table = {"tarif": ligne.acte.tarifs, "base": ligne.acte.bases}.get(nom)
    actives = table.actives(ligne.jour, ligne.calendrier) if table is not None else ()
    return {
        "table": nom,
        "etat": choisie.etat,
        "ligne": choisie.ligne.id if choisie.ligne is not None else None,
        "possibles": [p.id for p in choisie.possibles],
        "rejetees": [
            a.id
            for a in actives
            if choisie.ligne is not None and a.id != choisie.ligne.id and a.cellule[:1] == choisie.ligne.cellule[:1]
        ],
    }


__all__ = ["ErreurEntree", "avertissements", "coter", "coter_cas"]

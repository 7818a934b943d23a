"""Ce qui tient pour toute facture tirée au hasard du vocabulaire : argent, statuts, questions, mode strict."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import opposable
from opposable import ErreurEntree
from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.fait import Fait
from opposable.droit.table import EFFECTIF, PREVU
from opposable.facturation.entree import lire_facture
from opposable.facturation.reponse import coter_cas
from opposable.portes import python as api

CORPUS: Corpus = api.corpus()
ORDRE = ("refusee", "a_verifier", "acceptee")
SOMMES = ("honoraires", "base_remboursement", "part_obligatoire", "ticket_moderateur")
SANS_QUESTION = frozenset({"patient.age", "acte.honoraires", "acte.code"})
"""Ce que l'entrée admet de laisser de côté sans que ce soit inconnu, ou ce qui se dit autrement."""
DECLARABLES = {
    nom: fait
    for nom, fait in CORPUS.vocabulaire.faits.items()
    if not fait.calcule
    and nom not in CORPUS.vocabulaire.membres
    and nom.split(".")[0] in {"medecin", "patient", "contexte"}
}
DE_LIGNE = {nom: CORPUS.vocabulaire.faits[nom] for nom in CORPUS.vocabulaire.faits if nom.startswith("acte.")}
BASCULES = sorted(
    {ligne.du for code in CORPUS.actes for ligne in CORPUS.actes[code].tarifs.lignes if ligne.du > CORPUS.debut}
    | {ligne.du_prevu for code in CORPUS.actes for ligne in CORPUS.actes[code].tarifs.lignes if ligne.report}
)
ACTES = [code for code in CORPUS.actes if not CORPUS.actes[code].supplement]
SUPPLEMENTS = [code for code in CORPUS.actes if CORPUS.actes[code].supplement]
RAPIDE = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


def euros(centimes: int) -> str:
    """Un montant public."""
    return f"{centimes // 100}.{centimes % 100:02d}"


HEURES = (
    "00:00",
    "05:59",
    "06:00",
    "07:59",
    "08:00",
    "10:00",
    "14:00",
    "19:00",
    "19:59",
    "20:00",
    "20:59",
    "21:00",
    "23:59",
)
"""Les heures de part et d'autre de celles que les textes nomment."""
JOURS = st.sampled_from(BASCULES).flatmap(lambda jour: st.sampled_from([jour - 1, jour, jour + 40]))
MONTANTS = st.integers(0, 9000).map(euros)


def valeur(fait: Fait, jour: int) -> st.SearchStrategy[Any]:  # noqa: PLR0911 : un retour par type de fait
    """Une valeur publique de ce fait."""
    if fait.type == "choix":
        return st.sampled_from(sorted(fait.valeurs))
    if fait.type == "oui_non":
        return st.sampled_from(["oui", "non"])
    if fait.type == "liste":
        return st.lists(st.sampled_from(sorted(fait.valeurs)), max_size=2, unique=True)
    if fait.type == "date":
        recul = 45000 if fait.nom == "patient.date_naissance" else 90
        dates = st.integers(0, recul).map(lambda jours: temps.iso(jour - jours))
        return dates | st.just(fait.sans_objet) if fait.sans_objet else dates
    if fait.type == "heure":
        return st.sampled_from(HEURES)
    if fait.type == "date_heure":
        return st.integers(1, 10).map(lambda jours: temps.iso(jour - jours) + "T09:30")
    if fait.type == "age":
        return st.integers(0, 110).map(lambda ans: f"{ans} ans") | st.integers(0, 40).map(lambda mois: f"{mois} mois")
    if fait.type == "terme":
        return st.tuples(st.integers(24, 41), st.integers(0, 6)).map(lambda t: f"{t[0]}+{t[1]}")
    if fait.type == "montant":
        haut = min(fait.maximum or 9000, 9000)
        return st.integers(0, haut).map(euros)
    bas, haut = fait.minimum or 0, fait.maximum or 20
    nombres = st.integers(bas, min(haut, bas + 30)).map(str)
    return nombres | st.just(fait.sans_objet) if fait.sans_objet else nombres


def _ligne(tirage: st.DrawFn, codes: list[str], jour: int) -> dict[str, Any]:
    ligne: dict[str, Any] = {"code": tirage(st.sampled_from(codes))}
    if tirage(st.booleans()):
        ligne["honoraires"] = tirage(MONTANTS)
    for nom in ("nature_depassement", "exigence_particuliere", "lien_ald", "lien_at_mp", "quantite"):
        if tirage(st.integers(0, 5)) == 0:
            ligne[nom] = tirage(valeur(DE_LIGNE[f"acte.{nom}"], jour))
    return ligne


@st.composite
def factures(tirage: st.DrawFn) -> dict[str, Any]:
    """Une facture tirée du vocabulaire : souvent vraisemblable, parfois bancale, jamais contradictoire."""
    jour = tirage(JOURS)
    facture: dict[str, Any] = {"date": temps.iso(jour), "medecin": {}, "patient": {}, "contexte": {}}
    poids = tirage(st.sampled_from([2, 4, 12]))  # combien de faits sont dits : la moitié, un quart, un douzième
    frequents = ("medecin.specialite", "medecin.secteur", "patient.age", "contexte.role")
    for nom, fait in DECLARABLES.items():
        if tirage(st.integers(1, 2 if nom in frequents else poids)) == 1:
            bloc, cle = nom.split(".", 1)
            facture[bloc][cle] = tirage(valeur(fait, jour))
    if "date_naissance" in facture["patient"]:
        facture["patient"].pop("age", None)
    if tirage(st.booleans()):
        facture["heure"] = tirage(st.sampled_from(HEURES))
    code = tirage(st.sampled_from(ACTES))
    admis = [s for s in SUPPLEMENTS if any(lien.vise(CORPUS.actes[code], jour) for lien in CORPUS.actes[s].s_ajoute_a)]
    facture["actes"] = [_ligne(tirage, [code], jour)]
    for _ in range(tirage(st.integers(0, 2))):
        facture["actes"].append(_ligne(tirage, admis or SUPPLEMENTS, jour))
    if tirage(st.integers(0, 5)) == 0:
        facture["actes"].append(_ligne(tirage, list(CORPUS.actes), jour))
    return facture


def cotee(facture: dict[str, Any], **options: bool) -> dict[str, Any]:
    """La réponse ; une facture contradictoire est laissée de côté."""
    try:
        return opposable.coter(facture, **options)
    except ErreurEntree as erreur:
        assume(erreur.code != "FAITS_CONTRADICTOIRES")
        raise


def chiffree(facture: dict[str, Any], *, prevu: bool = False) -> dict[str, Any]:
    """La réponse sans ses questions, longues à chercher, pour qui ne les lit pas."""
    try:
        cas = lire_facture(CORPUS, facture)
    except ErreurEntree as erreur:
        assume(erreur.code != "FAITS_CONTRADICTOIRES")
        raise
    return coter_cas(CORPUS, cas, calendrier=PREVU if prevu else EFFECTIF, questions=False)


def nombre(texte: str | None) -> Decimal | None:
    """Un montant de la réponse."""
    return None if texte is None else Decimal(texte)


def somme(valeurs: list[Decimal | None]) -> Decimal | None:
    """La somme, inconnue si un terme l'est."""
    return None if None in valeurs else sum((v for v in valeurs if v is not None), Decimal("0.00"))


@given(factures())
@RAPIDE
def test_l_argent_de_chaque_ligne(facture: dict[str, Any]) -> None:
    for ligne in chiffree(facture)["lignes"]:
        base, part, ticket = (nombre(ligne[c]) for c in ("base_remboursement", "part_obligatoire", "ticket_moderateur"))
        tarif, honoraires, depassement = (
            nombre(ligne["tarif"]),
            nombre(ligne["honoraires"]),
            nombre(ligne["depassement"]["montant"]),
        )
        if ligne["statut"] == "refusee":
            assert (base, part, ticket, depassement) == (0, 0, 0, 0)
            continue
        if base is not None:
            assert base >= 0
            assert tarif is None or base <= tarif
            assert honoraires is None or base <= honoraires
            assert honoraires is None or depassement == honoraires - base
            if part is not None:
                assert part + (ticket or 0) == base
                assert 0 <= part <= base
                assert abs(part - base * Decimal(ligne["taux"])) <= Decimal("0.005")
        else:
            assert part is None
            assert ligne["statut"] == "a_verifier"


@given(factures())
@RAPIDE
def test_le_statut_est_le_pire_et_les_totaux_somment(facture: dict[str, Any]) -> None:
    reponse = chiffree(facture)
    lignes = reponse["lignes"]
    assert reponse["statut"] == min((ligne["statut"] for ligne in lignes), key=ORDRE.index)
    for nom, statuts in (("total", {"acceptee"}), ("total_possible", {"acceptee", "a_verifier"})):
        total = reponse[nom]
        retenues = [ligne for ligne in lignes if ligne["statut"] in statuts]
        for cle in SOMMES:
            assert nombre(total[cle]) == somme([nombre(ligne[cle]) for ligne in retenues]), (nom, cle)
        assert nombre(total["depassement"]) == somme([nombre(ligne["depassement"]["montant"]) for ligne in retenues])
        part, participation = nombre(total["part_obligatoire"]), nombre(total["participation_forfaitaire"])
        remboursement, honoraires = nombre(total["remboursement"]), nombre(total["honoraires"])
        if remboursement is not None and part is not None and participation is not None:
            assert 0 <= remboursement == part - participation - (nombre(total["participation_actes_lourds"]) or 0)
            assert honoraires is None or remboursement <= honoraires
            reste = nombre(total["reste_a_charge"])
            if honoraires is not None and reste is not None:
                assert 0 <= reste == honoraires - remboursement - (nombre(total["part_complementaire"]) or 0)


@given(factures())
@RAPIDE
def test_un_refus_est_motive_et_un_doute_aussi(facture: dict[str, Any]) -> None:
    for ligne in cotee(facture)["lignes"]:
        effets = {motif["effet"] for motif in ligne["motifs"]}
        assert ("refuse" in effets) == (ligne["statut"] == "refusee")
        assert ligne["statut"] != "acceptee" or effets <= {"aucun"}
        assert ligne["statut"] != "a_verifier" or "a_verifier" in effets
        for motif in ligne["motifs"]:
            assert motif["code"] in CORPUS.motifs
            assert motif["message"].strip()
            assert "{" not in motif["message"]
            assert "()" not in motif["message"]


def test_la_participation_inconnue_dit_pourquoi() -> None:
    reponse = opposable.coter(
        {
            "date": "2018-06-15",
            "medecin": {"specialite": "medecine_generale", "secteur": "1"},
            "patient": {"age": "45 ans", "exonerations": ["invalidite_militaire"]},
            "contexte": {"role": "medecin_traitant"},
            "actes": [{"code": "G"}],
        }
    )
    dits = [motif["message"] for motif in reponse["lignes"][0]["motifs"] if motif["code"] == "PARTICIPATION_INCONNUE"]
    assert len(dits) == 1
    assert "infirmité de la pension militaire" in dits[0]


@given(factures())
@RAPIDE
def test_chaque_euro_de_la_facture_a_un_payeur(facture: dict[str, Any]) -> None:
    """Ce que la caisse et la complémentaire versent au médecin, et ce que le patient avance, font les honoraires."""
    reponse = chiffree(facture)
    tiers = reponse["tiers_payant"]
    avance, caisse, complementaire = (
        nombre(tiers[cle]) for cle in ("avance_patient", "verse_caisse", "verse_complementaire")
    )
    actes = [ligne for ligne in reponse["lignes"] if not CORPUS.actes[ligne["code"]].supplement]
    if all(ligne["statut"] == "refusee" for ligne in actes):
        assert (avance, caisse, complementaire) == (None, None, None)
        return
    if avance is not None:
        assert min(avance, caisse, complementaire) >= 0
        assert avance + caisse + complementaire == nombre(reponse["total_possible"]["honoraires"])
    if tiers["part_obligatoire"] == "facultatif":
        assert caisse == 0
    if tiers["part_obligatoire"] == "inconnu" or (tiers["part_complementaire"] == "inconnu" and avance is None):
        assert tiers["raisons"]


def dire(facture: dict[str, Any], fait: str, dite: Any) -> dict[str, Any]:
    """La facture où ce fait (``medecin.option``, ``actes[0].lien_ald``) est dit."""
    facture = copy.deepcopy(facture)
    if fait.startswith("actes["):
        rang, cle = fait[6:].split("].", 1)
        facture["actes"][int(rang)][cle] = dite
    else:
        bloc, _, cle = fait.rpartition(".")
        (facture[bloc] if bloc not in {"", "facture"} else facture)[cle] = dite
    return facture


def _nom_du_vocabulaire(nom: str) -> str:
    """Le nom au vocabulaire de ce que la réponse nomme (« actes[0].lien_ald », « heure »)."""
    if nom.startswith("actes["):
        return "acte." + nom.split("].", 1)[1]
    return nom if "." in nom else f"facture.{nom}"


def inconnus(reponse: dict[str, Any]) -> list[tuple[str, Fait]]:
    """Les faits que l'évaluation a cherchés et n'a pas trouvés."""
    trace = reponse["trace"]
    tous = [*trace["faits"], *(f for ligne in trace["lignes"] for f in ligne["faits"])]
    trouves = {}
    for lu in tous:
        nom = lu["fait"]
        vrai = _nom_du_vocabulaire(nom)
        fait = CORPUS.vocabulaire.faits.get(vrai)
        if lu["origine"] == "inconnu" and fait is not None and not fait.calcule and vrai not in SANS_QUESTION:
            trouves[nom] = fait
    return list(trouves.items())


@given(factures(), st.data())
@RAPIDE
def test_preciser_un_inconnu_ne_refuse_jamais_ce_qui_etait_accepte(
    facture: dict[str, Any], data: st.DataObject
) -> None:
    reponse = chiffree(facture)
    candidats = [(nom, fait) for nom, fait in inconnus(reponse) if nom.split(".")[-1] not in CORPUS.vocabulaire.membres]
    assume(candidats)
    nom, fait = data.draw(st.sampled_from(candidats))
    if nom == "patient.date_naissance" and "age" in facture["patient"]:
        return
    dite = data.draw(valeur(fait, temps.jour(facture["date"])))
    precisee = chiffree(dire(facture, nom, dite))
    for avant, apres in zip(reponse["lignes"], precisee["lignes"], strict=True):
        assert avant["statut"] != "acceptee" or apres["statut"] != "refusee", (nom, dite, apres["motifs"])
        assert avant["statut"] != "refusee" or apres["statut"] == "refusee", (nom, dite, avant["motifs"])
        for cle in ("tarif", "base_remboursement"):
            connu = avant["statut"] != "refusee" and apres["statut"] != "refusee" and avant[cle] is not None
            assert not connu or apres[cle] == avant[cle], (nom, dite, cle)


AGES = [0, 1, 8, 9, 20, 27, 28, 29, 40, *(m * 30 for m in (4, 9, 11, 18, 23, 25, 30, 40, 60, 71, 74, 90))]
AGES += [a * 365 + d for a in (7, 10, 12, 13, 15, 16, 18, 19, 22, 25, 26, 30, 50, 79, 80, 81, 90) for d in (-40, 60)]


def essais(fait: Fait, jour: int, valeurs: list[str]) -> list[Any]:  # noqa: PLR0911 : un retour par type de fait
    """Des valeurs qui couvrent ce que la réponse peut distinguer."""
    if fait.nom == "patient.date_naissance":
        return [temps.iso(jour - age) for age in AGES]
    if fait.type == "date":
        return [
            *([fait.sans_objet] if fait.sans_objet else []),
            *(temps.iso(jour - d) for d in (0, 5, 12, 13, 45, 46, 80)),
        ]
    if fait.type == "liste":
        return [[], *([v] for v in fait.valeurs)]
    if fait.type == "heure":
        return list(HEURES)
    if fait.type == "date_heure":
        return [f"{temps.iso(jour - d)}T{h}" for d in (0, 1, 2, 3, 6, 10) for h in ("00:00", "12:00", "23:59")]
    if fait.type == "terme":
        return ["24", "32+5", "32+6", "33", "36+6", "37"]
    if valeurs:
        return list(valeurs)
    if fait.type == "montant":
        return ["0.00", "30.00", "49.00", "50.00"]
    if fait.type == "heure":
        return ["02:00", "07:00", "12:00", "15:00", "19:30", "20:30", "22:00"]
    if fait.type == "date_heure":
        return [f"{temps.iso(jour - jours)}T00:30" for jours in (0, 1, 2, 3, 5, 9)]
    return [
        *([fait.sans_objet] if fait.sans_objet else []),
        *map(str, range(fait.minimum or 0, min(fait.maximum or 20, 20) + 1)),
        *([str(fait.maximum)] if fait.maximum is not None and fait.maximum > 20 else []),
    ]


def montre(reponse: dict[str, Any]) -> str:
    """Ce qui est montré : statuts, refus, montants, tiers payant."""
    lignes = [
        [
            ligne["statut"],
            sorted(m["code"] for m in ligne["motifs"] if m["effet"] == "refuse"),
            [ligne[c] for c in ("base_remboursement", "taux", "part_obligatoire", "ticket_moderateur")],
            ligne["depassement"],
        ]
        for ligne in reponse["lignes"]
    ]
    return json.dumps([lignes, reponse["total_possible"], reponse["tiers_payant"]])


def du_vocabulaire(nom: str) -> Fait:
    """Le fait qu'une question nomme."""
    return CORPUS.vocabulaire.faits[_nom_du_vocabulaire(nom)]


@given(factures(), st.data())
@RAPIDE
def test_une_question_posee_change_vraiment_quelque_chose(facture: dict[str, Any], data: st.DataObject) -> None:
    """Deux valeurs changent ce qui est montré : seules, ou une fois les autres questions répondues."""
    questions = cotee(facture)["questions"]
    assume(questions)
    question = data.draw(st.sampled_from(questions))
    jour = temps.jour(facture["date"])
    possibles = {q["fait"]: essais(du_vocabulaire(q["fait"]), jour, q["valeurs"]) for q in questions}
    for rang in (None, 0, 1, 2, -1):
        repondue = facture
        for nom, valeurs in possibles.items():
            if rang is not None and nom != question["fait"]:
                repondue = dire(repondue, nom, valeurs[rang % len(valeurs)])
        vus: set[str] = set()
        for dite in possibles[question["fait"]]:
            try:
                lue = lire_facture(CORPUS, dire(repondue, question["fait"], dite))
            except ErreurEntree:
                continue
            vus.add(montre(coter_cas(CORPUS, lue, questions=False)))
            if len(vus) > 1:
                return
    raise AssertionError(f"{question['fait']} est demandé, et aucune de ses valeurs ne change rien")


@given(factures())
@RAPIDE
def test_une_ligne_refusee_ne_demande_rien(facture: dict[str, Any]) -> None:
    reponse = cotee(facture)
    if all(ligne["statut"] == "refusee" for ligne in reponse["lignes"]):
        assert reponse["questions"] == []
    for question in reponse["questions"]:
        assert question["question"]
        assert question["change"]
        if question["fait"].startswith("actes["):
            rang = int(question["fait"][6:].split("]")[0])
            assert reponse["lignes"][rang]["statut"] != "refusee"


@given(factures())
@RAPIDE
def test_le_mode_strict_n_accepte_jamais_plus(facture: dict[str, Any]) -> None:
    ordinaire, strict = chiffree(facture), cotee(facture, strict=True)
    for ligne, stricte in zip(ordinaire["lignes"], strict["lignes"], strict=True):
        assert stricte["statut"] != "acceptee" or ligne["statut"] == "acceptee"
    assert strict["statut"] != "acceptee" or ordinaire["statut"] == "acceptee"
    assert strict["hypotheses"] == []


@given(factures())
@RAPIDE
def test_l_ordre_des_lignes_ne_compte_pas(facture: dict[str, Any]) -> None:
    reponse = cotee(facture)
    retournee = cotee({**facture, "actes": facture["actes"][::-1]})
    champs = ("code", "statut", "tarif", "base_remboursement", "taux", "part_obligatoire")
    for ligne, autre in zip(reponse["lignes"], retournee["lignes"][::-1], strict=True):
        assert [ligne[c] for c in champs] == [autre[c] for c in champs]
        assert {m["code"] for m in ligne["motifs"]} == {m["code"] for m in autre["motifs"]}
    assert reponse["total"] == retournee["total"]
    assert reponse["statut"] == retournee["statut"]


@given(factures())
@RAPIDE
def test_le_tarif_annonce_est_celui_du_calendrier_annonce(facture: dict[str, Any]) -> None:
    reponse, annoncee = chiffree(facture), chiffree(facture, prevu=True)
    for ligne, annonce in zip(reponse["lignes"], annoncee["lignes"], strict=True):
        assert annonce["prevu"] is None
        assert any(m["code"] == "CALENDRIER_ANNONCE" for m in annonce["motifs"]) or annonce["statut"] == "refusee"
        if ligne["prevu"] is not None and ligne["prevu"]["tarif"] is not None:
            assert ligne["prevu"]["tarif"] == annonce["tarif"] != ligne["tarif"]


@given(factures())
@settings(RAPIDE, max_examples=100)
def test_la_reponse_est_la_meme_deux_fois_et_se_lit_en_json(facture: dict[str, Any]) -> None:
    avant = copy.deepcopy(facture)
    reponse = cotee(facture)
    assert facture == avant
    assert json.loads(json.dumps(reponse)) == json.loads(json.dumps(cotee(facture)))

"""Les bascules, engendrées du corpus : chaque date d'effet et chaque âge limite, la veille et le jour.

Rien n'est recopié ici : les dates et les âges viennent du corpus, et la réponse publique doit changer au bon jour, dans
les deux calendriers (les dates réelles, et celles que les textes annonçaient).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from opposable.droit import montant, temps
from opposable.droit.acte import Acte
from opposable.droit.condition import Condition, Et, Non, Ou
from opposable.droit.condition import Test as Elementaire
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import MOINS_INFINI, PLUS_INFINI, Choix, Ensemble, Plages, Valeur
from opposable.droit.table import EFFECTIF, PREVU, Calendrier, LigneTable, Table
from opposable.facturation.entree import lire_facture
from opposable.facturation.reponse import coter_cas
from opposable.portes import python as api

CORPUS: Corpus = api.corpus()
CALENDRIERS: tuple[Calendrier, ...] = (EFFECTIF, PREVU)


def temoin(ensemble: Ensemble) -> Valeur:
    """Une valeur de l'ensemble."""
    if isinstance(ensemble, Choix):
        return min(ensemble.valeurs)
    bas, haut = ensemble.plages[0]
    return bas if bas != MOINS_INFINI else haut - 1


def cas_de(table: Table, ligne: LigneTable, jour: int, calendrier: Calendrier) -> dict[str, Valeur]:
    """Des faits où cette ligne, et elle seule, s'applique ce jour-là."""
    regions = table.regions(ligne, jour, calendrier)
    assert regions, f"{ligne.id} : aucune situation ne la choisit le {temps.iso(jour)}"
    return {fait: temoin(regions[0].get(fait, table.domaines[fait])) for fait in table.faits}


def debuts(table: Table, calendrier: Calendrier) -> Iterator[tuple[LigneTable, int]]:
    """Les lignes qui commencent un jour précis, après le début du corpus."""
    for ligne in table.lignes:
        jour = ligne.periode(calendrier)[0]
        if not ligne.origine and jour > CORPUS.debut and jour < ligne.periode(calendrier)[1]:
            yield ligne, jour


def facture(code: str, jour: int, faits: dict[str, Valeur]) -> dict[str, Any]:
    """Une facture d'un acte, avec ces faits-là."""
    blocs: dict[str, Any] = {"medecin": {"secteur": "1"}, "patient": {}, "contexte": {}, "acte": {}}
    for nom, valeur in faits.items():
        bloc, cle = nom.split(".", 1)
        if nom == "medecin.maitrise":
            blocs["medecin"] |= {"secteur": "1"} if valeur == "oui" else {"secteur": "2", "option": "aucune"}
        elif nom == "patient.age_mois":
            blocs["patient"]["age"] = f"{valeur} mois"
        elif cle.startswith("exonerations."):
            droits = blocs["patient"].setdefault("exonerations", [])
            droits += [cle.split(".")[1]] if valeur == "oui" else []
        else:
            blocs[bloc][cle] = valeur
    return {"date": temps.iso(jour), "actes": [{"code": code, **blocs.pop("acte")}], **blocs}


def coter(brut: dict[str, Any], *, prevu: bool = False) -> dict[str, Any]:
    """La réponse d'« opposable.coter » sans ses questions, longues à chercher : rien ici ne les lit."""
    cas = lire_facture(CORPUS, brut)
    return coter_cas(CORPUS, cas, calendrier=PREVU if prevu else EFFECTIF, questions=False)


def ligne_choisie(code: str, jour: int, faits: dict[str, Valeur], calendrier: Calendrier) -> tuple[str, str | None]:
    """L'identifiant de la ligne de tarif choisie, et le tarif montré."""
    reponse = coter(facture(code, jour, faits), prevu=calendrier == PREVU)
    tables = reponse["trace"]["lignes"][0]["tables"]
    choisie = next((t["ligne"] for t in tables if t["table"] == "tarif"), "")
    return choisie, reponse["lignes"][0]["tarif"]


TARIFS = [
    pytest.param(code, calendrier, id=f"{code}-{calendrier}") for code in CORPUS.actes for calendrier in CALENDRIERS
]


@pytest.mark.parametrize(("code", "calendrier"), TARIFS)
def test_chaque_tarif_commence_le_jour_dit(code: str, calendrier: Calendrier) -> None:
    table = CORPUS.actes[code].tarifs
    for ligne, jour in debuts(table, calendrier):
        faits = cas_de(table, ligne, jour, calendrier)
        veille, _ = ligne_choisie(code, jour - 1, faits, calendrier)
        choisie, tarif = ligne_choisie(code, jour, faits, calendrier)
        attendu = montant.euros(ligne.valeur) if isinstance(ligne.valeur, int) else None
        assert (choisie, tarif) == (ligne.id, attendu)
        assert veille != ligne.id
        dans_la_serie = [autre for autre in table.lignes if autre.serie == ligne.serie and autre.id != ligne.id]
        avant = [autre.id for autre in dans_la_serie if autre.periode(calendrier)[1] == jour]
        assert not avant or veille in avant


@pytest.mark.parametrize("code", list(CORPUS.actes))
def test_un_acte_finit_le_jour_dit(code: str) -> None:
    acte = CORPUS.actes[code]
    if acte.au >= temps.INFINI:
        return
    for jour, existe in ((acte.au - 1, True), (acte.au, False)):
        reponse = coter(facture(code, jour, {}))
        motifs = {motif["code"] for motif in reponse["lignes"][0]["motifs"]}
        assert ("CODE_HORS_PERIODE" not in motifs) is existe


def autres_tables() -> Iterator[Any]:
    """Les bases et les taux propres des actes, et les tables qui ne tiennent pas à un acte."""
    for nom in CORPUS.tables:
        yield pytest.param(CORPUS.tables[nom], id=nom)
    for code in CORPUS.actes:
        for sorte, table in (("bases", CORPUS.actes[code].bases), ("taux", CORPUS.actes[code].taux)):
            if table is not None:
                yield pytest.param(table, id=f"{code}-{sorte}")


@pytest.mark.parametrize("calendrier", CALENDRIERS)
@pytest.mark.parametrize("table", list(autres_tables()))
def test_chaque_ligne_des_autres_tables_commence_le_jour_dit(table: Table, calendrier: Calendrier) -> None:
    for ligne, jour in debuts(table, calendrier):
        faits = cas_de(table, ligne, jour, calendrier)
        assert table.choisir(faits.get, jour, calendrier).ligne is ligne
        veille = table.choisir(faits.get, jour - 1, calendrier).ligne
        assert veille is not ligne


def test_chaque_report_separe_les_deux_calendriers() -> None:
    vus = 0
    for code in CORPUS.actes:
        table = CORPUS.actes[code].tarifs
        for ligne in table.lignes:
            if not ligne.report or ligne.valeur is None:
                continue
            vus += 1
            assert ligne.du_prevu < ligne.du
            faits = cas_de(table, ligne, ligne.du, EFFECTIF)
            for jour in (ligne.du_prevu, ligne.du - 1):
                reponse = coter(facture(code, jour, faits))["lignes"][0]
                annonce = coter(facture(code, jour, faits), prevu=True)["lignes"][0]
                if reponse["prevu"] is None:
                    assert {motif["code"] for motif in reponse["motifs"]} >= {"CODE_HORS_PERIODE"}
                else:
                    assert reponse["prevu"]["tarif"] == annonce["tarif"]
                    assert reponse["prevu"]["report"] == ligne.report
                assert annonce["tarif"] != reponse["tarif"]
            for jour in (ligne.du_prevu - 1, ligne.du):
                assert coter(facture(code, jour, faits))["lignes"][0]["prevu"] is None
    assert vus


# Les âges limites.
AGES = ("patient.age_mois", "patient.age_jours")
SPECIALITES = (
    "pediatrie", "medecine_generale", "gynecologie_medicale", "psychiatrie", "pneumologie", "ophtalmologie",
    "rhumatologie",
)  # fmt: skip
SITUATIONS = (
    "aucune", "risque_obesite_enfant", "sortie_maternite_suivi_specifique", "premature_32_36_sa",
    "pathologie_oculaire_enfant", "scoliose_grave_evolutive", "suivi_enfant_autiste", "entree_ase", "reperage_tsa",
    "grand_premature", "pathologie_congenitale_grave_enfant", "pathologie_chronique_grave_enfant",
)  # fmt: skip
EXAMENS = ("avec_certificat", "sans_certificat", "aucun")
Variante = tuple[str, str, str, list[str]]
VARIANTES: tuple[Variante, ...] = (
    ("aucun", "1", "autre", []),
    ("medecin_traitant", "1", "correspondant", []),
    ("autre_medecin", "1", "correspondant", []),
    ("aucun", "1", "medecin_traitant", ["ald"]),
    ("aucun", "2", "autre", []),
    ("medecin_traitant", "2", "correspondant", ["cmuc"]),
    ("aucun", "1", "acces_direct", []),
)
"""Qui adresse, le secteur, le rôle, les exonérations."""


def elementaires(condition: Condition) -> Iterator[Elementaire]:
    """Les tests élémentaires d'une condition."""
    if isinstance(condition, Elementaire):
        yield condition
    elif isinstance(condition, Non):
        yield from elementaires(condition.terme)
    elif isinstance(condition, (Et, Ou)):
        for terme in condition.termes:
            yield from elementaires(terme)


def bornes(ensemble: Ensemble) -> set[int]:
    """Les bornes finies et non nulles d'un ensemble d'âges."""
    assert isinstance(ensemble, Plages)
    return {b for plage in ensemble.plages for b in plage if b not in {MOINS_INFINI, PLUS_INFINI, 0}}


def ages_limites(acte: Acte) -> Iterator[tuple[str, int, int]]:
    """Le fait, la borne, et un jour où la règle qui la porte est en vigueur."""
    for regle in acte.regles:
        jour = max(regle.du, acte.debut(), CORPUS.debut)
        if acte.technique and not regle.id.startswith(f"{acte.code}#"):
            continue  # l'âge d'un modificateur ne compte que s'il est facturé : tests/cas/modificateurs.yaml
        if jour >= min(regle.au, acte.au):
            continue
        for test in elementaires(regle.condition):
            if test.fait in AGES:
                for borne in sorted(bornes(test.ensemble)):
                    yield test.fait, borne, max(jour, min(regle.au, acte.au, CORPUS.arrete_au) - 1)


def naissance(fait: str, age: int, jour: int) -> int:
    """Le dernier jour de naissance qui donne cet âge ce jour-là."""
    return jour - age if fait == "patient.age_jours" else temps.plus_mois(jour, -age)


def situations(acte: Acte) -> list[str]:
    """Les situations d'essai que les règles de l'acte distinguent."""
    tests = [t for regle in acte.regles for t in elementaires(regle.condition) if t.fait == "contexte.situation"]
    return [s for s in SITUATIONS if s == "aucune" or any(t.ensemble.teste(s) for t in tests)]


LIMITES = sorted({(code, *limite) for code in CORPUS.actes for limite in ages_limites(CORPUS.actes[code])})


def facture_agee(code: str, jour: int, ne_le: int, situation: tuple[str, str, str, Variante]) -> dict[str, Any]:
    """Une facture de cet acte, et d'un acte qu'il suit si c'en est besoin, pour un patient né ce jour-là."""
    specialite, clinique, examen, (adresse, secteur, role, exonerations) = situation
    if jour >= temps.jour("2019-11-01"):
        exonerations = ["c2s" if e == "cmuc" else e for e in exonerations]
    acte = CORPUS.actes[code]
    actes = [{"code": code}]
    if acte.supplement:
        supports = [c for c in CORPUS.actes if not CORPUS.actes[c].supplement and CORPUS.actes[c].en_vigueur(jour)]
        actes = [
            {"code": next(c for c in supports if any(lien.vise(CORPUS.actes[c], jour) for lien in acte.s_ajoute_a))}
        ]
        actes.append({"code": code})
    return {
        "date": temps.iso(jour),
        "medecin": {"specialite": specialite, "secteur": secteur, "option": "aucune", "competences": []},
        "patient": {
            "date_naissance": temps.iso(ne_le),
            "sexe": "f",
            "mt_declare": "oui" if role == "medecin_traitant" else "non",
            "terme_naissance": "30+0" if clinique == "grand_premature" else "34+0",
            "exonerations": exonerations,
        },
        "contexte": {
            "situation": clinique,
            "examen_obligatoire": examen,
            "adresse_par": adresse,
            "role": role,
            "acces_specifique": "psychiatrie_16_25" if role == "acces_direct" else "non",
            "premiere_consultation": "oui",
            "famille_presente": "oui",
            "synthese_annuelle": "oui",
            "date_sortie_hospitalisation": temps.iso(jour - 3),
            "lignes_de_traitement": 12,
            "bilan_pharmacien": "oui",
            "dossier_apa": "oui",
            "retour_ecrit_mt": "oui",
        },
        "actes": actes,
    }


def montre(facture_: dict[str, Any]) -> tuple[str, frozenset[str], str | None]:
    """Ce que la réponse montre de la dernière ligne : son statut, ses motifs, son taux."""
    ligne = coter(facture_)["lignes"][-1]
    return ligne["statut"], frozenset(m["message"] for m in ligne["motifs"] if m["effet"] != "aucun"), ligne["taux"]


def hors_d_age(facture_: dict[str, Any]) -> bool:
    """L'âge seul refuse déjà la ligne."""
    motifs = coter(facture_)["lignes"][-1]["motifs"]
    return any(m["code"] == "AGE_NON_CONFORME" and m["effet"] == "refuse" for m in motifs)


@pytest.mark.parametrize(
    ("code", "fait", "age", "jour"),
    [pytest.param(*limite, id=f"{limite[0]}-{limite[1]}-{limite[2]}") for limite in LIMITES],
)
def test_chaque_age_limite_change_la_reponse(code: str, fait: str, age: int, jour: int) -> None:
    """Né un jour trop tard pour avoir cet âge, ou né juste à temps : la réponse change, dans une situation au moins.

    Sauf si une autre règle exclut déjà ces deux âges partout (la majorité, pour une majoration de l'enfant).
    """
    juste = naissance(fait, age, jour)
    dormante = True
    for situation in itertools.product(SPECIALITES, situations(CORPUS.actes[code]), EXAMENS, VARIANTES):
        veille, le_jour = (facture_agee(code, jour, ne_le, situation) for ne_le in (juste + 1, juste))
        if montre(veille) != montre(le_jour):
            return
        dormante = dormante and hors_d_age(veille) and hors_d_age(le_jour)
    assert dormante, f"{code} : rien ne change à {age} ({fait}) le {temps.iso(jour)}"


@pytest.mark.parametrize(("ans", "cle", "date"), [(16, "taux", "2026-02-10"), (18, "participation", "2026-01-01")])
def test_les_ages_de_la_prise_en_charge(ans: int, cle: str, date: str) -> None:
    """Seize ans pour le taux hors du parcours, au jour de l'anniversaire ; dix-huit ans au 1er janvier pour la
    participation.
    """
    jour = temps.jour(date)
    vus = []
    for ne_le in (temps.plus_mois(jour, -12 * ans) + 1, temps.plus_mois(jour, -12 * ans)):
        reponse = coter(
            {
                "date": date,
                "medecin": {"specialite": "medecine_generale", "secteur": "1"},
                "patient": {"date_naissance": temps.iso(ne_le)},
                "contexte": {"role": "autre", "parcours": "hors_parcours"},
                "actes": [{"code": "G"}],
            }
        )
        vus.append(
            {"taux": reponse["lignes"][0]["taux"], "participation": reponse["total"]["participation_forfaitaire"]}
        )
    assert vus[0][cle] != vus[1][cle]
    assert [v for k, v in vus[0].items() if k != cle] == [v for k, v in vus[1].items() if k != cle]

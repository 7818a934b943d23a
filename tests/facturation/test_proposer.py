"""Proposer : les cas lus dans les textes, puis ce qui tient pour toute situation : peu de questions, aucune inutile,
rien d'illicite, aucun montant avant la fin.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import opposable
from opposable import ErreurEntree
from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.facturation.entree import CasFacture, LigneCas
from opposable.facturation.proposer import PEU, etudier, repondre
from opposable.facturation.questions import classes
from opposable.portes import python as api

CORPUS: Corpus = api.corpus()
FAITS = CORPUS.vocabulaire.faits
RANG = {code: rang for rang, code in enumerate(CORPUS.actes)}
MONTANT = re.compile(r"\d\s*(?:€|euros?\b)|\b\d+,\d{2}\b(?!\s*%)")
AU_PLUS = 12
GENERALISTE = {"specialite": "medecine_generale", "secteur": "1"}
AGES = ["5 jours", "9 mois", "23 mois", "3 ans", "8 ans", "15 ans", "17 ans", "30 ans", "60 ans", "80 ans", "85 ans"]
ORDINAIRE = {
    "contexte.situation": "aucune", "contexte.premiere_consultation": "non", "medecin.inscrit_tableau_garde": "non",
    "heure": "10:30", "contexte.engagement_48_heures": "non", "contexte.regulateur": "aucune",
    "contexte.depart_immediat": "non", "patient.zone_montagne": "non", "medecin.cabinet_montagne": "non",
}  # fmt: skip
"""Une journée sans rien de particulier."""


def situation(**blocs: Any) -> dict[str, Any]:
    """Un mardi de février 2026, un généraliste de secteur 1 à son cabinet, un adulte ; sauf ce qui est dit."""
    depart: dict[str, Any] = {
        "date": "2026-02-10",
        "medecin": dict(GENERALISTE),
        "patient": {"age": "45 ans"},
        "contexte": {"lieu": "cabinet", "modalite": "presentiel"},
    }
    for bloc, valeur in blocs.items():
        depart[bloc] = {**depart[bloc], **valeur} if isinstance(depart.get(bloc), dict) else valeur
    return depart


def mener(depart: dict[str, Any], **dites: object) -> tuple[dict[str, Any], list[str]]:
    """La dernière réponse, et les faits demandés ; ``actes__0__code`` ou le nom court d'un fait y répond."""
    reponse = opposable.proposer(depart)
    demandes: list[str] = []
    while reponse["questions"]:
        question = reponse["questions"][0]
        nom = question["fait"]
        demandes.append(nom)
        assert len(demandes) <= AU_PLUS, demandes
        court = "acte" if nom == "actes[0].code" else nom.rpartition(".")[2]
        valeur = dites[court] if court in dites else ORDINAIRE[nom]
        reponse = opposable.proposer(opposable.repondre(reponse, valeur))
    return reponse, demandes


def codes(reponse: Mapping[str, Any]) -> list[str]:
    """Les codes de la facture cotée."""
    return [ligne["code"] for ligne in reponse["cotation"]["lignes"]]


def exclus(reponse: Mapping[str, Any]) -> dict[str, set[str]]:
    """Les codes exclus et leurs motifs."""
    return {une["code"]: {m["code"] for m in une["motifs"]} for une in reponse["exclus"]}


class TestCas:
    """Des rencontres dont les textes disent la cotation."""

    def test_un_enfant_vu_par_son_medecin_traitant(self) -> None:
        """G et MEG (moins de 6 ans, brochure) ; pas la coordination, qui est celle du correspondant."""
        reponse, demandes = mener(situation(patient={"age": "3 ans"}), acte="G", role="medecin_traitant")
        assert (reponse["statut"], codes(reponse)) == ("complete", ["G", "MEG"])
        assert reponse["cotation"]["total"]["honoraires"] == "35.00"
        assert "ROLE_NON_CONFORME" in exclus(reponse)["MCG"]
        assert len(demandes) <= 8

    def test_un_adulte_adresse_a_un_specialiste(self) -> None:
        """CS et MCS, sur adressage du médecin traitant et retour écrit ; sans retour écrit, CS seule."""
        depart = situation(
            medecin={"specialite": "dermatologie", "secteur": "2", "option": "optam"},
            contexte={"role": "correspondant", "adresse_par": "medecin_traitant", "adresse_le": "2026-01-05T09:00"},
        )
        avec, _ = mener(depart, acte="CS", retour_ecrit_mt="oui")
        sans, _ = mener(depart, acte="CS", retour_ecrit_mt="non")
        assert (codes(avec), codes(sans)) == (["CS", "MCS"], ["CS"])
        assert "RETOUR_ECRIT_EXIGE" in exclus(sans)["MCS"]

    def test_une_visite_justifiee(self) -> None:
        """VG et MD si l'état du patient impose la visite ; VG seule sinon."""
        depart = situation(patient={"age": "75 ans"}, contexte={"lieu": "domicile", "role": "medecin_traitant"})
        dites = {"acte": "VG", "rang_patient_visite": "1", "meme_agglomeration": "oui"}
        justifiee, demandes = mener(depart, visite_justifiee="oui", **dites)
        pas, _ = mener(depart, visite_justifiee="non", **dites)
        assert (codes(justifiee), codes(pas)) == (["VG", "MD"], ["VG"])
        assert "contexte.visite_justifiee" in demandes

    def test_un_dimanche_a_10_heures_sans_regulation(self) -> None:
        """L'urgence se demande ; constatée, F ; sinon MHP, pour qui n'est pas au tableau de garde."""
        depart = situation(date="2026-02-08", heure="10:00", contexte={"role": "autre", "parcours": "hors_parcours"})
        dites = {"acte": "G", "inscrit_tableau_garde": "non", "retour_ecrit_mt": "non", "eloignement": "non"}
        sans, demandes = mener(depart, urgence="aucune", **dites)
        avec, _ = mener(depart, urgence="vitale", **dites)
        assert "contexte.urgence" in demandes
        assert (codes(sans), codes(avec)) == (["G", "MHP"], ["G", "F"])

    def test_un_patient_du_sas_hors_patientele(self) -> None:
        """SNP dans les 48 heures de la régulation, hors de la patientèle."""
        depart = situation(heure="10:30", contexte={"role": "autre", "regulateur": "sas", "parcours": "hors_parcours"})
        dites = {"acte": "G", "eloignement": "non", "retour_ecrit_mt": "non", "deja_semaine": 0}
        a_temps, demandes = mener(depart, regule_le="2026-02-09T18:00", **dites)
        trop_tard, _ = mener(depart, regule_le="2026-02-01T18:00", **dites)
        assert "contexte.regule_le" in demandes
        assert (codes(a_temps), codes(trop_tard)) == (["G", "SNP"], ["G"])
        assert "DELAI_DEPASSE" in exclus(trop_tard)["SNP"]

    def test_une_teleconsultation(self) -> None:
        """TCG, seule lettre du généraliste à distance, est prise sans question sur l'acte."""
        depart = situation(contexte={"modalite": "teleconsultation", "role": "medecin_traitant"})
        reponse, demandes = mener(depart, vu_depuis_12_mois="oui")
        assert codes(reponse) == ["TCG"]
        assert "actes[0].code" not in demandes

    def test_l_inscription_d_un_patient_en_ald(self) -> None:
        """IMT : l'ALD exonérante n'est pas supposée, elle se demande ; sans elle, un autre acte."""
        depart = situation(contexte={"role": "medecin_traitant", "situation": "inscription_medecin_traitant_ald"})
        reponse, demandes = mener(depart, acte="IMT", exonerations=["ald"], lien_ald="oui", deja_vie=0)
        assert codes(reponse) == ["IMT"]
        assert "patient.exonerations" in demandes
        patient = {"age": "45 ans", "exonerations": []}
        sans = opposable.proposer({**depart, "patient": patient, "actes": [{"code": "IMT"}]})
        assert "SITUATION_NON_CONFORME" in exclus(sans)["IMT"]
        assert "IMT" not in sans["questions"][0]["tranche"]

    def test_la_consultation_longue_apres_une_hospitalisation(self) -> None:
        """GL1 : plus de 80 ans, médecin traitant, dans les 45 jours de la sortie."""
        depart = situation(patient={"age": "85 ans"}, contexte={"role": "medecin_traitant", "situation": "aucune"})
        dites = {"acte": "GL1", "deja_annee": 0}
        reponse, _ = mener(depart, date_sortie_hospitalisation="2026-01-20", **dites)
        assert codes(reponse) == ["GL1"]
        tard = opposable.proposer(
            {**depart, "contexte": {**depart["contexte"], "date_sortie_hospitalisation": "2025-11-01"}}
        )
        assert "DELAI_DEPASSE" in exclus(tard)["GL1"]

    def test_un_psychiatre(self) -> None:
        """CNP est à lui ; G et APC ne lui sont pas ouverts."""
        depart = situation(
            medecin={"specialite": "psychiatrie", "secteur": "1"},
            contexte={"role": "correspondant", "situation": "aucune"},
        )
        reponse = opposable.proposer(depart)
        assert reponse["questions"][0]["fait"] == "actes[0].code"
        assert "CNP" in {choix["valeur"] for choix in reponse["questions"][0]["choix"]}
        assert {"G", "APC"} <= exclus(reponse).keys()

    def test_deux_supplements_certains_qui_s_excluent_sont_une_question(self) -> None:
        """Le pédiatre, avant décembre 2024 : NFE et MEP, ou MCS et MPC, jamais les deux (brochure)."""
        depart = situation(
            date="2023-03-07",
            medecin={"specialite": "pediatrie", "secteur": "1"},
            patient={"age": "3 ans"},
            contexte={
                "role": "correspondant", "adresse_par": "medecin_traitant", "retour_ecrit_mt": "oui",
                "situation": "aucune", "adresse_le": "2023-01-02T09:00", "urgence": "aucune",
            },
            actes=[{"code": "CS"}],
        )  # fmt: skip
        reponse = opposable.proposer(depart)
        question = reponse["questions"][0]
        assert set(question["tranche"]) >= {"NFE", "MCS"}
        assert not MONTANT.search(str(question))
        enfant = opposable.proposer(opposable.repondre(reponse, "NFE"))
        coordination = opposable.proposer(opposable.repondre(reponse, "MCS"))
        assert enfant["statut"] == coordination["statut"] == "complete"
        assert {"NFE", "MEP"} <= set(codes(enfant))
        assert {"MCS", "MPC"} <= set(codes(coordination))
        assert not {"MCS", "MPC"} & set(codes(enfant))
        assert "SUPPLEMENT_INCOMPATIBLE" in exclus(enfant)["MCS"]

    def test_un_acte_choisi_puis_exclu_laisse_les_actes_certains(self) -> None:
        """L'avis ponctuel sans demande du médecin traitant n'en est pas un : il est écarté, sans être redemandé."""
        depart = situation(
            medecin={"specialite": "dermatologie", "secteur": "1"},
            contexte={"role": "correspondant", "situation": "aucune"},
            actes=[{"code": "APC"}],
        )
        reponse = opposable.proposer(depart)
        assert reponse["questions"][0]["fait"] == "contexte.demande_explicite_mt"
        suite = opposable.proposer(opposable.repondre(reponse, "non"))
        assert "DEMANDE_EXPLICITE_EXIGEE" in exclus(suite)["APC"]
        assert [v["code"] for v in suite["permis"] if v["nature"] == "acte"] == ["CS"]
        assert suite["facture"]["actes"] == [{"code": "APC"}, {"code": "CS"}]
        assert "APC" not in suite["questions"][0]["tranche"]

    def test_la_lettre_du_depassement_n_est_pas_proposee(self) -> None:
        """Depuis le 22 décembre 2024, C est celle du secteur 2 qui dépasse le tarif : au tarif, c'est G."""
        reponse = opposable.proposer(situation(contexte={"role": "medecin_traitant", "situation": "aucune"}))
        assert {"G", "VG"} <= {une["code"] for une in reponse["permis"]}
        assert "LETTRE_DU_DEPASSEMENT" in exclus(reponse)["C"]
        assert "C" not in reponse["questions"][0]["tranche"]

    def test_une_tranche_d_age_qui_ne_suffit_pas_fait_demander_l_age(self) -> None:
        """MEG jusqu'à 6 ans : de 2 à 5 ans, elle est permise ; de 2 à 15 ans, l'âge reste à dire, pas la naissance."""
        contexte = {"role": "medecin_traitant", "situation": "aucune"}
        for tranche, etat in (("2 à 5 ans", "permis"), ("2 à 15 ans", "en_suspens"), ("6 à 15 ans", "exclus")):
            reponse = opposable.proposer(situation(patient={"age": tranche}, contexte=contexte, actes=[{"code": "G"}]))
            assert "MEG" in [une["code"] for une in reponse[etat]], tranche
            assert all("date_naissance" not in f for une in reponse["en_suspens"] for f in une["faits"])

    def test_l_age_se_demande_avant_la_date_de_naissance(self) -> None:
        """La date de naissance ne se demande qu'aux âges limites."""
        depart = situation(medecin={"specialite": "pediatrie", "secteur": "1"})
        reponse = opposable.proposer({k: v for k, v in depart.items() if k != "patient"})
        demandes = {fait for une in reponse["en_suspens"] for fait in une["faits"]}
        assert "patient.age" in demandes
        assert "patient.date_naissance" not in demandes

    def test_la_situation_nue_demande_la_specialite(self) -> None:
        """Rien n'est su que la date : la spécialité ferme le plus d'actes."""
        reponse = opposable.proposer({"date": "2026-02-10"})
        assert reponse["questions"][0]["fait"] == "medecin.specialite"
        assert reponse["facture"] == {"date": "2026-02-10", "actes": []}


class TestForme:
    """La réponse elle-même."""

    def test_aucune_question_ne_cite_un_code_ni_un_montant(self) -> None:
        """Neutre : « Une urgence vitale… a-t-elle été constatée ? », non « Voulez-vous MU ? »."""
        for nom, fait in FAITS.items():
            if fait.question and nom.split(".")[0] in {"medecin", "patient", "contexte", "facture"}:
                mots = set(re.findall(r"\b[A-Z][A-Z0-9]*\b", fait.question))
                assert not mots & CORPUS.actes.keys() - {"A"}, nom
                assert not MONTANT.search(fait.question), nom
                assert fait.question.endswith("?"), nom

    def test_les_permis_suivent_l_ordre_du_corpus(self) -> None:
        """Jamais celui des montants."""
        for specialite in ("medecine_generale", "pediatrie", "cardiologie"):
            reponse = opposable.proposer(situation(medecin={"specialite": specialite, "secteur": "1"}))
            vus = [une["code"] for une in reponse["permis"]]
            assert vus == sorted(vus, key=RANG.__getitem__)
            choix = [c["valeur"] for q in reponse["questions"] if q["type"] == "code" for c in q["choix"]]
            assert choix == sorted(choix, key=RANG.__getitem__)

    def test_chaque_permis_dit_sa_condition_et_sa_source(self) -> None:
        """La condition d'abord ; aucun montant, même dans un libellé ou un extrait."""
        reponse = opposable.proposer(situation(patient={"age": "3 ans"}, actes=[{"code": "G"}]))
        meg = next(une for une in reponse["permis"] if une["code"] == "MEG")
        assert any("moins de 6 ans" in condition["texte"] for condition in meg["conditions"])
        assert all(condition["sources"] for condition in meg["conditions"])
        assert not MONTANT.search(str(reponse))
        assert "sur-cotation" in reponse["rappel"]

    @pytest.mark.parametrize(
        ("acte", "ou"),
        [({"code": "G", "honoraires": "30.00"}, "actes[0].honoraires"), ({"code": "G", "quantite": -1}, "actes[0]")],
    )
    def test_ni_honoraires_ni_annulation(self, acte: dict[str, Any], ou: str) -> None:
        """Une proposition se fait au tarif : jamais de dépassement, donc jamais de DE."""
        with pytest.raises(ErreurEntree) as prise:
            opposable.proposer(situation(actes=[acte]))
        assert prise.value.ou == ou

    def test_un_supplement_choisi_qui_ne_tient_pas_est_ecarte(self) -> None:
        """MEG à 45 ans n'est jamais facturée."""
        reponse, _ = mener(situation(contexte={"role": "medecin_traitant"}, actes=[{"code": "G"}, {"code": "MEG"}]))
        assert codes(reponse) == ["G"]
        assert reponse["facture"]["actes"] == [{"code": "G"}]
        assert "AGE_NON_CONFORME" in exclus(reponse)["MEG"]

    def test_des_kilometres_se_comptent(self) -> None:
        """La quantité usuelle d'un acte ne vaut pas des kilomètres : ils se demandent, abattement déduit."""
        depart = situation(
            patient={"age": "75 ans"}, contexte={"lieu": "domicile", "role": "medecin_traitant"}, actes=[{"code": "VG"}]
        )
        dites = {
            "visite_justifiee": "oui", "meme_agglomeration": "non", "distance_km": 20, "rang_patient_visite": 1,
            "quantite": 16,
        }  # fmt: skip
        reponse, demandes = mener(depart, **dites)
        assert any(fait.endswith(".quantite") for fait in demandes)
        assert {"VG", "MD", "IK"} == set(codes(reponse))
        assert next(a for a in reponse["facture"]["actes"] if a["code"] == "IK")["quantite"] == 16


class TestOccasions:
    """Dans ``coter`` : un supplément licite oublié, avec la condition qui le justifie."""

    def occasions(self, facture: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Les occasions d'une facture, par code."""
        reponse = opposable.coter(facture)
        trouvees = [m for ligne in reponse["lignes"] for m in ligne["motifs"] if m["gravite"] == "occasion"]
        assert all(m["code"] == "SUPPLEMENT_POSSIBLE" and m["effet"] == "aucun" for m in trouvees)
        return {m["message"].split()[0]: m for m in trouvees}

    def test_la_majoration_de_l_enfant_oubliee(self) -> None:
        """G seule à 3 ans : MEG, sa condition dans le message, son montant à part ; le statut ne change pas."""
        facture = situation(patient={"age": "3 ans"}, contexte={"role": "medecin_traitant"}, actes=[{"code": "G"}])
        trouvees = self.occasions(facture)
        assert trouvees.keys() == {"MEG"}
        assert "moins de 6 ans" in trouvees["MEG"]["message"]
        assert not MONTANT.search(trouvees["MEG"]["message"])
        assert trouvees["MEG"]["montant_en_jeu"] == "5.00"
        assert trouvees["MEG"]["sources"]
        assert opposable.coter(facture)["statut"] == "acceptee"

    def test_rien_a_six_ans_ni_quand_elle_est_facturee(self) -> None:
        """La condition ne tient plus, ou le supplément est là."""
        assert not self.occasions(situation(patient={"age": "6 ans"}, actes=[{"code": "G"}]))
        assert not self.occasions(situation(patient={"age": "3 ans"}, actes=[{"code": "G"}, {"code": "MEG"}]))

    def test_une_valeur_usuelle_n_ouvre_rien(self) -> None:
        """MHP suppose un patient que personne n'a régulé : dit, non supposé."""
        depart = situation(
            date="2026-02-08", heure="10:00", medecin={"inscrit_tableau_garde": "non"}, contexte={"urgence": "aucune"},
            actes=[{"code": "G"}],
        )  # fmt: skip
        assert not self.occasions(depart)
        dite = copy.deepcopy(depart)
        dite["contexte"]["regulateur"] = "aucune"
        assert self.occasions(dite).keys() == {"MHP"}

    def test_ni_sur_une_facture_refusee_ni_sur_une_annulation(self) -> None:
        """Une facture à corriger se corrige d'abord."""
        enfant = situation(patient={"age": "3 ans"})
        assert not self.occasions({**enfant, "actes": [{"code": "G"}, {"code": "MEP"}]})
        assert not self.occasions({**enfant, "actes": [{"code": "G", "honoraires": "-30.00"}]})

    def test_rien_que_la_caisse_verse(self) -> None:
        """La MPA est versée d'elle-même chaque trimestre."""
        age = situation(date="2022-02-08", patient={"age": "85 ans"}, contexte={"role": "correspondant"})
        assert "MPA" not in self.occasions({**age, "actes": [{"code": "G"}]})

    def test_deux_occasions_qui_s_excluent_le_disent(self) -> None:
        """Le pédiatre avant décembre 2024 : les forfaits de l'enfant, ou la coordination."""
        facture = situation(
            date="2023-03-07", medecin={"specialite": "pediatrie", "secteur": "1"}, patient={"age": "3 ans"},
            contexte={"role": "correspondant", "adresse_par": "medecin_traitant", "retour_ecrit_mt": "oui"},
            actes=[{"code": "CS"}],
        )  # fmt: skip
        trouvees = self.occasions(facture)
        assert {"NFE", "MCS"} <= trouvees.keys()
        assert "ne va pas avec" in trouvees["NFE"]["message"]
        assert "NFE" in trouvees["MCS"]["message"]

    def test_une_proposition_complete_n_a_pas_oublie_d_occasion(self) -> None:
        """Ce qui est certain et licite y est déjà."""
        reponse, _ = mener(situation(patient={"age": "3 ans"}), acte="G", role="medecin_traitant")
        assert not self.occasions(reponse["facture"])


def reponses_possibles(facture: Mapping[str, Any], question: Mapping[str, Any]) -> list[Any]:
    """Une réponse par classe : les choix donnés, ou des valeurs que le corpus sépare."""
    if question["type"] == "liste":
        return [[], *([choix["valeur"]] for choix in question["choix"])]
    if question["choix"]:
        return [choix["valeur"] for choix in question["choix"]]
    if question["type"] == "age":
        return AGES
    nom = question["fait"]
    nom = f"acte.{nom.rpartition('.')[2]}" if nom.startswith("actes[") else f"facture.{nom}" if "." not in nom else nom
    jour = temps.jour(facture["date"])
    codes_lus = dict.fromkeys([*(acte["code"] for acte in facture["actes"]), *question["tranche"]])
    lignes = [LigneCas(code, {}) for code in codes_lus]
    return [FAITS[nom].texte(valeur) for valeur in classes(CORPUS, nom, CasFacture("", jour, {}, lignes), jour)]


def empreinte(reponse: Mapping[str, Any]) -> tuple[Any, ...]:
    """Ce que montre une réponse, hors des faits dits, et ce que « coter » dit déjà de sa facture."""
    cotation = opposable.coter(reponse["facture"]) if reponse["facture"]["actes"] else {}
    return (
        reponse["statut"],
        [une["code"] for une in reponse["permis"]],
        sorted((code, sorted(motifs)) for code, motifs in exclus(reponse).items()),
        [(une["code"], une["raison"], une["faits"]) for une in reponse["en_suspens"]],
        reponse["facture"]["actes"],
        [(q["fait"], q["tranche"]) for q in reponse["questions"]],
        {cle: cotation.get(cle) for cle in ("statut", "lignes", "total", "total_possible", "tiers_payant")},
    )


def essayer(reponse: Mapping[str, Any], valeur: object) -> dict[str, Any] | None:
    """La réponse suivante ; rien si cette valeur contredit les faits dits."""
    try:
        return opposable.proposer(opposable.repondre(reponse, valeur))
    except ErreurEntree:
        return None


def verifier_etape(reponse: Mapping[str, Any]) -> None:
    """Ce qui tient à chaque étape avant la fin."""
    assert reponse["statut"] == "a_preciser"
    assert reponse["cotation"] is None
    assert len(reponse["questions"]) == 1
    assert not MONTANT.search(str({**reponse, "facture": None}))
    for une in reponse["exclus"]:
        assert une["motifs"], une


def verifier_fin(reponse: Mapping[str, Any]) -> None:
    """Une facture licite, entière, sans dépassement ; ou rien de permis, et pourquoi."""
    if reponse["statut"] == "sans_acte":
        assert not reponse["permis"]
        assert reponse["exclus"] or reponse["en_suspens"]
        return
    cotation = reponse["cotation"]
    assert cotation == opposable.coter(reponse["facture"])
    assert cotation["statut"] in {"acceptee", "a_verifier"}
    assert not cotation["questions"]
    for ligne in cotation["lignes"]:
        assert ligne["honoraires"] == ligne["tarif"]
        assert ligne["depassement"]["nature"] in {"aucun", "inconnu"}
    ajoutes = {ligne["code"] for ligne in cotation["lignes"] if CORPUS.actes[ligne["code"]].supplement}
    assert ajoutes <= {une["code"] for une in reponse["permis"]}


@st.composite
def departs(tirer: st.DrawFn) -> dict[str, Any]:
    """Spécialité, lieu, modalité, âge, secteur et date, de 2017 à 2026."""
    jour = tirer(st.integers(temps.jour("2017-01-01"), temps.jour("2026-12-31")))
    frequentes = st.sampled_from(["medecine_generale", "pediatrie", "psychiatrie", "geriatrie", "medecine_urgence"])
    modalites = st.sampled_from(["presentiel", "presentiel", "teleconsultation", "teleexpertise"])
    return {
        "date": temps.iso(jour),
        "medecin": {
            "specialite": tirer(frequentes | st.sampled_from(list(FAITS["medecin.specialite"].valeurs))),
            "secteur": tirer(st.sampled_from(["1", "2"])),
        },
        "patient": {"age": tirer(st.sampled_from(AGES))},
        "contexte": {
            "lieu": tirer(st.sampled_from(list(FAITS["contexte.lieu"].valeurs))),
            "modalite": tirer(modalites),
        },
    }


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(departs(), st.randoms(use_true_random=False))
def test_peu_de_questions_toutes_utiles_et_une_facture_licite(depart: dict[str, Any], hasard: Any) -> None:
    """Au plus douze questions, chacune avec deux réponses qui changent le résultat, et une fin licite."""
    reponse = opposable.proposer(depart)
    posees: list[tuple[str, Any]] = []
    while reponse["questions"]:
        verifier_etape(reponse)
        valeurs = reponses_possibles(reponse["facture"], reponse["questions"][0])
        hasard.shuffle(valeurs)
        suites = []
        for valeur in valeurs:
            suite = essayer(reponse, valeur)
            if suite is not None:
                suites.append((valeur, suite, empreinte(suite)))
                if any(vue != suites[0][2] for _, _, vue in suites):
                    break
        else:
            raise AssertionError((posees, reponse["questions"][0]))
        valeur, suite, _ = hasard.choice([suites[0], suites[-1]])
        posees.append((reponse["questions"][0]["fait"], valeur))
        assert len(posees) <= AU_PLUS, (depart, posees)
        reponse = suite
    verifier_fin(reponse)


def test_les_actes_se_choisissent_dans_une_liste_qui_se_lit() -> None:
    """La liste des actes n'est offerte que courte, ou quand rien d'autre ne les départage."""
    proposition = etudier(CORPUS, situation(contexte={"role": "medecin_traitant", "situation": "aucune"}))
    assert proposition.demande is not None
    assert len(proposition.demande.parmi) <= PEU


def test_un_fait_de_ligne_inconnu_est_une_question_sur_la_ligne() -> None:
    """Comme tout fait inconnu : le lien avec l'ALD, à sa place dans l'entrée."""
    depart = situation(
        patient={"age": "45 ans", "exonerations": ["ald"]}, contexte={"role": "medecin_traitant"}, actes=[{"code": "G"}]
    )
    _, demandes = mener(depart, lien_ald="oui")
    assert "actes[0].lien_ald" in demandes


def test_repondre_ne_touche_pas_a_ce_qu_on_lui_donne() -> None:
    """L'entrée suivante est une copie."""
    facture = {"date": "2026-02-10", "actes": [{"code": "G"}]}
    avant = copy.deepcopy(facture)
    assert repondre(facture, "actes[1].code", "MEG")["actes"] == [{"code": "G"}, {"code": "MEG"}]
    assert repondre(facture, "heure", "10:30")["heure"] == "10:30"
    assert repondre(facture, "patient.age", "3 ans")["patient"] == {"age": "3 ans"}
    assert facture == avant


def test_un_acte_au_dela_de_sa_limite_laisse_place_au_suivant() -> None:
    """Une consultation annuelle déjà facturée est écartée, sans entraîner celle qui est choisie à sa place."""
    depart = situation(
        medecin={"specialite": "medecine_generale", "secteur": "1"},
        patient={"age": "5 ans"},
        contexte={"role": "medecin_traitant", "situation": "suivi_enfant_autiste"},
        actes=[{"code": "CSE", "deja_annee": 1}, {"code": "G"}],
    )
    reponse = opposable.proposer(depart)
    assert "FREQUENCE_DEPASSEE" in exclus(reponse)["CSE"]
    assert "G" in {une["code"] for une in reponse["permis"]}

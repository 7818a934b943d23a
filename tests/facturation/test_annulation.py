"""Les annulations : la réponse de la facture annulée, chaque montant à l'opposé, rien d'autre."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.facturation.test_proprietes import CORPUS, RAPIDE, cotee, factures
from tests.rendu.fabrique import rendre

import opposable
from opposable import ErreurEntree
from opposable.facturation.entree import lire_facture
from opposable.rendu import texte

EXEMPLE = Path(__file__).resolve().parents[2] / "exemples" / "annulation.json"
MONTANTS_DE_LIGNE = ("honoraires", "tarif", "base_remboursement", "part_obligatoire", "ticket_moderateur")
GENERALISTE: dict[str, Any] = {
    "date": "2026-02-10",
    "medecin": {"specialite": "medecine_generale", "secteur": "1"},
    "patient": {"age": "45 ans"},
    "contexte": {"role": "medecin_traitant"},
}
DERMATOLOGUE: dict[str, Any] = {
    "date": "2017-06-01",
    "medecin": {"specialite": "dermatologie", "secteur": "1"},
    "patient": {"age": "40 ans"},
    "contexte": {"role": "autre", "parcours": "hors_parcours"},
}


def coter(*actes: dict[str, Any], dans: dict[str, Any] = GENERALISTE, **change: Any) -> dict[str, Any]:
    """La réponse pour ces actes."""
    return opposable.coter({**dans, **change, "actes": list(actes)})


def refus(*actes: dict[str, Any]) -> ErreurEntree:
    """L'erreur d'entrée que lèvent ces actes."""
    with pytest.raises(ErreurEntree) as levee:
        coter(*actes)
    assert levee.value.attendu
    return levee.value


def annulee(reponse: dict[str, Any]) -> dict[str, Any]:
    """Ce que doit répondre l'annulation d'une facture : les montants opposés, zéro restant « 0.00 »."""
    reponse = copy.deepcopy(reponse)

    def oppose(objet: dict[str, Any], *cles: str) -> None:
        for cle in cles:
            if objet[cle] not in {None, "0.00"}:
                objet[cle] = f"-{objet[cle]}"

    for ligne in reponse["lignes"]:
        oppose(ligne, *MONTANTS_DE_LIGNE)
        oppose(ligne["depassement"], "montant")
        for motif in ligne["motifs"]:
            oppose(motif, "montant_en_jeu")
        if ligne["prevu"] is not None:
            oppose(ligne["prevu"], "tarif")
    oppose(reponse["total"], *reponse["total"])
    oppose(reponse["total_possible"], *reponse["total_possible"])
    oppose(reponse["tiers_payant"], "avance_patient", "verse_caisse", "verse_complementaire")
    assert reponse["trace"]["signe"] == 1
    reponse["trace"]["signe"] = -1
    return reponse


class TestMontants:
    def test_une_consultation_de_trente_euros(self) -> None:
        reponse = coter({"code": "G", "honoraires": "-30.00"})
        assert reponse["statut"] == "acceptee"
        ligne = reponse["lignes"][0]
        assert [ligne[cle] for cle in MONTANTS_DE_LIGNE] == ["-30.00", "-30.00", "-30.00", "-21.00", "-9.00"]
        assert ligne["taux"] == "0.70"
        assert ligne["depassement"] == {"montant": "0.00", "nature": "aucun", "plafond": None}
        assert reponse["total"] == reponse["total_possible"]
        assert reponse["total"] == {
            "honoraires": "-30.00",
            "base_remboursement": "-30.00",
            "part_obligatoire": "-21.00",
            "ticket_moderateur": "-9.00",
            "depassement": "0.00",
            "participation_forfaitaire": "-2.00",
            "participation_actes_lourds": "0.00",
            "remboursement": "-19.00",
            "part_complementaire": None,
            "reste_a_charge": "-11.00",
        }
        assert reponse["tiers_payant"]["avance_patient"] == "-30.00"

    def test_le_demi_centime_s_arrondit_comme_a_l_aller(self) -> None:
        """23,15 × 70 % = 16,205 : 16,21 à l'aller, donc −16,21 au retour (et non −16,20) ; reste 23,15 − 14,21."""
        reponse = coter({"code": "G", "honoraires": "-23.15"})
        ligne, total = reponse["lignes"][0], reponse["total"]
        assert (ligne["part_obligatoire"], ligne["ticket_moderateur"]) == ("-16.21", "-6.94")
        assert (total["remboursement"], total["reste_a_charge"]) == ("-14.21", "-8.94")

    def test_le_plafond_du_depassement_reste_un_plafond(self) -> None:
        """28,00 × 1,175 = 32,90 ; 30 % : 6,90 + 0,60 = 7,50 ; − 1,00 = 6,50 ; 32,90 − 6,50 = 26,40."""
        cs = {"code": "CS", "honoraires": "-30.90", "nature_depassement": "da"}
        mpc = {"code": "MPC", "honoraires": "-2.00"}
        reponse = coter(cs, mpc, dans=DERMATOLOGUE)
        assert reponse["statut"] == "acceptee"
        assert reponse["lignes"][0]["depassement"] == {"montant": "-7.90", "nature": "da", "plafond": "32.90"}
        total = reponse["total"]
        assert (total["depassement"], total["remboursement"], total["reste_a_charge"]) == ("-7.90", "-6.50", "-26.40")

    def test_un_centime_au_dessus_du_plafond_est_refuse_comme_a_l_aller(self) -> None:
        cs = {"code": "CS", "honoraires": "-30.91", "nature_depassement": "da"}
        reponse = coter(cs, {"code": "MPC", "honoraires": "-2.00"}, dans=DERMATOLOGUE)
        ligne = reponse["lignes"][0]
        assert (ligne["statut"], ligne["honoraires"], ligne["base_remboursement"]) == ("refusee", "-30.91", "0.00")
        motif = ligne["motifs"][0]
        assert (motif["code"], motif["montant_en_jeu"]) == ("DA_PLAFOND_DEPASSE", "-23.00")
        assert "32,90 € au plus" in motif["message"]
        assert reponse["total"]["honoraires"] == "0.00"

    def test_la_part_complementaire_suit(self) -> None:
        reponse = coter({"code": "G", "honoraires": "-30.00"}, patient={"age": "45 ans", "exonerations": ["c2s"]})
        total = reponse["total"]
        assert (total["remboursement"], total["part_complementaire"]) == ("-21.00", "-9.00")
        assert (total["reste_a_charge"], reponse["tiers_payant"]["avance_patient"]) == ("0.00", "0.00")

    def test_le_tarif_annonce_est_un_montant_de_la_ligne(self) -> None:
        reponse = coter(
            {"code": "CNP", "honoraires": "-50.00"},
            date="2025-07-01",
            medecin={"specialite": "psychiatrie", "secteur": "1"},
            contexte={"parcours": "dans_le_parcours"},
        )
        prevu = {"tarif": "-52.00", "du": "2025-07-01", "report": "suspension-2025"}
        assert reponse["lignes"][0]["prevu"] == prevu

    @pytest.mark.parametrize("acte", [{"quantite": -1}, {"quantite": "-1"}, {"honoraires": -30}, {"honoraires": "-30"}])
    def test_une_quantite_negative_annule_au_tarif(self, acte: dict[str, Any]) -> None:
        total = coter({"code": "G", **acte})["total"]
        assert (total["honoraires"], total["remboursement"]) == ("-30.00", "-19.00")

    def test_une_ligne_gratuite_s_annule_par_sa_quantite(self) -> None:
        """0,00 ne porte pas de signe : sa quantité le dit. 30,00 + 0,00 ; la majoration gratuite reste nulle."""
        actes = [{"code": "G", "honoraires": "-30.00"}, {"code": "MEG", "honoraires": "0.00", "quantite": -1}]
        reponse = coter(*actes, patient={"age": "3 ans"})
        assert (reponse["lignes"][1]["honoraires"], reponse["lignes"][1]["tarif"]) == ("0.00", "-5.00")
        assert (reponse["total"]["honoraires"], reponse["total"]["part_obligatoire"]) == ("-30.00", "-21.00")


class TestTrace:
    def test_la_trace_est_celle_de_la_facture_annulee_et_dit_le_signe(self) -> None:
        aller, retour = (coter({"code": "G", "honoraires": h})["trace"] for h in ("30.00", "-30.00"))
        assert (aller["signe"], retour["signe"]) == (1, -1)
        assert retour == {**aller, "signe": -1}
        assert {"nom": "honoraires", "valeur": "30.00"} in retour["lignes"][0]["etapes"]

    def test_les_faits_lus_sont_en_valeur_absolue(self) -> None:
        cas = lire_facture(CORPUS, {**GENERALISTE, "actes": [{"code": "G", "honoraires": "-60.00", "quantite": -2}]})
        assert cas.signe == -1
        assert (cas.lignes[0].faits["acte.honoraires"], cas.lignes[0].faits["acte.quantite"]) == (6000, 2)

    @pytest.mark.parametrize("acte", [{}, {"honoraires": "0.00"}, {"honoraires": "-0.00"}, {"quantite": 2}])
    def test_une_facture_ordinaire_a_le_signe_un(self, acte: dict[str, Any]) -> None:
        assert lire_facture(CORPUS, {**GENERALISTE, "actes": [{"code": "G", **acte}]}).signe == 1


class TestRefus:
    @pytest.mark.parametrize(("honoraires", "quantite"), [("-30.00", 1), ("30.00", -1), ("-0.01", "2")])
    def test_un_signe_contradictoire(self, honoraires: str, quantite: int | str) -> None:
        erreur = refus({"code": "G"}, {"code": "MEG", "honoraires": honoraires, "quantite": quantite})
        assert (erreur.code, erreur.ou) == ("FAITS_CONTRADICTOIRES", "actes[1].quantite")
        assert erreur.message == "les honoraires et la quantité n'ont pas le même signe"
        assert erreur.exemple

    @pytest.mark.parametrize(
        ("actes", "ou"),
        [
            ([{"honoraires": "-30.00"}, {"honoraires": "5.00"}], "actes[1]"),
            ([{"honoraires": "30.00"}, {"honoraires": "-5.00"}], "actes[1]"),
            ([{"quantite": -1}, {"quantite": -1}, {}], "actes[2]"),
            ([{"honoraires": "-30.00"}, {"honoraires": "0.00"}], "actes[1]"),
            ([{}, {}, {"honoraires": "0.00", "quantite": -1}, {}], "actes[2]"),
        ],
    )
    def test_une_annulation_est_une_facture_a_part(self, actes: list[dict[str, Any]], ou: str) -> None:
        erreur = refus(*({"code": "G", **acte} for acte in actes))
        assert (erreur.code, erreur.ou) == ("ANNULATION_MELEE", ou)
        assert "annulation" in erreur.attendu
        assert erreur.exemple

    @pytest.mark.parametrize(
        ("cle", "valeur", "dit"),
        [
            ("honoraires", "-200000.00", "au plus 99999.99"),
            ("honoraires", "-100000.00", "au plus 99999.99"),
            ("quantite", -1000, "au plus 999"),
            ("quantite", 0, "au moins 1"),
            ("quantite", "-0", "au moins 1"),
        ],
    )
    def test_les_bornes_valent_en_valeur_absolue(self, cle: str, valeur: Any, dit: str) -> None:
        erreur = refus({"code": "G", cle: valeur})
        assert (erreur.code, erreur.ou) == ("HORS_DOMAINE", f"actes[0].{cle}")
        assert dit in erreur.attendu

    @pytest.mark.parametrize(("cle", "valeur"), [("honoraires", "-99999.99"), ("quantite", -999)])
    def test_la_borne_elle_meme_est_admise(self, cle: str, valeur: Any) -> None:
        assert coter({"code": "G", cle: valeur})["lignes"]

    def test_les_autres_montants_refusent_toujours_un_nombre_negatif(self) -> None:
        with pytest.raises(ErreurEntree) as levee:
            coter({"code": "G", "honoraires": "-30.00"}, patient={"participations_annee": "-2.00"})
        assert (levee.value.code, levee.value.ou) == ("MONTANT_NEGATIF", "patient.participations_annee")

    def test_un_acte_passe_garde_une_quantite_positive(self) -> None:
        passe = {"code": "G", "date": "2026-01-12", "quantite": -1}
        with pytest.raises(ErreurEntree) as levee:
            coter({"code": "G"}, historique={"actes": [passe]})
        assert (levee.value.code, levee.value.ou) == ("HORS_DOMAINE", "historique.actes[0].quantite")


class TestSchemas:
    FACTURE = opposable.schema("facture")

    @pytest.mark.parametrize(
        "acte",
        [{"honoraires": "-30.00"}, {"honoraires": -30}, {"quantite": -999}, {"quantite": "-1"}, {"quantite": 1}],
    )
    def test_le_schema_de_la_facture_admet_une_annulation(self, acte: dict[str, Any]) -> None:
        jsonschema.validate({**GENERALISTE, "actes": [{"code": "G", **acte}]}, self.FACTURE)

    @pytest.mark.parametrize(
        "acte", [{"quantite": 0}, {"quantite": -1000}, {"quantite": 1000}, {"honoraires": "--1"}, {"honoraires": "- 1"}]
    )
    def test_et_refuse_ce_que_l_entree_refuse(self, acte: dict[str, Any]) -> None:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**GENERALISTE, "actes": [{"code": "G", **acte}]}, self.FACTURE)
        refus({"code": "G", **acte})

    @pytest.mark.parametrize("valeur", ["-2.00", -2])
    def test_un_autre_montant_reste_positif(self, valeur: Any) -> None:
        facture = {**GENERALISTE, "patient": {"participations_annee": valeur}, "actes": [{"code": "G"}]}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(facture, self.FACTURE)

    def test_la_reponse_d_une_annulation_suit_son_schema(self) -> None:
        jsonschema.validate(coter({"code": "G", "honoraires": "-30.00"}), opposable.schema("reponse"))


class TestExemple:
    FACTURE = json.loads(EXEMPLE.read_text(encoding="utf-8"))

    def test_il_suit_le_schema_et_s_accepte(self) -> None:
        jsonschema.validate(self.FACTURE, opposable.schema("facture"))
        reponse = opposable.coter(self.FACTURE)
        assert reponse["statut"] == "acceptee"
        assert reponse["total"]["remboursement"] == "-19.00"

    def test_le_rendu_dit_que_c_est_une_annulation(self) -> None:
        rendu = rendre(texte.facture, opposable.coter(self.FACTURE))
        assert "Annulation : chaque montant est celui de la facture annulée, au signe près.\n" in rendu
        assert "Conforme aux règles codées à cette date" in rendu
        assert re.search(r"La caisse rembourse +-19,00 €\n", rendu)
        assert re.search(r"Reste à la charge du patient +-11,00 €\n", rendu)
        assert "-0,00" not in rendu

    def test_une_facture_ordinaire_ne_le_dit_pas(self) -> None:
        assert "Annulation" not in rendre(texte.facture, coter({"code": "G", "honoraires": "30.00"}))


def jumelles(facture: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """La facture, et son annulation. Ce qui ne porterait pas de signe (0,00, rien) dit d'abord sa quantité."""
    aller = copy.deepcopy(facture)
    for acte in aller["actes"]:
        if acte.get("honoraires") in {None, "0.00"}:
            acte.setdefault("quantite", 1)
    retour = copy.deepcopy(aller)
    for acte in retour["actes"]:
        if "honoraires" in acte:
            acte["honoraires"] = f"-{acte['honoraires']}"
        if "quantite" in acte:
            acte["quantite"] = -int(acte["quantite"])
    return aller, retour


@given(factures(), st.booleans(), st.booleans())
@RAPIDE
def test_l_annulation_repond_les_montants_opposes_et_rien_d_autre(
    facture: dict[str, Any], prevu: bool, strict: bool
) -> None:
    aller, retour = jumelles(facture)
    attendue = annulee(cotee(aller, prevu=prevu, strict=strict))
    obtenue = opposable.coter(retour, prevu=prevu, strict=strict)
    assert obtenue == attendue
    assert '"-0.00"' not in json.dumps(obtenue)


@given(factures(), st.data())
@RAPIDE
def test_une_seule_ligne_de_l_autre_signe_et_la_facture_est_refusee(
    facture: dict[str, Any], data: st.DataObject
) -> None:
    aller, retour = jumelles(facture)
    assume(len(aller["actes"]) > 1)
    change = data.draw(st.integers(0, len(aller["actes"]) - 1))
    melee = {**aller, "actes": [(retour if i == change else aller)["actes"][i] for i in range(len(aller["actes"]))]}
    with pytest.raises(ErreurEntree) as levee:
        opposable.coter(melee)
    assert (levee.value.code, levee.value.ou) == ("ANNULATION_MELEE", f"actes[{change or 1}]")

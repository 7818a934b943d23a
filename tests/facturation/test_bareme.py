"""Le barème pour un profil, son histoire, ce qui change entre deux dates. Les attendus viennent du corpus."""

from __future__ import annotations

from datetime import date
from typing import Any

import jsonschema
import pytest

import opposable
from opposable.droit.erreurs import ErreurEntree

LE = date(2026, 2, 10)


def codes(reponse: dict[str, Any]) -> set[str]:
    return {acte["code"] for acte in reponse["actes"]}


def entre(du: str, au: str, **options: Any) -> dict[str, Any]:
    return opposable.bareme(entre=(date.fromisoformat(du), date.fromisoformat(au)), **options)


def dits(changements: list[dict[str, Any]], code: str) -> list[tuple[Any, ...]]:
    return [(c["le"], c["avant"], c["apres"], c["cellule"]) for c in changements if c["code"] == code]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"code": "COE"},
        {"code": "taux_remboursement"},
        {"code": "avis ponctuel"},
        {"code": "participation"},
        {"historique": True},
        {"prevu": True, "historique": True, "code": "CS"},
        {"profil": {"specialite": "12", "secteur": "1"}},
        {"code": "G", "profil": {"specialite": "pediatrie"}},
    ],
)
def test_chaque_bareme_suit_son_schema(options: dict[str, Any]) -> None:
    le = {} if options.get("historique") else {"le": LE}
    jsonschema.validate(opposable.bareme(**options, **le), opposable.schema("bareme"))


@pytest.mark.parametrize("options", [{}, {"code": "CS"}, {"code": "coordination"}, {"profil": {"specialite": "34"}}])
def test_les_changements_suivent_leur_schema(options: dict[str, Any]) -> None:
    jsonschema.validate(entre("2016-07-01", "2026-12-01", **options), opposable.schema("changements"))


class TestProfil:
    def test_le_pediatre_de_secteur_1(self) -> None:
        vus = opposable.bareme(le=LE, profil={"specialite": "pediatrie", "secteur": "1"})
        assert {"CEH", "CEK", "CEG", "CEP", "COE", "CS", "MCS"} <= codes(vus)
        assert not codes(vus) & {"G", "VG", "MEG", "MCG", "CNP", "APY", "MP", "MAF", "CDE", "CSC", "COB", "COD"}
        fermes = {f["code"]: f for f in vus["fermes"]}
        assert fermes["G"]["motif"] == "SPECIALITE_NON_HABILITEE"
        assert vus["profil"] == {"specialite": "pediatrie", "secteur": "1"}
        assert vus["profil_libelle"] == "Pédiatrie · Secteur 1, honoraires opposables"

    def test_le_code_a_deux_chiffres_vaut_le_nom(self) -> None:
        un, autre = (opposable.bareme(le=LE, profil={"specialite": s}) for s in ("pediatrie", "12"))
        assert un == autre

    def test_sans_profil_rien_n_est_ote(self) -> None:
        vide = opposable.bareme(le=LE, profil={})
        assert vide == opposable.bareme(le=LE) == opposable.bareme(le=LE, profil={"specialite": None})
        assert vide["fermes"] == []

    def test_une_exception_remplace_la_ligne_commune(self) -> None:
        """Le gériatre en métropole : CS à 37,00 et elle seule ; le dermatologue : 26,50 et elle seule."""
        for specialite, attendu in (("geriatrie", "37.00"), ("dermatologie", "26.50")):
            profil = {"specialite": specialite, "territoire": "metropole"}
            [cs] = opposable.bareme("CS", le=LE, profil=profil)["actes"]
            assert [t["montant"] for t in cs["tarifs"]] == [attendu]

    def test_le_territoire_garde_ses_seules_lignes(self) -> None:
        [g] = opposable.bareme("G", le=LE, profil={"territoire": "reunion"})["actes"]
        assert [(t["montant"], t["ids"]) for t in g["tarifs"]] == [("36.00", ["G.reunion.2024-12-22"])]

    def test_l_inconnu_reste_et_l_impossible_part(self) -> None:
        """MCX est réservée au secteur 1 et aux options : sans option dite, elle reste ; sans option, elle part."""
        assert "MCX" in codes(opposable.bareme(le=LE, profil={"secteur": "2"}))
        assert "MCX" in codes(opposable.bareme(le=LE, profil={"secteur": "2", "option": "optam"}))
        sans = opposable.bareme(le=LE, profil={"secteur": "2", "option": "aucune"})
        assert "MCX" not in codes(sans)
        assert {f["code"]: f["motif"] for f in sans["fermes"]}["MCX"] == "SECTEUR_NON_OUVERT"
        assert "MCS" in codes(sans), "ouverte à tout secteur au tarif opposable depuis le 1er avril 2018"
        avant = opposable.bareme(le=date(2018, 3, 31), profil={"secteur": "2", "option": "aucune"})
        assert "MCS" in codes(avant), "l'enfant en CMU-C ou ACS n'est pas exclu"
        assert "MCC" not in codes(avant)

    def test_l_option_dit_le_secteur(self) -> None:
        """L'OPTAM est en secteur 2 : cela se déduit, rien n'est supposé."""
        vus = opposable.bareme("COV", le=LE, profil={"option": "optam"})
        assert vus["fermes"][0]["motif"] == "SECTEUR_NON_OUVERT"

    def test_une_fiche_fermee_dit_pourquoi(self) -> None:
        ferme = opposable.bareme("G", le=LE, profil={"specialite": "12"})
        assert ferme["actes"] == []
        assert [f["code"] for f in ferme["fermes"]] == ["G"]
        assert ferme["fermes"][0]["sources"]

    def test_les_conditions_sures_ne_sont_pas_redites(self) -> None:
        def motifs(**profil: str) -> set[str]:
            [acte] = opposable.bareme("CEH", le=LE, profil=profil)["actes"]
            return {c["motif"] for c in acte["conditions"]}

        assert "SPECIALITE_NON_HABILITEE" in motifs()
        assert motifs(specialite="pediatrie") == motifs() - {"SPECIALITE_NON_HABILITEE"}
        assert "LETTRE_DEPASSEMENT_SECTEUR_2" not in motifs(secteur="1")

    def test_l_historique_garde_ce_qui_a_ete_possible(self) -> None:
        """MMG, réservée au généraliste : jamais pour le pédiatre ; G : jamais non plus ; NFP : jadis."""
        vus = opposable.bareme(historique=True, profil={"specialite": "12"})
        assert "NFP" in codes(vus)
        assert not codes(vus) & {"MMG", "G"}

    @pytest.mark.parametrize(
        ("profil", "code", "ou", "message"),
        [
            ({"specialité": "12"}, "CLE_INCONNUE", "profil.specialité", "vouliez-vous « specialite » ?"),
            ({"specialite": "pediatre"}, "VALEUR_INCONNUE", "profil.specialite", "vouliez-vous « pediatrie » ?"),
            ({"secteur": "3"}, "VALEUR_INCONNUE", "profil.secteur", "« 3 »"),
            ({"territoire": "corse"}, "TERRITOIRE_NON_COUVERT", "profil.territoire", "pas pris pour la métropole"),
            ({"secteur": "1", "option": "optam"}, "FAITS_CONTRADICTOIRES", "profil.option", "secteur 2"),
        ],
    )
    def test_un_profil_faux_est_refuse(self, profil: dict[str, str], code: str, ou: str, message: str) -> None:
        with pytest.raises(ErreurEntree) as info:
            opposable.bareme(profil=profil)
        assert (info.value.code, info.value.ou) == (code, ou)
        assert message in info.value.message
        assert info.value.attendu

    def test_une_option_qui_n_existe_qu_a_la_fin_de_la_periode_est_admise(self) -> None:
        """L'OPTAM commence le 1er janvier 2017."""
        assert entre("2016-12-01", "2017-07-01", profil={"option": "optam"})["profil"] == {"option": "optam"}
        with pytest.raises(ErreurEntree, match="2017"):
            entre("2016-11-01", "2016-12-31", profil={"option": "optam"})


class TestHistoire:
    def test_chaque_ligne_deplacee_a_ses_deux_dates_et_son_texte(self) -> None:
        [coe] = (histoire := opposable.bareme("COE", historique=True))["actes"]
        deplacee = next(t for t in coe["tarifs"] if t["montant"] == "60.00")
        assert (deplacee["du"], deplacee["prevu_du"], deplacee["effectif_du"]) == (
            "2026-01-01",
            "2025-07-01",
            "2026-01-01",
        )
        [report] = histoire["reports"]
        assert (report["id"], report["prevu"], report["effectif"]) == ("suspension-2025", "2025-07-01", "2026-01-01")
        assert "comité d'alerte" in report["libelle"]
        assert report["sources"]
        [annoncee] = [
            t
            for t in opposable.bareme("COE", historique=True, prevu=True)["actes"][0]["tarifs"]
            if t["montant"] == "60.00"
        ]
        assert (annoncee["du"], annoncee["prevu_du"], annoncee["effectif_du"]) == (
            "2025-07-01",
            "2025-07-01",
            "2026-01-01",
        )

    def test_une_ligne_non_deplacee_n_a_qu_une_date(self) -> None:
        [g] = (histoire := opposable.bareme("G", historique=True))["actes"]
        assert {(t["prevu_du"], t["effectif_du"], t["report"]) for t in g["tarifs"]} == {(None, None, None)}
        assert histoire["reports"] == []


class TestChangements:
    def test_la_veille_et_le_jour(self) -> None:
        """La participation passe de 1,00 à 2,00 le 15 mai 2024, et son plafond par jour de 4,00 à 8,00."""
        attendu = [("2024-05-15", "1.00", "2.00", None)]
        assert dits(entre("2024-05-14", "2024-05-15")["valeurs"], "participation_forfaitaire") == attendu
        assert entre("2024-05-13", "2024-05-14")["valeurs"] == []
        assert entre("2024-05-15", "2024-05-16")["valeurs"] == []
        assert dits(entre("2024-05-14", "2024-05-15")["valeurs"], "participation_plafond_jour") == [
            ("2024-05-15", "4.00", "8.00", None)
        ]

    def test_une_exception_qui_commence_se_compare_a_ce_qu_elle_remplace(self) -> None:
        """Avant le 22 décembre 2024 le gériatre facturait CS à 23,00 ; ensuite 32,00, quand CS passe à 26,50."""
        vus = dits(entre("2024-12-21", "2024-12-22")["changements"], "CS")
        assert ("2024-12-22", "23.00", "26.50", None) in vus
        assert ("2024-12-22", "23.00", "32.00", "Spécialité : Gériatrie") in vus

    def test_une_exception_qui_finit_se_voit(self) -> None:
        """Le 1er avril 2018, G passe de 23,00 à 25,00 pour le secteur 2 sans option (hors CMU-C et ACS)."""
        vus = dits(entre("2018-03-31", "2018-04-01")["changements"], "G")
        assert any(v[1:3] == ("23.00", "25.00") and "maîtrisée : non" in v[3] for v in vus)
        assert all(v[3] for v in vus), "rien ne change pour les autres"

    def test_un_acte_qui_commence_finit_ou_devient_manquant(self) -> None:
        tous = entre("2024-12-21", "2024-12-22")["changements"]
        assert dits(tous, "CEK") == [("2024-12-22", None, "35.00", None)]
        assert ("2024-12-22", "26.50", None, None) in dits(tous, "GS")
        vs = next(c for c in tous if c["code"] == "VS")
        assert (vs["avant"], vs["apres"], vs["apres_manquant"]) == (
            "23.00",
            None,
            "valeur de VS au 22 décembre 2024 non retrouvée",
        )
        gs = next(c for c in tous if c["code"] == "GS")
        assert (gs["apres"], gs["apres_manquant"]) == (None, None)

    def test_les_deux_calendriers(self) -> None:
        """L'étape du 1er juillet 2025 s'est appliquée le 1er janvier 2026."""
        assert dits(entre("2025-06-30", "2025-07-01")["changements"], "COE") == []
        effectif = next(c for c in entre("2025-12-31", "2026-01-01")["changements"] if c["code"] == "COE")
        assert (effectif["avant"], effectif["apres"]) == ("54.00", "60.00")
        assert (effectif["prevu_le"], effectif["effectif_le"]) == ("2025-07-01", "2026-01-01")
        annonce = entre("2025-06-30", "2025-07-01", prevu=True)["changements"]
        assert ("2025-07-01", "54.00", "60.00", None) in dits(annonce, "COE")

    def test_une_majoration_qui_s_ouvre_a_d_autres(self) -> None:
        """Le 1er avril 2018, la MCS s'ouvre à tout secteur au tarif opposable."""
        conditions = entre("2018-03-31", "2018-04-01")["conditions"]
        [mcs] = [c for c in conditions if "MCS" in c["codes"] and c["motif"] == "SECTEUR_NON_OUVERT"]
        assert "réservée au secteur 1" in mcs["avant"][0]
        assert "à tout secteur" in mcs["apres"][0]
        assert mcs["sources"]

    def test_une_frequence_un_lien_et_une_regle_qui_commence(self) -> None:
        """VL : trois par an, puis quatre le 1er avril 2022. C + MCE : le 11 février 2025.

        « 3 fois par an maximum » (brochure) vise la maladie neurodégénérative ; les situations ouvertes le 10 février
        2019 n'ont pas de nombre écrit : une seconde limite, à vérifier.
        """
        [vl] = [c for c in entre("2022-03-31", "2022-04-01", code="VL")["conditions"] if c["sorte"] == "frequence"]
        assert [dite.split(" (")[0] for dite in vl["avant"]] == ["3 au plus par an, par patient"] * 2
        assert "maladie neurodégénérative" in vl["avant"][0]
        assert [dite.split(" (")[0] for dite in vl["apres"][:2]] == [
            "4 au plus par an, par patient",
            "1 au plus par trimestre, par patient",
        ]
        assert "80 ans et plus en ALD" in vl["apres"][1]
        [mce] = entre("2025-02-10", "2025-02-11")["conditions"]
        assert (mce["codes"], mce["sorte"], mce["apres"]) == (["MCE"], "s_ajoute_a", ["s'ajoute à C"])
        [cs] = [c for c in entre("2024-12-21", "2024-12-22", code="CS")["conditions"] if c["motif"].startswith("SPE")]
        assert (cs["avant"], len(cs["apres"])) == ([], 1)

    def test_une_regle_qui_nait_avec_son_acte_n_est_pas_un_changement(self) -> None:
        codes_touches = {c for x in entre("2024-12-21", "2024-12-22")["conditions"] for c in x["codes"]}
        assert "CEH" not in codes_touches
        assert "G" in codes_touches

    def test_le_taux_et_la_base_d_un_acte(self) -> None:
        """Le 1er mai 2017, la COE commence, à 100 % et en tiers payant ; la base de G en secteur 2 est 23,00."""
        valeurs = entre("2017-04-30", "2017-05-01")["valeurs"]
        assert [(c["sorte"], c["type"], c["apres"]) for c in valeurs if c["code"] == "COE"] == [
            ("taux", "taux", "1.00"),
            ("tiers_payant", "texte", "obligatoire"),
        ]
        assert [(c["sorte"], c["apres"]) for c in valeurs if c["code"] == "G"] == [("base", "23.00")]

    def test_par_profil(self) -> None:
        """Le gériatre de métropole ne voit de CS que ses deux étapes, et rien de G."""
        profil = {"specialite": "geriatrie", "territoire": "metropole"}
        vus = entre("2024-01-01", "2026-06-01", profil=profil)
        assert dits(vus["changements"], "CS") == [
            ("2024-12-22", "23.00", "32.00", "Spécialité : Gériatrie"),
            ("2026-01-01", "32.00", "37.00", "Spécialité : Gériatrie"),
        ]
        assert not {c["code"] for c in vus["changements"]} & {"G", "CNP", "CEH", "COE"}
        assert ["APC"] in [c["codes"] for c in vus["conditions"]]
        assert not any("MP" in c["codes"] for c in vus["conditions"])
        assert dits(vus["valeurs"], "participation_forfaitaire"), "la participation vaut pour tous"

    def test_par_profil_l_ouverture_d_une_majoration_se_voit_des_deux_cotes(self) -> None:
        """MCC : fermée au secteur 2 sans option avant le 1er avril 2018, ouverte au tarif opposable ensuite."""
        ouvertes = entre("2018-03-31", "2018-04-01", profil={"secteur": "2", "option": "aucune"})["conditions"]
        assert any("MCC" in c["codes"] for c in ouvertes)
        salarie = entre("2018-03-31", "2018-04-01", profil={"secteur": "2", "option": "optam"})["conditions"]
        assert salarie == [], "l'option remplit la règle avant comme après"

    def test_par_recherche(self) -> None:
        """APV, l'avis au domicile, suit APC ; les notes de la MOP parlent de l'avis."""
        vus = entre("2024-12-21", "2024-12-22", code="avis ponctuel")
        assert {c["code"] for c in vus["changements"]} == {"APC", "APY", "APU", "APV"}
        assert vus["recherche"] == "avis ponctuel"
        assert {t["code"] for t in vus["trouves"]} == {"APC", "APY", "APU", "APV", "MOP"}
        seul = entre("2024-05-14", "2024-05-15", code="participation_forfaitaire")
        assert [(c["sorte"], c["avant"], c["apres"]) for c in seul["valeurs"]] == [("parametre", "1.00", "2.00")]

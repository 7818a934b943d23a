from __future__ import annotations

import io
import re

import pytest
from tests.rendu.fabrique import DEDUIT, PRESSE, TEXTE, TOTAL, refus, rendre, une_ligne, une_reponse

from opposable.rendu import texte
from opposable.rendu.blocs import console_pour, paragraphe


class TestVerdict:
    def test_acceptee_se_lit_conforme_et_jamais_accepte_ni_garanti(self) -> None:
        rendu = rendre(texte.facture, une_reponse(une_ligne()))
        assert rendu.startswith("Facture exemple : Conforme aux règles codées à cette date\n")
        assert not re.search("accept|garant|certif", rendu)

    def test_refusee_se_lit_non_facturable_et_donne_son_motif_et_sa_source(self) -> None:
        motif = refus(sources=["Convention médicale 2024, art. 30"])
        rendu = rendre(texte.facture, une_reponse(une_ligne("GS", "refusee", motifs=[motif], tarif=None)))
        assert rendu.startswith("Facture exemple : Non facturable\n")
        assert "  Non facturable : ce code n'est plus en vigueur [CODE_HORS_PERIODE]\n" in rendu
        assert "    Source : Convention médicale 2024, art. 30\n" in rendu

    def test_un_motif_de_ligne_a_verifier_ne_dit_pas_non_facturable(self) -> None:
        rendu = rendre(texte.facture, une_reponse(une_ligne("SNP", "a_verifier", motifs=[refus()])))
        assert "  À vérifier : ce code n'est plus en vigueur [CODE_HORS_PERIODE]\n" in rendu
        assert "Non facturable" not in rendu

    def test_le_motif_suit_sa_propre_ligne(self) -> None:
        rendu = rendre(texte.facture, une_reponse(une_ligne("CS", "refusee", motifs=[refus()]), une_ligne("MCS")))
        assert rendu.index("\nCS ") < rendu.index("ce code n'est plus en vigueur") < rendu.index("\nMCS ")

    def test_une_occasion_ne_montre_jamais_de_montant(self) -> None:
        motif = refus("URGENCE", "occasion", message="Une urgence a-t-elle été constatée ?", montant_en_jeu="22.60")
        rendu = rendre(texte.facture, une_reponse(une_ligne(motifs=[motif])))
        assert "À savoir : Une urgence a-t-elle été constatée ? [URGENCE]" in rendu
        assert "22,60" not in rendu

    def test_un_enjeu_est_dit_devant_un_refus(self) -> None:
        rendu = rendre(texte.facture, une_reponse(une_ligne(statut="refusee", motifs=[refus(montant_en_jeu="5.00")])))
        assert "(5,00 € en jeu)" in rendu


class TestLignes:
    def test_les_montants_sont_en_francais_et_l_inconnu_est_un_tiret(self) -> None:
        ligne = une_ligne(tarif=None, base_remboursement=None, taux=None, part_obligatoire=None)
        rendu = rendre(texte.facture, une_reponse(ligne | {"statut": "a_verifier"}))
        rangee = next(r for r in rendu.splitlines() if r.startswith("G "))
        assert rangee.split() == ["G", "30,00", "€", "—", "—", "—", "—", "0,00", "€", "À", "vérifier"]
        assert "None" not in rendu

    def test_sans_honoraires_dans_la_reponse_la_colonne_disparait(self) -> None:
        ligne = une_ligne()
        del ligne["honoraires"]
        tableau = rendre(texte.facture, une_reponse(ligne)).partition("Total")[0]
        assert "Honoraires" not in tableau
        assert "Tarif" in tableau

    def test_le_libelle_est_montre_s_il_est_la(self) -> None:
        assert "  Consultation du généraliste\n" in rendre(
            texte.facture, une_reponse(une_ligne(libelle="Consultation du généraliste"))
        )

    def test_la_source_tient_sur_une_ligne_avec_son_extrait(self) -> None:
        rendu = rendre(texte.facture, une_reponse(une_ligne()), largeur=200)
        assert (
            "  Source : Convention médicale 2024 · art. 28.1 · « la consultation est valorisée à 30 euros »\n" in rendu
        )

    @pytest.mark.parametrize(
        ("source", "code", "marque", "phrase"),
        [
            (PRESSE, "SOURCE_PRESSE", " · source : presse\n", "G repose sur une source de presse."),
            (DEDUIT, "VALEUR_DEDUITE", " · valeur déduite\n", "G repose sur une valeur déduite."),
        ],
    )
    def test_ce_qui_ne_fait_pas_autorite_est_marque_sur_la_ligne_et_au_total(
        self, source: dict[str, str], code: str, marque: str, phrase: str
    ) -> None:
        motif = {"code": code, "gravite": "avertissement", "message": "", "effet": "aucun", "sources": [source]}
        rendu = rendre(texte.facture, une_reponse(une_ligne(sources=[source], motifs=[motif])), largeur=200)
        assert marque in rendu
        assert phrase in rendu.partition("Total")[2]

    def test_un_texte_de_la_convention_ne_porte_aucune_marque(self) -> None:
        assert not re.search("presse|déduite", rendre(texte.facture, une_reponse(une_ligne())))

    def test_un_tarif_annonce_puis_reporte_est_dit(self) -> None:
        prevu = {"tarif": "57.00", "du": "2025-07-01", "report": "suspension-2025"}
        rendu = rendre(texte.facture, une_reponse(une_ligne(prevu=prevu)))
        assert "  annoncé : 57,00 € au 1er juillet 2025 (reporté)\n" in rendu

    def test_un_tarif_annonce_sans_report_ne_dit_pas_reporte(self) -> None:
        prevu = {"tarif": "57.00", "du": "2025-07-01", "report": None}
        assert "(reporté)" not in rendre(texte.facture, une_reponse(une_ligne(prevu=prevu)))

    def test_le_calendrier_annonce_est_rappele_sur_chaque_ligne(self) -> None:
        rendu = rendre(texte.facture, une_reponse(une_ligne("G"), une_ligne("MEG"), calendrier="prevu"))
        assert rendu.count("  Tarif annoncé, non appliqué\n") == 2

    def test_un_depassement_dit_sa_nature_et_son_plafond(self) -> None:
        depassement = {"montant": "4.90", "nature": "da", "plafond": "4.90"}
        rendu = rendre(texte.facture, une_reponse(une_ligne(depassement=depassement)))
        assert "  Nature du dépassement : autorisé (DA), plafond 4,90 €\n" in rendu

    def test_un_motif_ne_se_repete_pas_dans_une_facture(self) -> None:
        refuse = une_ligne("MEG", "refusee", motifs=[refus(), refus()], sources=[TEXTE, TEXTE])
        rendu = rendre(texte.facture, une_reponse(une_ligne("G"), refuse), largeur=200)
        assert rendu.count("ce code n'est plus en vigueur") == 1

    def test_une_ligne_refusee_cite_la_source_du_motif_et_pas_celle_du_tarif(self) -> None:
        rendu = rendre(texte.facture, une_reponse(une_ligne(statut="refusee", motifs=[refus(sources=[PRESSE])])))
        assert "Un journal" in rendu
        assert "Convention médicale 2024" not in rendu


class TestTotaux:
    def test_sans_ligne_conforme_aucun_total_n_est_montre(self) -> None:
        rendu = rendre(texte.facture, une_reponse(une_ligne(statut="refusee", motifs=[refus()])))
        assert "Aucune ligne conforme" in rendu
        assert "La caisse rembourse" not in rendu

    def test_ce_que_la_caisse_rembourse_et_ce_qui_reste(self) -> None:
        rendu = rendre(texte.facture, une_reponse(une_ligne()))
        for mot, montant in (
            ("Participation forfaitaire, retenue", "2,00 €"),
            ("La caisse rembourse", "19,00 €"),
            ("Reste à la charge du patient", "11,00 €"),
        ):
            assert re.search(rf"^  {mot} +{montant}$", rendu, re.MULTILINE)

    def test_une_participation_nulle_n_est_pas_montree(self) -> None:
        assert "actes lourds" not in rendre(texte.facture, une_reponse(une_ligne()))

    def test_une_seconde_colonne_si_les_lignes_a_verifier_comptent(self) -> None:
        possible = TOTAL | {"remboursement": "29.50"}
        rendu = rendre(texte.facture, une_reponse(une_ligne(statut="a_verifier"), total_possible=possible))
        assert re.search(r"La caisse rembourse +19,00 € +29,50 €", rendu)
        assert "si les lignes à vérifier étaient acceptées" in rendu

    def test_un_remboursement_inconnu_est_un_tiret(self) -> None:
        total = TOTAL | {"remboursement": None}
        rendu = rendre(texte.facture, une_reponse(une_ligne(), total=total, total_possible=total))
        assert re.search(r"La caisse rembourse +—$", rendu, re.MULTILINE)

    def test_un_tiers_payant_obligatoire_ne_se_lit_pas_facultatif(self) -> None:
        tiers = {"part_obligatoire": "obligatoire", "part_complementaire": "facultatif", "avance_patient": "0.00"}
        rendu = rendre(texte.facture, une_reponse(une_ligne(), tiers_payant=tiers), largeur=200)
        assert "Tiers payant : obligatoire sur la part obligatoire ; facultatif sur la part complémentaire" in rendu
        assert "le patient avance 0,00 €" in rendu

    def test_ce_que_chacun_verse_au_medecin_et_ce_qui_manque(self) -> None:
        tiers = {
            "part_obligatoire": "obligatoire",
            "part_complementaire": "inconnu",
            "avance_patient": None,
            "verse_caisse": "21.00",
            "verse_complementaire": None,
            "raisons": ["il manque : contrat complémentaire"],
        }
        rendu = rendre(texte.facture, une_reponse(une_ligne(), tiers_payant=tiers), largeur=200)
        assert "; la caisse verse 21,00 € au médecin ; le patient avance —." in rendu
        assert "À vérifier : il manque : contrat complémentaire." in rendu

    def test_un_taux_de_presse_est_dit_au_total(self) -> None:
        motif = {"code": "SOURCE_PRESSE", "gravite": "avertissement", "message": "", "effet": "aucun"}
        rendu = rendre(texte.facture, une_reponse(une_ligne(motifs=[motif])))
        assert "G repose sur une source de presse." in rendu.partition("Total")[2]


class TestSuite:
    def test_hypotheses_puis_questions_puis_avertissement_puis_corpus(self) -> None:
        rendu = rendre(
            texte.facture,
            une_reponse(
                une_ligne(),
                hypotheses=[
                    {
                        "fait": "patient.exonerations",
                        "valeur": [],
                        "change": ["taux", "ticket_moderateur"],
                        "avec": [{"fait": "patient.alsace_moselle", "valeur": "non"}],
                    }
                ],
                questions=[
                    {
                        "fait": "contexte.regulateur",
                        "question": "Adressé par le SAS ?",
                        "change": ["SNP"],
                        "valeurs": ["sas", "centre_15", "aucune"],
                    }
                ],
                surcouches=["reforme-2027"],
            ),
            largeur=200,
        )
        attendus = [
            "Hypothèses retenues\n",
            (
                "  - patient.exonerations : aucun, patient.alsace_moselle : non ; "
                "peut changer : taux et ticket modérateur\n"
            ),
            "Questions\n",
            (
                "  - Adressé par le SAS ? (contexte.regulateur) ; réponses : sas, centre 15 ou aucune ; "
                "peut changer : SNP\n"
            ),
            "Outil indépendant",
            "Opposable 0.1.0 · corpus arrêté au 18 juin 2025 (2026.1) · avec la surcouche reforme-2027\n",
        ]
        places = [rendu.index(attendu) for attendu in attendus]
        assert places == sorted(places)

    def test_sans_hypothese_ni_question_les_titres_n_apparaissent_pas(self) -> None:
        assert not re.search("Hypothèses|Questions", rendre(texte.facture, une_reponse(une_ligne())))

    def test_plusieurs_factures_un_seul_avertissement_et_un_decompte(self) -> None:
        reponses = [une_reponse(une_ligne()), une_reponse(une_ligne(statut="refusee")), une_reponse(une_ligne())]
        rendu = rendre(texte.factures, reponses)
        assert rendu.count("Outil indépendant") == 1
        assert "3 factures : 2 conformes et 1 non facturable" in rendu

    def test_aucune_facture(self) -> None:
        assert rendre(texte.factures, []) == "Aucune facture à coter.\n"

    def test_un_identifiant_saisi_ne_pilote_pas_le_terminal(self) -> None:
        assert "\x1b" not in rendre(texte.facture, une_reponse(une_ligne(), id="a\x1b[2Jb"))


@pytest.mark.parametrize("largeur", [80, 100])
def test_rien_ne_depasse_la_largeur_demandee(largeur: int) -> None:
    long = "un texte assez long pour se replier plusieurs fois, même sur une fenêtre large ; " * 4
    lignes = [
        une_ligne("YYYY010", "refusee", honoraires="1205.00", libelle=long, motifs=[refus(message=long)]),
        une_ligne("G", "a_verifier", sources=[{**TEXTE, "extrait": long}]),
    ]
    question = {"fait": "contexte.regulateur", "question": long, "change": ["taux"]}
    rendu = rendre(texte.facture, une_reponse(*lignes, questions=[question]), largeur)
    assert max(map(len, rendu.splitlines())) <= largeur


def test_un_nombre_ne_se_separe_pas_de_son_unite() -> None:
    motif = refus(message="mot " * 3 + "123,00 € " * 30)
    rendu = rendre(texte.facture, une_reponse(une_ligne(statut="refusee", motifs=[motif])), 80)
    assert not re.search(r"^ *€", rendu, re.MULTILINE)


def test_hors_terminal_ni_couleur_ni_largeur_devinee(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    flux = io.StringIO()
    console = texte.console_pour(flux)
    assert console.width == 100
    texte.facture(une_reponse(une_ligne(statut="refusee", motifs=[refus()])), console)
    assert "\x1b" not in flux.getvalue()


def test_un_paragraphe_replie_ne_coupe_ni_les_milliers_ni_l_unite() -> None:
    """À toute largeur, « 2 665,12 € » reste sur une ligne ; le reste se replie."""
    for avant in range(20, 40):
        flux = io.StringIO()
        paragraphe(console_pour(flux), f"{'x' * avant} {'y' * 50} 2 665,12 € et la suite de la phrase qui se replie")
        assert "2 665,12 €" in flux.getvalue()

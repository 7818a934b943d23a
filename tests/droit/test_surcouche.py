"""Les surcouches : elles corrigent, complètent, ajoutent ; elles se prouvent, et leur ordre ne compte pas."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from opposable.droit import temps
from opposable.droit.corpus import Corpus, charger
from opposable.droit.ensemble import Valeur
from opposable.droit.erreurs import Defaut, ErreurCorpus, ErreurEntree
from opposable.droit.table import EFFECTIF, Choisie

PASSAGES = """\
documents:
  doc-{nom}: {{titre: Un document, autorite: presse, adresse: ici, lu_le: 2026-01-01, verifie_le: 2026-01-01}}
passages:
  pas-{nom}: {{document: doc-{nom}, lieu: ici, extrait: "{nom}"}}
"""
Ecrire = Callable[..., Path]


@pytest.fixture
def ecrire(tmp_path: Path) -> Ecrire:
    """Écrit une surcouche ; « SOURCE » y cite son propre passage."""

    def fait(nom: str, corps: str) -> Path:
        chemin = tmp_path / f"{nom}.yaml"
        entete = f'surcouche: {{nom: {nom}, libelle: "Essai {nom}", date: 2026-01-01}}\n'
        chemin.write_text(
            entete + PASSAGES.format(nom=nom) + corps.replace("SOURCE", f"source: pas-{nom}"), encoding="utf-8"
        )
        return chemin

    return fait


def tarif(corpus: Corpus, code: str, jour: str, **faits: str) -> Choisie:
    """Le tarif d'un acte, en métropole sauf mention contraire."""
    su = {"medecin.territoire": "metropole", **faits}
    return corpus.actes[code].tarifs.choisir(su.get, temps.jour(jour), EFFECTIF)


def refus(*chemins: Path) -> list[Defaut]:
    """Les défauts que lève le chargement."""
    with pytest.raises(ErreurCorpus) as info:
        charger(surcouches=chemins)
    return info.value.defauts


APU = "actes: {APU: {tarifs: {remplace: {APU.2023-11-01: {du: 2023-11-01, montant: 70.50, SOURCE}}}}}\n"
G = "actes: {G: {tarifs: {remplace: {G.2024-12-22: {du: 2024-12-22, montant: 31.00, SOURCE}}}}}\n"
NOUVEL_ACTE = """\
actes:
  ZZ1:
    libelle: Un acte nouveau
    nature: acte
    familles: [nouvelle]
    tarifs:
      - {du: 2026-01-01, montant: 42.00, SOURCE}
"""
REFORME = "actes: {G: {tarifs: {ajoute: [{du: 2027-01-01, montant: 33.00, SOURCE}]}}}\n"


def test_une_surcouche_remplit_une_valeur_manquante(corpus: Corpus, ecrire: Ecrire) -> None:
    assert tarif(corpus, "APU", "2024-01-01").etat == "manquant"
    rempli = charger(surcouches=[ecrire("apu", APU)])
    choisie = tarif(rempli, "APU", "2024-01-01")
    assert (choisie.etat, choisie.valeur) == ("certain", 7050)
    assert choisie.ligne is not None
    assert [p.extrait for p in choisie.ligne.sources] == ["apu"]
    assert tarif(rempli, "APU", "2024-12-22").valeur == tarif(corpus, "APU", "2024-12-22").valeur


def test_une_surcouche_corrige_un_tarif_a_partir_de_sa_date_seulement(corpus: Corpus, ecrire: Ecrire) -> None:
    corrige = charger(surcouches=[ecrire("g", G)])
    assert tarif(corrige, "G", "2024-12-22").valeur == 3100
    assert tarif(corrige, "G", "2024-12-21").valeur == tarif(corpus, "G", "2024-12-21").valeur == 2650


def test_une_surcouche_ajoute_un_acte(corpus: Corpus, ecrire: Ecrire) -> None:
    assert "ZZ1" not in corpus.actes
    avec = charger(surcouches=[ecrire("acte", NOUVEL_ACTE)])
    assert tarif(avec, "ZZ1", "2026-01-01").valeur == 4200
    assert tarif(avec, "ZZ1", "2025-12-31").etat == "hors"
    assert "nouvelle" in avec.familles
    assert len(avec.actes) == len(corpus.actes) + 1


def test_une_surcouche_decrit_une_reforme_a_venir(ecrire: Ecrire) -> None:
    """La ligne ajoutée ferme la précédente de sa série."""
    avec = charger(surcouches=[ecrire("reforme", REFORME)])
    assert tarif(avec, "G", "2026-12-31").valeur == 3000
    assert tarif(avec, "G", "2027-01-01").valeur == 3300


def test_une_surcouche_ajoute_et_corrige_une_table(ecrire: Ecrire) -> None:
    corps = (
        "tables:\n"
        "  participation_forfaitaire: {lignes: {ajoute: [{du: 2027-01-01, montant: 3.00, SOURCE}]}}\n"
        "  zz_table: {libelle: Une table, type: entier, lignes: [{du: origine, valeur: '7', SOURCE}]}\n"
    )
    avec = charger(surcouches=[ecrire("tables", corps)])
    forfait = avec.tables["participation_forfaitaire"]
    assert [forfait.choisir({}.get, temps.jour(j), EFFECTIF).valeur for j in ("2026-12-31", "2027-01-01")] == [200, 300]
    assert avec.tables["zz_table"].choisir({}.get, temps.jour("2020-01-01"), EFFECTIF).valeur == 7


def test_retirer_une_ligne_laisse_la_precedente_ouverte(ecrire: Ecrire) -> None:
    avec = charger(surcouches=[ecrire("retrait", "actes: {G: {tarifs: {retire: [G.2024-12-22]}}}\n")])
    assert tarif(avec, "G", "2026-01-01").valeur == 2650


def test_une_surcouche_qui_fait_un_trou_est_refusee_avec_un_cas(ecrire: Ecrire) -> None:
    corps = (
        "actes: {G: {tarifs: {remplace: {G.2024-12-22: {du: 2024-12-22, au: 2026-06-01, montant: 31.00, SOURCE}}}}}\n"
    )
    chemin = ecrire("trou", corps)
    trouve = refus(chemin)[0]
    assert "aucune ligne ne couvre ce cas, du 2026-06-01" in trouve.message
    assert "date 2026-06-01" in trouve.attendu
    assert trouve.regle.startswith("G.")


def test_une_surcouche_qui_se_contredit_est_refusee_avec_un_cas(ecrire: Ecrire) -> None:
    corps = "actes: {G: {tarifs: {ajoute: [{nom: bis, du: 2026-01-01, montant: 31.00, SOURCE}]}}}\n"
    chemin = ecrire("double", corps)
    trouves = refus(chemin)
    assert {d.regle for d in trouves} >= {"G.bis.2026-01-01"}
    trouve = next(d for d in trouves if d.regle == "G.bis.2026-01-01")
    assert (trouve.fichier, trouve.ligne) == (str(chemin), 6)
    assert trouve.message.startswith("contredit la ligne G.2024-12-22")
    assert "date 2026-01-01, medecin.territoire = metropole" in trouve.attendu


def test_une_surcouche_mal_typee_est_refusee_au_chargement(ecrire: Ecrire) -> None:
    chemin = ecrire("virgule", G.replace("31.00", "'31,00'"))
    [trouve] = refus(chemin)
    assert (trouve.fichier, trouve.ligne) == (str(chemin), 6)
    assert "« 31,00 » ne convient pas" in trouve.message


@pytest.mark.parametrize(("source", "message"), [("", "aucune source"), (", source: []", "liste vide")])
def test_une_valeur_sans_source_est_refusee(ecrire: Ecrire, source: str, message: str) -> None:
    assert message in refus(ecrire("nue", G.replace(", SOURCE", source)))[0].message


@pytest.mark.parametrize(
    ("a", "b", "ident"),
    [
        (G, G.replace("31", "32"), "G.2024-12-22"),
        (G, "actes: {G: {tarifs: {retire: [G.2024-12-22]}}}\n", "G.2024-12-22"),
        (REFORME, REFORME.replace("33", "34"), "G.2027-01-01"),
        (NOUVEL_ACTE, NOUVEL_ACTE, "ZZ1"),
    ],
)
def test_deux_surcouches_qui_touchent_la_meme_ligne_sont_refusees(ecrire: Ecrire, a: str, b: str, ident: str) -> None:
    une, autre = ecrire("une", a), ecrire("autre", b)
    trouves = [refus(*ordre) for ordre in ((une, autre), (autre, une))]
    assert trouves[0] == trouves[1], "l'ordre des surcouches ne compte pas"
    [trouve] = trouves[0]
    accusee, premiere = (autre, une) if trouve.fichier == str(autre) else (une, autre)
    assert trouve.fichier == str(accusee)
    assert trouve.regle == ident
    assert f"« {ident} » est déjà touché par la surcouche « {premiere.stem} »" in trouve.message


def test_l_ordre_des_surcouches_ne_compte_pas(ecrire: Ecrire) -> None:
    chemins = [ecrire("apu", APU), ecrire("g", G), ecrire("reforme", REFORME), ecrire("acte", NOUVEL_ACTE)]
    reponses = set()
    for ordre in permutations(chemins):
        avec = charger(surcouches=ordre)
        valeurs = tuple(
            tarif(avec, code, jour).valeur
            for code, jour in (("APU", "2024-01-01"), ("G", "2024-12-22"), ("G", "2027-01-01"), ("ZZ1", "2026-01-01"))
        )
        reponses.add((avec.empreinte, valeurs))
    assert len(reponses) == 1
    assert next(iter(reponses))[1] == (7050, 3100, 3300, 4200)


def test_l_ordre_des_surcouches_ne_change_pas_la_ligne_choisie(ecrire: Ecrire) -> None:
    """Deux exceptions de même montant se chevauchent sans se contredire : la ligne citée doit rester la même."""
    corps = (
        "actes: {G: {tarifs: {ajoute: [{nom: NOM, sauf_de: base, du: 2027-01-01,"
        " cellule: {patient.age_mois: '[0, AGE['}, montant: 40.00, SOURCE}]}}}\n"
    )
    couches = [ecrire(nom, corps.replace("NOM", nom).replace("AGE", age)) for nom, age in (("aa", "72"), ("bb", "24"))]
    su: dict[str, Valeur] = {"medecin.territoire": "metropole", "patient.age_mois": 3}
    choisies = set()
    for ordre in permutations(couches):
        avec = charger(surcouches=ordre)
        choisie = avec.actes["G"].tarifs.choisir(su.get, temps.jour("2027-01-01"), EFFECTIF)
        assert choisie.ligne is not None
        assert choisie.valeur == 4000
        choisies.add((avec.empreinte, choisie.ligne.id))
    assert len(choisies) == 1


def test_l_empreinte_change_avec_les_surcouches_et_avec_elles_seules(corpus: Corpus, ecrire: Ecrire) -> None:
    apu, g = ecrire("apu", APU), ecrire("g", G)
    empreintes = [charger(surcouches=s).empreinte for s in ([], [apu], [g], [apu, g])]
    assert empreintes[0] == corpus.empreinte
    assert len(set(empreintes)) == 4
    assert charger(surcouches=[apu]).empreinte == empreintes[1]
    apu.write_text(apu.read_text(encoding="utf-8") + "# une remarque\n", encoding="utf-8")
    assert charger(surcouches=[apu]).empreinte != empreintes[1]


def test_le_corpus_nu_reste_intact(corpus: Corpus, ecrire: Ecrire) -> None:
    avant = tarif(corpus, "G", "2026-01-01").valeur
    charger(surcouches=[ecrire("g", G)])
    assert tarif(corpus, "G", "2026-01-01").valeur == avant == 3000
    assert tarif(charger(), "G", "2026-01-01").valeur == avant


def test_chaque_reponse_peut_nommer_ses_surcouches(corpus: Corpus, ecrire: Ecrire) -> None:
    [une] = charger(surcouches=[ecrire("g", G)]).entete()["surcouches"]  # type: ignore[misc]  # une liste
    assert (une["nom"], une["libelle"]) == ("g", "Essai g")
    assert len(une["hash"]) == 16
    assert corpus.entete()["surcouches"] == []


@pytest.mark.parametrize(
    ("corps", "message", "attendu"),
    [
        (
            "actes: {GG: {tarifs: {retire: [a]}}}\n",
            "« GG » n'existe pas dans le corpus",
            "un acte complet avec son libellé",
        ),
        ("actes: {G: {tarifs: {retire: [G.2024-12-23]}}}\n", "aucune ligne « G.2024-12-23 »", "G.2024-12-22"),
        ("actes: {G: {tarif: {retire: [a]}}}\n", "clé inconnue « tarif » ; vouliez-vous dire « tarifs » ?", "tarifs"),
        ("actes: {G: {tarifs: {supprime: [a]}}}\n", "clé inconnue « supprime »", "retire"),
        (
            "actes: {G: {libelle: x, nature: acte, tarifs: []}}\n",
            "« G » existe déjà dans le corpus",
            "ajoute, remplace, remplit ou retire",
        ),
        ("acte: {}\n", "clé inconnue « acte » ; vouliez-vous dire « actes » ?", "actes"),
        (
            "tables: {da_tau: {lignes: {retire: [a]}}}\n",
            "« da_tau » n'existe pas dans le corpus ; vouliez-vous « da_taux » ?",
            "",
        ),
        ("actes: [G]\n", "un ensemble de clés est attendu ici", "clé: valeur"),
    ],
)
def test_une_surcouche_mal_ecrite_dit_ou_et_quoi(ecrire: Ecrire, corps: str, message: str, attendu: str) -> None:
    chemin = ecrire("fausse", corps)
    [trouve] = refus(chemin)
    assert (trouve.fichier, trouve.ligne) == (str(chemin), 6)
    assert message in trouve.message
    assert attendu in trouve.attendu


@pytest.mark.parametrize("entete", ["", "surcouche: {nom: a, libelle: b}\n", "surcouche: essai\n", "- a\n"])
def test_une_surcouche_sans_entete_est_refusee(tmp_path: Path, entete: str) -> None:
    chemin = tmp_path / "s.yaml"
    chemin.write_text(entete, encoding="utf-8")
    [trouve] = refus(chemin)
    assert trouve.fichier == str(chemin)
    assert trouve.regle == "surcouche"


@pytest.mark.parametrize(
    "corps", ["actes: {APC: {tarifs: {retire: [TOUT]}}}\n", "actes: {ZZ1: {libelle: x, nature: acte, tarifs: []}}\n"]
)
def test_un_acte_laisse_sans_aucune_ligne_est_refuse(corpus: Corpus, ecrire: Ecrire, corps: str) -> None:
    lignes = {ligne.id for ligne in corpus.actes["APC"].tarifs.lignes if ligne.id.count(".") == 1}
    chemin = ecrire("vide", corps.replace("TOUT", ", ".join(sorted(lignes))))
    assert refus(chemin)[0].fichier == str(chemin)


def erreur(chemin: Path) -> ErreurEntree:
    """L'erreur d'entrée que lève un fichier illisible."""
    with pytest.raises(ErreurEntree) as info:
        charger(surcouches=[chemin])
    return info.value


def test_un_fichier_absent_est_une_erreur_d_entree(tmp_path: Path) -> None:
    trouvee = erreur(tmp_path / "absent.yaml")
    assert (trouvee.code, trouvee.ou) == ("SURCOUCHE_ILLISIBLE", str(tmp_path / "absent.yaml"))
    assert trouvee.attendu
    assert trouvee.exemple


def test_un_fichier_absent_se_dit_en_francais(tmp_path: Path) -> None:
    assert "No such file" not in str(erreur(tmp_path / "absent.yaml"))


def test_un_dossier_est_une_erreur_d_entree(tmp_path: Path) -> None:
    trouvee = erreur(tmp_path)
    assert trouvee.code == "SURCOUCHE_ILLISIBLE"
    assert "c'est un dossier" in trouvee.message


def test_un_fichier_qui_n_est_pas_en_utf8_dit_l_octet_fautif(tmp_path: Path) -> None:
    chemin = tmp_path / "latin1.yaml"
    chemin.write_bytes("# été\n".encode("latin-1"))
    trouvee = erreur(chemin)
    assert (trouvee.code, trouvee.ou) == ("UTF8_INVALIDE", str(chemin))
    assert "octet 2" in trouvee.message


def test_un_yaml_faux_est_un_defaut_du_fichier(tmp_path: Path) -> None:
    chemin = tmp_path / "faux.yaml"
    chemin.write_text("surcouche: {nom: a\nactes: [", encoding="utf-8")
    [trouve] = refus(chemin)
    assert (trouve.fichier, trouve.regle) == (str(chemin), "syntaxe")


def test_une_surcouche_se_charge_aussi_sur_une_copie_du_corpus(atelier: Any, ecrire: Ecrire) -> None:
    assert tarif(atelier.charge([ecrire("g", G)]), "G", "2026-01-01").valeur == 3100


# Remplir, corriger une valeur d'outre-mer, un taux, une ligne de table : sans récrire l'acte.

VS = "actes: {VS: {tarifs: {remplit: {VS.2024-12-22: {montant: 30.00, SOURCE}}}}}\n"
G_GUADELOUPE = "actes: {G: {tarifs: {remplit: {G.guadeloupe.2017-05-01: {montant: 29.60, SOURCE}}}}}\n"


def dans(corpus: Corpus, code: str, territoire: str, jour: str) -> Any:
    """Le tarif d'un acte dans un territoire, pour un médecin de secteur 1."""
    return tarif(corpus, code, jour, **{"medecin.territoire": territoire, "medecin.maitrise": "oui"}).valeur


def test_remplir_ne_donne_que_la_valeur_et_sa_source(corpus: Corpus, ecrire: Ecrire) -> None:
    assert tarif(corpus, "VS", "2025-01-01").etat == "manquant"
    rempli = charger(surcouches=[ecrire("vs", VS)])
    choisie = tarif(rempli, "VS", "2025-01-01")
    assert choisie.valeur == 3000
    assert choisie.ligne is not None
    assert [p.extrait for p in choisie.ligne.sources] == ["vs"]
    assert tarif(rempli, "VS", "2024-12-21").valeur == 2300
    assert dans(rempli, "VS", "reunion", "2025-01-01") is None, "la métropole ne déborde pas outre-mer"


def test_remplir_une_valeur_d_outre_mer_seule(corpus: Corpus, ecrire: Ecrire) -> None:
    assert dans(corpus, "G", "guadeloupe", "2017-06-01") is None
    rempli = charger(surcouches=[ecrire("g", G_GUADELOUPE)])
    assert dans(rempli, "G", "guadeloupe", "2017-06-01") == 2960
    for territoire in ("metropole", "martinique", "guyane", "reunion", "mayotte"):
        assert dans(rempli, "G", territoire, "2017-06-01") == dans(corpus, "G", territoire, "2017-06-01")
    assert dans(rempli, "G", "guadeloupe", "2023-11-01") == 3140


def test_remplacer_une_valeur_d_outre_mer_garde_celles_de_la_meme_ligne(ecrire: Ecrire) -> None:
    """La ligne du corpus donne 36,00 aux cinq territoires ensemble : un seul change."""
    corps = "actes: {G: {tarifs: {remplace: {G.mayotte.2024-12-22: {montant: 37.10, SOURCE}}}}}\n"
    corrige = charger(surcouches=[ecrire("mayotte", corps)])
    assert dans(corrige, "G", "mayotte", "2025-01-01") == 3710
    assert dans(corrige, "G", "reunion", "2025-01-01") == 3600
    assert dans(corrige, "G", "metropole", "2025-01-01") == 3000


def test_corriger_un_territoire_d_une_ligne_idem_garde_les_autres(corpus: Corpus, ecrire: Ecrire) -> None:
    """MCG : 5,00 au 1er juillet 2017, « idem » outre-mer."""
    corps = 'actes: {MCG: {tarifs: {remplace: {MCG.guyane.2017-07-01: {manquant: "à revoir", SOURCE}}}}}\n'
    corrige = charger(surcouches=[ecrire("mcg", corps)])
    assert dans(corrige, "MCG", "guyane", "2020-01-01") is None
    assert [dans(corrige, "MCG", t, "2020-01-01") for t in ("metropole", "guadeloupe", "mayotte")] == [500] * 3
    lignes = [
        [p.id for ligne in c.actes["MCG"].tarifs.lignes if ligne.id == "MCG.mayotte.2017-07-01" for p in ligne.sources]
        for c in (corpus, corrige)
    ]
    assert lignes[0] == lignes[1], "les sources des autres territoires sont gardées"


def test_un_territoire_et_un_autre_de_la_meme_ligne_dans_deux_surcouches(ecrire: Ecrire) -> None:
    chemins = [
        ecrire("une", G_GUADELOUPE),
        ecrire("deux", G_GUADELOUPE.replace("guadeloupe", "martinique").replace("29.60", "29.80")),
        ecrire("trois", "actes: {G: {tarifs: {remplace: {G.reunion.2017-05-01: {montant: 29.90, SOURCE}}}}}\n"),
    ]
    trouves = set()
    for ordre in permutations(chemins):
        avec = charger(surcouches=ordre)
        trouves.add(
            (avec.empreinte, *(dans(avec, "G", t, "2017-06-01") for t in ("guadeloupe", "martinique", "reunion")))
        )
    assert len(trouves) == 1
    assert next(iter(trouves))[1:] == (2960, 2980, 2990)


@pytest.mark.parametrize(
    "entiere",
    [
        "actes: {G: {tarifs: {remplace: {G.2017-05-01: {du: 2017-05-01, montant: 25.10, SOURCE}}}}}\n",
        "actes: {G: {tarifs: {retire: [G.2017-05-01]}}}\n",
    ],
)
def test_une_ligne_corrigee_en_entier_et_en_partie_est_refusee(ecrire: Ecrire, entiere: str) -> None:
    une, autre = ecrire("une", G_GUADELOUPE), ecrire("autre", entiere)
    trouves = [refus(*ordre) for ordre in ((une, autre), (autre, une))]
    assert trouves[0] == trouves[1]
    assert any("corrigée en entier et en partie" in d.message for d in trouves[0])


def test_remplacer_une_ligne_a_territoires_sans_redire_l_outre_mer_le_perd(corpus: Corpus, ecrire: Ecrire) -> None:
    """Remplacer, c'est récrire la ligne entière : rien de l'ancienne ne reste, et rien n'est deviné."""
    assert dans(corpus, "G", "reunion", "2025-01-01") == 3600
    assert dans(charger(surcouches=[ecrire("g", G)]), "G", "reunion", "2025-01-01") is None
    avec_drom = G.replace("SOURCE", "SOURCE, drom: [{territoires: [reunion], montant: 37.20, SOURCE}]")
    assert dans(charger(surcouches=[ecrire("gd", avec_drom)]), "G", "reunion", "2025-01-01") == 3720


def test_une_valeur_d_outre_mer_datee_se_donne_par_une_exception(ecrire: Ecrire) -> None:
    """Un territoire change un autre jour que la métropole : une ligne de ce seul territoire, exception des autres."""
    corps = (
        "actes: {G: {tarifs: {ajoute: [{nom: guadeloupe_juin_2017, du: 2017-06-01, au: 2017-07-01, sauf_de: base, "
        "cellule: {medecin.territoire: guadeloupe, medecin.maitrise: oui}, montant: 29.50, SOURCE}]}}}\n"
    )
    avec = charger(surcouches=[ecrire("g", corps)])
    su = {"medecin.territoire": "guadeloupe", "medecin.maitrise": "oui"}
    assert [tarif(avec, "G", j, **su).valeur for j in ("2017-05-31", "2017-06-01", "2017-07-01")] == [None, 2950, 2960]


@pytest.mark.parametrize(
    ("corps", "message", "attendu"),
    [
        (VS.replace("VS", "G"), "« G.2024-12-22 » a déjà une valeur (30.00)", "remplace, pour corriger"),
        (
            G_GUADELOUPE.replace("2017-05-01", "2024-12-22"),
            "« G.guadeloupe.2024-12-22 » a déjà une valeur (36.00)",
            "remplace",
        ),
        (
            "actes: {G: {tarifs: {retire: [G.mayotte.2024-12-22]}}}\n",
            "valeur d'outre-mer : elle ne se retire pas seule",
            "manquant",
        ),
        (G_GUADELOUPE.replace("guadeloupe", "corse"), "aucune ligne « G.corse.2017-05-01 »", "G.2017-05-01"),
        (VS.replace("SOURCE", "du: 2024-12-22, SOURCE"), "clé inconnue « du »", "montant, source, valeur"),
        (VS.replace(", SOURCE", ""), "il manque la clé « source »", "source"),
        ("actes: {VS: {tarifs: {remplit: [VS.2024-12-22]}}}\n", "« remplit » n'a pas la bonne forme", "identifiant"),
        ("actes: {G: {tarifs: [{du: 2027-01-01, montant: 31.50, SOURCE}]}}\n", "se corrige par opérations", "ajoute"),
        ("actes: {G: {}}\n", "rien n'est corrigé dans l'acte « G »", "ajoute, remplace"),
    ],
)
def test_une_operation_mal_ecrite_dit_quoi_faire(ecrire: Ecrire, corps: str, message: str, attendu: str) -> None:
    chemin = ecrire("fausse", corps)
    [trouve] = refus(chemin)
    assert (trouve.fichier, trouve.ligne) == (str(chemin), 6)
    assert message in trouve.message
    assert attendu in trouve.attendu


def test_un_taux_d_acte_se_donne_se_corrige_et_se_retire_seul(corpus: Corpus, ecrire: Ecrire) -> None:
    """VL n'a pas de taux propre ; COE en a un, écrit comme une ligne seule ; MCX n'en a pas et n'en gagne pas."""

    def taux(c: Corpus, code: str, jour: str) -> Any:
        table = c.actes[code].taux
        return table.choisir({}.get, temps.jour(jour), EFFECTIF).valeur if table else "sans"

    assert (taux(corpus, "VL", "2027-01-01"), taux(corpus, "COE", "2020-01-01")) == ("sans", 10_000)
    ajout = 'actes: {VL: {taux: {ajoute: [{du: 2027-01-01, valeur: "0.80", SOURCE}]}}}\n'
    avec = charger(surcouches=[ecrire("vl", ajout)])
    assert [taux(avec, "VL", j) for j in ("2026-12-31", "2027-01-01")] == [None, 8000]
    change = 'actes: {COE: {taux: {remplace: {COE.taux.2017-05-01: {du: 2017-05-01, valeur: "0.90", SOURCE}}}}}\n'
    assert taux(charger(surcouches=[ecrire("coe", change)]), "COE", "2020-01-01") == 9000
    retrait = "actes: {COE: {taux: {retire: [COE.taux.2017-05-01]}}}\n"
    assert taux(charger(surcouches=[ecrire("sans", retrait)]), "COE", "2020-01-01") == "sans"
    assert avec.actes["VL"].tarifs.lignes == corpus.actes["VL"].tarifs.lignes


def test_une_ligne_de_table_se_remplit_seule(corpus: Corpus, ecrire: Ecrire) -> None:
    su = {"ligne.exoneration": "ald", "ligne.parcours": "hors", "patient.alsace_moselle": "non"}
    nom, ident = "taux_remboursement", "taux_remboursement.ald_hors_parcours.origine"
    jour = temps.jour("2026-01-01")
    assert corpus.tables[nom].choisir(su.get, jour, EFFECTIF).etat == "manquant"
    corps = f'tables: {{{nom}: {{lignes: {{remplit: {{{ident}: {{valeur: "0.30", SOURCE}}}}}}}}}}\n'
    assert charger(surcouches=[ecrire("t", corps)]).tables[nom].choisir(su.get, jour, EFFECTIF).valeur == 3000


def test_une_surcouche_corrige_l_acte_qu_une_autre_ajoute(ecrire: Ecrire) -> None:
    """Les actes nouveaux se posent d'abord : le résultat ne dépend pas de l'empreinte qui range les fichiers."""
    for rang in range(3):
        suite = f"# {rang}\n"
        acte = ecrire("acte", NOUVEL_ACTE + suite)
        suivi = ecrire(
            "suivi", "actes: {ZZ1: {tarifs: {ajoute: [{du: 2027-01-01, montant: 43.00, SOURCE}]}}}\n" + suite
        )
        for ordre in ((acte, suivi), (suivi, acte)):
            avec = charger(surcouches=ordre)
            assert [tarif(avec, "ZZ1", j).valeur for j in ("2026-12-31", "2027-01-01")] == [4200, 4300]


def test_toutes_les_fautes_sont_dites_a_la_fois_dans_l_ordre_du_fichier(tmp_path: Path) -> None:
    chemin = tmp_path / "fautes.yaml"
    chemin.write_text(
        """\
surcouche: {nom: fautes, libelle: Fautes, date: 2026-13-01}
documents:
  d1: {titre: Un document, autorite: journal, verifie_le: 2026-11-22}
passages:
  p1: {document: absent, lieu: ici, extrait: "x"}
actes:
  G:
    tarifs:
      ajoute:
        - {du: 2027-01-01, montant: "31,50", source: s1-mce}
        - {nom: bis, du: 2027-01-01, montant: 31.50, source: absent}
      retire: [G.2024-12-23]
  GG: {tarifs: {retire: [a]}}
  CEK: {tarifs: {remplace: {CEK.2024-12-22: {du: 2024-12-22, au: 2026-01-01, montant: 35.00, source: s2-ped-2-6-35}}}}
tables:
  da_taux: {ligne: {}}
""",
        encoding="utf-8",
    )
    trouves = refus(chemin)
    assert {d.fichier for d in trouves} == {str(chemin)}
    assert [(d.ligne, d.message.split(" ; ")[0].split(",")[0]) for d in trouves] == [
        (1, "« 2026-13-01 » n'est pas une date"),
        (3, "autorité inconnue « journal »"),
        (5, "document inconnu « absent »"),
        (10, "« 31"),
        (11, "passage inconnu « absent »"),
        (12, "aucune ligne « G.2024-12-23 »"),
        (13, "« GG » n'existe pas dans le corpus"),
        (14, "aucune ligne ne couvre ce cas"),
        (16, "clé inconnue « ligne »"),
    ]
    assert "date 2026-01-01" in next(d.attendu for d in trouves if d.ligne == 14)


def test_les_fautes_de_plusieurs_fichiers_sont_dites_ensemble(tmp_path: Path, ecrire: Ecrire) -> None:
    fausse = ecrire("fausse", "actes: {GG: {tarifs: {retire: [a]}}}\n")
    autre = ecrire("autre", "actes: {G: {tarifs: {retire: [G.1]}}}\n")
    assert {d.fichier for d in refus(fausse, autre)} == {str(fausse), str(autre)}
    trouves = refus(tmp_path / "absente.yaml", tmp_path / "absente2.yaml")
    assert [d.regle for d in trouves] == ["lecture", "lecture"]

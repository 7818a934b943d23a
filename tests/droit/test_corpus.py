"""Le chargement du corpus : ce qu'il lit, son empreinte, et ce qu'il refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opposable.droit import fichiers, temps
from opposable.droit.corpus import Corpus, charger
from opposable.droit.erreurs import ErreurCorpus


def test_l_entete_dit_la_version_l_empreinte_et_l_avertissement(corpus: Corpus) -> None:
    entete = corpus.entete()
    assert entete["version"] == corpus.version
    assert entete["corpus"] == {
        "version": corpus.version,
        "hash": corpus.empreinte,
        "arrete_au": temps.iso(corpus.arrete_au),
    }
    assert entete["surcouches"] == []
    assert "ni un logiciel de facturation agréé" in str(entete["avertissement"])


def test_l_empreinte_est_celle_des_octets(corpus: Corpus, atelier: Any) -> None:
    """La même d'un chargement à l'autre ; une autre dès qu'un octet, ou un nom de fichier, change."""
    assert charger().empreinte == corpus.empreinte
    une = atelier.charge().empreinte
    assert une != corpus.empreinte
    assert atelier.charge().empreinte == une
    atelier.ajoute("passages/essai.yaml", "# remarque\n")
    deux = atelier.charge().empreinte
    (atelier.racine / "passages/essai.yaml").rename(atelier.racine / "passages/autre.yaml")
    assert len({une, deux, atelier.charge().empreinte}) == 3


def test_charger_deux_fois_donne_deux_corpus_separes() -> None:
    un, deux = charger(), charger()
    un.memo["essai"] = 1
    assert "essai" not in deux.memo
    assert un.actes["G"] is not deux.actes["G"]


def test_un_acte_se_type_a_sa_premiere_lecture_et_une_seule_fois(atelier: Any) -> None:
    """Une faute dans un acte ne gêne pas la lecture des autres."""
    atelier.ecrit(
        "actes/essai.yaml", "ESSAI: {libelle: x, nature: acte, tarifs: [{du: jamais, montant: 1.00, source: essai}]}\n"
    )
    corpus = atelier.charge()
    assert corpus.actes["G"] is corpus.actes["G"]
    assert "ESSAI" in corpus.actes
    with pytest.raises(ErreurCorpus, match="« jamais » n'est pas une date"):
        corpus.actes["ESSAI"]


def test_tout_typer_rend_tous_les_defauts(atelier: Any) -> None:
    faux = "{libelle: x, nature: acte, tarifs: [{du: jamais, montant: 1.00, source: essai}]}"
    atelier.ecrit("actes/essai.yaml", f"ESSAI: {faux}\nESSAIS: {faux}\n")
    atelier.ecrit(
        "tables/essai.yaml", "essai: {libelle: x, type: entier, lignes: [{du: origine, valeur: un, source: essai}]}\n"
    )
    atelier.ajoute("passages/essai.yaml", "faux: {document: nulle-part, extrait: x}\n")
    assert {(d.fichier, d.ligne) for d in atelier.charge().tout_typer()} == {
        ("corpus/actes/essai.yaml", 1),
        ("corpus/actes/essai.yaml", 2),
        ("corpus/tables/essai.yaml", 1),
        ("corpus/passages/essai.yaml", 5),
    }


@pytest.mark.parametrize(
    ("dossier", "texte", "quoi"),
    [
        ("actes", "G: {libelle: x, nature: acte, tarifs: []}\n", "l'acte « G »"),
        ("tables", "da_taux: {libelle: x, type: taux, lignes: []}\n", "la table « da_taux »"),
        ("passages", "s1-mmg: {document: '001', extrait: x}\n", "le passage « s1-mmg »"),
        (
            "faits",
            "medecin.secteur: {type: oui_non, libelle: x, question: y, si_absent: non}\n",
            "le fait « medecin.secteur »",
        ),
    ],
)
def test_un_nom_defini_dans_deux_fichiers_est_refuse_et_l_autre_est_nomme(
    atelier: Any, dossier: str, texte: str, quoi: str
) -> None:
    atelier.ecrit(f"{dossier}/zz.yaml", texte)
    [trouve] = atelier.defauts()
    assert (trouve.fichier, trouve.ligne) == (f"corpus/{dossier}/zz.yaml", 1)
    assert trouve.message.startswith(f"{quoi} est déjà défini dans corpus/{dossier}/")


def test_une_cle_en_double_est_refusee_au_chargement(atelier: Any) -> None:
    atelier.ajoute("actes/avis.yaml", "\nAPC: {libelle: x}\n")
    lignes = atelier.lit("actes/avis.yaml").split("\n")
    [trouve] = atelier.defauts()
    assert (trouve.fichier, trouve.regle) == ("corpus/actes/avis.yaml", "APC")
    assert trouve.ligne == max(r for r, t in enumerate(lignes, 1) if t.startswith("APC:"))
    assert f"déjà ligne {1 + min(r for r, t in enumerate(lignes, 1) if t.startswith('APC:'))}" in trouve.message


def test_un_yaml_faux_est_refuse_au_chargement(atelier: Any) -> None:
    atelier.ecrit("actes/essai.yaml", "ESSAI:\n  libelle: [x\n")
    [trouve] = atelier.defauts()
    assert (trouve.fichier, trouve.regle) == ("corpus/actes/essai.yaml", "syntaxe")


def test_des_faits_qui_se_lisent_en_boucle_sont_refuses_au_chargement(atelier: Any) -> None:
    cas = "  type: oui_non\n  libelle: x\n  derive:\n    - {{si: {{{lu}: oui}}, valeur: non}}\n    - oui\n"
    atelier.ecrit("faits/essai.yaml", "essai.a:\n" + cas.format(lu="essai.b") + "essai.b:\n" + cas.format(lu="essai.a"))
    [trouve] = atelier.defauts()
    assert (trouve.fichier, trouve.ligne, trouve.regle) == ("corpus/faits/essai.yaml", 2, "essai.a")
    assert "essai.a → essai.b → essai.a" in trouve.message


DOCUMENTS = {
    "sans titre": ("essai: {autorite: texte, verifie_le: 2026-01-01} # ICI", "il manque la clé « titre »", "titre"),
    "autorité inconnue": (
        "essai: {titre: x, autorite: rumeur, verifie_le: 2026-01-01} # ICI",
        "autorité inconnue « rumeur »",
        "texte, officiel ou presse",
    ),
    "une valeur déduite n'est pas un document": (
        "essai: {titre: x, autorite: deduit, verifie_le: 2026-01-01} # ICI",
        "autorité inconnue « deduit »",
        "presse",
    ),
    "presse sans adresse ni date": (
        "essai: {titre: x, autorite: presse, verifie_le: 2026-01-01} # ICI",
        "quand il a été lu",
        "lu_le: AAAA-MM-JJ",
    ),
    "date impossible": (
        "essai: {titre: x, autorite: texte, verifie_le: 2026-02-30} # ICI",
        "date impossible",
        "AAAA-MM-JJ",
    ),
    "clé inconnue": (
        "essai: {titre: x, autorit: texte, verifie_le: 2026-01-01} # ICI",
        "clé inconnue « autorit » ; vouliez-vous dire « autorite » ?",
        "autorite",
    ),
}

PASSAGES = {
    "document inconnu": (
        "faux: {document: '099', lieu: x, extrait: y} # ICI",
        "document inconnu « 099 »",
        "un identifiant de documents.yaml",
    ),
    "sans extrait": (
        "faux: {document: '001', lieu: x} # ICI",
        "un passage donne son document et son extrait",
        "document, lieu, extrait",
    ),
    "déduit de rien": (
        "faux: {autorite: deduit, equation: 1 = 1} # ICI",
        "une valeur déduite donne son équation et les passages dont elle vient",
        "equation et de",
    ),
    "déduit sans équation": (
        "faux: {autorite: deduit, de: [essai]} # ICI",
        "une valeur déduite donne son équation",
        "equation et de",
    ),
    "déduit d'un inconnu": (
        "faux: {autorite: deduit, equation: 1 = 1, de: [essai, rien]} # ICI",
        "une valeur déduite donne son équation",
        "equation et de",
    ),
    "clé inconnue": (
        "faux: {document: '001', extraits: y} # ICI",
        "clé inconnue « extraits » ; vouliez-vous dire « extrait » ?",
        "extrait",
    ),
}

REPORTS = {
    "sans date effective": (
        "faux: {libelle: x, prevu: 2025-07-01, source: essai, deplace: []} # ICI",
        "il manque la clé « effectif »",
        "effectif",
    ),
    "sans source": (
        "faux: {libelle: x, prevu: 2025-07-01, effectif: 2026-01-01, deplace: []} # ICI",
        "il manque la clé « source »",
        "source",
    ),
    "date impossible": (
        "faux: {libelle: x, prevu: 2025-07-01, effectif: 2026-01-32, source: essai, deplace: []} # ICI",
        "« 2026-01-32 » n'est pas une date",
        "AAAA-MM-JJ",
    ),
    "passage inconnu": (
        "faux: {libelle: x, prevu: 2025-07-01, effectif: 2026-01-01, source: rien, deplace: []} # ICI",
        "passage inconnu « rien »",
        "corpus/passages",
    ),
}


@pytest.mark.parametrize(
    ("fichier", "texte", "message", "attendu"),
    [
        pytest.param(fichier, *faute, id=f"{fichier} : {nom}")
        for fichier, fautes in (
            ("documents.yaml", DOCUMENTS),
            ("passages/essai.yaml", PASSAGES),
            ("reports.yaml", REPORTS),
        )
        for nom, faute in fautes.items()
    ],
)
def test_une_source_mal_ecrite_est_refusee(atelier: Any, fichier: str, texte: str, message: str, attendu: str) -> None:
    atelier.ajoute(fichier, f"\n{texte}\n")
    ligne = next(r for r, t in enumerate(atelier.lit(fichier).split("\n"), 1) if "# ICI" in t)
    [trouve] = atelier.defauts()
    assert (trouve.fichier, trouve.ligne, trouve.regle) == (f"corpus/{fichier}", ligne, texte.partition(":")[0])
    assert message in trouve.message
    assert attendu in trouve.attendu


@pytest.mark.parametrize(
    ("fichier", "texte"),
    [
        ("motifs.yaml", "ESSAI: {libelle: x, gravite: grave, message: y}"),
        ("motifs.yaml", "ESSAI: {libele: x, gravite: erreur, message: y}"),
        ("conditions.yaml", "essai: [{exige: {patient.mineur: oui}, motif: PAS_UN_MOTIF, source: essai}]"),
        ("conditions.yaml", "essai: [{exige: {patient.mineur: oui}, motif: AGE_NON_CONFORME}]"),
    ],
)
def test_tout_typer_voit_aussi_les_motifs_et_les_conditions_partagees(atelier: Any, fichier: str, texte: str) -> None:
    atelier.ajoute(fichier, f"\n{texte}\n")
    assert [d.fichier for d in atelier.charge().tout_typer()] == [f"corpus/{fichier}"]


def test_une_valeur_qui_se_deduit_d_elle_meme_est_refusee(atelier: Any) -> None:
    atelier.ajoute("passages/essai.yaml", "un: {autorite: deduit, equation: 1 = 1, de: [deux]}\n")
    atelier.ajoute("passages/essai.yaml", "deux: {autorite: deduit, equation: 1 = 1, de: [un]}\n")
    assert {d.fichier for d in atelier.defauts()} == {"corpus/passages/essai.yaml"}


@pytest.mark.parametrize(
    "ou",
    [
        "source: nulle-part\n  derive:\n    - oui",
        "derive:\n    - {si: {patient.mineur: oui}, valeur: non, source: nulle-part}\n    - oui",
    ],
)
def test_un_fait_qui_cite_un_passage_inconnu_est_refuse(atelier: Any, ou: str) -> None:
    atelier.ecrit("faits/essai.yaml", f"essai.a:\n  type: oui_non\n  libelle: x\n  {ou}\n")
    assert [d.fichier for d in atelier.defauts()] == ["corpus/faits/essai.yaml"]


@pytest.mark.parametrize(
    ("avant", "apres", "message"),
    [
        ("arrete_au:", "arretee_au:", "clé inconnue « arretee_au » ; vouliez-vous dire « arrete_au » ?"),
        ("debut: 2016-01-01", "debut: 2016-01-32", "date"),
        ("debut: 2016-01-01\n", "", "il manque la clé « debut »"),
        ("frise: {dispositif: frise, sortie: frise,", "frise: {dispositif: frise,", "il manque la clé « sortie »"),
    ],
)
def test_un_entete_de_corpus_faux_est_un_defaut(atelier: Any, avant: str, apres: str, message: str) -> None:
    texte = atelier.lit("corpus.yaml")
    assert avant in texte
    atelier.ecrit("corpus.yaml", texte.replace(avant, apres))
    [trouve] = atelier.defauts()
    assert trouve.fichier == "corpus/corpus.yaml"
    assert message in trouve.message


def test_un_fichier_du_corpus_qui_n_est_pas_en_utf8_est_un_defaut(atelier: Any) -> None:
    (atelier.racine / "actes/essai.yaml").write_bytes("# été\n".encode("latin-1"))
    assert [d.fichier for d in atelier.defauts()] == ["corpus/actes/essai.yaml"]


def test_les_fichiers_du_registre_ne_se_lisent_pas_au_chargement(atelier: Any) -> None:
    avant = atelier.charge().empreinte
    (atelier.racine / "registre").mkdir(exist_ok=True)
    atelier.ecrit("registre/essai.yaml", "ceci: [n'est pas du YAML\n")
    assert atelier.charge().empreinte == avant


def test_un_dossier_sans_corpus_est_une_erreur_lisible(tmp_path: Path) -> None:
    with pytest.raises(ErreurCorpus):
        charger(tmp_path)


def test_un_dispositif_ne_lit_que_son_fichier(monkeypatch: pytest.MonkeyPatch) -> None:
    """Les autres ne se lisent que s'il faut chercher un nom qu'aucun fichier lu ne porte, ou tout parcourir."""
    lus: list[str] = []

    def lire(texte: str, nom: str) -> Any:
        lus.append(nom)
        return lecture(texte, nom)

    lecture = fichiers.lire
    monkeypatch.setattr(fichiers, "lire", lire)
    corpus = charger()
    assert not [nom for nom in lus if "/dispositifs/" in nom]
    lus.clear()
    assert "fmt" in corpus.dispositifs
    fmt = corpus.dispositifs["fmt"]
    assert all(corpus.tables[nom].lignes for nom in fmt.tables)
    assert lus == ["corpus/dispositifs/fmt.yaml"]
    assert "inconnu" not in corpus.dispositifs
    assert len(lus) == len(set(lus)) == len(corpus.dispositifs) > 50, "puis chacun une fois"
    assert corpus.dispositifs["fmt"] is fmt
    assert list(corpus.dispositifs) == sorted(corpus.dispositifs)

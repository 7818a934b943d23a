"""Le catalogue des motifs : chaque exemple est joué, et ce qu'il dit vient des règles du corpus."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import opposable
from opposable.droit.fiche_motif import Couple, Exemple, FicheMotif
from opposable.portes.python import corpus

CORPUS = corpus()
CALCUL = Path(opposable.__file__).parent
"""Les modules où le calcul pose des motifs de lui-même."""


def jouer(exemple: Exemple) -> dict[str, Any]:
    """La réponse à l'exemple."""
    if exemple.dispositif:
        return opposable.calculer(exemple.dispositif, exemple.entree, strict=exemple.strict)
    return opposable.coter(exemple.entree, prevu=exemple.prevu, strict=exemple.strict)


def poses(reponse: dict[str, Any], motif: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Les fois où la réponse porte ce motif, et le rang de la ligne (-1 : un dispositif)."""
    for rang, ligne in enumerate(reponse.get("lignes") or []):
        yield from ((rang, m) for m in ligne["motifs"] if m["code"] == motif)
    yield from ((-1, m) for m in reponse.get("motifs") or [] if m["code"] == motif)


def verifier(couple: Couple) -> None:
    """Le faux porte le motif avec l'effet dit ; le juste ne le porte pas, et n'est pas refusé."""
    effets = {m["effet"] for _, m in poses(jouer(couple.faux), couple.motif)}
    assert couple.faux.effet in effets, f"{couple.faux.dit} : effets {effets or 'aucun'}"
    juste = jouer(couple.juste)
    assert not list(poses(juste, couple.motif)), couple.juste.dit
    assert juste["statut"] in {"acceptee", "calcule"}, f"{couple.juste.dit} : {juste['statut']}"


def test_chaque_motif_a_sa_fiche() -> None:
    assert list(CORPUS.fiches_motifs) == list(CORPUS.motifs)


@pytest.mark.parametrize("code", list(CORPUS.motifs))
def test_les_exemples_d_un_motif_sont_vrais(code: str) -> None:
    fiche = CORPUS.fiches_motifs[code]
    if fiche.couple is None:
        assert fiche.sans_exemple
        return
    verifier(fiche.couple)
    assert (fiche.couple.faux.effet == "refuse") == (CORPUS.motifs[code].gravite == "erreur")
    _enjeu(fiche, jouer(fiche.couple.faux))


def _enjeu(fiche: FicheMotif, reponse: dict[str, Any]) -> None:
    """Le montant en jeu de l'exemple faux est ce que la fiche dit."""
    assert fiche.couple is not None
    for rang, motif in poses(reponse, fiche.code):
        if motif["effet"] != fiche.couple.faux.effet:
            continue
        if fiche.enjeu == "aucun":
            assert motif["montant_en_jeu"] is None
        elif fiche.enjeu == "base_de_la_ligne":
            etapes = {e["nom"]: e["valeur"] for e in reponse["trace"]["lignes"][rang]["etapes"]}
            assert motif["montant_en_jeu"] == etapes["base_remboursement"] is not None
        elif fiche.enjeu == "tarif_du_supplement":
            juste = jouer(fiche.couple.juste)["lignes"]
            assert motif["montant_en_jeu"] == juste[-1]["tarif"] is not None
        else:
            tarifs = [ligne["tarif"] for ligne in reponse["lignes"]]
            autres = [t for r, t in enumerate(tarifs) if r != rang]
            assert motif["montant_en_jeu"] in {min((tarifs[rang], autre), key=float) for autre in autres}


@pytest.mark.parametrize("numero", list(CORPUS.erreurs_frequentes))
def test_les_exemples_d_une_erreur_sont_vrais(numero: str) -> None:
    for couple in CORPUS.erreurs_frequentes[numero].exemples:
        verifier(couple)


def test_les_27_erreurs() -> None:
    assert list(CORPUS.erreurs_frequentes) == [str(n) for n in range(1, 28)]
    a_venir = {n for n, e in CORPUS.erreurs_frequentes.items() if e.statut == "a_venir"}
    assert all("CCAM" in CORPUS.erreurs_frequentes[n].reste for n in a_venir)
    assert a_venir == {"2", "6"}


def test_les_motifs_que_le_calcul_pose_disent_leur_mecanisme() -> None:
    """Un motif qu'aucune règle écrite ne nomme est posé par un module, et dit ce qu'il constate."""
    nommes = {
        noeud.value
        for chemin in CALCUL.rglob("*.py")
        for noeud in ast.walk(ast.parse(chemin.read_text(encoding="utf-8")))
        if isinstance(noeud, ast.Constant) and noeud.value in set(CORPUS.motifs)
    }
    nommes |= {f.motif for f in CORPUS.frequences}
    par_regle = {m["code"] for m in opposable.motifs()["motifs"] if opposable.motifs(m["code"])["fiche"]["regles"]}
    for code, fiche in CORPUS.fiches_motifs.items():
        assert fiche.mecanisme or code in par_regle, code
        assert not fiche.mecanisme or code in nommes, code
        assert not fiche.mecanisme or fiche.effets, code


def test_les_faits_d_un_mecanisme_sont_du_vocabulaire() -> None:
    cites = {fait for fiche in CORPUS.fiches_motifs.values() for fait in fiche.faits}
    assert cites <= set(CORPUS.vocabulaire.faits)


def test_une_fiche_se_tire_des_regles() -> None:
    fiche = opposable.motifs("kilometres_en_trop")["fiche"]
    plaine, montagne, ski = fiche["regles"]
    assert (plaine["endroits"], plaine["effet"], plaine["du"], plaine["au"]) == (["IK"], "refuse", None, None)
    assert "2 km aller et retour" in montagne["texte"]
    assert ski["endroits"] == ["IKS"]
    assert plaine["sources"]
    assert all(s["extrait"] for s in plaine["sources"])
    assert {f["fait"] for f in fiche["faits"]} == {"contexte.distance_km", "actes[].quantite"}
    assert {e["numero"] for e in fiche["erreurs"]} == {"22"}


def test_un_motif_dont_un_fait_manque_ne_s_affirme_pas() -> None:
    """Un motif qui refuse, ou doute, d'après des faits a de quoi dire que l'un d'eux manque."""
    actes = [CORPUS.actes[code] for code in CORPUS.actes]
    regles = [r for acte in actes for r in acte.regles] + [*CORPUS.toutes_lignes, *CORPUS.depassements]
    lus = {r.motif for r in regles if r.sorte != "avertit_si" and any(True for _ in r.condition.faits())}
    assert "TEXTE_NON_TRANCHE" in lus
    assert [m for m in sorted(lus) if CORPUS.motifs[m].a_verifier == CORPUS.motifs[m].message] == []


def test_un_refus_de_periode_dit_ses_dates_en_toutes_lettres() -> None:
    """La MPC n'a plus de tarif au 22 décembre 2024 : comprise dans la consultation."""
    facture = {
        "date": "2026-02-11",
        "medecin": {"specialite": "dermatologie", "secteur": "1"},
        "actes": [{"code": "CS"}, {"code": "MPC"}],
    }
    ((_, motif),) = poses(opposable.coter(facture), "CODE_HORS_PERIODE")
    assert "jusqu'au 21 décembre 2024 inclus" in motif["message"]


def test_une_regle_partagee_ne_se_dit_qu_une_fois() -> None:
    regles = opposable.motifs("COORDINATION_ET_DA")["fiche"]["regles"]
    textes = [(r["texte"], r["effet"], r["du"], r["au"], str(r["sources"]), str(r["situations"])) for r in regles]
    assert len(set(textes)) == len(textes)
    partagee = opposable.motifs("LETTRE_DEPASSEMENT_SECTEUR_2")["fiche"]["regles"]
    assert {"G", "VG", "CS"} <= set(partagee[0]["endroits"])
    assert partagee[0]["du"] == "2024-12-22"


def test_les_effets_se_tirent_des_regles() -> None:
    effets = {m["code"]: m["effets"] for m in opposable.motifs()["motifs"]}
    assert effets["AGE_NON_CONFORME"] == ["refuse", "a_verifier"]
    assert effets["TEXTE_NON_TRANCHE"] == ["a_verifier", "aucun"]
    assert effets["REMPLACANT_NON_REGI"] == ["aucun"]
    assert effets["CODE_HORS_PERIODE"] == ["refuse"]
    assert all(effets.values())


def test_les_motifs_d_un_acte() -> None:
    """Ce qu'une facture d'un acte porte est dans la liste de l'acte ; une autre lettre n'y est pas."""
    for code in ("G", "MEG", "IK", "TE2", "APC"):
        possibles = {m["code"] for m in opposable.motifs(acte=code)["motifs"]}
        assert {r.motif for r in CORPUS.actes[code].regles} <= possibles
    meg = {m["code"] for m in opposable.motifs(acte="meg")["motifs"]}
    assert {"AGE_NON_CONFORME", "SUPPLEMENT_HORS_LISTE", "SUPPLEMENT_EN_DOUBLE"} <= meg
    assert not meg & {"ACTES_INCOMPATIBLES", "MODALITE_NON_CONFORME", "ENGAGEMENT_NON_TENU", "KILOMETRES_EN_TROP"}
    g = {m["code"] for m in opposable.motifs(acte="G")["motifs"]}
    assert {"ACTES_INCOMPATIBLES", "MODALITE_NON_CONFORME", "LETTRE_DEPASSEMENT_SECTEUR_2"} <= g
    assert not g & {"SUPPLEMENT_HORS_LISTE", "SANS_ACTE_SUPPORT"}


def test_tout_motif_d_un_exemple_est_dans_la_liste_d_un_de_ses_actes() -> None:
    for code, fiche in CORPUS.fiches_motifs.items():
        if fiche.couple is not None and not fiche.couple.faux.dispositif:
            lettres = [ligne["code"] for ligne in fiche.couple.faux.entree["actes"]]
            listes = [{m["code"] for m in opposable.motifs(acte=lettre)["motifs"]} for lettre in lettres]
            assert any(code in liste for liste in listes), code


def test_une_gravite() -> None:
    tous = opposable.motifs()["motifs"]
    refus = opposable.motifs(gravite="erreur")["motifs"]
    assert refus == [m for m in tous if m["gravite"] == "erreur"]
    assert 0 < len(refus) < len(tous)


@pytest.mark.parametrize(
    ("demande", "code", "dit"),
    [
        ({"code": "DELAI_DEPASE"}, "MOTIF_INCONNU", "DELAI_DEPASSE"),
        ({"code": "zzz"}, "MOTIF_INCONNU", "ZZZ"),
        ({"code": "15"}, "MOTIF_INCONNU", "15"),
        ({"acte": "GG"}, "CODE_INCONNU", "« G »"),
        ({"gravite": "grave"}, "GRAVITE_INCONNUE", "grave"),
    ],
)
def test_une_demande_fausse_se_dit(demande: dict[str, str], code: str, dit: str) -> None:
    with pytest.raises(opposable.ErreurEntree) as refus:
        opposable.motifs(**demande)
    assert refus.value.code == code
    assert dit in refus.value.message


def test_une_erreur_inconnue_se_dit() -> None:
    with pytest.raises(opposable.ErreurEntree) as refus:
        opposable.erreurs_frequentes("28")
    assert refus.value.code == "ERREUR_FREQUENTE_INCONNUE"
    assert refus.value.attendu == "un numéro de 1 à 27"
    assert opposable.erreurs_frequentes(" 15 ")["erreurs"][0]["numero"] == "15"

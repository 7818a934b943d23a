"""La surcouche à remplir de la dotation numérique : remplie, elle suffit à calculer, et son total est contrôlé."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opposable

MODELE = Path(__file__).parents[2] / "exemples" / "surcouches" / "donum.yaml"
EQUIPEMENT = {"logiciel_segur": "oui", "lap_certifie": "oui", "sesam_vitale_a_jour": "oui"}


def services(**taux: tuple[int, int]) -> list[dict[str, Any]]:
    return [{"service": nom, "numerateur": n, "denominateur": d} for nom, (n, d) in taux.items()]


SOCLE = services(dmt=(90, 100), fse=(80, 100), pse=(2, 8), aat=(70, 100))
OPTIONNELS = services(
    cm_atmp=(50, 100), spe=(50, 100), dsg=(50, 100), dmp=(39, 100), ordonnance=(40, 100), appcv=(30, 100),
    messagerie=(3, 10),
)  # fmt: skip


def calculer(annee: int, surcouche: Path = MODELE, **autres: Any) -> dict[str, Any]:
    cas = {"annee": annee, "medecin": {"secteur": "1"}, **EQUIPEMENT, "services": SOCLE + OPTIONNELS, **autres}
    return opposable.calculer("donum", cas, surcouches=[surcouche])


def test_le_modele_rempli_calcule() -> None:
    """Socles 150 + 110, autres téléservices à 50 % pour 50 % : 60, DMP et ordonnances à 39,5 % pour 40 % : rien,
    carte Vitale et messagerie à 30 % pour 30 % : 40 ; 360 points, 2 520 €.
    """
    reponse = calculer(2026)
    assert (reponse["statut"], reponse["montant"]) == ("calcule", "2520.00")
    resultat = reponse["resultat"]
    assert [ligne["points"] for ligne in resultat["indicateurs"]] == [150, 110, 60, 0, 40]
    assert [ligne["moyenne"] for ligne in resultat["indicateurs"]] == [None, "0.80", "0.50", "0.395", "0.30"]
    assert (resultat["points"], resultat["controle"]) == (360, "420 points, comme attendu")
    assert not reponse["manquants"]
    assert reponse["echeancier"] == [
        {
            "date": "2027-06-30",
            "montant": "2520.00",
            "objet": "dotation numérique de l'année, versée au cours de ce premier semestre",
        }
    ]


def test_les_optionnels_sont_independants() -> None:
    """Sans les autres téléservices ni le numérique en santé, l'application carte Vitale reste due : 300 points."""
    autres = services(
        cm_atmp=(0, 100), spe=(0, 100), dsg=(0, 100), dmp=(0, 100), ordonnance=(0, 100), appcv=(30, 100),
        messagerie=(3, 10),
    )  # fmt: skip
    assert calculer(2026, services=SOCLE + autres)["montant"] == "2100.00"


def test_sans_un_socle_les_optionnels_ne_sont_pas_ouverts() -> None:
    reponse = calculer(2026, lap_certifie="non")
    assert (reponse["statut"], reponse["montant"]) == ("calcule", "0.00")


def test_la_cible_de_2027_se_remplit_aussi() -> None:
    """80 % pour 70 % : les mêmes points."""
    assert calculer(2027)["montant"] == "2520.00"


def test_tout_atteint_donne_le_maximum() -> None:
    pleins = services(**{s["service"]: (100, 100) for s in SOCLE + OPTIONNELS})
    reponse = calculer(2026, services=pleins)
    assert reponse["montant"] == reponse["resultat"]["montant_maximum"] == "2940.00"


def test_des_points_qui_ne_font_pas_le_total_avertissent(tmp_path: Path) -> None:
    faux = tmp_path / "faux.yaml"
    faux.write_text(MODELE.read_text(encoding="utf-8").replace('valeur: "150"', 'valeur: "151"'), encoding="utf-8")
    reponse = calculer(2026, faux)
    assert reponse["resultat"]["controle"] == "les points remplis font 421, et non 420"
    assert "TEXTE_NON_TRANCHE" in {motif["code"] for motif in reponse["motifs"]}
    assert reponse["montant"] == "2527.00"

"""Le typage des actes, de leurs règles et de leurs liens : chaque faute est refusée, située, et dit ce qui convient.

Chaque essai écrit un acte d'essai dans une copie du corpus ; « # ICI » marque la ligne en cause.
"""

from __future__ import annotations

from typing import Any

import pytest

ACTE = """\
ESSAI:
  libelle: Acte d'essai
  nature: acte
  familles: [essai]
{plus}  tarifs:
{tarifs}"""
LIGNE = "{du: 2020-01-01, montant: 10.00, source: essai}"


def acte(*tarifs: str, plus: str = "") -> str:
    """Un acte d'essai avec ces lignes de tarif, et ces clés de plus."""
    return ACTE.format(plus=plus, tarifs="".join(f"    - {t}\n" for t in tarifs or (LIGNE,)))


FAUTES_D_ACTE = {
    "clé inconnue": (
        "  frequences: 3 # ICI\n",
        "ESSAI",
        "clé inconnue « frequences » ; vouliez-vous dire « frequence » ?",
        "frequence",
    ),
    "motif inconnu": (
        "  conditions:\n    - {exige: {patient.mineur: oui}, motif: AGE_NON_CONFORMEE, source: essai} # ICI\n",
        "ESSAI#1",
        "motif inconnu « AGE_NON_CONFORMEE »",
        "un code de motifs.yaml",
    ),
    "règle sans motif": (
        "  conditions:\n    - {exige: {patient.mineur: oui}, source: essai} # ICI\n",
        "ESSAI#1",
        "il manque la clé « motif »",
        "motif",
    ),
    "règle sans source": (
        "  conditions:\n    - {exige: {patient.mineur: oui}, motif: AGE_NON_CONFORME} # ICI\n",
        "ESSAI#1",
        "aucune source",
        "source",
    ),
    "règle sans sorte": (
        "  conditions:\n    - {motif: AGE_NON_CONFORME, source: essai} # ICI\n",
        "ESSAI#1",
        "une règle a une sorte, et une seule",
        "exige",
    ),
    "règle à deux sortes": (
        (
            "  conditions:\n    - {exige: {patient.mineur: oui}, refuse_si: {patient.mineur: non},"
            " motif: AGE_NON_CONFORME, source: essai} # ICI\n"
        ),
        "ESSAI#1",
        "une règle a une sorte, et une seule",
        "refuse_si",
    ),
    "règle sur un fait inconnu": (
        "  conditions:\n    - {exige: {patient.mineure: oui}, motif: AGE_NON_CONFORME, source: essai} # ICI\n",
        "ESSAI#1",
        "fait inconnu « patient.mineure » ; vouliez-vous « patient.mineur » ?",
        "un fait du vocabulaire",
    ),
    "condition partagée inconnue": (
        "  conditions: [maitrisee] # ICI\n",
        "ESSAI",
        "condition partagée inconnue « maitrisee »",
        "maitrise",
    ),
    "variante sans source": (
        (
            "  conditions:\n    - motif: AGE_NON_CONFORME\n      exige_une_de:\n"
            "        - {libelle: x, exige: {patient.mineur: oui}} # ICI\n"
        ),
        "ESSAI#1",
        "aucune source",
        "source",
    ),
    "incompatible avec un acte inconnu": (
        "  incompatible_avec: [{code: ZZZ, source: essai}] # ICI\n",
        "ESSAI",
        "acte inconnu « ZZZ »",
        "un code du corpus ou famille:nom",
    ),
    "famille inconnue": (
        "  incompatible_avec: [{famille: zzz, source: essai}] # ICI\n",
        "ESSAI",
        "famille inconnu « zzz »",
        "famille:nom",
    ),
    "incompatibilité sans source": ("  incompatible_avec: [G] # ICI\n", "ESSAI", "aucune source", "source"),
    "fréquence qui n'est pas un nombre": (
        "  frequence: {maximum: deux, par: patient_et_medecin, sur: 4 mois, source: essai} # ICI\n",
        "ESSAI",
        "un nombre entier est attendu",
        "",
    ),
    "fréquence sans source": (
        "  frequence: {maximum: 2, par: patient_et_medecin, sur: 4 mois} # ICI\n",
        "ESSAI",
        "aucune source",
        "source",
    ),
}


@pytest.mark.parametrize("nom", FAUTES_D_ACTE)
def test_un_acte_faux_est_refuse(atelier: Any, nom: str) -> None:
    plus, regle, message, attendu = FAUTES_D_ACTE[nom]
    texte = acte(plus=plus)
    atelier.ecrit("actes/essai.yaml", texte)
    [trouve] = atelier.defauts("ESSAI")
    ligne = next(rang for rang, t in enumerate(texte.split("\n"), 1) if "# ICI" in t)
    assert (trouve.fichier, trouve.ligne, trouve.regle) == ("corpus/actes/essai.yaml", ligne, regle)
    assert message in trouve.message
    assert attendu in trouve.attendu


def test_un_supplement_dit_a_quoi_il_s_ajoute(atelier: Any) -> None:
    texte = acte().replace("nature: acte", "nature: supplement").replace("  libelle", "  # ICI\n  libelle", 1)
    atelier.ecrit("actes/essai.yaml", texte)
    [trouve] = atelier.defauts("ESSAI")
    assert (trouve.fichier, trouve.ligne, trouve.regle) == ("corpus/actes/essai.yaml", 3, "ESSAI")
    assert "un supplément dit à quoi il s'ajoute" in trouve.message
    assert "s_ajoute_a" in trouve.attendu


def test_une_nature_inconnue_est_refusee(atelier: Any) -> None:
    texte = acte().replace("nature: acte", "nature: forfait # ICI")
    atelier.refuse("actes/essai.yaml", texte, "ESSAI", "nature inconnue « forfait »", "acte ou supplement")


@pytest.mark.parametrize(
    "plus",
    [
        "  remplace_par: [ZZZ] # ICI\n",
        "  tarif_coordonne: [ZZZ] # ICI\n",
        "  incompatible_avec: [{code: G, motif: PAS_UN_MOTIF, source: essai}] # ICI\n",
        "  incompatible_avec: [{code: G, cede: peut-etre, source: essai}] # ICI\n",
        "  frequence: {maximum: -1, par: patient_et_medecin, sur: 4 mois, source: essai} # ICI\n",
        "  frequence: {maximum: 1, par: patient_et_medecin, sur: lune, source: essai} # ICI\n",
        "  frequence: {maximum: 1, par: chat, sur: 4 mois, source: essai} # ICI\n",
    ],
)
def test_une_valeur_que_rien_ne_connait_est_refusee(atelier: Any, plus: str) -> None:
    """Acceptée en silence, elle serait sans effet : un renvoi vers un acte absent, un motif jamais montré…"""
    texte = acte(plus=plus)
    atelier.ecrit("actes/essai.yaml", texte)
    assert [(d.fichier, d.ligne) for d in atelier.defauts("ESSAI")] == [("corpus/actes/essai.yaml", 5)]

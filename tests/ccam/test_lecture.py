"""Des rangées aux actes : chaque piège des vrais exports, sur des actes imaginaires."""

from __future__ import annotations

from pathlib import Path

from tests.ccam.fabrique import acte, anesthesie, lire, r

from opposable.ccam.anomalies import par_sorte
from opposable.ccam.lecture import Lu
from opposable.droit.nomenclature import ActePublie, ValeurModificateur


def _acte(lu: Lu, code: str) -> ActePublie:
    return next(a for a in lu.actes if a.code == code)


def _usuelles() -> list[tuple[str, ...]]:
    """Assez d'anesthésies pour que leur libellé soit l'usuel de l'activité 4."""
    return [tuple(x) for n in range(12) for x in (acte(f"ZZUU{n:03d}"), anesthesie())]


def test_un_acte_ses_notes_ses_gestes_et_le_partage_des_lettres(tmp_path: Path) -> None:
    """La liste mêle geste et anesthésie : A et 7 vont à l'activité 4, J et K au geste, U aux deux."""
    lu = lire(
        tmp_path, acte("ZZAA001", "26.50", "20.00", "1-7"), anesthesie(code="[A, J, K, U, 7]"), r("", "Une note"),
        r("", "(ZZAA002, ZZAA001)"), acte("ZZAA002"), r("[A, J]", "Avec ou sans : rien"),
    )  # fmt: skip
    un = _acte(lu, "ZZAA001")
    geste, sommeil = un.rangees
    assert (geste.opposable, geste.autre, geste.exoneration, geste.regroupement) == (2650, 2000, ("1", "7"), "ADC")
    assert (geste.modificateurs, sommeil.modificateurs) == (("J", "K", "U"), ("A", "U", "7"))
    assert geste.gestes == sommeil.gestes == ("ZZAA002", "ZZAA001")
    assert (un.notes, un.chapitre, sommeil.libelle) == (("Une note",), "01.01", "anesthésie")
    # Une seule activité : toutes les lettres lui reviennent.
    assert _acte(lu, "ZZAA002").rangees[0].modificateurs == ("A", "J")
    assert par_sorte(lu.anomalies) == {}


def test_phases_et_activites_nommees_heritent_de_la_rangee_du_code(tmp_path: Path) -> None:
    """Sans activité sur la rangée du code, ses conditions valent pour chaque rangée qui suit."""
    lu = lire(
        tmp_path, r("ZZAA001", "Acte en deux phases", "", "", "", "", "RC"), r("[A, J]", "Indication : aucune"),
        r("", "Phase 1 : début", "1", "1", "10", "10", "", "", "1", "ADC"), anesthesie(),
        r("", "Phase 2 : fin", "1", "2", "20", "20", "", "AP", "1", "ADC"),
        r("ZZAA002", "Acte refusé", "", "", "Non pris en charge", "Non pris en charge"),
        r("", "Phase 1 : seule", "1", "1", "", "", "", "", "1", "ATM"),
    )  # fmt: skip
    un = _acte(lu, "ZZAA001")
    assert [(x.activite, x.phase, x.sous_conditions, x.accord_prealable) for x in un.rangees] == [
        ("1", "1", True, False), ("4", "0", True, False), ("1", "2", True, True),
    ]  # fmt: skip
    assert [x.modificateurs for x in un.rangees] == [("J",), ("A",), ("J",)]
    assert not _acte(lu, "ZZAA002").rangees[0].prise_en_charge
    assert par_sorte(lu.anomalies) == {"tarif_vide": 2}


def test_non_pris_en_charge_n_est_pas_une_anomalie(tmp_path: Path) -> None:
    """L'acte n'a pas de tarif, et le dit ; une colonne sur deux, en revanche, se signale."""
    lu = lire(tmp_path, acte("ZZAA001", "Non pris en charge", "Non pris en charge"))
    rangee = _acte(lu, "ZZAA001").rangees[0]
    assert (rangee.opposable, rangee.autre, rangee.prise_en_charge) == (None, None, False)
    assert not lu.anomalies
    moitie = lire(tmp_path, acte("ZZAA001", "Non pris en charge", "12.00"))
    assert _acte(moitie, "ZZAA001").rangees[0].prise_en_charge
    assert par_sorte(moitie.anomalies) == {"prise_en_charge_partielle": 1}


def test_code_et_modificateurs_dans_la_meme_cellule(tmp_path: Path) -> None:
    """Le code suivi d'un saut de ligne et de crochets est un code, avec ses modificateurs."""
    lu = lire(tmp_path, acte("ZZAA798\n[A]"), acte("ZZAA799\n"))
    assert _acte(lu, "ZZAA798").rangees[0].modificateurs == ("A",)
    assert [a.code for a in lu.actes] == ["ZZAA798", "ZZAA799"]
    assert [(a.sorte, a.ecrit) for a in lu.anomalies] == [("code_et_modificateurs", "ZZAA798, A")]


def test_signes_parasites_dans_la_colonne_du_code(tmp_path: Path) -> None:
    """« * » devant une anesthésie et « NT_09 » devant une note : la rangée est lue, le signe est dit."""
    lu = lire(tmp_path, r("NT_09", "À l'exclusion de : rien"), acte("ZZAA001"), anesthesie(code="*"))
    assert [x.activite for x in _acte(lu, "ZZAA001").rangees] == ["1", "4"]
    assert next(c for c in lu.chapitres if c.numero == "01.01").notes == ("À l'exclusion de : rien",)
    assert [(a.sorte, a.lu) for a in lu.anomalies] == [("code_parasite", "NT_09"), ("code_parasite", "*")]


def test_activite_ecrite_sur_une_note(tmp_path: Path) -> None:
    """Sans tarif ni regroupement, ce n'est pas une activité mais une note."""
    lu = lire(
        tmp_path, acte("ZZAA001"), r("", "Avec ou sans : examen", "1", "0"), acte("ZZAA002"),
        r("[U]", "Avec ou sans : échographie", "3", "0", "0.00", "0.00"),
    )  # fmt: skip
    assert [len(a.rangees) for a in lu.actes] == [1, 1]
    assert [a.notes for a in lu.actes] == [("Avec ou sans : examen",), ("Avec ou sans : échographie",)]
    assert _acte(lu, "ZZAA002").rangees[0].modificateurs == ("U",)
    assert par_sorte(lu.anomalies) == {"activite_parasite": 2}


def test_libelle_ecrit_une_rangee_trop_bas(tmp_path: Path) -> None:
    """« anesthésie » seule sous une activité 4 qui porte une note : les deux textes sont échangés."""
    lu = lire(
        tmp_path, *_usuelles(), acte("ZZAA001"),
        r("[A]", "Environnement : bloc", "4", "0", "8.00", "8.00", "", "", "1", "ADA"), r("", "anesthésie"),
    )  # fmt: skip
    un = _acte(lu, "ZZAA001")
    assert (un.rangees[1].libelle, un.rangees[1].opposable, un.notes) == ("anesthésie", 800, ("Environnement : bloc",))
    assert par_sorte(lu.anomalies) == {"libelle_decale": 1}


def test_tarif_nul_sur_une_note(tmp_path: Path) -> None:
    """Un 0.00 sur une note ou une liste de gestes n'est le tarif de rien ; un autre tarif est signalé."""
    lu = lire(
        tmp_path, acte("ZZAA001", "0.00", "0.00"), r("", "Indication", " ", " ", "0.00", "0.00"),
        r("", "(ZZAA001)", " ", " ", "0.00", "0.00"), r("", "Note payante", "", "", "3.00", "3.00"),
    )  # fmt: skip
    un = _acte(lu, "ZZAA001")
    assert (un.rangees[0].opposable, un.rangees[0].gestes) == (0, ("ZZAA001",))
    assert un.notes == ("Indication", "Note payante")
    assert par_sorte(lu.anomalies) == {"tarif_sans_activite": 2, "tarif_nul": 2, "valeur_inattendue": 1}


def test_cles_en_double(tmp_path: Path) -> None:
    """Identiques, une seule est gardée ; différentes, la première l'est et les deux sont dites."""
    lu = lire(
        tmp_path, acte("ZZAA001"), acte("ZZAA001"), acte("ZZAA002", "10.00"), acte("ZZAA003"), acte("ZZAA002", "11.00"),
    )  # fmt: skip
    assert [len(a.rangees) for a in lu.actes] == [1, 1, 1]
    assert _acte(lu, "ZZAA002").rangees[0].opposable == 1000
    assert par_sorte(lu.anomalies) == {"cle_en_double": 1, "cle_contradictoire": 2}


def test_activite_que_son_libelle_contredit(tmp_path: Path) -> None:
    """Une « anesthésie » numérotée 1, en double du geste : c'est l'activité 4, sans tarif certain."""
    lu = lire(
        tmp_path, *_usuelles(), acte("ZZAA001", "278.64", "278.64"), anesthesie("278.64", activite="1", code="[7, J]")
    )
    geste, sommeil = _acte(lu, "ZZAA001").rangees
    assert (geste.activite, geste.opposable, geste.modificateurs) == ("1", 27864, ("J",))
    assert (sommeil.activite, sommeil.opposable, sommeil.modificateurs) == ("4", None, ("7",))
    assert par_sorte(lu.anomalies) == {"activite_corrigee": 1}


def test_lettres_inconnues_gardees_et_dites(tmp_path: Path) -> None:
    """Une lettre que le corpus ne situe pas va à toutes les activités."""
    lu = lire(tmp_path, acte("ZZAA001"), anesthesie(code="[X, A, JK]"))
    assert [x.modificateurs for x in _acte(lu, "ZZAA001").rangees] == [("X",), ("X", "A")]
    assert par_sorte(lu.anomalies) == {
        "modificateur_illisible": 1,
        "modificateur_inconnu": 1,
        "modificateur_non_decrit": 1,
    }


def test_lettre_sans_activite_ou_se_coder(tmp_path: Path) -> None:
    """Une lettre d'anesthésie sur un acte qui n'a pas l'activité 4 n'est pas perdue."""
    cec = r("[A, J]", "circulation extracorporelle", "5", "0", "9", "9", "", "", "1", "ATM")
    lu = lire(tmp_path, acte("ZZAA001"), cec)
    assert [x.modificateurs for x in _acte(lu, "ZZAA001").rangees] == [("A", "J"), ("A", "J")]
    assert par_sorte(lu.anomalies) == {"modificateur_sans_activite": 1}


def test_activite_inconnue_du_partage(tmp_path: Path) -> None:
    """Une activité que le corpus ne connaît pas reçoit toutes les lettres."""
    lu = lire(
        tmp_path,
        acte("ZZAA001"),
        anesthesie(code="[A, J]"),
        r("", "Activité 8", "8", "0", "1", "1", "", "", "1", "XXX"),
    )
    assert [x.modificateurs for x in _acte(lu, "ZZAA001").rangees] == [("J",), ("A",), ("A", "J")]


def test_modificateurs_et_leurs_valeurs(tmp_path: Path) -> None:
    """Une lettre a ses valeurs, dans l'ordre, chacune avec ses notes ; les chapitres gardent les leurs."""
    lu = lire(tmp_path, acte("ZZAA001"))
    par_lettre = {m.lettre: m for m in lu.modificateurs}
    assert list(par_lettre) == ["U", "A", "7", "J", "K"]
    nuit, soir = par_lettre["U"].rangees
    assert (nuit.texte, nuit.opposable, nuit.notes) == (
        "Acte réalisé la nuit", ValeurModificateur(forfait=2515), ("A l'exclusion de : tout",),
    )  # fmt: skip
    assert (soir.opposable.forfait, soir.notes) == (5000, ("Inclut : rien",))
    [k] = par_lettre["K"].rangees
    assert (k.opposable.taux, k.autre.taux) == (2000, 1550)
    assert par_lettre["U"].chapitre == "19.03.01"
    assert {c.numero: (c.titre, c.notes) for c in lu.chapitres} == {
        "01": ("CHAPITRE IMAGINAIRE", ("Note du chapitre",)),
        "01.01": ("SOUS-CHAPITRE", ()),
        "19.03": ("MODIFICATEURS", ()),
        "19.03.01": ("Urgence", ("Note d'urgence",)),
    }


def test_rien_n_est_perdu_en_silence(tmp_path: Path) -> None:
    """Une rangée qui n'est reconnue comme rien, une cellule hors des colonnes : chacune est une anomalie."""
    lu = lire(
        tmp_path, anesthesie(), acte("ZZAA001"), r("", "", "", "", "", "", "", "", "", "ADC"),
        (*r("", "Une note"), "au bout"), r("ZZAA002", "Acte sans activité"), r("", "(ZZZZ999)"),
        r("ZZAA003", "Acte", "1", "0", "3", "3", "peut-être", "AP", "1", "ADC"), r("02", "CHAPITRE", "", "", "4"),
    )  # fmt: skip
    assert par_sorte(lu.anomalies) == {
        "hors_acte": 1, "rangee_inconnue": 1, "hors_colonnes": 1, "sans_activite": 1, "geste_inconnu": 1,
        "valeur_inattendue": 2,
    }  # fmt: skip
    # Une marque que l'on ne comprend pas compte comme la marque : la condition avant le montant.
    assert _acte(lu, "ZZAA003").rangees[0].sous_conditions

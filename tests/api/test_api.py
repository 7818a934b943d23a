"""L'API : les mêmes réponses que Python, chaque exemple publié tourne, chaque refus se dit comme à la commande."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema
import pytest
import requests

import opposable
from opposable.portes.api import operations as ops
from opposable.portes.api.garde import journal
from opposable.portes.python import corpus

OPERATIONS = ops.operations(corpus())
FACTURE = ops.EXEMPLE_FACTURE


def envoyer(serveur: str, chemin: str, corps: object, **options: Any) -> requests.Response:
    return requests.post(f"{serveur}/v1{chemin}", json=corps, timeout=60, **options)


def lire(serveur: str, chemin: str, **options: Any) -> requests.Response:
    return requests.get(f"{serveur}/v1{chemin}", timeout=60, **options)


class TestLesMemesReponses:
    def test_coter(self, serveur: str) -> None:
        assert envoyer(serveur, "/coter", FACTURE).json() == opposable.coter(FACTURE)

    def test_coter_un_tableau(self, serveur: str) -> None:
        """Un tableau rend un tableau, dans l'ordre."""
        autre = {**FACTURE, "id": "deux", "date": "2024-02-10"}
        assert envoyer(serveur, "/coter", [FACTURE, autre]).json() == [opposable.coter(FACTURE), opposable.coter(autre)]

    @pytest.mark.parametrize("option", ["strict", "prevu"])
    def test_coter_avec_une_option(self, serveur: str, option: str) -> None:
        """Le 10 octobre 2025, le calendrier annoncé donnait d'autres tarifs ; strict, rien ne se suppose."""
        facture = {**FACTURE, "date": "2025-10-10"}
        recu = envoyer(serveur, f"/coter?{option}=oui", facture).json()
        assert recu == opposable.coter(facture, **{option: True}) != opposable.coter(facture)

    def test_proposer(self, serveur: str) -> None:
        recu = envoyer(serveur, "/proposer", ops.EXEMPLE_SITUATION).json()
        assert recu == opposable.proposer(ops.EXEMPLE_SITUATION)

    @pytest.mark.parametrize("nom", sorted(corpus().dispositifs))
    def test_calculer(self, serveur: str, nom: str) -> None:
        cas = corpus().dispositifs[nom].exemple
        assert envoyer(serveur, f"/calculer/{nom}", cas).json() == opposable.calculer(nom, cas)

    def test_lire(self, serveur: str) -> None:
        from datetime import date

        assert lire(serveur, "/bareme/G?le=2026-02-10").json() == opposable.bareme("G", le=date(2026, 2, 10))
        changements = lire(serveur, "/changements?du=2025-12-31&au=2026-01-01&specialite=12").json()
        entre = (date(2025, 12, 31), date(2026, 1, 1))
        assert changements == opposable.bareme(entre=entre, profil={"specialite": "12"})
        assert lire(serveur, "/textes/age-80-ans").json() == opposable.textes("age-80-ans")
        assert lire(serveur, "/motifs?acte=G").json() == opposable.motifs(acte="G")
        assert lire(serveur, "/schema/facture").json() == opposable.schema("facture")


class TestLaDescription:
    def test_elle_est_publiee_en_3_1(self, serveur: str) -> None:
        description = lire(serveur, "/openapi.json").json()
        assert description["openapi"] == "3.1.0"
        assert {f"/v1{o.chemin}" for o in OPERATIONS} == set(description["paths"])
        for schema in description["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(schema)

    @pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.nom)
    def test_chaque_exemple_tourne(self, serveur: str, operation: ops.Operation) -> None:
        """L'exemple de chaque paramètre, et celui du corps, donnent une réponse."""
        chemin = operation.chemin.replace("{ident}", operation.ident)
        exemples = {p.nom: p.exemple for p in operation.parametres}
        if operation.corps is not None:
            reponse = envoyer(serveur, chemin, operation.corps.exemple, params=exemples)
        else:
            reponse = lire(serveur, chemin, params=exemples)
        assert reponse.status_code == 200, reponse.text[:300]


class TestLesRefus:
    @pytest.mark.parametrize(
        ("chemin", "corps", "statut", "code", "ou"),
        [
            ("/coter", {**FACTURE, "actes": [{"code": "G", "honor": "3"}]}, 422, "CLE_INCONNUE", "/actes/0/honor"),
            ("/coter", [FACTURE, {"date": "2026-13-01"}], 422, "DATE_IMPOSSIBLE", "/1/date"),
            ("/coter", {"actes": [{"code": "G"}]}, 422, "DATE_ABSENTE", "/date"),
            ("/coter", [], 200, None, None),
            ("/proposer", [ops.EXEMPLE_SITUATION], 422, "TYPE_INATTENDU", "/corps"),
            ("/calculer/permanence", {"date": "2026-02-10", "heur": "10:00"}, 422, "CLE_INCONNUE", "/heur"),
        ],
    )  # fmt: skip
    def test_une_entree_qui_ne_convient_pas(
        self, serveur: str, chemin: str, corps: object, statut: int, code: str | None, ou: str | None
    ) -> None:
        reponse = envoyer(serveur, chemin, corps)
        assert reponse.status_code == statut, reponse.text
        if code is not None:
            dit = reponse.json()
            assert reponse.headers["content-type"] == "application/problem+json"
            assert (dit["code"], dit["pointeur"], dit["status"]) == (code, ou, statut)
            assert dit["type"] == f"urn:opposable:erreur:{code}"
            assert dit["detail"]
            assert dit["attendu"]

    def test_le_message_est_celui_de_la_commande(self, serveur: str) -> None:
        facture = {**FACTURE, "medecin": {"specialite": "dermatologi"}}
        with pytest.raises(opposable.ErreurEntree) as attendue:
            opposable.coter(facture)
        dit = envoyer(serveur, "/coter", facture).json()
        for cle in ("code", "ou", "attendu", "exemple"):
            assert dit[cle] == attendue.value.en_dict()[cle]
        assert dit["detail"].lower() == attendue.value.message.lower()

    @pytest.mark.parametrize(
        ("corps", "mime", "statut", "code"),
        [
            (b'{"date": "2026-02-10",', "application/json", 400, "JSON_TRONQUE"),
            (b'{"date": NaN}', "application/json", 400, "NOMBRE_INVALIDE"),
            (b'{"date": "1", "date": "2"}', "application/json", 400, "CLE_EN_DOUBLE"),
            (b"\xff\xfe{\x00", "application/json", 400, "UTF8_INVALIDE"),
            (b"", "application/json", 400, "FICHIER_VIDE"),
            (b'{"a": 1}\n{"a": 2}', "application/json", 422, "TYPE_INATTENDU"),
            (b"{}", "text/plain", 415, "CONTENU_REFUSE"),
            (b"{}", None, 415, "CONTENU_REFUSE"),
            (b"[" * 100_000, "application/json", 400, "JSON_INVALIDE"),
        ],
    )
    def test_un_corps_illisible(self, serveur: str, corps: bytes, mime: str | None, statut: int, code: str) -> None:
        en_tetes = {"content-type": mime} if mime else {}
        reponse = requests.post(f"{serveur}/v1/coter", data=corps, headers=en_tetes, timeout=30)
        assert (reponse.status_code, reponse.json()["code"]) == (statut, code)

    @pytest.mark.parametrize(
        ("chemin", "statut", "code", "ou"),
        [
            ("/bareme?le=2026-02-30", 422, "DATE_IMPOSSIBLE", "le"),
            ("/bareme?quand=2026-02-10", 422, "PARAMETRE_INCONNU", "adresse"),
            ("/bareme?le=2026-02-10&le=2026-02-11", 422, "PARAMETRE_EN_DOUBLE", "le"),
            ("/bareme?historique=true", 422, "VALEUR_INCONNUE", "historique"),
            ("/bareme?specialite=pediatri", 422, "VALEUR_INCONNUE", "specialite"),
            ("/bareme?recherche=zzzzzz", 404, "RIEN_TROUVE", "CODE"),
            ("/bareme/ZZ9", 404, "RIEN_TROUVE", "ident"),
            ("/bareme/avis", 404, "CODE_INCONNU", "ident"),
            ("/changements?du=2026-01-01", 422, "PARAMETRE_MANQUANT", "au"),
            ("/changements?du=2026-01-02&au=2026-01-01", 422, "DATES_INVERSEES", "au"),
            ("/motifs/NEXISTE_PAS", 404, "MOTIF_INCONNU", "ident"),
            ("/erreurs/99", 404, "ERREUR_FREQUENTE_INCONNUE", "ident"),
            ("/textes/s9-rien", 404, "TEXTE_INCONNU", "ident"),
            ("/dispositifs/rien", 404, "DISPOSITIF_INCONNU", "ident"),
            ("/schema/rien", 404, "SCHEMA_INCONNU", "ident"),
            ("/nulle-part", 404, "ADRESSE_INCONNUE", ""),
        ],
    )
    def test_une_adresse_qui_ne_convient_pas(self, serveur: str, chemin: str, statut: int, code: str, ou: str) -> None:
        reponse = lire(serveur, chemin)
        dit = reponse.json()
        assert (reponse.status_code, dit["code"], dit["ou"]) == (statut, code, ou), dit
        assert reponse.headers["content-type"] == "application/problem+json"

    def test_une_methode_refusee_dit_celle_qui_convient(self, serveur: str) -> None:
        reponse = lire(serveur, "/coter")
        assert (reponse.status_code, reponse.headers["allow"]) == (405, "POST")


class TestLesProtections:
    def test_un_corps_trop_grand(self, serveur: str) -> None:
        """Au-delà d'un million d'octets, annoncés ou non."""
        corps = json.dumps({**FACTURE, "id": "x" * 1_000_000}).encode()
        en_tetes = {"content-type": "application/json"}
        annonce = requests.post(f"{serveur}/v1/coter", data=corps, headers=en_tetes, timeout=30)
        par_morceaux = (corps[i : i + 50_000] for i in range(0, len(corps), 50_000))
        verse = requests.post(f"{serveur}/v1/coter", data=par_morceaux, headers=en_tetes, timeout=30)
        for reponse in (annonce, verse):
            assert (reponse.status_code, reponse.json()["code"]) == (413, "REQUETE_TROP_GRANDE")

    def test_trop_de_factures(self, serveur: str) -> None:
        reponse = envoyer(serveur, "/coter", [FACTURE] * 101)
        assert (reponse.status_code, reponse.json()["code"]) == (422, "TROP_DE_FACTURES")

    @pytest.mark.parametrize("hote", ["opposable.example", "127.0.0.1.example:80", "192.168.1.2"])
    def test_un_autre_hote_est_refuse(self, serveur: str, hote: str) -> None:
        """Une page d'ailleurs ne peut pas faire passer ce serveur pour le sien."""
        reponse = lire(serveur, "/dispositifs", headers={"host": hote})
        assert (reponse.status_code, reponse.json()["code"]) == (421, "HOTE_REFUSE")

    def test_un_autre_site_ne_peut_rien_envoyer(self, serveur: str) -> None:
        reponse = envoyer(serveur, "/coter", FACTURE, headers={"sec-fetch-site": "cross-site"})
        assert (reponse.status_code, reponse.json()["code"]) == (403, "ORIGINE_REFUSEE")

    @pytest.mark.parametrize(
        "chemin", ["/", "/v1/dispositifs", "/v1/nulle-part", "/nulle-part", "/statique/opposable.css"]
    )
    def test_les_en_tetes_de_securite(self, serveur: str, chemin: str) -> None:
        en_tetes = requests.get(serveur + chemin, timeout=30).headers
        politique = en_tetes["content-security-policy"]
        assert politique.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert not {"unsafe", "http", "*"} & set(re.findall(r"unsafe|http|\*", politique))
        assert en_tetes["x-content-type-options"] == "nosniff"
        assert en_tetes["referrer-policy"] == "no-referrer"
        assert "server" not in en_tetes

    def test_le_journal_ne_dit_que_la_route_le_statut_et_la_duree(
        self, serveur: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        journal.propagate = True
        with caplog.at_level(logging.INFO, logger="opposable.serveur"):
            envoyer(serveur, "/coter?strict=oui", {**FACTURE, "id": "secret-42"})
            lire(serveur, "/bareme/G?recherche=secret-42")
            requests.get(f"{serveur}/secret-42", timeout=30)

            def dits() -> list[str]:
                lus = [vu.getMessage() for vu in caplog.records if vu.name == "opposable.serveur"]
                return [dit.rsplit(maxsplit=2)[0] for dit in lus if "/statique" not in dit][-3:]

            # La ligne d'une requête s'écrit une fois sa réponse partie.
            attendus = ["POST /v1/coter 200", "GET /v1/bareme/{ident} 422", "GET ? 404"]
            limite = time.monotonic() + 10
            while dits() != attendus and time.monotonic() < limite:
                time.sleep(0.02)
            assert dits() == attendus

        assert "secret" not in caplog.text
        assert "strict" not in caplog.text


def test_un_calcul_trop_long_est_dit() -> None:
    """Un serveur dont la patience est nulle répond 503 sans rien casser : le calcul suivant se fait."""
    import asyncio

    from opposable.portes.api.calcul import Calculateur, Limites, Surcharge, echeance

    calculer = Calculateur(Limites(secondes=0.3))

    async def deux() -> str:
        with pytest.raises(Surcharge, match="dépassé"):
            await calculer(time.sleep, 0.5)
        # Le calcul abandonné tourne encore : un calcul court attend son tour, puis se fait sur place.
        attendu = threading.current_thread().name
        ailleurs = await calculer.court(lambda: threading.current_thread().name)
        ici = await calculer.court(lambda: threading.current_thread().name)
        assert (ailleurs != attendu, ici) == (True, attendu)
        return await calculer(lambda: "fait")

    # Dans un fil à part : le navigateur des autres essais a déjà une boucle dans celui-ci.
    with ThreadPoolExecutor() as fil:
        assert fil.submit(lambda: asyncio.run(deux())).result() == "fait"
    with pytest.raises(Surcharge):
        echeance(-1)(1)

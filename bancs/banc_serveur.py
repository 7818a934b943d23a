"""Banc : l'API servie. Deux cents factures par seconde pendant quinze secondes, le serveur tenu sur un seul cœur, le
client sur l'autre. Chaque durée part de l'instant prévu de l'envoi, l'attente comprise, et se rapporte à celle d'une
requête qui ne calcule rien, dans la même exécution.

Budget : p99 ≤ 50 ms. Le banc affiche, il n'échoue pas.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

EXEMPLES = Path(__file__).resolve().parent.parent / "exemples"
PAR_SECONDE = 200
SECONDES = 15
LIAISONS = 16
BUDGET_MS = 50.0


def principal() -> None:
    """Ouvre un serveur, mesure, l'arrête."""
    taskset = shutil.which("taskset")
    seul = [taskset, "-c", "0"] if taskset else []
    commande = [*seul, sys.executable, "-m", "opposable.portes.cli", "servir", "--port", "0"]
    serveur = subprocess.Popen(commande, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if taskset and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, os.sched_getaffinity(0) - {0})
    try:
        assert serveur.stdout is not None
        trouve = re.search(r":(\d+)/", serveur.stdout.readline())
        assert trouve is not None
        asyncio.run(_mesurer(int(trouve[1])))
    finally:
        serveur.terminate()
        serveur.wait(timeout=10)


async def _mesurer(port: int) -> None:
    rien = b"GET /statique/icone.svg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    reference = await _tirer(port, rien, 3)
    print(f"référence, un fichier de 300 octets : médiane {reference[len(reference) // 2]:.2f} ms")
    for nom in ("faits_complets", "consultation"):
        corps = json.dumps(json.loads((EXEMPLES / f"{nom}.json").read_text("utf-8"))).encode()
        tete = "POST /v1/coter HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
        requete = f"{tete}{len(corps)}\r\n\r\n".encode() + corps
        await _tirer(port, requete, 2)
        durees = await _tirer(port, requete, SECONDES)
        mediane, p99 = durees[len(durees) // 2], durees[int(len(durees) * 0.99)]
        verdict = "tenu" if p99 <= BUDGET_MS else "DÉPASSÉ"
        rapport = mediane / reference[len(reference) // 2]
        print(
            f"coter {nom:15} {len(durees)} requêtes à {PAR_SECONDE}/s : médiane {mediane:.1f} ms ({rapport:.1f} × la "
            f"référence), p99 {p99:.1f} ms (budget {BUDGET_MS:g} ms)  {verdict}"
        )


async def _tirer(port: int, requete: bytes, secondes: int) -> list[float]:
    """Les durées en millisecondes, triées, de requêtes parties à intervalles réguliers."""
    libres: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(LIAISONS):
        libres.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    durees: list[float] = []

    async def une(prevu: float) -> None:
        lecture, ecriture = await libres.get()
        ecriture.write(requete)
        tete = await lecture.readuntil(b"\r\n\r\n")
        assert tete.startswith(b"HTTP/1.1 200"), tete[:80]
        longueur = re.search(rb"content-length: (\d+)", tete.lower())
        assert longueur is not None
        await lecture.readexactly(int(longueur[1]))
        durees.append((time.perf_counter() - prevu) * 1000)
        libres.put_nowait((lecture, ecriture))

    debut = time.perf_counter() + 0.05
    parties = []
    for rang in range(PAR_SECONDE * secondes):
        prevu = debut + rang / PAR_SECONDE
        await asyncio.sleep(max(0.0, prevu - time.perf_counter()))
        parties.append(asyncio.create_task(une(prevu)))
    await asyncio.gather(*parties)
    while not libres.empty():
        libres.get_nowait()[1].close()
    return sorted(durees)


if __name__ == "__main__":
    principal()

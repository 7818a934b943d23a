"""``python -m opposable.demo`` : les tableaux imprimés recalculés, puis une facture expliquée. Sortie 0 ou 1."""

from __future__ import annotations

import sys

from opposable.demo.affichage import jouer

if __name__ == "__main__":
    sys.exit(jouer(sys.stdout))

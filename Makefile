# Opposable : commandes du projet. « make aide » les décrit.
# Sur une machine nue, il suffit de Python >= 3.11 (avec le module venv) et de make :
# chaque commande crée .venv au besoin, puis n'y revient que si le verrou ou pyproject.toml ont changé.

SHELL := /bin/sh
.DEFAULT_GOAL := aide

# Pour imposer un interpréteur : make test PYTHON=/chemin/vers/python3
PYTHON ?=
VENV := .venv
PY := $(VENV)/bin/python
# Processus de pytest en parallèle.
PROCESSUS ?= 2

.PHONY: aide demo test api parite spark bancs bench format style types couches essais roue verrou verrou-spark propre

aide: ## Affiche cette aide
	@echo "Opposable : la convention médicale, calculable"
	@echo ""
	@echo "Usage : make COMMANDE"
	@echo ""
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s  %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.projet ## Joue la démonstration, de bout en bout
	@$(PY) -m opposable.demo

test: style types couches essais ## Vérifie tout : style, types, couches, essais

parite: $(VENV)/.projet ## Compare longuement les deux interprètes sur des lots tirés au hasard
	@OPPOSABLE_PARITE=complet $(PY) -m pytest -n $(PROCESSUS) tests/lots/test_parite.py tests/lots/test_parite_frequences.py tests/lots/test_temps.py

spark: $(VENV)/.spark ## Installe le moteur Spark et vérifie qu'il calcule comme les autres (demande Java 17)
	@$(PY) -m pytest -m spark -rA

api: $(VENV)/.projet ## Éprouve toute l'API d'après sa description : chaque contrainte, beaucoup d'entrées au hasard
	@OPPOSABLE_API=complet $(PY) -m pytest tests/api/test_schemathesis.py -rA -q

bancs: $(VENV)/.projet ## Mesure les temps et les compare aux budgets
	@set -e; trouve=non; for b in bancs/banc_*.py; do \
	  if [ -e "$$b" ]; then trouve=oui; $(PY) "$$b"; fi; \
	done; if [ $$trouve = non ]; then echo "Aucun banc dans bancs/ (fichiers banc_*.py)."; fi

bench: bancs ## Comme « make bancs »

format: $(VENV)/.projet ## Met en forme le code et corrige ce qui peut l'être
	@$(VENV)/bin/ruff check --fix --quiet --exit-zero .
	@$(VENV)/bin/ruff format .

style: $(VENV)/.projet ## Vérifie le style (ruff)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .

types: $(VENV)/.projet ## Vérifie les types (mypy --strict)
	@$(VENV)/bin/mypy

couches: $(VENV)/.projet ## Vérifie le sens des imports (import-linter)
	@$(VENV)/bin/lint-imports --no-logo

essais: $(VENV)/.projet ## Lance les essais (pytest)
	@# Des essais lancent la commande : sans bytecode gardé, chaque processus recompilerait tout le projet.
	@env -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest -n $(PROCESSUS) --dist worksteal

roue: $(VENV)/.projet ## Construit la roue et l'archive dans dist/
	@$(VENV)/bin/hatchling build

verrou: $(VENV)/.projet ## Refait requirements.lock d'après pyproject.toml
	@{ echo "# Versions exactes et empreintes de tout ce que le projet installe."; \
	   echo "# Produit par « make verrou » à partir de pyproject.toml : ne pas modifier à la main."; } > requirements.lock.neuf
	@cp requirements.lock requirements.lock.calcul
	@$(VENV)/bin/pip-compile --quiet --no-config --extra lots --extra ccam --extra web --extra dev --strip-extras --allow-unsafe \
	  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  --output-file requirements.lock.calcul pyproject.toml
	@cat requirements.lock.calcul >> requirements.lock.neuf
	@rm requirements.lock.calcul
	@mv requirements.lock.neuf requirements.lock

verrou-spark: $(VENV)/.projet ## Refait requirements-spark.lock : requirements.lock, et le moteur Spark en plus
	@{ echo "# Versions exactes et empreintes de tout ce que le projet installe, moteur Spark compris."; \
	   echo "# Produit par « make verrou-spark » à partir de pyproject.toml : ne pas modifier à la main."; } > requirements-spark.lock.neuf
	@if [ -e requirements-spark.lock ]; then cp requirements-spark.lock requirements-spark.lock.calcul; fi
	@$(VENV)/bin/pip-compile --quiet --no-config --extra lots --extra ccam --extra web --extra dev --extra spark --strip-extras --allow-unsafe \
	  --constraint requirements.lock \
	  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  --output-file requirements-spark.lock.calcul pyproject.toml
	@cat requirements-spark.lock.calcul >> requirements-spark.lock.neuf
	@rm requirements-spark.lock.calcul
	@mv requirements-spark.lock.neuf requirements-spark.lock

propre: ## Enlève .venv, les caches et ce qui a été construit
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# 1. L'environnement, d'après le verrou (versions exactes, empreintes vérifiées).
$(VENV)/.verrou: requirements.lock
	@set -e; \
	if ! $(PY) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	  choisi=""; \
	  for p in $(PYTHON) $(if $(PYTHON),,python3.13 python3.12 python3.11 python3 python); do \
	    if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then choisi="$$p"; break; fi; \
	  done; \
	  if [ -z "$$choisi" ]; then \
	    echo "Opposable demande Python 3.11 ou plus récent." >&2; \
	    if [ -n "$(PYTHON)" ]; then \
	      echo "« $(PYTHON) » n'en est pas un : vérifiez le chemin donné par PYTHON=…" >&2; \
	    elif command -v python3 >/dev/null 2>&1; then \
	      echo "Trouvé ici : $$(python3 --version 2>&1). Installez une version plus récente (sous Debian : apt install python3 python3-venv)," >&2; \
	      echo "ou indiquez-la : make test PYTHON=/chemin/vers/python3.12" >&2; \
	    else \
	      echo "Aucun Python trouvé. Sous Debian : apt install python3 python3-venv ; ailleurs : python.org." >&2; \
	    fi; \
	    exit 1; \
	  fi; \
	  echo "Création de $(VENV) avec $$($$choisi --version)…"; \
	  "$$choisi" -m venv --clear $(VENV) || { \
	    echo "Le module venv de Python manque. Sous Debian : apt install python3-venv." >&2; exit 1; }; \
	fi; \
	echo "Installation des dépendances verrouillées…"; \
	$(PY) -m pip install --quiet --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock || { \
	  echo "Les dépendances n'ont pas pu être installées : voir le message ci-dessus (réseau, registre de paquets, empreinte)." >&2; exit 1; }
	@touch $@

# 2. Le projet lui-même, en mode modifiable.
$(VENV)/.projet: $(VENV)/.verrou pyproject.toml
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# 3. Le moteur Spark, pour « make spark » seulement.
$(VENV)/.spark: $(VENV)/.projet requirements-spark.lock
	@echo "Installation du moteur Spark…"
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check --require-hashes --requirement requirements-spark.lock || { \
	  echo "PySpark n'a pas pu être installé : voir le message ci-dessus (réseau, registre de paquets, empreinte)." >&2; exit 1; }
	@touch $@

"""Les requêtes SQL du générateur : les tirages, l'assemblage d'une facture, ses lignes. Aucune valeur de droit ici."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

RANGS: Final = 65536
"""Un tirage ordinaire est un entier de seize bits."""
RANGS_DROITS: Final = 4096

TABLES: Final = """
CREATE TABLE jours AS
  SELECT unnest(range(debut, fin))::INTEGER AS rang, jour::DATE AS jour, periode
  FROM read_json($jours, format = 'newline_delimited',
    columns = {jour: 'VARCHAR', periode: 'INTEGER', debut: 'INTEGER', fin: 'INTEGER'});
CREATE TABLE variantes AS FROM read_json($variantes, format = 'newline_delimited', columns = $colonnes);
CREATE TABLE choix AS
  SELECT periode, unnest(range(debut, fin))::INTEGER AS rang, id AS variante FROM variantes WHERE fin > debut;
CREATE TABLE mutations AS
  FROM read_json($mutations, format = 'newline_delimited',
    columns = {propre: 'INTEGER', rang: 'INTEGER', fausse: 'INTEGER', erreur: 'INTEGER', ligne: 'INTEGER'});
CREATE TABLE droits AS
  SELECT periode, depasse, adulte, unnest(range(debut, fin))::INTEGER AS rang, exonerations, lien_ald
  FROM read_json($droits, format = 'newline_delimited', columns = {periode: 'INTEGER', depasse: 'BOOLEAN',
    adulte: 'BOOLEAN', debut: 'INTEGER', fin: 'INTEGER', exonerations: 'VARCHAR', lien_ald: 'VARCHAR'});
CREATE TABLE verite (facture VARCHAR, ligne INTEGER, erreur INTEGER);
"""

COLONNES_VARIANTE: Final = {
    "id": "INTEGER", "periode": "INTEGER", "debut": "INTEGER", "fin": "INTEGER", "mutations": "INTEGER",
    "prefixe": "VARCHAR", "effectif": "INTEGER", "codes": "VARCHAR[]", "tarifs": "INTEGER[]", "depasse": "BOOLEAN[]",
    "associations": "VARCHAR[]", "modificateurs": "VARCHAR[]",
    "nature": "VARCHAR", "minimum": "DOUBLE", "maximum": "DOUBLE", "age_de": "INTEGER", "age_a": "INTEGER",
    "sexe": "VARCHAR", "limite": "BOOLEAN", "sortie": "INTEGER", "exonerations": "VARCHAR", "lien_ald": "VARCHAR",
}  # fmt: skip

# Chaque facture a ses propres tirages, pris dans l'empreinte MD5 de la graine et de son numéro : le même numéro donne
# la même facture, quels que soient le nombre de lignes demandé, l'ordre de calcul et la part d'erreurs.
FACTURES: Final = """
CREATE OR REPLACE TEMP TABLE factures AS
WITH empreintes AS (
  SELECT i, md5_number($graine || '.1.' || i) AS x, md5_number($graine || '.2.' || i) AS y FROM range($de, $a) r(i)
), tirages AS (
  SELECT i, (x & 18446744073709551615)::UBIGINT AS a, (x >> 64)::UBIGINT AS b,
    (y & 18446744073709551615)::UBIGINT AS c, (y >> 64)::UBIGINT AS d FROM empreintes
), propres AS (
  SELECT t.*, j.jour, v.mutations, v.id AS propre, v.depasse[1] AS propre_depasse,
    v.age_de >= $adulte AS propre_adulte, j.periode
  FROM tirages t
  JOIN jours j ON j.rang = (t.a & 65535)
  JOIN choix x ON x.periode = j.periode AND x.rang = ((t.a >> 16) & 65535)
  JOIN variantes v ON v.id = x.variante
), toutes AS (
  SELECT p.*, m.erreur, m.ligne AS ligne_fausse, coalesce(m.fausse, p.propre) AS variante
  FROM propres p
  LEFT JOIN mutations m ON m.propre = p.propre AND (p.d & 4294967295) < $erreurs * 4294967296
    AND m.rang = ((p.d >> 32) % p.mutations)
)
SELECT 'F' || lpad(p.i::VARCHAR, 10, '0') AS facture, p.i, p.jour, p.variante, p.erreur, p.ligne_fausse,
  len(v.codes) AS n,
  v.prefixe || lpad(((p.a >> 32) % v.effectif)::VARCHAR, 6, '0') AS medecin,
  (p.jour - to_months(v.age_de))::DATE - (((p.b & 4294967295)
    * datediff('day', (p.jour - to_months(v.age_a))::DATE, (p.jour - to_months(v.age_de))::DATE)) >> 32)::INTEGER
    AS naissance,
  coalesce(v.sexe, CASE WHEN ((p.b >> 32) & 65535) < $femmes * 65536 THEN 'f' ELSE 'm' END) AS sexe,
  (p.b >> 48) % $homonymes AS homonyme,
  v.minimum + (v.maximum - v.minimum) * (p.c & 65535) / 65536.0 AS part,
  coalesce(v.exonerations, o.exonerations) AS exonerations,
  CASE WHEN v.exonerations IS NULL THEN o.lien_ald ELSE v.lien_ald END AS lien_ald,
  CASE WHEN v.sortie > 0 THEN p.jour - (((p.c >> 32) & 65535) % v.sortie)::INTEGER END AS sortie
FROM toutes p
JOIN variantes v ON v.id = p.variante
JOIN droits o ON o.periode = p.periode AND o.depasse = p.propre_depasse AND o.adulte = p.propre_adulte
  AND o.rang = ((p.c >> 16) & 4095)
"""

# Les factures entières qui tiennent dans les lignes restantes ; des factures d'une ligne comblent la fin.
GARDEES: Final = """
CREATE OR REPLACE TEMP TABLE gardees AS
WITH cumul AS (SELECT *, sum(n) OVER (ORDER BY i) AS total FROM factures),
entieres AS (SELECT coalesce(max(total), 0) AS lignes, coalesce(max(i), -1) AS derniere
  FROM cumul WHERE total <= $reste),
suite AS (
  SELECT c.i FROM cumul c, entieres e WHERE c.i > e.derniere AND c.n = 1
  ORDER BY c.i LIMIT (SELECT $reste - lignes FROM entieres)
)
SELECT f.* EXCLUDE total FROM cumul f WHERE f.total <= $reste OR f.i IN (FROM suite)
"""

NOTER: Final = """
INSERT INTO verite SELECT facture, ligne_fausse, erreur FROM gardees WHERE erreur IS NOT NULL ORDER BY i
"""

_CALCULEES: Final = {
    "patient.date_naissance": "g.naissance",
    "patient.sexe": "g.sexe",
    "patient.exonerations": "g.exonerations",
    "contexte.date_sortie_hospitalisation": "g.sortie",
    "acte.lien_ald": "g.lien_ald",
    "acte.association": "v.associations[l]",
    "acte.modificateurs": "v.modificateurs[l]",
    "acte.nature_depassement": "CASE WHEN v.depasse[l] THEN v.nature END",
    "acte.exigence_particuliere": "CASE WHEN v.depasse[l] AND v.nature = 'de' THEN 'oui' END",
}


def nom_colonne(fait: str) -> str:
    """Le nom d'une colonne du lot : celui du fait, ``__`` à la place du point."""
    return fait.replace(".", "__")


def faits_de_variante(colonnes: Mapping[str, Any]) -> list[str]:
    """Les faits que la variante porte elle-même ; les autres se calculent."""
    return [fait for fait in colonnes if fait not in _CALCULEES]


def lignes(colonnes: Mapping[str, Any], inconnus: float) -> str:
    """La requête qui donne les lignes du lot, dans l'ordre ; une part des faits facultatifs y est nulle."""
    choisies = []
    facultatifs = 0
    for fait, colonne in colonnes.items():
        expression = _CALCULEES.get(fait, f'v."{nom_colonne(fait)}"')
        if colonne.get("facultatif") and inconnus > 0:
            mot, rang = divmod(facultatifs, 8)
            tirage = f"((g.u{mot} >> {16 * rang}) & 65535)::INTEGER"
            expression = f"CASE WHEN {tirage} >= $inconnus * 65536 THEN {expression} END"
            facultatifs += 1
        choisies.append(f'({expression})::{colonne["type"]} AS "{nom_colonne(fait)}"')
    mots = "".join(f", md5_number($graine || '.{3 + mot}.' || i) AS u{mot}" for mot in range((facultatifs + 7) // 8))
    return f"""
SELECT g.facture, l::INTEGER AS ligne, g.jour AS "date", g.medecin,
  'P' || left(md5(CASE WHEN v.limite THEN g.facture ELSE g.naissance || g.sexe || g.homonyme END), 12) AS patient,
  v.codes[l] AS code,
  CASE WHEN v.depasse[l]
    THEN greatest(v.tarifs[l] + 100, (round(v.tarifs[l] * (1 + g.part) / 100) * 100)::INTEGER)
    ELSE v.tarifs[l] END AS honoraires,
  {", ".join(choisies)}
FROM (SELECT *, unnest(range(1, n + 1)) AS l FROM (SELECT *{mots} FROM gardees)) g JOIN variantes v ON v.id = g.variante
ORDER BY g.i, l
"""  # noqa: S608 - les noms viennent du modèle du paquet

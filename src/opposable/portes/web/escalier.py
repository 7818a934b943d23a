"""Le graphique d'un tarif : un escalier par calendrier, en SVG, dessiné par le serveur, sans script ni police."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final

from opposable.droit import montant
from opposable.portes.web import dessin
from opposable.rendu import francais

EN_TETES: Final = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""Un SVG porte ses styles en ligne ; rien d'autre ne lui est permis."""
_CLAIR: Final = {"fond": "#ffffff", "encre": "#1d2421", "doux": "#57605b", "trait": "#d9d6cc", "plein": "#1d5c48",
                 "annonce": "#97251c"}  # fmt: skip
_SOMBRE: Final = {"fond": "#1d2421", "encre": "#eceee9", "doux": "#a9b3ad", "trait": "#38423d", "plein": "#7fd1b0",
                  "annonce": "#f5a79d"}  # fmt: skip
_POINTILLE: Final = "3,6"
_TROIS_ANS: Final = 1096


@dataclass(frozen=True, slots=True)
class Palier:
    """Une valeur sur ``[du, au[`` (jours) : des centimes, ou ``None`` si elle est inconnue ou s'il n'y en a pas."""

    du: int
    au: int
    centimes: int | None


@dataclass(frozen=True, slots=True)
class Escalier:
    """Ce que le graphique montre : le tarif appliqué, et l'annoncé là seulement où il en diffère."""

    applique: tuple[Palier, ...]
    annonce: tuple[Palier, ...]

    @property
    def vide(self) -> bool:
        """Vrai si aucune valeur n'est connue."""
        return all(p.centimes is None for p in (*self.applique, *self.annonce))

    def en_mots(self) -> str:
        """Le graphique dit en une phrase, pour qui ne le voit pas."""
        dits = [_palier_dit(p) for p in self.applique]
        suite = [_palier_dit(p) for p in self.annonce]
        reporte = f". Annoncé, non appliqué : {' ; '.join(suite)}" if suite else ""
        return " ; ".join(dits) + reporte


def escalier(
    effectives: Sequence[Mapping[str, Any]],
    prevues: Sequence[Mapping[str, Any]],
    territoire: str,
    debut: int,
    fin: int,
) -> Escalier:
    """Les paliers d'un territoire (le cas général quand plusieurs cas ont cours), des deux calendriers."""
    applique = _paliers(effectives, territoire, debut, fin)
    prevu = _paliers(prevues, territoire, debut, fin)
    ecarts = _fondre(_ecarts(applique, prevu))
    while applique and applique[0].centimes is None and len(applique) > 1:
        applique.pop(0)
    return Escalier(tuple(applique), tuple(p for p in ecarts if p.centimes is not None))


def _paliers(lignes: Sequence[Mapping[str, Any]], territoire: str, debut: int, fin: int) -> list[Palier]:
    ici = [x for x in lignes if not x["territoires"] or territoire in x["territoires"]]
    bornes = [(_jour(x["du"], debut), _jour(x["au"], fin), x) for x in ici]
    coupes = sorted({debut, fin, *(min(max(j, debut), fin) for du, au, _ in bornes for j in (du, au))})
    return _fondre(Palier(a, b, _valeur([x for du, au, x in bornes if du <= a < au])) for a, b in pairwise(coupes))


def _valeur(actives: Sequence[Mapping[str, Any]]) -> int | None:
    """La valeur de ces lignes : la seule, la générale parmi plusieurs cas, ou celle qu'elles partagent toutes."""
    generales = [x for x in actives if x["cas"] is None] or list(actives)
    trouvees = {x["montant"] for x in generales}
    seule = trouvees.pop() if len(trouvees) == 1 else None
    return montant.centimes(seule) if seule is not None else None


def _ecarts(applique: Sequence[Palier], prevu: Sequence[Palier]) -> Iterator[Palier]:
    coupes = sorted({j for p in (*applique, *prevu) for j in (p.du, p.au)})
    for a, b in pairwise(coupes):
        ici, annonce = (next((p.centimes for p in serie if p.du <= a < p.au), None) for serie in (applique, prevu))
        yield Palier(a, b, annonce if annonce != ici else None)


def _fondre(paliers: Iterator[Palier]) -> list[Palier]:
    fondus: list[Palier] = []
    for palier in paliers:
        if fondus and fondus[-1].centimes == palier.centimes and fondus[-1].au == palier.du:
            fondus[-1] = Palier(fondus[-1].du, palier.au, palier.centimes)
        else:
            fondus.append(palier)
    return fondus


def _jour(texte: str | None, sinon: int) -> int:
    return date.fromisoformat(texte).toordinal() if texte else sinon


def _palier_dit(palier: Palier) -> str:
    dit = "aucun tarif connu" if palier.centimes is None else francais.montant(montant.euros(palier.centimes))
    du, au = (francais.date_longue(date.fromordinal(j)) for j in (palier.du, palier.au))
    return f"{dit} du {du} au {au}"


def dessiner(trace: Escalier, titre: str, *, etroit: bool) -> bytes:
    """Le SVG. Les ordonnées sont des centimes entiers, les abscisses des jours ; une valeur inconnue coupe le trait."""
    pygal, etree = dessin.bibliotheque()
    taille = 12 if etroit else 14
    debut, fin = _bornes(trace)
    lettres = dict.fromkeys(("label_font_size", "major_label_font_size", "value_label_font_size"), taille)
    graphe = pygal.XY(
        js=[], css=[], pretty_print=False, show_legend=False, allow_interruptions=True, print_labels=True,
        explicit_size=True, width=340 if etroit else 520, height=250 if etroit else 300, margin=12,
        margin_right=26 if etroit else 40, title=titre, x_label_rotation=0, truncate_label=-1,
        style=pygal.style.Style(value_font_size=0, title_font_size=taille + 1, font_family=dessin.LETTRES, **lettres),
        xrange=(debut, fin), range=(0, _haut(trace)), y_labels=dessin.graduations(_haut(trace)),
        x_labels=_annees(debut, fin, 5 if etroit else 7), value_formatter=lambda c: dessin.euros_courts(int(c)),
        x_value_formatter=lambda j: str(date.fromordinal(int(j)).year),
        x_title="Pointillé : annoncé, non appliqué" if trace.annonce else None,
    )  # fmt: skip
    ecart = (fin - debut) // (5 if etroit else 7)
    graphe.add("Tarif appliqué", _points(trace.applique, ecart))
    graphe.add(
        "Tarif annoncé, non appliqué",
        [p for q in trace.annonce for p in ((q.du, None), (q.du, q.centimes), (q.au, q.centimes))],
    )
    arbre = graphe.render_tree()
    dessin.nettoyer(arbre, "escalier", titre, _styles(taille))
    contenu: bytes = etree.tostring(arbre, encoding="utf-8")
    return contenu


def _bornes(trace: Escalier) -> tuple[int, int]:
    """Le premier et le dernier jour montrés : toute l'histoire, à partir d'un 1er janvier, trois ans au moins."""
    fin = max(p.au for p in trace.applique)
    debut = min(fin - _TROIS_ANS, *(p.du for p in (*trace.applique, *trace.annonce)))
    return date(date.fromordinal(debut).year, 1, 1).toordinal(), fin


def _points(paliers: Sequence[Palier], ecart: int) -> list[Any]:
    """Le bord des marches, et l'étiquette de chacune à son début, si la suivante lui laisse ``ecart`` jours."""
    points: list[Any] = []
    for rang, palier in enumerate(paliers):
        if palier.centimes is None or (rang and paliers[rang - 1].au != palier.du):
            points.append((palier.du, None))
        if palier.centimes is not None:
            suivants = [p.du for p in paliers[rang + 1 :] if p.centimes is not None]
            place = not suivants or suivants[0] - palier.du >= ecart
            debut: dict[str, Any] = {"value": (palier.du, palier.centimes)}
            points.append(debut | {"label": dessin.euros_courts(palier.centimes)} if place else debut)
            points.append((palier.au, palier.centimes))
    return points


def _haut(trace: Escalier) -> int:
    """Le haut de l'axe : la première graduation au-dessus du plus grand tarif."""
    plus_grand = max((p.centimes or 0 for p in (*trace.applique, *trace.annonce)), default=0)
    return dessin.haut(plus_grand)


def _annees(debut: int, fin: int, au_plus: int) -> list[int]:
    """Le 1er janvier des années à marquer."""
    premieres = [date(a, 1, 1).toordinal() for a in range(date.fromordinal(debut).year, date.fromordinal(fin).year + 1)]
    vues = [j for j in premieres if debut <= j <= fin]
    return vues[:: -(-len(vues) // au_plus) or 1]


def _styles(taille: int) -> str:
    """Les styles du graphique, en clair, puis les mêmes couleurs en sombre."""

    def couleurs(teintes: Mapping[str, str]) -> str:
        return (
            f"svg, .background {{ background: {teintes['fond']}; fill: {teintes['fond']}; }} "
            f"text {{ fill: {teintes['doux']}; }} .label {{ fill: {teintes['encre']}; }} "
            f".axis .line {{ stroke: {teintes['trait']}; }} "
            f".serie-0 .line {{ stroke: {teintes['plein']}; }} .serie-1 .line {{ stroke: {teintes['annonce']}; }} "
        )

    return (
        f"text {{ font: {taille}px {dessin.LETTRES}; }} .title, .axis.x text {{ text-anchor: middle; }} "
        ".axis.y text { text-anchor: end; } .axis.x .guide.line { stroke-opacity: 0; } "
        ".line { fill: none; } .series .line { stroke-width: 3; stroke-linejoin: round; } "
        f".serie-1 .line {{ stroke-dasharray: {_POINTILLE}; }} "
        ".label { font-weight: 600; transform: translate(5px, -8px); } "
        f"{couleurs(_CLAIR)} @media (prefers-color-scheme: dark) {{ {couleurs(_SOMBRE)} }}"
    )

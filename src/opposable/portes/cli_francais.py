"""La ligne de commande en français : aide, usage et erreurs de syntaxe.

click donne des exceptions structurées ; ce module les dit en français, sans reprendre un mot de leurs messages.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import click
import typer
from typer.core import TyperCommand, TyperGroup

from opposable.droit.erreurs import ErreurEntree, plus_proche

NOMS_AIDE: Final = ["--aide", "-h", "--help"]
REGLAGES: Final[dict[str, Any]] = {"help_option_names": NOMS_AIDE, "max_content_width": 100}

# Les options que plusieurs commandes partagent.
Surcouches = Annotated[
    list[Path],
    typer.Option("--surcouche", metavar="FICHIER", help="Modification datée du corpus, en YAML ; répétable."),
]
EnJson = Annotated[bool, typer.Option("--json", help="Répond en JSON.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="N'emploie aucune valeur usuelle : ce qui n'est pas dit manque.")
]
Prevu = Annotated[
    bool, typer.Option("--prevu", help="Répond selon le calendrier annoncé, même si un texte l'a reporté depuis.")
]


class ErreurUsage(ErreurEntree):
    """Une commande mal écrite : le message, et la ligne d'usage de la commande en cause."""

    def __init__(self, code: str, message: str, *, usage: str = "", aide: str = "", attendu: str = "") -> None:
        super().__init__(code, message, ou="ligne de commande", attendu=attendu, exemple=aide)
        self.usage = usage


class Commande(TyperCommand):
    """Une commande dont l'aide est en français et dont les arguments en trop sont refusés en français."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Lit les arguments, puis refuse ceux qui sont en trop."""
        ctx.allow_extra_args = True
        try:
            restes = super().parse_args(ctx, args)
        except click.UsageError as erreur:
            erreur.ctx = erreur.ctx or ctx
            raise
        if restes and not ctx.resilient_parsing:
            en_trop = ", ".join(f"« {reste} »" for reste in restes)
            raise _erreur(ctx, "ARGUMENT_EN_TROP", f"argument en trop : {en_trop}")
        return restes

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Écrit l'aide de la commande."""
        _ecrire_aide(self, ctx, formatter)


class Groupe(TyperGroup):
    """La commande de tête : aide en français, commande inconnue refusée en nommant la plus proche."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Écrit l'aide générale, avec la liste des commandes."""
        _ecrire_aide(self, ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Lit les options qui précèdent la commande."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as erreur:
            erreur.ctx = erreur.ctx or ctx
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Trouve la commande demandée."""
        nom = args[0]
        commande = self.get_command(ctx, nom)
        if commande is not None:
            return nom, commande, args[1:]
        connues = self.list_commands(ctx)
        proche = plus_proche(nom, connues)
        suite = f" ; vouliez-vous dire « {proche} » ?" if proche else ""
        raise _erreur(
            ctx, "COMMANDE_INCONNUE", f"commande inconnue « {nom} »{suite}", attendu=f"une de : {', '.join(connues)}"
        )


def traduire(erreur: click.ClickException) -> ErreurEntree:
    """Dit en français une erreur de syntaxe levée par click."""
    if not isinstance(erreur, click.UsageError) or erreur.ctx is None:
        return ErreurUsage("LIGNE_DE_COMMANDE", "la ligne de commande n'a pas été comprise")
    ctx = erreur.ctx
    match erreur:
        case click.NoSuchOption():
            return _option_inconnue(ctx, erreur.option_name)
        case click.BadOptionUsage():
            return _option_mal_employee(ctx, erreur.option_name)
        case click.MissingParameter():
            nom = _nom(erreur.param) if erreur.param else "?"
            genre = "option obligatoire absente" if isinstance(erreur.param, click.Option) else "argument manquant"
            aide = getattr(erreur.param, "help", None) or ""
            return _erreur(ctx, "ARGUMENT_MANQUANT", f"{genre} : {nom}", attendu=aide.rstrip("."))
        case click.BadParameter():
            nom = _nom(erreur.param) if erreur.param else "?"
            return _erreur(ctx, "VALEUR_REFUSEE", f"valeur refusée pour {nom}")
        case _:
            return _erreur(ctx, "LIGNE_DE_COMMANDE", "la ligne de commande n'a pas été comprise")


def _option_inconnue(ctx: click.Context, option: str) -> ErreurUsage:
    connues = [nom for param in ctx.command.params if isinstance(param, click.Option) for nom in param.opts]
    connues += NOMS_AIDE
    ailleurs = [
        nom
        for nom, commande in getattr(ctx.command, "commands", {}).items()
        if any(option in param.opts for param in commande.params)
    ]
    if ailleurs:
        suite = f" ici : elle se place après la commande ({', '.join(ailleurs)})"
    else:
        proche = plus_proche(option, connues)
        suite = f" ; vouliez-vous dire « {proche} » ?" if proche else ""
    return _erreur(ctx, "OPTION_INCONNUE", f"option inconnue « {option} »{suite}", attendu=", ".join(connues))


def _option_mal_employee(ctx: click.Context, option: str) -> ErreurUsage:
    for param in ctx.command.get_params(ctx):
        if isinstance(param, click.Option) and option in param.opts and not param.is_flag:
            return _erreur(
                ctx, "VALEUR_MANQUANTE", f"l'option « {option} » attend {_valeurs(param)}", attendu=param.help or ""
            )
    return _erreur(ctx, "VALEUR_EN_TROP", f"l'option « {option} » ne prend pas de valeur")


def _valeurs(param: click.Option) -> str:
    return f"une valeur ({param.metavar})" if param.nargs == 1 else f"{param.nargs} valeurs ({param.metavar})"


def _erreur(ctx: click.Context, code: str, message: str, *, attendu: str = "") -> ErreurUsage:
    return ErreurUsage(
        code,
        message,
        usage=f"{ctx.command_path} {' '.join(_morceaux(ctx.command))}",
        aide=f"{ctx.command_path} --aide",
        attendu=attendu,
    )


def _nom(param: click.Parameter) -> str:
    return param.opts[0] if isinstance(param, click.Option) else (param.metavar or str(param.name).upper())


def _arguments(commande: click.Command) -> list[click.Argument]:
    return [param for param in commande.params if isinstance(param, click.Argument)]


def _morceaux(commande: click.Command) -> Iterator[str]:
    if isinstance(commande, click.Group):
        yield from ("[OPTIONS]", "COMMANDE", "…")
        return
    for argument in _arguments(commande):
        yield _nom(argument) if argument.required else f"[{_nom(argument)}]"
    yield "[OPTIONS]"


def _ecrire_aide(commande: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    formatter.write_usage(ctx.command_path, " ".join(_morceaux(commande)), prefix="Usage : ")
    if commande.help:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(inspect.cleandoc(commande.help))
    if isinstance(commande, click.Group):
        sous_commandes = [(nom, _resume(sous.help)) for nom, sous in commande.commands.items()]
        _ecrire_section(formatter, "Commandes", sous_commandes)
    _ecrire_section(formatter, "Arguments", [(_nom(a), getattr(a, "help", None) or "") for a in _arguments(commande)])
    _ecrire_section(formatter, "Options", [_option(o) for o in commande.get_params(ctx) if isinstance(o, click.Option)])
    if commande.epilog:
        formatter.write_paragraph()
        formatter.write_text(inspect.cleandoc(commande.epilog))


def _ecrire_section(formatter: click.HelpFormatter, titre: str, lignes: Sequence[tuple[str, str]]) -> None:
    if lignes:
        formatter.write_paragraph()
        formatter.write(f"{titre} :\n")
        with formatter.indentation():
            formatter.write_dl(lignes, col_max=34)


def _option(option: click.Option) -> tuple[str, str]:
    if option.opts[0] in NOMS_AIDE:
        return ", ".join(NOMS_AIDE), "Affiche cette aide."
    noms = ", ".join(option.opts)
    return (noms if option.is_flag else f"{noms} {option.metavar}"), option.help or ""


def _resume(aide: str | None) -> str:
    return inspect.cleandoc(aide or "").partition("\n\n")[0].replace("\n", " ")

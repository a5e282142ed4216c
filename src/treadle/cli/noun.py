"""A plural noun as a command: `treadle runs` lists, `treadle runs show 12` asks one of its verbs."""

from __future__ import annotations

import difflib
import importlib
import re
from typing import Any

import click

from treadle.core.errors import UsageError

_COMPARES = re.compile(r"[=<>]|\s(in|like|ilike|is)\s")


class Noun(click.Group):
    """A group that lists when it is given no verb. Verbs are imported when they are called, like commands.

    `verbs`: verb -> (module, attribute, one line for the help); the first one is what the bare noun does. `queries` says that the
    words behind the noun may be a query instead of a verb.
    """

    def __init__(self, *, verbs: dict[str, tuple[str, str, str]], queries: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.verbs = verbs
        self.queries = queries

    @property
    def bare(self) -> str:
        return next(iter(self.verbs))

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.verbs)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in self.verbs:
            return None
        module, attribute, _ = self.verbs[name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing and (not args or args[0] not in (*self.verbs, *ctx.help_option_names)):
            self._check(ctx, args)
            args = [self.bare, *args]
        return super().parse_args(ctx, args)

    def _check(self, ctx: click.Context, args: list[str]) -> None:
        """Refuses a word that is neither a verb nor a query, with the verb that was probably meant."""
        if not args or args[0].startswith("-") or (self.queries and _COMPARES.search(" ".join(args))):
            return
        near = difflib.get_close_matches(args[0], list(self.verbs), n=1)
        known = ", ".join(self.verbs)
        hint = f"did you mean `{ctx.command_path} {near[0]}`?" if near else f"{ctx.command_path} knows {known}"
        if self.queries and not near:
            hint += "; a query compares: 'state = failed'"
        raise UsageError(f"`{ctx.command_path}` has no command `{args[0]}`", hint=hint)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        bare = self.get_command(ctx, self.bare)
        words = " ".join(bare.collect_usage_pieces(ctx)) if bare else ""
        formatter.write_usage(ctx.command_path, f"{words} | COMMAND ...")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of the bare noun, then the verbs."""
        bare = self.get_command(ctx, self.bare)
        if bare is not None:
            click.Command.format_options(bare, ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in self.verbs.items()])

"""`treadle tokens`: who may call the server."""

from __future__ import annotations

import time

import click

from treadle.cli import output
from treadle.contract import access as words
from treadle.sdk.client import connect


@click.group(invoke_without_command=True)
@output.json_option
@click.pass_context
def tokens(ctx: click.Context, as_json: bool) -> None:
    """Who may call the server. Without a command: list the tokens."""
    if ctx.invoked_subcommand is None:
        list_tokens(as_json)


def list_tokens(as_json: bool) -> None:
    with connect() as client:
        found = client(words.list_tokens, words.ListTokens())
    if as_json:
        output.print_json(found)
        return
    rows = [(t.name, t.role, t.actor, output.ago(t.created_at), output.moment(t.expires_at) or "never", state(t)) for t in found]
    output.print_table(
        ("name", "role", "actor", "made", "expires", "state"), rows, empty="There are no tokens. treadle tokens add NAME --role member"
    )


def state(token: words.Token) -> str:
    """Whether a token still opens the door."""
    if token.revoked_at is not None:
        return f"revoked {output.ago(token.revoked_at)}"
    return "expired" if token.expires_at is not None and token.expires_at <= time.time() else "valid"


@tokens.command()
@click.argument("name")
@click.option("--role", default="member", show_default=True, help="reader, member, approver, worker or admin.")
@click.option("--actor", help="Who stands in the journal for what is done with it; the default is the name.")
@click.option("--days", type=float, help="Days until it expires; the default is never.")
@output.json_option
def add(name: str, role: str, actor: str | None, days: float | None, as_json: bool) -> None:
    """Make a token. It is printed once and kept nowhere: store it now."""
    with connect() as client:
        made = client(words.add_token, words.AddToken(name=name, role=role, actor=actor, days=days))
    if as_json:
        output.print_json(made)
        return
    output.talk(f"`{name}` may now call as {made.token.role}; this is shown once:")
    click.echo(made.secret)
    output.talk("clients: export TREADLE_TOKEN=...")


@tokens.command()
@click.argument("name")
@output.json_option
def revoke(name: str, as_json: bool) -> None:
    """End a token: requests that carry it are refused."""
    with connect() as client:
        ended = client(words.revoke_token, words.RevokeToken(name=name))
    if as_json:
        output.print_json(ended)
    else:
        output.talk(f"`{name}` is revoked")

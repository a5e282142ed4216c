"""`treadle completion SHELL`: the script by which a shell completes commands, options, runs and datasets."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from treadle.cli import output
from treadle.core.errors import UsageError

_INSTALL = {
    "bash": "echo 'eval \"$(treadle completion bash)\"' >> ~/.bashrc",
    "zsh": "echo 'eval \"$(treadle completion zsh)\"' >> ~/.zshrc",
    "fish": "treadle completion fish > ~/.config/fish/completions/treadle.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(sorted(_INSTALL)))
@output.json_option
def completion(shell: str, as_json: bool) -> None:
    """Print the completion script for a shell. On a terminal the line that installs it is printed, too."""
    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"there is no completion for {shell}", hint="treadle completion bash, zsh or fish")
    root = click.get_current_context().find_root().command
    source = kind(root, {}, "treadle", "_TREADLE_COMPLETE").source()
    if as_json:
        output.print_json({"shell": shell, "script": source, "install": _INSTALL[shell]})
        return
    if not output.is_terminal():
        click.echo(source)
        return
    output.talk(f"install it with:  {_INSTALL[shell]}")

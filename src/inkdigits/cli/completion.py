"""`inkdigits completion`."""

from typing import Annotated

import typer

SHELLS = ("bash", "zsh", "fish")


def command(
    context: typer.Context,
    shell: Annotated[
        str,
        typer.Argument(
            help="bash, zsh or fish.",
            metavar="SHELL",
            autocompletion=lambda: list(SHELLS),
        ),
    ],
) -> None:
    """Print the script that completes commands, options and their choices in a shell.

    bash: eval "$(inkdigits completion bash)" in ~/.bashrc

    zsh: eval "$(inkdigits completion zsh)" in ~/.zshrc, after compinit

    fish: inkdigits completion fish > ~/.config/fish/completions/inkdigits.fish
    """
    from click.shell_completion import get_completion_class

    from inkdigits.cli.commands import COMPLETION_VARIABLE, PROGRAM, completion_classes
    from inkdigits.errors import SettingError

    completion_classes()
    completer = get_completion_class(shell) if shell in SHELLS else None
    if completer is None:
        raise SettingError(f"no completion for {shell}: choose {', '.join(SHELLS)}")
    typer.echo(
        completer(
            context.find_root().command, {}, PROGRAM, COMPLETION_VARIABLE
        ).source()
    )

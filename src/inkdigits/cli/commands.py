"""What all verbs share: help examples, settings and completion.

Settings come from environment variables and from inkdigits.toml.
"""

import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

from inkdigits.errors import SettingError

PROGRAM = "inkdigits"
CONFIG_FILE = "inkdigits.toml"
CONFIG_VARIABLE = "INKDIGITS_CONFIG"
COMPLETION_VARIABLE = "_INKDIGITS_COMPLETE"
# What says something of the command itself, and is no setting.
_NO_SETTINGS = {"help", "version"}


class Verb(TyperCommand):
    """A command whose help ends with an example."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The verb's example, below its options."""
        write_example(ctx.command_path, formatter)


class Verbs(TyperGroup):
    """A group of commands whose options can also be set by variables.

    `INKDIGITS_READ_FORMAT` is `--format` of `read`.
    """

    def __init__(self, **attributes: Any) -> None:
        """Name the variable that sets each option, once for the whole program."""
        super().__init__(**attributes)
        if self.name == PROGRAM:
            _name_variables(self, PROGRAM.upper())

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        if self.name == PROGRAM:
            with formatter.section("Settings"):
                formatter.write_text(
                    "Each option may also be given by a variable, INKDIGITS_READ_FORMAT=csv, "
                    "or in the file "
                    f"{CONFIG_FILE} in the current folder ({CONFIG_VARIABLE} names another), "
                    "under [read]. "
                    "The command line comes first, then variables, then the file."
                )
        write_example(ctx.command_path, formatter)

    def _main_shell_completion(
        self, ctx_args: Any, prog_name: str, complete_var: str | None = None
    ) -> None:
        if COMPLETION_VARIABLE in os.environ:
            completion_classes()
        super()._main_shell_completion(ctx_args, prog_name, complete_var)


def completion_classes() -> None:
    """Register typer's completion scripts with click."""
    # typer has no public name for it.
    from typer.completion import completion_init  # type: ignore[attr-defined]

    completion_init()


def write_example(command_path: str, formatter: Any) -> None:
    """The example of a command, with its recorded output.

    `docs/build_help.py --record` records it.
    """
    import json

    verb = command_path.removeprefix(PROGRAM).strip()
    file = files("inkdigits.cli").joinpath("examples.json")
    examples = json.loads(file.read_text(encoding="utf-8"))
    example = examples.get(verb)
    if example is None:
        return
    lines = [f"$ {example['command']}", *example["output"].splitlines()]
    with formatter.section("Example"):
        indent = " " * formatter.current_indent
        # Line by line: the formatter would wrap them as prose.
        for line in lines:
            formatter.write(f"{indent}{line}\n")


def _name_variables(group: Any, prefix: str) -> None:
    """Give each option an environment variable, unless it has one."""
    for name, command in group.commands.items():
        of_command = f"{prefix}_{name.upper()}"
        if hasattr(command, "commands"):
            _name_variables(command, of_command)
        for option, parameter in settings_of(command).items():
            if parameter.envvar is None:
                parameter.envvar = f"{of_command}_{option.upper().replace('-', '_')}"
                parameter.show_envvar = False


def settings_of(command: Any) -> dict[str, Any]:
    """The options of a command by their names, without dashes."""
    settings = {}
    for parameter in command.params:
        if parameter.param_type_name != "option":
            continue
        name = _longest(parameter.opts)
        # Some options steer the program rather than its work, such as --help.
        if name not in _NO_SETTINGS:
            settings[name] = parameter
    return settings


def _longest(names: list[str]) -> str:
    """An option's long name, without its dashes."""
    longest = max(names, key=len)
    return longest.removeprefix("--")


def configured(group: Any) -> dict[str, Any]:
    """Read inkdigits.toml as click's default map: option values per command."""
    named = os.environ.get(CONFIG_VARIABLE)
    path = Path(named or CONFIG_FILE)
    # Nobody must have a file, but one that was named must be there.
    if not named and not path.is_file():
        return {}
    content = _loaded(path)
    return _defaults(group, content, path, "")


def _loaded(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(
            f"{path} cannot be read ({error.strerror or error}): check {CONFIG_VARIABLE}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(
            f"{path} is not valid TOML ({error}): correct that line"
        ) from None


def _defaults(
    group: Any, table: dict[str, Any], path: Path, within: str
) -> dict[str, Any]:
    """Convert the file's tables to click's default map."""
    defaults: dict[str, Any] = {}
    for name, values in table.items():
        command = group.commands.get(name)
        if command is None or not isinstance(values, dict):
            tables = ", ".join(f"[{within}{verb}]" for verb in group.commands)
            raise SettingError(
                f"{path} has {within}{name}, which is not a command: choose {tables}"
            )
        if hasattr(command, "commands"):
            defaults[name] = _defaults(command, values, path, f"{within}{name}.")
        else:
            defaults[name] = _values(command, values, path, f"{within}{name}")
    return defaults


def _values(
    command: Any, values: dict[str, Any], path: Path, section: str
) -> dict[str, Any]:
    """The values of one command's table, by parameter name."""
    known = settings_of(command)
    found: dict[str, Any] = {}
    for option, value in values.items():
        if option not in known:
            raise SettingError(
                f"{path} has {option} in [{section}]: choose {', '.join(known)}"
            )
        parameter = known[option]
        takes_several = parameter.multiple and not isinstance(value, list)
        found[parameter.name] = [value] if takes_several else value
    return found

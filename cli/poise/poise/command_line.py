"""The group of all commands: each loaded when it is meant, every error in one line."""

import os
import sys
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from importlib import import_module
from typing import Any, cast

import typer

# What a command line gets wrong is told apart by types that Typer gives no public name.
from typer._click.exceptions import ClickException, NoArgsIsHelpError, UsageError
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from poise.commands import COMMANDS, CommandEntry
from poise.terminal import INTERRUPTED, REFUSED, say_error

COMPLETE_VARIABLE = "_POISE_COMPLETE"
"""Set by a shell that wants to know what may come next."""

_NAME = "poise"
_SECTION_GAP = 2


class LoadedWhenMeant(Mapping[str, TyperCommand | TyperGroup]):
    """The commands by name; one that nobody asks for costs nothing."""

    def __init__(self, entries: Sequence[CommandEntry]) -> None:
        self._entries = {entry.name: entry for entry in entries}
        self._loaded: dict[str, TyperCommand | TyperGroup] = {}

    def __getitem__(self, name: str) -> TyperCommand | TyperGroup:
        entry = self._entries[name]
        if name not in self._loaded:
            group = get_group(import_module(entry.module).app)
            # A module has one command or several, or is a group by itself, whose own name it does not know.
            self._loaded[name] = _plain(cast("TyperCommand | TyperGroup", group.commands.get(name, group)))
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


class CommandLine(TyperGroup):
    """All commands of `poise`."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast("MutableMapping[str, Any]", LoadedWhenMeant(COMMANDS))

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names without loading what they stand for."""
        del ctx
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write each command with its summary, without loading it."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.summary) for entry in COMMANDS], col_spacing=_SECTION_GAP)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Offer commands and the options of `poise` itself."""
        from typer._click.shell_completion import CompletionItem  # noqa: PLC0415 - only a shell asks

        entries = (entry for entry in COMMANDS if entry.name.startswith(incomplete))
        found = [CompletionItem(entry.name, help=entry.summary) for entry in entries]
        return found + super(TyperGroup, self).shell_complete(ctx, incomplete)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and end the process with its exit code; it is called `poise` however it was started."""
        del prog_name
        if COMPLETE_VARIABLE in os.environ:
            from typer._completion_classes import completion_init  # noqa: PLC0415 - as above

            completion_init()

        def run() -> Any:
            return super(CommandLine, self).main(args, _NAME, complete_var, False, windows_expand_args, **extra)

        if not standalone_mode:
            return run()
        sys.exit(_exit_code(run))


def _exit_code(run: Any) -> int:
    try:
        code = run()
    except NoArgsIsHelpError as bare:
        typer.echo(bare.format_message(), err=True)
        return REFUSED
    except ClickException as refused:
        say_error(_in_one_line(refused))
        return REFUSED
    except ModuleNotFoundError as missing:
        say_error(f"{missing.name} is not installed here; `make setup` of a checkout installs the whole desk")
        return REFUSED
    except typer.Abort:
        say_error("interrupted")
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _in_one_line(refused: ClickException) -> str:
    said = " ".join(refused.format_message().split()).rstrip(".")
    context = refused.ctx if isinstance(refused, UsageError) else None
    if context is None:
        return said
    return f"{said}{' ' if said.endswith('?') else '; '}see `{context.command_path} --help`"


def _plain(command: TyperCommand | TyperGroup) -> TyperCommand | TyperGroup:
    """Have help written as plain text: what draws boxes takes longer to load than most commands to run."""
    command.rich_markup_mode = None
    for each in command.commands.values() if isinstance(command, TyperGroup) else ():
        _plain(cast("TyperCommand | TyperGroup", each))
    return command

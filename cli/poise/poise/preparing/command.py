"""`poise config check`, `migrate`, `operator-key` and `completion`."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from poise.asking import Json
from poise.command_line import COMPLETE_VARIABLE
from poise.desk_addresses import BookUnreadable, database_url_of_environment
from poise.installation import CONFIGURATION, MIGRATIONS
from poise.operating.operator_key import PRIVATE, PUBLIC
from poise.preparing.outcomes import ConfigurationChecked, KeyPair, Migrated
from poise.terminal import REFUSED, fail, say_error
from poise_common.platform.key_files import KeyFileRefused, ensure_key_pair
from poise_common.platform.refusals import ConfigRefused

app = typer.Typer()
config = typer.Typer(
    no_args_is_help=True, help="The desk's configuration.", epilog="Example: poise config check --directory config"
)
app.add_typer(config, name="config")


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@config.callback()
def configuration() -> None:
    """The desk's configuration."""


@config.command("check", epilog="Example: poise config check --directory config --json")
def config_check(
    directory: Annotated[Path, typer.Option(help="The configuration's folder.")] = CONFIGURATION, json: Json = False
) -> None:
    """Validate every section, with the environment over it, as the services would at their start."""
    from poise.config_check import check_all  # noqa: PLC0415 - every service's parameters are loaded with it

    verdicts = tuple(check_all(directory, os.environ))
    checked = ConfigurationChecked.of(verdicts)
    if json:
        typer.echo(checked.model_dump_json())
    else:
        for verdict in verdicts:
            if isinstance(verdict, ConfigRefused):
                say_error(str(verdict))
            else:
                typer.echo(verdict)
    if not checked.passes:
        raise typer.Exit(REFUSED)


@app.command(epilog="Example: POISE_DATABASE__URL=postgresql://poise@localhost/poise poise migrate")
def migrate(json: Json = False) -> None:
    """Bring the database of POISE_DATABASE__URL to the newest schema."""
    from poise_common.platform.migrate import DatabaseUnreachable, migrate_to_newest  # noqa: PLC0415 - Alembic is slow
    from poise_common.platform.migrations import newest_revision  # noqa: PLC0415 - as above

    try:
        url = database_url_of_environment()
    except BookUnreadable as unreadable:
        fail(str(unreadable))
    if url is None:
        fail("POISE_DATABASE__URL is not set; postgresql://user@host/database would pass")
    try:
        migrate_to_newest(url, MIGRATIONS)
    except DatabaseUnreachable as unreachable:
        fail(str(unreachable))
    if json:
        typer.echo(Migrated(revision=newest_revision(MIGRATIONS)).model_dump_json())
    else:
        typer.echo("the database is at the newest schema")


@app.command("operator-key", epilog="Example: poise operator-key --private operator.pem --public operator-verify.pem")
def operator_key(
    private: Annotated[Path, typer.Option(dir_okay=False, help="The signing key's file, for the operator.")] = PRIVATE,
    public: Annotated[Path, typer.Option(dir_okay=False, help="The verifying key's file, for execution.")] = PUBLIC,
    json: Json = False,
) -> None:
    """Make the operator's key pair where it is missing; what is there already stays."""
    try:
        made = ensure_key_pair(private, public)
    except (KeyFileRefused, OSError) as refused:
        fail(str(refused))
    if json:
        typer.echo(KeyPair(private_file=private, public_file=public, made=made).model_dump_json())
        return
    typer.echo(
        f"{private} {'made' if made else 'kept'}; execution takes {public} by POISE_EXECUTION__OPERATOR_KEY_FILE"
    )


@app.command(epilog='Example: eval "$(poise completion bash)" (in ~/.bashrc it holds for every shell)')
def completion(shell: Annotated[Shell, typer.Argument(help="Which shell it is for.")]) -> None:
    """Print what has a shell complete commands, options, venues, assets and strategies."""
    from typer._completion_shared import get_completion_script  # noqa: PLC0415 - wanted here alone

    typer.echo(get_completion_script(prog_name="poise", complete_var=COMPLETE_VARIABLE, shell=shell.value))

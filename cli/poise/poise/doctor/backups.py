"""The newest back-up of the book: how old it is, and whether its checksum is beside it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from poise.doctor.examining import Look
from poise.doctor.findings import Findings
from poise_common.platform.clock import utc_now

_OLD, _TOO_OLD = timedelta(hours=26), timedelta(days=7)
"""One a day, with some delay; a week without any is nothing to go back to."""
_TO_DO = "`make backup` saves the book; docs/vps.md says how it is done each night"


def looker_at_backups(folder: Path) -> Look:
    """Return what looks at the folder of back-ups."""

    async def look(findings: Findings) -> None:
        try:
            newest, saved_at = _newest_in(folder)
        except OSError as error:
            findings.unknown("newest", f"{folder}: {error.strerror}")
            return
        if newest is None or saved_at is None:
            findings.warn("newest", f"there is none in {folder}", _TO_DO)
            return
        age = utc_now() - saved_at
        found = f"{newest.name} is {age.total_seconds() / 3_600:.1f} h old"
        if age > _TOO_OLD:
            findings.fail("newest", found, _TO_DO)
        elif age > _OLD:
            findings.warn("newest", found, _TO_DO)
        elif not newest.with_name(f"{newest.name}.sha256").exists():
            findings.warn("newest", f"{found}, without its checksum", _TO_DO)
        else:
            findings.ok("newest", found)

    return look


def _newest_in(folder: Path) -> tuple[Path | None, datetime | None]:
    """Return the newest back-up and when it was written; raises OSError where the folder cannot be read."""
    saved = [file for file in folder.iterdir() if file.match("poise-*.dump")]
    newest = max(saved, key=lambda file: file.name, default=None)
    return newest, None if newest is None else datetime.fromtimestamp(newest.stat().st_mtime, UTC)

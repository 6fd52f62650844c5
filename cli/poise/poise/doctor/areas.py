"""Everything that a desk stands on, as checks: what can be looked at from here, and by what.

What takes the processor, not the network, is done as the checks are made: while they run, clocks are compared.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from poise.desk_addresses import BookUnreadable, DeskUnreachable, desk_database_url, desk_redis_url
from poise.doctor.backups import looker_at_backups
from poise.doctor.book import look_at_book
from poise.doctor.bus import looker_at_bus
from poise.doctor.configuration import look_at_configuration
from poise.doctor.examining import Check
from poise.doctor.findings import Findings
from poise.doctor.machine import look_at_machine
from poise.doctor.secrets import looker_at_secrets
from poise.doctor.services import looker_at_news, looker_at_services
from poise.doctor.telegram import looker_at_telegram
from poise.operating.operator_key import PRIVATE
from poise_common.platform.config import load_section
from poise_common.platform.refusals import ConfigRefused

_SECRETS_OF_A_VENUE = ("api_key_file", "secret_file", "password_file")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the doctor looks."""

    environment: Mapping[str, str]
    """As the desk's services have it, as far as it is known here."""
    config_directory: Path
    backups: Path
    services: Mapping[str, str]
    """Addresses of their health servers by name."""


def checks_of(around: Surroundings) -> Iterator[Check]:
    """Yield every area, with what looks at it, or with why nothing can."""
    yield _found("machine", look_at_machine)
    yield _found(
        "configuration", lambda found: look_at_configuration(found, around.config_directory, around.environment)
    )
    redis_url: str | None = None
    try:
        redis_url = desk_redis_url()
        yield Check("bus", looker_at_bus(redis_url))
    except DeskUnreachable as unreachable:
        yield _unknown("bus", "address", str(unreachable), "set POISE_REDIS__URL or POISE_REDIS__URL_FILE")
    yield _book()
    secrets: dict[str, Path] = {"the operator's key": PRIVATE} if PRIVATE.exists() else {}
    yield from _venues(around, redis_url, secrets)
    yield Check("secrets", looker_at_secrets(around.environment, secrets))
    yield Check("services", looker_at_services(around.services))
    if redis_url is not None:
        yield Check("services, by the bus", looker_at_news(redis_url))
    yield Check("back-ups", looker_at_backups(around.backups))
    yield Check("telegram", looker_at_telegram(around.config_directory, around.environment))


def _book() -> Check:
    try:
        desk_database_url()
    except BookUnreadable as unreadable:
        return _unknown("book", "address", str(unreadable), "set POISE_DATABASE__URL or POISE_DATABASE__URL_FILE")
    return Check("book", look_at_book)


def _venues(around: Surroundings, redis_url: str | None, secrets: dict[str, Path]) -> Iterator[Check]:
    """Yield each venue that is switched on, and add its files of secrets to the others."""
    try:
        from poise.doctor.venues import looker_at_venue  # noqa: PLC0415 - ccxt: slow, and not in the operator's image
        from poise_venues.errors import VenueRefused  # noqa: PLC0415 - as above
        from poise_venues.parameters import VenuesConfig  # noqa: PLC0415 - as above
        from poise_venues.supported_venues import check_venue  # noqa: PLC0415 - as above
    except ModuleNotFoundError as missing:
        why = f"{missing.name} is not installed here; what execution says of venues stands below"
        yield _unknown("venues", "all", why, "`poise doctor` of a checkout asks them itself")
        return
    try:
        venues = load_section(around.config_directory, "venues", VenuesConfig, around.environment)
    except ConfigRefused as refused:
        yield _unknown("venues", "all", str(refused), "`poise config check` shows what would pass")
        return
    for name in venues.names:
        config = venues[name]
        for key in _SECRETS_OF_A_VENUE:
            if (file := getattr(config, key)) is not None:
                secrets[f"{name}, {key}"] = file
        try:
            check_venue(name, config)
        except VenueRefused as refused:
            yield _unknown(f"venue {name}", "configuration", str(refused), "`poise config check` shows what would pass")
        else:
            yield Check(f"venue {name}", looker_at_venue(name, config, redis_url))


def _unknown(area: str, about: str, why: str, to_do: str) -> Check:
    return _found(area, lambda findings: findings.unknown(about, why, to_do))


def _found(area: str, find: Callable[[Findings], object]) -> Check:
    """Look now, and tell when it is asked for."""
    already = Findings(area)
    find(already)

    async def look(findings: Findings) -> None:
        findings.add(already)

    return Check(area, look)

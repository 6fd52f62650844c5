"""Which venues can be traded at, and what the configuration of each has to hold."""

from collections.abc import Iterator
from typing import Any

from poise_common.platform.refusals import ConfigProblem
from poise_venues import ccxt_modules
from poise_venues.binance.dialect import BinanceDialect
from poise_venues.dialects import Dialect, MarketDialect
from poise_venues.errors import VenueRefused
from poise_venues.generic.dialect import GenericDialect
from poise_venues.okx.dialect import OkxDialect
from poise_venues.parameters import VenueConfig

_DIALECTS: dict[str, type[Dialect]] = {"binance": BinanceDialect, "okx": OkxDialect}


def trading_dialect(venue: str, config: VenueConfig) -> Dialect:
    """Return a dialect that knows the venue's words about orders; VenueRefused where there is none."""
    if config.ccxt_id not in _DIALECTS:
        raise VenueRefused(venue, (_not_traded_at(venue, config),))
    return _DIALECTS[config.ccxt_id]()


def market_dialect(venue: str, config: VenueConfig) -> MarketDialect:
    """Return what a venue's markets are read with: of any ccxt id, but with an account only of those traded at."""
    if config.ccxt_id not in _DIALECTS and config.base_url is None and not config.has_key:
        return GenericDialect(config.funding_poll_s)
    return trading_dialect(venue, config)


def exchange_class(venue: str, config: VenueConfig) -> type[Any]:
    """Return ccxt.pro's class of the venue; VenueRefused for an id that it does not know."""
    try:
        return ccxt_modules.exchange_class(config.ccxt_id)
    except ModuleNotFoundError:
        problem = ConfigProblem(
            f"{venue}.ccxt_id", config.ccxt_id, "ccxt.pro has no such venue", "one of ccxt.pro's ids would pass"
        )
        raise VenueRefused(venue, (problem,)) from None


def check_venue(venue: str, config: VenueConfig) -> None:
    """Raise VenueRefused where no session could be opened with a venue as it is configured; nothing is asked of it."""
    base, dialect = exchange_class(venue, config), market_dialect(venue, config)
    problems = (*_lacking_budgets(venue, config, dialect), *_lacking_passphrases(venue, config, base))
    if problems:
        raise VenueRefused(venue, problems)


def _not_traded_at(venue: str, config: VenueConfig) -> ConfigProblem:
    return ConfigProblem(
        f"{venue}.ccxt_id",
        config.ccxt_id,
        "the desk can read this venue's markets, but not trade there",
        f"{' or '.join(_DIALECTS)} would pass, or leaving out base_url and the key",
    )


def _lacking_budgets(venue: str, config: VenueConfig, dialect: MarketDialect) -> Iterator[ConfigProblem]:
    budgets = config.rate_limits.budgets
    for name in sorted(dialect.budgets() - budgets.keys()):
        yield ConfigProblem(
            f"{venue}.rate_limits.budgets.{name}",
            None,
            f"requests to {config.ccxt_id} draw on this budget",
            "the venue's own limit would pass, as {weight: …, window_s: …}",
        )


def _lacking_passphrases(venue: str, config: VenueConfig, base: type[Any]) -> Iterator[ConfigProblem]:
    if not base().requiredCredentials["password"]:
        return
    for key, passphrase, name in (
        (config.api_key_file, config.password_file, "password_file"),
        (config.api_key, config.password, "password"),
    ):
        if key is not None and passphrase is None:
            yield ConfigProblem(
                f"{venue}.{name}", None, f"a key of {config.ccxt_id} has a passphrase", "the key's would pass"
            )

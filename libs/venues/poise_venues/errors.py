"""What goes wrong at a venue before anything is known to have happened."""

from poise_common.platform.refusals import ConfigProblem, StartRefused


class VenueError(Exception):
    """Be the parent of this package's own failures."""


class VenueUnreachable(VenueError):
    """The venue did not answer, or what it answered could not be read."""

    def __init__(self, venue: str, doing: str, reason: str) -> None:
        super().__init__(f"{venue}: {doing}: {reason}")
        self.venue = venue
        self.doing = doing
        self.reason = reason


class SessionClosed(VenueError):
    """The session was closed by this process; nothing more is asked of the venue."""

    def __init__(self, venue: str) -> None:
        super().__init__(f"{venue}: the session is closed")
        self.venue = venue


class VenueRefused(VenueError, StartRefused):
    """No session can be opened with a venue as it is configured."""

    def __init__(self, venue: str, problems: tuple[ConfigProblem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.venue = venue
        self.problems = problems


class KeyTooPowerful(VenueError):
    """The API key may move money out: the desk refuses to hold it."""

    def __init__(self, venue: str, powers: tuple[str, ...]) -> None:
        super().__init__(
            f"{venue}: the API key may {' and '.join(powers)}; use a key that may read and trade, and nothing else"
        )
        self.venue = venue
        self.powers = powers


class KeyTooWeak(VenueError):
    """The API key may not do what the desk needs."""

    def __init__(self, venue: str, missing: tuple[str, ...]) -> None:
        super().__init__(f"{venue}: the API key may not {' nor '.join(missing)}")
        self.venue = venue
        self.missing = missing


class UnknownInstrument(VenueError):
    """The venue lists no such market."""

    def __init__(self, venue: str, symbol: str) -> None:
        super().__init__(f"{venue}: no market {symbol}")
        self.venue = venue
        self.symbol = symbol


class CountsInFace(VenueError):
    """An inverse contract's steps are of its face in the quote currency: it has none in base units."""

    def __init__(self, venue: str, symbol: str) -> None:
        super().__init__(
            f"{venue}: {symbol} is inverse: its quantity has no step in base units, which the desk counts in"
        )
        self.venue = venue
        self.symbol = symbol


class BudgetExhausted(VenueError):
    """The shared request budget would not have room in time; nothing was sent."""

    def __init__(self, bucket: str, weight: float, wait_s: float) -> None:
        super().__init__(f"{bucket}: no room for weight {weight:g} before {wait_s:.1f} s")
        self.bucket = bucket
        self.weight = weight
        self.wait_s = wait_s


class FeedGap(VenueError):
    """Updates of a feed are missing; the venue is asked for a fresh snapshot by watching on."""

    def __init__(self, venue: str, symbol: str) -> None:
        super().__init__(f"{venue}: {symbol}: updates are missing")
        self.venue = venue
        self.symbol = symbol

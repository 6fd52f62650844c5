"""The venue's error envelope: codes, HTTP statuses and its own words."""

from __future__ import annotations

from http import HTTPStatus


class VenueError(Exception):
    """Carry one refusal in the venue's words: `{"code": …, "msg": …}` with an HTTP status."""

    def __init__(
        self,
        code: int,
        message: str,
        status: HTTPStatus = HTTPStatus.BAD_REQUEST,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.retry_after_s = retry_after_s

    def body(self) -> dict[str, object]:
        """Return the error envelope as the venue sends it."""
        return {"code": self.code, "msg": self.message}


def missing(parameter: str) -> VenueError:
    """Return the refusal of a request without a mandatory parameter."""
    return VenueError(-1102, f"Mandatory parameter '{parameter}' was not sent, was empty/null, or malformed.")


def illegal(parameter: str, legal_pattern: str) -> VenueError:
    """Return the refusal of a parameter with characters outside its legal pattern."""
    return VenueError(-1100, f"Illegal characters found in parameter '{parameter}'; legal range is '{legal_pattern}'.")


def not_valid(parameter: str) -> VenueError:
    """Return the refusal of a parameter that is well formed and out of its range."""
    return VenueError(-1130, f"Data sent for parameter '{parameter}' is not valid.")


def invalid_symbol() -> VenueError:
    """Return the refusal of a symbol that the market doesn't have."""
    return VenueError(-1121, "Invalid symbol.")


def invalid_signature() -> VenueError:
    """Return the refusal of a request whose signature isn't the one of its parameters."""
    return VenueError(-1022, "Signature for this request is not valid.")


def api_key_format_invalid() -> VenueError:
    """Return the refusal of a request with no API key, or with one that can't be any."""
    return VenueError(-2014, "API-key format invalid.", HTTPStatus.UNAUTHORIZED)


def api_key_refused() -> VenueError:
    """Return the refusal of an unknown API key, or of one without the permission asked for."""
    return VenueError(-2015, "Invalid API-key, IP, or permissions for action.", HTTPStatus.UNAUTHORIZED)


def listen_key_unknown() -> VenueError:
    """Return the refusal of a listen key that was never given out, or has expired."""
    return VenueError(-1125, "This listenKey does not exist.")


def order_unknown() -> VenueError:
    """Return the refusal to cancel an order that isn't open."""
    return VenueError(-2011, "Unknown order sent.")


def order_missing() -> VenueError:
    """Return the answer to a query for an order that was never there."""
    return VenueError(-2013, "Order does not exist.")


def in_maintenance() -> VenueError:
    """Return the refusal of every request while the venue is in maintenance."""
    return VenueError(-1016, "This service is no longer available.", HTTPStatus.SERVICE_UNAVAILABLE)

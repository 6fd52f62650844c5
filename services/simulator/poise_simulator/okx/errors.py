"""The venue's refusals: a code, its words, an HTTP status, and rows of their own for orders."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus


class OkxError(Exception):
    """Carry one refusal in the venue's words: `{"code": …, "data": […], "msg": …}` with an HTTP status."""

    def __init__(
        self,
        code: int,
        message: str,
        status: HTTPStatus = HTTPStatus.OK,
        rows: Sequence[dict[str, object]] = (),
    ) -> None:
        """Keep a code with its words; `rows` stand under `data`."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.rows = rows

    def body(self) -> dict[str, object]:
        """Return the envelope as the venue sends it."""
        return {"code": str(self.code), "data": list(self.rows), "msg": self.message}


def missing(parameter: str) -> OkxError:
    """Return the refusal of a request without a mandatory parameter."""
    return OkxError(50014, f"Parameter {parameter} cannot be empty.", HTTPStatus.BAD_REQUEST)


def wrong(parameter: str) -> OkxError:
    """Return the refusal of a parameter that is malformed or out of its range."""
    return OkxError(51000, f"Parameter {parameter} error", HTTPStatus.BAD_REQUEST)


def either_is_required(one: str, other: str) -> OkxError:
    """Return the refusal of a request that has neither of two parameters."""
    return OkxError(50015, f"Either parameter {one} or {other} is required.", HTTPStatus.BAD_REQUEST)


def no_such_instrument() -> OkxError:
    """Return the refusal of an instrument name that means nothing."""
    return OkxError(51001, "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")


def body_missing() -> OkxError:
    """Return the refusal of a POST without a body."""
    return OkxError(50000, "Body for POST request cannot be empty.", HTTPStatus.BAD_REQUEST)


def body_malformed() -> OkxError:
    """Return the refusal of a body that isn't JSON."""
    return OkxError(50002, "JSON syntax error", HTTPStatus.BAD_REQUEST)


def too_many_requests() -> OkxError:
    """Return the refusal of a request beyond its endpoint's limit."""
    return OkxError(50011, "Too Many Requests", HTTPStatus.TOO_MANY_REQUESTS)


def in_maintenance() -> OkxError:
    """Return the refusal of every request while the venue is in maintenance."""
    return OkxError(50001, "Service temporarily unavailable. Try again later.", HTTPStatus.SERVICE_UNAVAILABLE)


def unauthorised(code: int, message: str) -> OkxError:
    """Return a refusal of who sent a request."""
    return OkxError(code, message, HTTPStatus.UNAUTHORIZED)


def not_permitted() -> OkxError:
    """Return the refusal of an endpoint that a key has no permission for."""
    return OkxError(50120, "This API key doesn't have permission to use this function", HTTPStatus.UNAUTHORIZED)


def not_simulated(what: str) -> OkxError:
    """Return the refusal of what the venue has and the simulator hasn't."""
    return OkxError(51000, f"{what} is not simulated.", HTTPStatus.BAD_REQUEST)

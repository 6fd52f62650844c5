"""What stands before every handler: limit, key, clock, signature, permission; and the core's refusals after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from poise_simulator.domain.rejections import Rejected
from poise_simulator.faults.targets import Target
from poise_simulator.okx.credentials import check_timing, find_key, is_signed
from poise_simulator.okx.endpoint import Call, Endpoint, Outcome, Rows, Security
from poise_simulator.okx.errors import OkxError, not_permitted, unauthorised, wrong
from poise_simulator.okx.parameters import Parameters
from poise_simulator.okx.rate_limits import RateLimit, Scope
from poise_simulator.okx.rejections import from_rejection
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.protocol.keys import ApiKey

_ORDERS_OF_ACCOUNT = RateLimit(1_000, Scope.USER)
_HEADERS = (
    (50103, "OK-ACCESS-KEY"),
    (50104, "OK-ACCESS-PASSPHRASE"),
    (50106, "OK-ACCESS-SIGN"),
    (50107, "OK-ACCESS-TIMESTAMP"),
)


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request as it came in: what its signature covers, who it says it is, and where it came from."""

    method: str
    path_with_query: str
    query: str
    body: str
    headers: Mapping[str, str]
    address: str


def authorise(venue: OkxVenue, endpoint: Endpoint, sent: SentRequest) -> ApiKey | None:
    """Return the key of a request that proves what its endpoint asks for; raises the venue's refusals."""
    if endpoint.security is Security.PUBLIC:
        return None
    for code, name in _HEADERS:
        if not sent.headers.get(name):
            raise unauthorised(code, f'Request header "{name}" cannot be empty.')
    timestamp = sent.headers["OK-ACCESS-TIMESTAMP"]
    key = find_key(venue.keys, sent.headers["OK-ACCESS-KEY"], sent.headers["OK-ACCESS-PASSPHRASE"])
    check_timing(timestamp, venue.now_ms)
    payload = f"{timestamp}{sent.method}{sent.path_with_query}{sent.body}"
    if not is_signed(key, payload, sent.headers["OK-ACCESS-SIGN"]):
        raise unauthorised(50113, "Invalid Sign")
    require_permission(endpoint, key)
    require_in_time(endpoint, sent.headers.get("expTime"), venue.now_ms)
    return key


def require_permission(endpoint: Endpoint, key: ApiKey) -> None:
    """Raise 50120 for a trading endpoint and a key that may not trade."""
    if endpoint.needs_trading and not key.may_trade:
        raise not_permitted()


def require_in_time(endpoint: Endpoint, expires_at: str | None, now_ms: int) -> None:
    """Raise 50036 for an order that comes in after the time that its sender gave it, 51000 where that is none."""
    if expires_at is None or endpoint.target is not Target.ORDER_ENTRY:
        return
    if not expires_at.isdecimal():
        raise wrong("expTime")
    if int(expires_at) < now_ms:
        raise OkxError(50036, "The expTime can't be earlier than the current system time. Please adjust the expTime.")


def charge(venue: OkxVenue, endpoint: Endpoint, address: str, key: ApiKey | None, rows: list[Parameters]) -> None:
    """Count a request against its endpoint's limit; several rows count each. Raises 50011, and 50061 for orders."""
    if endpoint.alone is not None and len(rows) == 1:
        endpoint = endpoint.alone
    limit, now_ms = endpoint.limit, venue.now_ms
    what = f"{endpoint.method} {endpoint.path}"
    if limit.scope is Scope.ADDRESS or key is None:
        venue.limits.charge(what, limit, address, now_ms)
    elif limit.scope is Scope.USER:
        venue.limits.charge(what, limit, key.account_id, now_ms)
    else:
        for row in rows:
            venue.limits.charge(what, limit, f"{key.account_id} {_named_instrument(venue, row)}", now_ms)
    if endpoint.target is Target.ORDER_ENTRY and key is not None:
        _charge_account(venue, key, len(rows))


def _charge_account(venue: OkxVenue, key: ApiKey, orders: int) -> None:
    """Count new orders against what an account may send of all instruments together."""
    try:
        venue.limits.charge("orders", _ORDERS_OF_ACCOUNT, key.account_id, venue.now_ms, orders)
    except OkxError as error:
        raise OkxError(50061, "You've reached the maximum order rate limit for this account.") from error


def _named_instrument(venue: OkxVenue, row: Parameters) -> str:
    """Return the name of a row's instrument, by which of its two ways it may be given."""
    code = row.optional_text("instIdCode")
    found = venue.names.find_code(int(code)) if code is not None and code.isdecimal() else None
    return row.optional_text("instId") or ("" if found is None else found.inst_id)


def answer(endpoint: Endpoint, call: Call) -> Rows | Outcome:
    """Run a handler on an exchange that is up to date; hand out the events it caused."""
    call.venue.synchronise()
    try:
        return endpoint.handle(call)
    except Rejected as rejection:
        raise from_rejection(rejection) from rejection
    finally:
        call.venue.hand_out_events()

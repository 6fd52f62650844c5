"""The exchange's refusals in the venue's codes and words."""

from __future__ import annotations

from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.okx.errors import OkxError

_CODES: dict[RejectReason, tuple[int, str]] = {
    RejectReason.UNKNOWN_SYMBOL: (51001, "Instrument ID, Instrument ID code, or Spread ID doesn't exist."),
    RejectReason.UNKNOWN_ORDER: (51603, "Order does not exist"),
    RejectReason.TRADING_HALTED: (51022, "Instrument suspended."),
    RejectReason.PRICE_FILTER: (51000, "Parameter px error"),
    RejectReason.INSUFFICIENT_BALANCE: (51008, "Order failed. Insufficient balance in account"),
    RejectReason.INSUFFICIENT_MARGIN: (51008, "Order failed. Insufficient margin in account"),
    RejectReason.REDUCE_ONLY_REJECTED: (
        51169,
        "Order failed because you don't have any positions in this direction to reduce or close.",
    ),
    RejectReason.DUPLICATE_CLIENT_ORDER_ID: (51016, "Client order ID already exists."),
    RejectReason.MAX_LEVERAGE: (59102, "Leverage exceeds the maximum limit. Please lower the leverage."),
    RejectReason.MAX_POSITION: (51004, "Order amount exceeds the current tier limit."),
    RejectReason.UNSUPPORTED_POSITION_MODE: (51000, "Parameter posMode error: long_short_mode is not simulated"),
}
_OTHER = (51000, "Parameter error")


def from_rejection(rejection: Rejected) -> OkxError:
    """Return the venue's refusal for one of the exchange's."""
    code, message = _CODES.get(rejection.reason, _OTHER)
    return OkxError(code, message)

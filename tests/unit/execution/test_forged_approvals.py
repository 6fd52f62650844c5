"""Ten thousand approvals that are not risk's own, fresh, unaltered and unused: none of them makes an order."""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from tests.unit.execution.messages import FORGED_KEY, RISK_KEY, approved, risk_state
from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import RefusalReason
from poise_common.contracts.message import Message
from poise_common.contracts.packages import LegRole, OrderStyle, PackageAction, PackageApproved
from poise_common.contracts.signatures import Signer
from poise_common.contracts.streams import stream_of
from poise_common.platform.bus.wire import DATA_FIELD, Malformed, decoder_of, encode
from poise_execution.domain import effects

ATTEMPTS = 10_000
EPOCH = 2

_LEFT_OUT = frozenset({"hops", "style", "hedge_ratio", "schema_version", "type"})
"""What is the same where it is missing."""


class Forger:
    """Makes messages that must not be acted on, each in another way; `used` was acted on before."""

    def __init__(self, rig: Rig, random: Random, used: PackageApproved) -> None:
        self.rig = rig
        self.random = random
        self.used = used

    def genuine(self, **fields: Any) -> PackageApproved:
        action = self.random.choice(tuple(PackageAction))
        told: dict[str, Any] = {"action": action, "epoch": EPOCH}
        return approved(self.rig, **(told | fields))

    def truncated(self) -> bytes:
        payload = encode(self.genuine()).payload
        return payload[: self.random.randrange(len(payload))]

    def with_bytes_changed(self) -> bytes:
        payload = bytearray(encode(self.genuine()).payload)
        at = self.random.randrange(len(payload))
        match self.random.randrange(4):
            case 0:
                payload[at] ^= 1 << self.random.randrange(8)
            case 1:
                del payload[at]
            case 2:
                payload.insert(at, self.random.choice(b'0123456789abcdefABCDEF"{}[]:,.- '))
            case _:
                payload[at] = self.random.choice(b"0123456789")
        return bytes(payload)

    def with_a_field_changed(self) -> bytes:
        message = json.loads(encode(self.genuine()).payload)
        where = (
            message["approval"] if self.random.randrange(3) else message["approval"]["legs"][self.random.randrange(2)]
        )
        key = self.random.choice([key for key in where if key != "legs"])
        where[key] = self._other(where[key])
        return json.dumps(message).encode()

    def with_a_field_missing_or_made_up(self) -> bytes:
        message = json.loads(encode(self.genuine()).payload)
        where = self.random.choice((message, message["approval"], message["approval"]["legs"][0]))
        key = self.random.choice(
            [
                key
                for key in where
                if key not in ("hops", "style", "hedge_ratio", "rolls_with", "schema_version", "type")
            ]
        )
        if self.random.randrange(2):
            del where[key]
        else:
            where[f"{key}_too"] = where[key]
        return json.dumps(message).encode()

    def signed_by_another(self) -> bytes:
        return encode(self.genuine(key=FORGED_KEY)).payload

    def with_another_signature(self) -> bytes:
        message = self.genuine()
        unnamed = json.dumps(message.approval.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        signature = self.random.choice(
            (
                "",
                self.used.signature,
                Signer(RISK_KEY).sign(message.approval.legs[0]),
                b64encode(RISK_KEY.sign(unnamed.encode())).decode(),
                b64encode(self.random.randbytes(64)).decode(),
                message.signature[:-4],
                message.signature + "=",
                message.signature.replace(message.signature[0], "-", 1),
                message.signature[:85] + chr(ord(message.signature[85]) + 1) + "==",
            )
        )
        return encode(message.model_copy(update={"signature": signature})).payload

    def replayed(self) -> bytes:
        return encode(self.used.model_copy(update={"id": self.rig.new_id()})).payload

    def expired(self) -> bytes:
        return encode(self.genuine(life_s=-self.random.choice((0.001, 1, 3600)))).payload

    def of_an_older_epoch(self) -> bytes:
        return encode(self.genuine(epoch=self.random.randrange(-1, EPOCH))).payload

    def an_opening_that_rests(self) -> bytes:
        return encode(self.genuine(action=PackageAction.OPEN, style=OrderStyle.POST_ONLY)).payload

    def upside_down(self) -> bytes:
        sides = {role: {"side": leg.side.opposite} for role, leg in zip(LegRole, self.used.approval.legs, strict=True)}
        return encode(self.genuine(action=PackageAction.OPEN, legs=sides)).payload

    def _other(self, value: Any) -> Any:
        match value:
            case bool():
                return not value
            case int():
                return value + self.random.choice((-1, 1, 1_000))
            case str() if value in set(PackageAction) | set(LegRole) | set(OrderStyle) | {"buy", "sell"}:
                return self.random.choice(
                    ["open", "close", "long_leg", "short_leg", "ioc", "post_only", "buy", "sell", "x"]
                )
            case str() if value[:4].isdigit() and "T" in value:
                return (self.rig.now + timedelta(hours=1, seconds=self.random.random())).isoformat()
            case str() if value.replace(".", "").isdigit():
                return str(self.random.choice((f"{value}0", f"1{value}", "0.1", f"-{value}", "NaN", "1e9")))
            case _:
                nothing = () if value is None else (None,)
                return self.random.choice(("BTC", str(self.rig.new_id()), 7, *nothing))

    @property
    def ways(self) -> tuple[Callable[[], bytes], ...]:
        return (
            self.truncated,
            self.with_bytes_changed,
            self.with_a_field_changed,
            self.with_a_field_missing_or_made_up,
            self.signed_by_another,
            self.with_another_signature,
            self.replayed,
            self.expired,
            self.of_an_older_epoch,
            self.an_opening_that_rests,
            self.upside_down,
        )


def is_genuine(message: Message | Malformed) -> bool:
    """Say whether what was changed left risk's own words whole: the envelope is nobody's signature."""
    if not isinstance(message, PackageApproved):
        return False
    return Signer(RISK_KEY).sign(message.approval) == message.signature and message.approval.epoch == EPOCH


def test_ten_thousand_approvals_that_are_not_good_make_no_order(rig: Rig) -> None:
    rig.hear(risk_state(rig, epoch=EPOCH))
    used = approved(rig, epoch=EPOCH)
    rig.hear(used)
    assert len(rig.take(effects.SubmitOrder)) == 2
    orders = dict(rig.state.orders)
    forger = Forger(rig, Random(20260105), used)  # noqa: S311 - seeded for repetition, guards nothing
    decode = decoder_of(stream_of(PackageApproved))
    ends: Counter[str] = Counter()
    heard = 0
    while heard < ATTEMPTS:
        way = forger.random.choice(forger.ways)
        message = decode({DATA_FIELD: way()})
        if way in (forger.with_bytes_changed, forger.with_a_field_changed) and is_genuine(message):
            continue  # the change hit the envelope, or wrote the same value in another way
        heard += 1
        if isinstance(message, Malformed):
            ends["malformed"] += 1
            continue
        rig.messages.clear()
        rig.hear(message)
        assert rig.take(effects.SubmitOrder) == [], f"{way.__name__}: {message}"
        ends[rig.refusal.reason.value] += 1
    assert rig.state.orders == orders
    assert set(ends) == {
        "malformed",
        RefusalReason.UNSIGNED.value,
        RefusalReason.USED.value,
        RefusalReason.EXPIRED.value,
        RefusalReason.STALE_EPOCH.value,
        RefusalReason.UNTRADABLE.value,
    }
    assert min(ends.values()) > ATTEMPTS / 50, ends
    rig.hear(approved(rig, epoch=EPOCH))
    assert len(rig.take(effects.SubmitOrder)) == 2, "what is good still passes"

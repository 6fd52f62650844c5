"""What risk signs: verifiable, unalterable, short-lived, and one for a request."""

from base64 import b64decode, b64encode
from datetime import timedelta
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.risk.risk_desk import KEY, RiskDesk, decision, every, only

from poise_common.contracts.packages import Approval, OrderStyle, PackageAction, PackageApproved, PackageDecided
from poise_common.contracts.signatures import Signer, Verifier

_DESK = RiskDesk().ready()
SIGNED, OTHER = (only(_DESK.send(_DESK.request(asset)), PackageApproved) for asset in ("BTC", "ETH"))
VERIFIER = Verifier(KEY.public_key())


def test_an_approval_is_signed_by_risk_over_what_it_says(desk: RiskDesk) -> None:
    request = desk.request("BTC", 8_000)
    approved = only(desk.send(request), PackageApproved)
    assert desk.verifier.is_signed(approved.approval, approved.signature)
    assert approved.approval.request_id == request.id
    assert [(leg.symbol, leg.quantity, leg.limit_price) for leg in approved.approval.legs] == [
        ("BTC/USDT", Decimal(80), request.long_leg.limit_price),
        ("BTC/USDT:USDT", Decimal(80), request.short_leg.limit_price),
    ]
    assert not any(leg.reduce_only for leg in approved.approval.legs)


def test_an_approval_survives_the_wire(desk: RiskDesk) -> None:
    approved = only(desk.send(desk.request("BTC")), PackageApproved)
    read = PackageApproved.model_validate_json(approved.model_dump_json())
    assert desk.verifier.is_signed(read.approval, read.signature)


def test_an_approval_expires_within_its_life_and_never_after_its_request(desk: RiskDesk) -> None:
    long_lived = desk.request("BTC", 2_000, expires_at=desk.now + timedelta(minutes=1))
    desk.send(long_lived)
    assert _last(desk).expires_at == desk.now + timedelta(seconds=4)
    desk.send(desk.request("ETH", 2_000, expires_at=desk.now + timedelta(seconds=1)))
    assert _last(desk).expires_at == desk.now + timedelta(seconds=1)


def test_the_same_request_twice_has_one_effect(desk: RiskDesk) -> None:
    request = desk.request("BTC")
    assert every(desk.send(request), PackageApproved)
    assert desk.send(request) == []


def test_a_request_repeated_after_a_restart_has_one_effect(desk: RiskDesk) -> None:
    request = desk.request("BTC")
    desk.send(request)
    assert desk.restarted().ready().send(request) == []


def test_the_same_request_to_a_core_that_lost_everything_has_the_same_approval_id(desk: RiskDesk) -> None:
    request = desk.request("BTC")
    first, second = decision(desk.send(request)), decision(RiskDesk().ready().send(request))
    assert first.approval_id == second.approval_id is not None
    assert first.id == second.id


def test_messages_keep_the_trace_and_add_a_hop(desk: RiskDesk) -> None:
    request = desk.request("BTC")
    for message in every(desk.send(request), PackageDecided):
        assert message.trace_id == request.trace_id
        assert [hop.stage for hop in message.hops] == ["test", "risk"]


@pytest.mark.parametrize("field", Approval.model_fields)
def test_no_field_of_an_approval_can_be_altered(field: str) -> None:
    other = OTHER.approval
    changes = {
        "action": PackageAction.CLOSE,
        "style": OrderStyle.POST_ONLY,
        "strategy": "other",
        "hedge_ratio": Decimal(2),
        "issued_at": other.issued_at + timedelta(microseconds=1),
        "expires_at": other.expires_at + timedelta(seconds=1),
        "epoch": 2,
        "rolls_with": other.approval_id,
    }
    altered = SIGNED.approval.model_copy(update={field: changes.get(field, getattr(other, field))})
    assert altered != SIGNED.approval
    assert not VERIFIER.is_signed(Approval.model_validate_json(altered.model_dump_json()), SIGNED.signature)


@given(st.integers(0, 63), st.integers(1, 255))
def test_no_byte_of_a_signature_can_be_altered(position: int, flip: int) -> None:
    raw = bytearray(b64decode(SIGNED.signature))
    raw[position] ^= flip
    assert not VERIFIER.is_signed(SIGNED.approval, b64encode(bytes(raw)).decode())


@given(st.text(max_size=100))
def test_what_is_no_signature_never_passes(text: str) -> None:
    assert not VERIFIER.is_signed(SIGNED.approval, text)


@given(st.integers(0, 1), st.decimals("0.01", 1_000, places=2), st.decimals("0.01", 1_000, places=2))
def test_no_leg_can_be_altered(index: int, quantity: Decimal, limit_price: Decimal) -> None:
    legs = list(SIGNED.approval.legs)
    legs[index] = legs[index].model_copy(update={"quantity": quantity, "limit_price": limit_price})
    altered = SIGNED.approval.model_copy(update={"legs": tuple(legs)})
    assert VERIFIER.is_signed(altered, SIGNED.signature) is (altered == SIGNED.approval)


def test_another_key_signs_in_vain() -> None:
    forged = Signer(Ed25519PrivateKey.from_private_bytes(bytes(32))).sign(SIGNED.approval)
    assert not VERIFIER.is_signed(SIGNED.approval, forged)


def _last(desk: RiskDesk) -> Approval:
    return every(desk.published, PackageApproved)[-1].approval

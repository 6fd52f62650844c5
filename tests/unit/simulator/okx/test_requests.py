"""What OKX's protocol makes of requests: parameters, limits, keys, signatures, refusals."""

from http import HTTPStatus

import pytest

from poise_simulator.okx.credentials import check_timing, find_key, is_signed, sign
from poise_simulator.okx.errors import OkxError, too_many_requests
from poise_simulator.okx.parameters import Parameters, parse_body
from poise_simulator.okx.rate_limits import RateLimit, RateLimits
from poise_simulator.protocol.keys import ApiKey, KeyRing

NOW_MS = 1_790_000_000_000
WORD = "paper"
KEY = ApiKey("k", "s", "paper", passphrase=WORD)


def _code(refused: pytest.ExceptionInfo[OkxError]) -> int:
    return refused.value.code


def test_a_refusal_has_the_venues_envelope() -> None:
    error = too_many_requests()
    assert error.body() == {"code": "50011", "data": [], "msg": "Too Many Requests"}
    assert error.status == HTTPStatus.TOO_MANY_REQUESTS


def test_a_mandatory_parameter_that_is_empty_is_named() -> None:
    with pytest.raises(OkxError) as refused:
        Parameters.of_query("instId=").text("instId")
    assert _code(refused) == 50014
    assert "instId" in refused.value.message


@pytest.mark.parametrize("value", ["1e3", "abc", "1,5", ".5"])
def test_a_number_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(OkxError) as refused:
        Parameters({"px": value}).decimal("px")
    assert _code(refused) == 51000


@pytest.mark.parametrize("limit", ["0", "301"])
def test_a_limit_out_of_its_range_is_refused(limit: str) -> None:
    with pytest.raises(OkxError) as refused:
        Parameters({"limit": limit}).limit(100, 300)
    assert _code(refused) == 51000


def test_a_body_is_an_object_or_several() -> None:
    assert [row.text("a") for row in parse_body('{"a":"1"}')] == ["1"]
    assert [row.text("a") for row in parse_body('[{"a":"1"},{"a":2}]')] == ["1", "2"]
    assert parse_body('{"a":true}')[0].flag("a")


@pytest.mark.parametrize(("body", "code"), [("", 50000), ("{", 50002), ("[]", 50002), ("[1]", 50002)])
def test_a_body_that_cannot_be_read_is_refused(body: str, code: int) -> None:
    with pytest.raises(OkxError) as refused:
        parse_body(body)
    assert _code(refused) == code


def test_each_asker_has_a_limit_of_his_own_and_it_starts_anew() -> None:
    limits, limit = RateLimits(), RateLimit(2)
    for who in ("alice", "bob"):
        for _ in range(2):
            limits.charge("GET /x", limit, who, NOW_MS)
    with pytest.raises(OkxError) as refused:
        limits.charge("GET /x", limit, "alice", NOW_MS + 1_999)
    assert _code(refused) == 50011
    limits.charge("GET /x", limit, "alice", NOW_MS + 2_000)
    limits.charge("GET /y", limit, "bob", NOW_MS)


def test_an_address_that_connects_too_often_is_refused() -> None:
    limits = RateLimits()
    for _ in range(3):
        limits.connect("here", NOW_MS)
    with pytest.raises(OkxError):
        limits.connect("here", NOW_MS + 999)
    limits.connect("here", NOW_MS + 1_000)


def test_a_banned_address_is_refused_until_the_ban_ends() -> None:
    limits = RateLimits()
    limits.ban("here", 10, NOW_MS)
    with pytest.raises(OkxError):
        limits.check_ban("here", NOW_MS + 9_999)
    limits.check_ban("here", NOW_MS + 10_000)
    limits.check_ban("there", NOW_MS)


def test_a_signature_is_of_time_verb_path_and_body() -> None:
    # printf PAYLOAD | openssl dgst -sha256 -hmac s -binary | base64
    payload = "2020-12-08T09:08:57.715ZGET/api/v5/account/balance?ccy=BTC"
    signature = sign("s", payload)
    assert signature == "+PVwLKvTgvoWoyoMgxUWxMNuAks8xlEDnTJpQcIxAHU="
    assert is_signed(KEY, payload, signature)
    assert not is_signed(KEY, payload + "x", signature)


@pytest.mark.parametrize(("key", "passphrase", "code"), [("other", WORD, 50111), ("k", "wrong", 50105)])
def test_an_unknown_key_and_a_wrong_passphrase_are_told_apart(key: str, passphrase: str, code: int) -> None:
    with pytest.raises(OkxError) as refused:
        find_key(KeyRing([KEY]), key, passphrase)
    assert _code(refused) == code
    assert refused.value.status == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        ("2026-09-21T14:13:50.001Z", None),
        ("2026-09-21T14:12:49.999Z", 50102),
        ("2026-09-21T14:13:50.001", 50112),
        ("yesterday", 50112),
    ],
)
def test_a_request_expires_after_half_a_minute(timestamp: str, code: int | None) -> None:
    # 1_790_000_000_000 is 2026-09-21T14:13:20Z.
    if code is None:
        check_timing(timestamp, NOW_MS + 1)
        return
    with pytest.raises(OkxError) as refused:
        check_timing(timestamp, NOW_MS)
    assert _code(refused) == code

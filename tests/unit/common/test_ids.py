"""Identifiers: sorted by time, derived from their cause, repeatable from a seed."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_common.domain.clock import elapsed_ms, from_ms, to_ms
from poise_common.domain.ids import derived_id, seeded_ids, uuid7
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids

times_ms = st.integers(min_value=0, max_value=2**48 - 1)
entropies = st.binary(min_size=10, max_size=16)
texts = st.text(max_size=12)


@given(times_ms, entropies)
def test_ids_are_uuids_of_version_7_that_tell_their_time(unix_ms: int, entropy: bytes) -> None:
    made = uuid7(unix_ms, entropy)
    assert (made.version, made.variant, made.int >> 80) == (7, "specified in RFC 4122", unix_ms)


@given(times_ms, times_ms, entropies, entropies)
def test_ids_sort_by_time(one: int, other: int, entropy: bytes, more: bytes) -> None:
    if one < other:
        assert uuid7(one, entropy) < uuid7(other, more)


@given(times_ms, entropies, st.lists(texts, max_size=4), st.lists(texts, max_size=4))
def test_derived_ids_repeat_for_the_same_parts_and_differ_for_others(
    unix_ms: int, entropy: bytes, parts: list[str], others: list[str]
) -> None:
    cause = uuid7(unix_ms, entropy)
    assert derived_id(cause, *parts) == derived_id(cause, *parts)
    assert (derived_id(cause, *parts) == derived_id(cause, *others)) == (parts == others)
    assert derived_id(cause, *parts).int >> 80 == unix_ms


def test_parts_are_told_apart_by_where_they_end() -> None:
    cause = UUID(int=7 << 76)
    assert derived_id(cause, "ab", "c") != derived_id(cause, "a", "bc")


@given(st.integers())
def test_a_seed_repeats_its_ids(seed: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    one, other = seeded_ids(seed), seeded_ids(seed)
    made = [one(now) for _ in range(20)]
    assert made == [other(now) for _ in range(20)]
    assert len(set(made)) == 20


def test_random_ids_do_not_repeat() -> None:
    now, new_id = utc_now(), random_ids()
    assert len({new_id(now) for _ in range(1000)}) == 1000


@given(st.integers(min_value=0, max_value=4_102_444_800_000))
def test_times_survive_the_way_through_milliseconds(unix_ms: int) -> None:
    assert to_ms(from_ms(unix_ms)) == unix_ms
    assert from_ms(unix_ms).tzinfo is UTC
    assert elapsed_ms(from_ms(0), from_ms(unix_ms)) == pytest.approx(unix_ms)

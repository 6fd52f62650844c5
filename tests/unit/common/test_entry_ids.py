"""Entry ids compare as Redis orders them."""

from hypothesis import given
from hypothesis import strategies as st

from poise_common.platform.bus.entry_ids import FIRST, EntryId, entry_id

entry_ids = st.builds(EntryId, st.integers(0, 2**48), st.integers(0, 2**32))


@given(entry_ids)
def test_an_id_survives_being_written_and_read(one: EntryId) -> None:
    assert entry_id(str(one)) == one
    assert entry_id(str(one).encode()) == one


@given(entry_ids)
def test_nothing_lies_between_an_id_and_its_next(one: EntryId) -> None:
    assert one < one.next
    assert one.next == EntryId(one.unix_ms, one.sequence + 1)
    assert one >= FIRST


def test_ids_compare_by_number_not_by_text() -> None:
    assert entry_id("9-0") < entry_id("10-0")
    assert entry_id("5") == EntryId(5, 0)

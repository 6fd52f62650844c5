from hypothesis import given
from hypothesis import strategies as st

from poise_risk.domain.knowledge.grown import Grown

keys = st.sampled_from("ABCDEF")
values = st.dictionaries(keys, st.integers(-3, 3), max_size=6)


def measure(value: int) -> int:
    return abs(value)


@given(st.lists(values, min_size=1, max_size=4), st.frozensets(keys))
def test_the_least_is_that_of_all_that_is_held_however_it_came_to_be(
    changes: list[dict[str, int]], but: set[str]
) -> None:
    held: dict[str, int] = {}
    grown: Grown[str, int] = Grown({})
    for each in changes:
        held |= each
        grown = Grown(each, grown)
        expected = min(((measure(value), key) for key, value in held.items() if key not in but), default=None)
        assert dict(grown) == held
        assert grown.least("size", measure, but) == expected


def test_what_did_not_change_is_measured_once() -> None:
    measured = []

    def counted(value: int) -> int:
        measured.append(value)
        return value

    earlier = Grown({"A": 1, "B": 2})
    for value in (3, 4):
        assert Grown({"A": value}, earlier).least("size", counted, {"A"}) == (2, "B")
    assert sorted(measured) == [1, 2, 3, 4]

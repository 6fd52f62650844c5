import pytest

from poise.demo.venue_ledger import parse_ledger


def account(orders: dict[str, int], fills: int, liquidations: int = 0) -> dict[str, object]:
    return {
        "venue_orders": sum(orders.values()),
        "venue_fills": fills,
        "liquidations": liquidations,
        "orders_by_client_order_id": orders,
    }


def test_the_accounts_of_a_venue_are_added_up() -> None:
    ledger = parse_ledger({"accounts": [account({"a": 1, "b": 1}, 3, 1), account({"c": 1}, 4, 2)]})
    assert (ledger.orders, ledger.fills, ledger.liquidations) == (3, 7, 3)
    assert set(ledger.client_order_ids) == {"a", "b", "c"}
    assert ledger.duplicates == 0


@pytest.mark.parametrize(
    ("accounts", "duplicates"),
    [
        ([account({"a": 2, "b": 1}, 0)], 1),
        ([account({"a": 3, "b": 2}, 0)], 3),
        ([account({"a": 1}, 0), account({"a": 1}, 0)], 1),
        ([account({}, 0)], 0),
        ([], 0),
    ],
)
def test_every_order_under_a_client_id_that_came_before_is_a_duplicate(
    accounts: list[dict[str, object]], duplicates: int
) -> None:
    assert parse_ledger({"accounts": accounts}).duplicates == duplicates


def test_an_answer_that_is_no_ledger_is_not_read_as_an_empty_one() -> None:
    with pytest.raises(KeyError):
        parse_ledger({})
    with pytest.raises(KeyError):
        parse_ledger({"accounts": [{"venue_orders": 1}]})

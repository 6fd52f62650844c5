"""The venue's account against the ledger's."""

from decimal import Decimal

from tests.crash.accounts import Account, difference_usd

VENUE = Account({("spot", "USDT"): Decimal(1000), ("spot", "BTC"): Decimal(2)}, {"BTCUSDT": Decimal(-2)})
PRICES = {"BTCUSDT": Decimal(100)}


def test_the_same_account_differs_by_nothing() -> None:
    assert difference_usd(VENUE, VENUE, PRICES) == 0


def test_a_shortage_never_hides_behind_an_excess() -> None:
    ledger = Account({("spot", "USDT"): Decimal(1200)}, {"BTCUSDT": Decimal(-2)})
    assert difference_usd(VENUE, ledger, PRICES) == Decimal(400)


def test_a_position_that_one_side_lacks_counts_whole() -> None:
    assert difference_usd(VENUE, Account(VENUE.cash, {}), PRICES) == Decimal(200)
    assert difference_usd(Account(VENUE.cash, {}), VENUE, PRICES) == Decimal(200)


def test_what_has_no_price_counts_by_its_quantity() -> None:
    assert difference_usd(Account({("spot", "NEW"): Decimal(3)}, {}), Account({}, {}), {}) == Decimal(3)

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from tests.unit.execution.messages import account_read, approved
from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import AccountReported, FundingPaid, LegFilled
from poise_common.contracts.packages import LegRole
from poise_execution.domain import effects, results

D = Decimal


def income(rig: Rig, income_id: str, amount: str = "1.5") -> results.FundingIncome:
    return results.FundingIncome(
        income_id=income_id, symbol="ETH/USDT:USDT", amount=D(amount), currency="USDT", paid_at=rig.now
    )


def next_read(rig: Rig, seconds: float = 10) -> effects.ReadAccount:
    rig.wait(seconds)
    (read,) = rig.take(effects.ReadAccount)
    return read


def test_the_first_report_ever_opens_the_ledger_and_no_other_does() -> None:
    rig = Rig()
    rig.listen()
    read = next_read(rig, 0)
    rig.hear(account_read(rig, activity=read.activity))
    rig.hear(account_read(rig, activity=next_read(rig).activity))
    rig.restart()
    rig.hear(account_read(rig, activity=next_read(rig, 0).activity))
    assert [report.opening for report in rig.told(AccountReported)] == [True, False, False]


def test_what_was_paid_before_the_opening_is_in_its_balances_and_not_told() -> None:
    rig = Rig()
    rig.listen()
    early = income(rig, "1")
    rig.hear(account_read(rig, activity=next_read(rig, 0).activity, incomes=(early,)))
    rig.hear(account_read(rig, activity=next_read(rig).activity, incomes=(early, income(rig, "2"))))
    assert [paid.income_id for paid in rig.told(FundingPaid)] == ["2"]


def test_an_opening_that_was_disturbed_is_read_again_without_telling_anything() -> None:
    rig = Rig()
    rig.listen()
    early = income(rig, "1")
    rig.hear(account_read(rig, activity=next_read(rig, 0).activity, incomes=(early,), is_bracketed=False))
    assert rig.messages == []
    rig.hear(account_read(rig, activity=next_read(rig, 1).activity, incomes=(early,)))
    assert rig.told(FundingPaid) == []
    assert [report.opening for report in rig.told(AccountReported)] == [True]


def test_each_funding_payment_is_told_once_and_before_the_balances_that_hold_it(rig: Rig) -> None:
    paid = income(rig, "7", "-2.25")
    for _ in range(2):
        rig.hear(account_read(rig, activity=next_read(rig).activity, incomes=(paid,)))
    assert [type(message) for message in rig.messages] == [FundingPaid, AccountReported, AccountReported]
    (told,) = rig.told(FundingPaid)
    assert (told.amount, told.asset, told.symbol) == (D("-2.25"), "ETH", "ETH/USDT:USDT")
    rig.restart()
    rig.hear(account_read(rig, activity=next_read(rig, 0).activity, incomes=(paid,)))
    assert len(rig.told(FundingPaid)) == 1


def test_incomes_are_asked_for_from_a_while_before_the_last_one(rig: Rig) -> None:
    opened_at = rig.now
    assert next_read(rig).incomes_since == opened_at - timedelta(seconds=600)
    last = income(rig, "7")
    rig.hear(account_read(rig, activity=0, incomes=(last,)))
    assert next_read(rig).incomes_since == last.paid_at - timedelta(seconds=600)


def test_no_account_is_read_while_an_order_is_under_way(rig: Rig) -> None:
    rig.hear(approved(rig))
    rig.wait(10)
    assert rig.take(effects.ReadAccount) == []
    rig.fill(LegRole.LONG)
    rig.answer(rig.take_order(LegRole.SHORT))
    rig.wait(0.1)
    assert rig.take(effects.ReadAccount) == []
    rig.list_trades()
    rig.wait(0.1)
    assert len(rig.take(effects.ReadAccount)) == 1


def test_balances_read_while_an_order_was_sent_are_not_told_and_read_again_soon(rig: Rig) -> None:
    read = next_read(rig)
    rig.hear(approved(rig))
    rig.fill(LegRole.LONG)
    rig.fill(LegRole.SHORT)
    paid = income(rig, "7")
    rig.hear(account_read(rig, activity=read.activity, incomes=(paid,)))
    assert rig.told(AccountReported) == []
    assert len(rig.told(FundingPaid)) == 1
    rig.hear(account_read(rig, activity=next_read(rig, 1).activity, incomes=(paid,)))
    assert len(rig.told(AccountReported)) == 1
    positions = [type(message) for message in rig.messages]
    assert max(i for i, kind in enumerate(positions) if kind is LegFilled) < positions.index(AccountReported)


def test_a_routine_reading_lets_books_go_first_and_the_opening_does_not(rig: Rig) -> None:
    assert not next_read(rig).is_urgent
    new = Rig()
    new.listen()
    assert next_read(new, 0).is_urgent


def test_a_read_without_an_answer_is_tried_again(rig: Rig) -> None:
    rig.hear(account_read(rig, activity=next_read(rig).activity, is_bracketed=False))
    rig.wait(0.5)
    assert rig.take(effects.ReadAccount) == []
    assert next_read(rig, 0.5).venue == "paper"


def test_readings_that_are_asked_for_again_and_again_leave_the_venue_more_and_more_time(rig: Rig) -> None:
    read_at = []
    for _ in range(600):
        rig.hear(rig.result(results.AccountHinted, venue="paper", client_order_id="web_1"))
        rig.wait(0.1)
        for read in rig.take(effects.ReadAccount):
            read_at.append(rig.now)
            rig.hear(account_read(rig, activity=read.activity))
    pauses_s = [round((after - before).total_seconds()) for before, after in pairwise(read_at)]
    assert pauses_s[:6] == [2, 4, 8, 10, 10, 10]

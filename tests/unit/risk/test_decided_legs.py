"""A decision tells the legs that were asked for, so that what was refused can be followed."""

from decimal import Decimal

import pytest
from tests.unit.risk.risk_desk import RiskDesk, decision

from poise_common.contracts.packages import Verdict


@pytest.mark.parametrize(("exposure_usd", "verdict"), [(8_000, Verdict.APPROVED), (500, Verdict.REJECTED)])
def test_a_decision_to_open_tells_the_legs_that_were_asked_for(
    desk: RiskDesk, exposure_usd: int, verdict: Verdict
) -> None:
    request = desk.request("BTC", exposure_usd)
    decided = decision(desk.send(request))
    assert decided.verdict is verdict
    assert (decided.long_leg, decided.short_leg) == (request.long_leg, request.short_leg)


def test_a_decision_to_close_tells_none(desk: RiskDesk) -> None:
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    decided = decision(desk.send(desk.closing(package.package_id, "BTC", Decimal(80))))
    assert (decided.long_leg, decided.short_leg) == (None, None)

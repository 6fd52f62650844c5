"""What docs/strategies.md says: the example works as it stands there, and the table has every strategy."""

import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from tests.unit.signals.rig import DEEP, START, Rig
from tests.unit.signals.senders import perpetual_of

from poise_common.contracts.packages import ClosePackage, CloseReason, OpenPackage, Verdict
from poise_common.domain.instruments import InstrumentKind
from poise_signals.domain import strategies
from poise_signals.domain.config import strategies_config
from poise_signals.domain.strategy.registry import strategy_kinds

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "strategies.md").read_text()
FUTURE = "ETH/USDT:USDT-260327"
MODULE = "poise_signals.domain.strategies.calendar"


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    return str(found)


@pytest.fixture
def with_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """A desk whose strategies' folder has the page's module beside the others, and whose file has its block."""
    (tmp_path / "calendar.py").write_text(block("python"))
    monkeypatch.setattr(strategies, "__path__", [*strategies.__path__, str(tmp_path)])
    configured = (ROOT / "config" / "strategies.yaml").read_text() + block("yaml")
    yield Rig(strategies_config().model_validate(yaml.safe_load(configured)))
    sys.modules.pop(MODULE, None)


def test_the_worked_example_enters_and_leaves_by_its_module_and_its_block_alone(with_example: Rig) -> None:
    rig = with_example
    expires_at = START + timedelta(days=80)
    future = perpetual_of(
        "ETH", symbol=FUTURE, kind=InstrumentKind.LINEAR_FUTURE, funding_interval_s=None, expires_at=expires_at
    )
    universe = rig.universe()
    (asset,) = universe.assets
    rig.hear(universe.model_copy(update={"assets": (asset.model_copy(update={"futures": (future,)}),)}))
    rig.hear(rig.risk())
    rig.hear(rig.portfolio())

    def books(premium_bps: float) -> None:
        rig.hear(rig.book("ETH/USDT:USDT", [(100.0, DEEP)], [(100.001, DEEP)]))
        dearer = 100.0 * (1 + premium_bps / 10_000)
        rig.hear(rig.book(FUTURE, [(dearer, DEEP)], [(dearer + 0.001, DEEP)]))

    books(10)
    assert not rig.requests
    books(50)
    (asked,) = rig.requests
    assert isinstance(asked, OpenPackage)
    assert (asked.strategy, asked.long_leg.symbol, asked.short_leg.symbol) == ("calendar", "ETH/USDT:USDT", FUTURE)
    # 50 bps less 14 of fees and 3 of buffer are 33 bps, over 80 of 365 days, on as much capital as notional.
    assert float(asked.net_yield) == pytest.approx(0.0033, abs=2e-5)
    assert float(asked.net_apr) == pytest.approx(0.0033 * 365 / 80, abs=2e-4)
    rig.hear(rig.decided(Verdict.APPROVED))
    rig.hear(rig.opened())
    books(0)
    closing = rig.requests[-1]
    assert isinstance(closing, ClosePackage)
    assert closing.reason is CloseReason.CONVERGED


def test_the_page_lists_every_strategy_there_is() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE)
    assert sorted(listed) == sorted(kind.name for kind in strategy_kinds())


def test_every_strategy_has_its_block_and_every_block_its_strategy() -> None:
    configured = yaml.safe_load((ROOT / "config" / "strategies.yaml").read_text())
    kinds = {kind.name for kind in strategy_kinds()}
    model = strategies_config()
    assert kinds <= configured.keys()
    assert set(model.model_fields) == configured.keys()

import subprocess
import sys

import pytest

LEAN = """
import sys
from poise_venues import ccxt_modules
exchange = ccxt_modules.exchange_class("{venue}")
exchanges = [name for name in sys.modules if name.startswith("ccxt.pro.") or name.startswith("ccxt.async_support.")]
others = [name for name in exchanges if name.rsplit(".", 1)[1] in ("kraken", "okx", "bitget")]
assert exchange({{}}).id == "{venue}", exchange
assert not others, others
assert issubclass(ccxt_modules.errors().ChecksumError, ccxt_modules.errors().NetworkError)
"""


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603  # our own code


@pytest.mark.parametrize("venue", ["binance", "binanceusdm", "bybit"])
def test_one_venue_is_imported_without_the_others(venue: str) -> None:
    run = run_python(LEAN.format(venue=venue))
    assert run.returncode == 0, run.stderr


def test_a_ccxt_that_was_imported_whole_before_is_used_as_it_is() -> None:
    code = "import ccxt.pro\nfrom poise_venues import ccxt_modules\n"
    code += "assert ccxt_modules.exchange_class('binance') is ccxt.pro.binance"
    run = run_python(code)
    assert run.returncode == 0, run.stderr


def test_an_unknown_venue_is_named() -> None:
    code = "from poise_venues import ccxt_modules\nccxt_modules.exchange_class('nowhere')"
    run = run_python(code)
    assert "ccxt.pro.nowhere" in run.stderr

"""`python -m poise_signals.adapters.pair_tests`: samples in on standard input, outcomes out, and gone again.

A process of its own, because statsmodels takes seconds and more than 100 MB to import, and its tests take longer than
an update may. It gives way to whoever decides.
"""

import os
import sys

import orjson

from poise_signals.adapters.pair_tests.cointegration import outcomes

_GIVES_WAY_BY = 19


def main() -> None:
    """Answer one list of samples, each two lists of logarithms, with as many outcomes."""
    os.nice(_GIVES_WAY_BY)
    samples = orjson.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps([outcome._asdict() for outcome in outcomes(samples)]))


if __name__ == "__main__":
    main()

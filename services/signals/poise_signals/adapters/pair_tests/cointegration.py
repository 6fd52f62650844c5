"""Engle and Granger's test by statsmodels; imported in the process of the tests alone, as it is large."""

import warnings
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from statsmodels.tools.sm_exceptions import CollinearityWarning
from statsmodels.tsa.stattools import coint


class Outcome(NamedTuple):
    """The p-value of the hypothesis that two series do not keep together, or why there is none."""

    p_value: float | None
    reason: str | None = None


def engle_granger(log_first: Sequence[float], log_second: Sequence[float]) -> Outcome:
    """Test two series of as many logarithms of closes, the first explained by the second and a constant.

    Lags by Akaike's criterion; MacKinnon's asymptotic p-values (1994, 2010). R. F. Engle, C. W. J. Granger,
    Co-Integration and Error Correction, 1987.
    """
    first, second = np.asarray(log_first, dtype=np.float64), np.asarray(log_second, dtype=np.float64)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return Outcome(None, "a series stands still")
    with warnings.catch_warnings():
        warnings.simplefilter("error", CollinearityWarning)
        try:
            _, p_value, _ = coint(first, second, trend="c", autolag="aic")
        except CollinearityWarning:
            return Outcome(None, "one series is the other, scaled: nothing is left between them")
        except ValueError as error:
            return Outcome(None, str(error))
    return Outcome(float(p_value)) if np.isfinite(p_value) else Outcome(None, "the statistic is not a number")


def outcomes(samples: Iterable[tuple[Sequence[float], Sequence[float]]]) -> list[Outcome]:
    """Test each sample."""
    return [engle_granger(first, second) for first, second in samples]

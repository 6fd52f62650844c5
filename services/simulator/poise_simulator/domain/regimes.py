"""How the perpetuals' premium comes and goes."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Span:
    """A uniform range to draw from."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class BasisRegime:
    """How the annual premium of dated futures over the index comes and goes; rates are fractions a year.

    Around `base_apr` it is noisy; episodes add `peak_apr` to it, each a drawn gap after the last one's end. The tilt
    makes terms a year further out dearer or cheaper. Whatever comes of it stays between floor and cap.
    """

    base_apr: float
    noise_apr: float
    tilt_apr_per_year: float
    noise_half_life_s: float
    gap_s: Span
    peak_apr: Span
    onset_s: float
    plateau_s: Span
    decay_s: float
    floor_apr: float = -0.02
    cap_apr: float = 0.20


@dataclass(frozen=True, slots=True)
class DepegRegime:
    """How often, how far and for how long stablecoins stand off their peg."""

    gap_s: Span
    peak_bps: Span
    share_below: float
    onset_s: float
    plateau_s: Span
    decay_s: float


CALM_BASIS = BasisRegime(
    base_apr=0.05,
    noise_apr=0.012,
    tilt_apr_per_year=0.01,
    noise_half_life_s=43_200.0,
    gap_s=Span(43_200.0, 259_200.0),
    peak_apr=Span(0.03, 0.08),
    onset_s=3_600.0,
    plateau_s=Span(21_600.0, 129_600.0),
    decay_s=43_200.0,
)

CALM_DEPEGS = DepegRegime(
    gap_s=Span(21_600.0, 259_200.0),
    peak_bps=Span(8.0, 35.0),
    share_below=0.7,
    onset_s=900.0,
    plateau_s=Span(900.0, 14_400.0),
    decay_s=7_200.0,
)


@dataclass(frozen=True, slots=True)
class RegimeProfile:
    """Sizes and durations of premium episodes; one of `PROFILES`, or made for a test.

    An episode rises to its peak within `onset_s`, stays for a plateau, decays with `decay_s`, then
    undershoots before it ends. Contango episodes start at drawn gaps, apart for the major assets (tiers
    1 and 2) and the minor ones, so that their number in any window is bounded from below. Backwardation
    episodes start by chance, at `backwardation_per_hour` an asset.
    """

    name: str
    first_gap_s: Span
    major_gap_s: Span
    minor_gap_s: Span
    contango_peak_bps: Span
    backwardation_peak_bps: Span
    onset_s: float
    plateau_s: Span
    decay_s: float
    undershoot_bps: Span
    undershoot_s: float
    backwardation_per_hour: float
    spot_share: float
    noise_bps: float
    noise_half_life_s: float
    premium_window_s: int
    basis: BasisRegime = CALM_BASIS
    depegs: DepegRegime = CALM_DEPEGS


DEMO = RegimeProfile(
    name="demo",
    first_gap_s=Span(2.0, 6.0),
    major_gap_s=Span(10.5, 14.0),
    minor_gap_s=Span(5.0, 9.0),
    contango_peak_bps=Span(45.0, 90.0),
    backwardation_peak_bps=Span(15.0, 40.0),
    onset_s=1.0,
    plateau_s=Span(4.0, 10.0),
    decay_s=4.0,
    undershoot_bps=Span(3.0, 7.0),
    undershoot_s=4.0,
    backwardation_per_hour=6.0,
    spot_share=0.5,
    noise_bps=0.8,
    noise_half_life_s=5.0,
    premium_window_s=600,
    basis=BasisRegime(
        base_apr=0.05,
        noise_apr=0.008,
        tilt_apr_per_year=0.01,
        noise_half_life_s=20.0,
        gap_s=Span(12.0, 30.0),
        peak_apr=Span(0.03, 0.08),
        onset_s=2.0,
        plateau_s=Span(6.0, 14.0),
        decay_s=5.0,
    ),
    depegs=DepegRegime(
        gap_s=Span(20.0, 90.0),
        peak_bps=Span(8.0, 35.0),
        share_below=0.7,
        onset_s=2.0,
        plateau_s=Span(4.0, 12.0),
        decay_s=5.0,
    ),
)

CALM = RegimeProfile(
    name="calm",
    first_gap_s=Span(600.0, 3_600.0),
    major_gap_s=Span(14_400.0, 43_200.0),
    minor_gap_s=Span(7_200.0, 21_600.0),
    contango_peak_bps=Span(15.0, 50.0),
    backwardation_peak_bps=Span(5.0, 25.0),
    onset_s=900.0,
    plateau_s=Span(3_600.0, 21_600.0),
    decay_s=7_200.0,
    undershoot_bps=Span(1.0, 4.0),
    undershoot_s=3_600.0,
    backwardation_per_hour=0.01,
    spot_share=0.2,
    noise_bps=0.8,
    noise_half_life_s=60.0,
    premium_window_s=0,
)

PROFILES = {profile.name: profile for profile in (DEMO, CALM)}

DRIFTS = {
    DEMO.name: replace(
        DEMO,
        name="demo drift",
        first_gap_s=Span(3.0, 8.0),
        major_gap_s=Span(16.0, 24.0),
        minor_gap_s=Span(5.0, 8.0),
        contango_peak_bps=Span(25.0, 55.0),
        backwardation_peak_bps=Span(25.0, 55.0),
        onset_s=2.0,
        undershoot_bps=Span(0.0, 3.0),
        backwardation_per_hour=25.0,
        noise_bps=0.5,
    ),
    CALM.name: replace(
        CALM,
        name="calm drift",
        contango_peak_bps=Span(10.0, 35.0),
        backwardation_peak_bps=Span(10.0, 35.0),
        backwardation_per_hour=0.05,
        noise_bps=0.5,
    ),
}
"""How a venue strays from the others of its world, by the profile of its premiums: dear as often as cheap."""

"""What dated futures stand above spot by: the sums, the table, the pictures."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from PIL import Image
from rich.console import Console

from poise.opportunities.term_pictures import NothingToDraw, page_of, png_of
from poise.opportunities.term_structure import TermStructures, term_structures
from poise.opportunities.term_views import term_structures_view
from poise_common.contracts.market_data import Universe, UniverseAsset
from poise_common.contracts.packages import CandidateEvaluated
from poise_common.domain.instruments import Instrument, InstrumentKind

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
_ID = UUID(int=1)


def instrument(asset: str, kind: InstrumentKind, expires_at: datetime | None = None) -> Instrument:
    symbol = f"{asset}/USDT" + ("" if kind is InstrumentKind.SPOT else ":USDT")
    return Instrument(
        venue="paper",
        symbol=symbol if expires_at is None else f"{symbol}-{expires_at:%y%m%d}",
        kind=kind,
        base=asset,
        quote="USDT",
        settle="USDT",
        price_tick=Decimal("0.01"),
        quantity_step=Decimal("0.001"),
        min_quantity=Decimal("0.001"),
        min_notional=Decimal(5),
        taker_fee=Decimal("0.0005"),
        maker_fee=Decimal("0.0002"),
        expires_at=expires_at,
    )


def future(asset: str, days: float) -> Instrument:
    return instrument(asset, InstrumentKind.LINEAR_FUTURE, NOW + timedelta(days=days))


def universe(**futures: tuple[Instrument, ...]) -> Universe:
    assets = tuple(
        UniverseAsset(
            asset=asset,
            tier=1,
            sector="l1",
            venue="paper",
            spot=instrument(asset, InstrumentKind.SPOT),
            hedge=instrument(asset, InstrumentKind.LINEAR_PERPETUAL),
            volume_24h_usd=1e9,
            hedge_volume_24h_usd=1e9,
            depth_usd=None,
            spread_pct=None,
            btc_correlation=None,
            futures=listed,
        )
        for asset, listed in futures.items()
    )
    return Universe.first(_ID, "ingestion", NOW, as_of=NOW, assets=assets)


def told(short: Instrument, basis: float, *, ago_s: float = 1.0, held: bool = False) -> CandidateEvaluated:
    at = NOW - timedelta(seconds=ago_s)
    return CandidateEvaluated.first(
        _ID,
        "signals",
        at,
        strategy="cash_and_carry",
        asset=short.base,
        slot=f"{short.base}@paper",
        long_venue="paper",
        long_symbol=f"{short.base}/USDT",
        short_venue=short.venue,
        short_symbol=short.symbol,
        notional_usd=1_000.0,
        basis=basis - 0.0002,
        long_price=100.0,
        short_price=100.0 * (1 + basis - 0.0002),
        slippage=0.0002,
        net_yield=basis - 0.0019,
        expected_funding=0.0,
        net_apr=0.1,
        held=held,
        wanted=True,
        why_not=None,
        evaluated_at=at,
    )


def found() -> TermStructures:
    near, far, other = future("BTC", 36.5), future("BTC", 73), future("ETH", 73)
    listed = universe(BTC=(near, far), ETH=(other,))
    return term_structures([told(far, 0.012), told(near, 0.01), told(other, -0.002, held=True)], listed, None, NOW)


def test_basis_is_put_to_a_year_by_the_days_that_are_left() -> None:
    btc, eth = found().structures
    # 1 % in 36.5 days are 10 % in 365; 1.2 % in 73 days are 6 %; -0.2 % in 73 days are -1 %.
    assert [expiry.annualised_basis for expiry in btc.expiries] == pytest.approx([0.10, 0.06])
    assert [expiry.days_to_expiry for expiry in btc.expiries] == pytest.approx([36.5, 73])
    (only,) = eth.expiries
    assert (only.annualised_basis, only.net_yield) == (pytest.approx(-0.01), None)


def test_one_asset_may_be_asked_for_and_what_is_old_or_not_listed_is_left_out() -> None:
    near, far = future("BTC", 36.5), future("BTC", 73)
    heard = [told(near, 0.01, ago_s=11), told(far, 0.01), told(future("ETH", 73), 0.01)]
    assert [each.asset for each in term_structures(heard, universe(BTC=(near, far)), None, NOW).structures] == ["BTC"]
    (btc,) = term_structures(heard, universe(BTC=(near, far)), "BTC", NOW).structures
    assert [expiry.symbol for expiry in btc.expiries] == [far.symbol]
    assert not term_structures(heard, universe(BTC=(near, far)), "ETH", NOW).structures


def test_the_table_has_each_expiry_with_its_yearly_basis() -> None:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(term_structures_view(found()))
    text = captured.get()
    for figure in ("BTC: basis a year by expiry", "10.00", "6.00", "-1.00", "36.5", "held", "2026-03-19"):
        assert figure in text


def test_silence_and_nothing_are_said() -> None:
    nothing = term_structures([], None, None, NOW)
    console = Console(width=200)
    with console.capture() as captured:
        console.print(term_structures_view(nothing))
    assert "signals has not said anything yet" in captured.get()
    assert "no dated future is being looked at" in captured.get()
    with pytest.raises(NothingToDraw):
        page_of(nothing)


def test_the_page_is_whole_and_needs_no_network() -> None:
    page = page_of(found())
    assert page.count("<svg") == 2
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    svg = page[page.index("<svg") : page.index("</svg>") + len("</svg>")]
    assert ET.fromstring(svg).find("path[@class='curve']") is not None  # noqa: S314 - our own page
    assert "10.0" in page


def test_the_image_shows_both_assets_lines() -> None:
    image = Image.open(BytesIO(png_of(found())))
    assert image.size == (960, 2 * 288)
    halves = image.crop((0, 0, 960, 288)), image.crop((0, 288, 960, 576))
    for half in halves:
        colours = half.getcolors(maxcolors=100_000) or []
        assert sum(count for count, colour in colours if colour == (0x0A, 0x7D, 0x55)) > 500

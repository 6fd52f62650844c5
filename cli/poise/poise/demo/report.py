"""What a demo run came to: the figures, and whether they are as they must be."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, computed_field
from rich.console import Console
from rich.table import Table

from poise.demo.bound import Bound, Figure

_RESIDUAL_ALLOWED_USD = Decimal("0.01")
_ZERO = Decimal(0)


class Latency(BaseModel):
    """Milliseconds from the book's frame at our socket to the order leaving it; None where no order was sent.

    What a request waited for a better one for the same slot is not in them; `hops_p50` has it as `contest`.
    """

    p50: float | None
    p99: float | None
    hops_p50: dict[str, float]
    """Median of each stretch, by the stage it ended at."""


class VenueFigures(BaseModel):
    """What the desk and one venue count of each other; `venue_*` are asked of the venue."""

    model_config = ConfigDict(frozen=True)

    orders_sent: int
    venue_orders: int
    ledger_fills: int
    venue_fills: int
    unapproved_orders: int
    duplicate_orders: int
    ledger_residual_usd: Figure | None
    """What the venue's balances differ from the ledger's by; None where the account was never read."""
    liquidations: int

    def failures(self, venue: str) -> list[str]:
        """Name what must never be otherwise, whatever the market did."""
        wrong = []
        if self.ledger_fills != self.venue_fills:
            wrong.append(f"the ledger has {self.ledger_fills} fills, the venue {venue} {self.venue_fills}")
        if self.unapproved_orders:
            wrong.append(f"{self.unapproved_orders} orders at {venue} have no approval of risk's")
        if self.duplicate_orders:
            wrong.append(f"{self.duplicate_orders} orders reached {venue} twice")
        if self.ledger_residual_usd is None:
            wrong.append(f"the account at {venue} was never read")
        elif abs(self.ledger_residual_usd) > _RESIDUAL_ALLOWED_USD:
            wrong.append(f"{venue}'s balances differ from the ledger's by ${self.ledger_residual_usd:.4f}")
        return wrong


class DemoReport(BaseModel):
    """The figures of one run; `venue_*` are asked of the venues, all else of the desk's own records."""

    model_config = ConfigDict(frozen=True)

    seconds: float
    seed: int
    books: int
    signals: int
    requests: int
    approved: int
    rejected: dict[str, int]
    packages_opened: int
    packages_closed: int
    packages_aborted: int
    packages_halted: int
    cross_venue_opened: int
    """Of the packages that were opened: with legs at two venues."""
    cross_venue_closed: int
    venues: dict[str, VenueFigures]
    """By the venue's name; what is not of one alone is their sum."""
    residual_delta_max_usd: Figure
    equity_usd: Figure
    pnl_usd: Figure
    pnl_pct: Figure
    """Of equity at the day's start, as the two below."""
    max_drawdown_pct: Figure
    worst_asset_loss_pct: Figure
    state: str | None
    """Risk's mode when trading ended; None if it never said one."""
    scenario: str | None
    packages_held_when_struck: int | None
    """None if no scenario struck."""
    bounds: list[Bound]
    tick_to_order_ms: Latency
    rss_mb: dict[str, float]
    restarts: dict[str, int]
    errors: int
    error_messages: list[str]

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way for a property
    @property
    def orders_sent(self) -> int:
        return sum(figures.orders_sent for figures in self.venues.values())

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def venue_orders(self) -> int:
        return sum(figures.venue_orders for figures in self.venues.values())

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def ledger_fills(self) -> int:
        return sum(figures.ledger_fills for figures in self.venues.values())

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def venue_fills(self) -> int:
        return sum(figures.venue_fills for figures in self.venues.values())

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def unapproved_orders(self) -> int:
        return sum(figures.unapproved_orders for figures in self.venues.values())

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def duplicate_orders(self) -> int:
        return sum(figures.duplicate_orders for figures in self.venues.values())

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def ledger_residual_usd(self) -> Figure:
        return sum((figures.ledger_residual_usd or _ZERO for figures in self.venues.values()), _ZERO)

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def liquidations(self) -> int:
        return sum(figures.liquidations for figures in self.venues.values())

    def failures(self) -> list[str]:
        """Name what must never be otherwise, whatever the market did."""
        wrong = [failure for venue, figures in self.venues.items() for failure in figures.failures(venue)]
        if self.packages_halted:
            wrong.append(f"{self.packages_halted} packages were left locked")
        return wrong + self._not_shown()

    def _not_shown(self) -> list[str]:
        """Name what the scenario was to show and did not."""
        if self.scenario is None:
            return []
        if self.packages_held_when_struck is None:
            return [f"{self.scenario} never struck: nothing was held, or entered, in time"]
        if self.packages_held_when_struck == 0:
            return [f"{self.scenario} struck when nothing was held, which shows nothing"]
        return [f"{self.scenario}: {bound.told()}" for bound in self.bounds if not bound.held]

    def print(self, console: Console) -> None:
        """Print the summary a person reads when the run ends."""
        table = Table(title=f"{self.seconds:.0f} seconds of trading, seed {self.seed}", show_header=False)
        table.add_column(style="bold")
        table.add_column(justify="right")
        rejected = ", ".join(f"{limit} {count}" for limit, count in sorted(self.rejected.items())) or "none"
        latency = self.tick_to_order_ms
        for name, value in (
            ("books", f"{self.books:,}"),
            ("signals / requests", f"{self.signals:,} / {self.requests}"),
            ("approved", str(self.approved)),
            ("rejected, by limit", rejected),
            ("orders sent / at the venue", f"{self.orders_sent} / {self.venue_orders}"),
            ("packages opened / closed", f"{self.packages_opened} / {self.packages_closed}"),
            ("of which across venues", f"{self.cross_venue_opened} / {self.cross_venue_closed}"),
            ("fills, ledger / venue", f"{self.ledger_fills} / {self.venue_fills}"),
            ("unapproved / duplicate orders", f"{self.unapproved_orders} / {self.duplicate_orders}"),
            ("largest residual delta", f"${self.residual_delta_max_usd:,.2f}"),
            ("ledger against venue", f"${self.ledger_residual_usd:,.4f}"),
            ("equity (P&L)", f"${self.equity_usd:,.2f} ({self.pnl_usd:+,.2f}, {self.pnl_pct:+.3f} %)"),
            (
                "largest drawdown / loss of an asset",
                f"{self.max_drawdown_pct:.3f} % / {self.worst_asset_loss_pct:.3f} %",
            ),
            ("liquidations", str(self.liquidations)),
            ("risk's state", self.state or "never said"),
            ("tick to order p50 / p99", f"{_ms(latency.p50)} / {_ms(latency.p99)}"),
            ("of which", ", ".join(f"{stage} {ms:.1f}" for stage, ms in latency.hops_p50.items()) or "–"),
            ("memory, services", f"{sum(mb for name, mb in self.rss_mb.items() if name != 'simulator'):,.0f} MB"),
            ("errors", str(self.errors)),
        ):
            table.add_row(name, value)
        console.print(table)
        if len(self.venues) > 1:
            console.print(_venue_table(self.venues))
        if self.packages_held_when_struck is not None:
            console.print(f"{self.scenario}, with {self.packages_held_when_struck} packages held when it struck:")
        for bound in self.bounds:
            verdict = "[green]held[/]" if bound.held else "[bold red]broken[/]"
            console.print(f"  {verdict}  {bound.told()}", highlight=False)
        for message in self.error_messages:
            console.print(f"  [yellow]{message}[/]", highlight=False)
        for failure in self.failures():
            console.print(f"  [bold red]wrong:[/] {failure}", highlight=False)


def _venue_table(venues: dict[str, VenueFigures]) -> Table:
    table = Table(title="by venue", title_justify="left")
    table.add_column("")
    for name in ("orders sent / there", "fills, ledger / there", "unapproved / duplicate", "ledger against venue"):
        table.add_column(name, justify="right")
    for venue, figures in venues.items():
        residual = figures.ledger_residual_usd
        table.add_row(
            venue,
            f"{figures.orders_sent} / {figures.venue_orders}",
            f"{figures.ledger_fills} / {figures.venue_fills}",
            f"{figures.unapproved_orders} / {figures.duplicate_orders}",
            "never read" if residual is None else f"${residual:,.4f}",
        )
    return table


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} ms"

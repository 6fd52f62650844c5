"""Risk's decisions, read from the book of record."""

from decimal import Decimal
from uuid import UUID

from pydantic import AwareDatetime, computed_field
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.contracts.packages import LimitCheck, PackageAction, Verdict
from poise_common.domain.value import Value

_CHOSEN = """
from risk.decisions
where (cast(:since as timestamptz) is null or decided_at >= :since)
  and (cast(:asset as text) is null or asset = :asset)
  and (cast(:strategy as text) is null or strategy = :strategy)
  and (not :rejected_only or verdict = 'rejected')
  and (cast(:package as text) is null or cast(package_id as text) like '%' || :package)
  and (cast(:request as text) is null or cast(request_id as text) like '%' || :request)
"""
_DECISIONS = text(
    f"""
select request_id, package_id, action, strategy, asset, verdict, requested_exposure_usd, approved_exposure_usd,
       binding_limit, reason, checks, decided_at
{_CHOSEN} order by decided_at desc, request_id desc limit :last
"""
).columns(checks=JSONB)
_TALLIES = text(
    f"""
select verdict, binding_limit, count(*) as count, sum(requested_exposure_usd) as requested_usd,
       sum(approved_exposure_usd) as approved_usd, max(decided_at) as last_at,
       array_agg(distinct asset order by asset) as assets
{_CHOSEN} group by verdict, binding_limit order by count desc, last_at desc
"""
)


class DecisionsAsked(Value):
    """Which decisions are asked for; ids by their ending."""

    since: AwareDatetime | None = None
    asset: str | None = None
    strategy: str | None = None
    rejected_only: bool = False
    package: str | None = None
    request: str | None = None
    last: int


class Decision(Value):
    """One decision of risk, with every limit that was checked."""

    request_id: UUID
    package_id: UUID
    action: PackageAction
    strategy: str
    asset: str
    verdict: Verdict
    requested_exposure_usd: Decimal
    approved_exposure_usd: Decimal
    binding_limit: str | None
    reason: str
    checks: tuple[LimitCheck, ...]
    decided_at: AwareDatetime

    @property
    def binding(self) -> LimitCheck | None:
        """The check of the limit that bound."""
        return next((check for check in self.checks if check.limit == self.binding_limit and not check.passed), None)

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def passing_exposure_usd(self) -> Decimal | None:
        """The exposure that would have passed every limit that was checked; None: any."""
        sizes = (check.passing_exposure_usd for check in self.checks if not check.passed)
        return min((size for size in sizes if size is not None), default=None)


class Tally(Value):
    """How many decisions had one verdict by one binding limit, and over which size."""

    verdict: Verdict
    binding_limit: str | None
    count: int
    requested_usd: Decimal
    approved_usd: Decimal
    last_at: AwareDatetime
    assets: tuple[str, ...]


class DecisionsFound(Value):
    """What risk decided: tallies over all that was asked for, and the last ones, newest last."""

    asked: DecisionsAsked
    tallies: tuple[Tally, ...]
    decisions: tuple[Decision, ...]

    @property
    def count(self) -> int:
        return sum(tally.count for tally in self.tallies)

    def counted(self, verdict: Verdict) -> int:
        """Count the decisions of one verdict."""
        return sum(tally.count for tally in self.tallies if tally.verdict is verdict)


async def read_decisions(connection: AsyncConnection, asked: DecisionsAsked) -> DecisionsFound:
    """Read what is asked for from risk's decisions."""
    wanted = asked.model_dump()
    rows = (await connection.execute(_DECISIONS, wanted)).mappings().all()
    del wanted["last"]
    tallies = (await connection.execute(_TALLIES, wanted)).mappings().all()
    return DecisionsFound(
        asked=asked,
        tallies=tuple(Tally.model_validate(dict(row)) for row in tallies),
        decisions=tuple(Decision.model_validate(dict(row)) for row in reversed(rows)),
    )

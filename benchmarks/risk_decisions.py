"""How long risk takes to decide: 20 packages open, 100 assets correlated with one another, every limit measured.

The floor is the answer alone: an approval's messages built and signed, nothing measured. A decision is to take at most
1 ms at p99.
"""

from functools import partial

from tests.unit.risk.risk_desk import KEY, RiskDesk, decision, every, raw_limits

from benchmarks.timing import Figures, Stopwatch, tell
from poise_common.contracts.core import Publish
from poise_common.contracts.packages import OpenPackage, PackageApproved, PackageDecided, Verdict
from poise_common.contracts.signatures import Signer
from poise_risk.domain.rules.parameters import LimitsConfig

_ASSETS = {f"A{number}": 3 for number in range(100)}
_OPEN_PACKAGES = 20
_EXPOSURE_USD = 1_500
_CALLS = 5_000
_WARM_UP = 200


def main() -> None:
    """Print the figures."""
    desk = _busy_desk()
    tell(
        [
            _floor(desk),
            _decisions(desk, "approved", _EXPOSURE_USD, Verdict.APPROVED),
            _decisions(desk, "approved smaller", 50_000, Verdict.APPROVED_SMALLER),
            _decisions(desk, "rejected", 500, Verdict.REJECTED),
        ]
    )


def _busy_desk() -> RiskDesk:
    desk = RiskDesk(_roomy_limits()).ready(tiers=_ASSETS)
    for asset in list(_ASSETS)[:_OPEN_PACKAGES]:
        approval = desk.open(asset, _EXPOSURE_USD)
        desk.opened(approval)
        desk.show(approval)
    return desk


def _roomy_limits() -> LimitsConfig:
    """Let a 21st package through: an approval is the longest way through the gate."""
    raw = raw_limits()
    raw["profile"] = "wide"
    raw["profiles"]["wide"]["packages_open_max"] = 100
    return LimitsConfig.model_validate(raw)


def _decisions(desk: RiskDesk, name: str, exposure_usd: int, verdict: Verdict) -> Figures:
    """Time decisions of one verdict, each on the same desk: what was approved is aborted outside the timing."""
    watch = Stopwatch(f"decision: {name}")
    free = list(_ASSETS)[_OPEN_PACKAGES:]
    for number in range(_CALLS):
        request = desk.request(free[number % len(free)], exposure_usd)
        outputs = watch.time(partial(desk.core.handle, request, desk.now))
        published = [output.message for output in outputs if isinstance(output, Publish)]
        if decision(published).verdict is not verdict:
            message = f"{name}: {decision(published).reason}"
            raise AssertionError(message)
        for approved in every(published, PackageApproved):
            desk.aborted(approved.approval)
        _forget(desk)
    return watch.figures(warm_up=_WARM_UP)


def _forget(desk: RiskDesk) -> None:
    """Keep no messages: a service does not, and the garbage collector would look through them all."""
    desk.published.clear()
    desk.stored.clear()


def _floor(desk: RiskDesk) -> Figures:
    """Time the answer alone, as the desk's own answer to such a request has it."""
    request = desk.request(next(reversed(_ASSETS)), _EXPOSURE_USD)
    published = desk.send(request)
    (approved,), decided = every(published, PackageApproved), decision(published)
    desk.aborted(approved.approval)
    signer = Signer(KEY)
    watch = Stopwatch("floor: the answer built and signed")
    for _ in range(_CALLS):
        watch.time(partial(_answer, request, approved, decided, signer, desk))
    return watch.figures(warm_up=_WARM_UP)


def _answer(
    request: OpenPackage, approved: PackageApproved, decided: PackageDecided, signer: Signer, desk: RiskDesk
) -> tuple[PackageApproved, PackageDecided]:
    approval = type(approved.approval)(**approved.approval.__dict__)
    envelope = {"id", "type", "trace_id", "hops", "schema_version"}
    fields = {key: value for key, value in decided.__dict__.items() if key not in envelope}
    return (
        PackageApproved.caused_by(request, "risk", desk.now, approval=approval, signature=signer.sign(approval)),
        PackageDecided.caused_by(request, "risk", desk.now, **fields),
    )


if __name__ == "__main__":
    main()

"""Run a campaign: `python -m tests.reliability ambiguous --orders 1000`."""

import argparse
import asyncio
import sys
from pathlib import Path

from tests.reliability.divergence_campaigns import clean_run, divergences
from tests.reliability.fault_campaigns import VENUE, ambiguous_outcomes, one_leg_faults
from tests.reliability.findings import conclude
from tests.reliability.page import write_figures
from tests.reliability.rig import RigOptions, running_rig

_ASSETS = ("BTC", "ETH", "SOL", "XRP")
_CLEAN_FUNDING_INTERVAL_S = 20


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--report", type=Path, help="write the figures as JSON to this file")
    parser.add_argument("--page", type=Path, help="write them as a table into this page's block of the campaign's name")
    parser.add_argument("--directory", type=Path, default=Path(".poise/reliability"), help="configuration and logs")
    campaigns = parser.add_subparsers(dest="campaign", required=True)
    ambiguous = campaigns.add_parser("ambiguous", help="orders with answers that tell nothing")
    ambiguous.add_argument("--orders", type=int, default=1_000)
    one_leg = campaigns.add_parser("one-leg", help="faults that strike one leg of two")
    one_leg.add_argument("--faults", type=int, default=500)
    diverging = campaigns.add_parser("divergences", help="accounts that come to differ from the books")
    diverging.add_argument("--count", type=int, default=200)
    diverging.add_argument("--accounts", type=int, default=20)
    clean = campaigns.add_parser("clean", help="no fault at all: nothing may be locked")
    clean.add_argument("--seconds", type=float, default=600)
    return parser


async def _run(arguments: argparse.Namespace) -> int:
    name = arguments.campaign
    venues = [f"account{n}" for n in range(arguments.accounts)] if name == "divergences" else [VENUE]
    options = RigOptions(
        directory=arguments.directory,
        venues=venues,
        assets=_ASSETS[:1] if name == "divergences" else _ASSETS,
        seed=arguments.seed,
        funding_interval_s=_CLEAN_FUNDING_INTERVAL_S if name == "clean" else 28_800,
    )
    async with running_rig(options) as rig:
        match name:
            case "ambiguous":
                figures = await ambiguous_outcomes(rig, orders=arguments.orders, seed=arguments.seed)
            case "one-leg":
                figures = await one_leg_faults(rig, faults=arguments.faults, seed=arguments.seed)
            case "divergences":
                figures = await divergences(rig, count=arguments.count, seed=arguments.seed)
            case _:
                figures = await clean_run(rig, seconds=arguments.seconds, seed=arguments.seed)
    title = f"{name}, seed {arguments.seed}"
    if arguments.page is not None:
        write_figures(arguments.page, name, title, figures)
    return conclude(title, figures, arguments.report)


if __name__ == "__main__":
    sys.exit(asyncio.run(_run(_parser().parse_args())))

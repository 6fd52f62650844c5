"""Sees every state of the portfolio from the strike on."""

from poise.demo.course import Course
from poise.demo.scenarios.aftermath import Sighting
from poise_common.contracts.state import PortfolioState


class Witness:
    """Remember what the bounds are measured on; `look` is told every state, the one at the strike first."""

    def __init__(self) -> None:
        self.course = Course()
        self.sightings: list[Sighting] = []

    def look(self, portfolio: PortfolioState) -> None:
        """Take in a state."""
        self.course.take(portfolio)
        residuals_usd = {package.package_id: package.residual_delta_usd for package in portfolio.packages}
        self.sightings.append(Sighting(portfolio.as_of, residuals_usd))

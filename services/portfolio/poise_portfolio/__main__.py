"""Start the portfolio: `python -m poise_portfolio`."""

from poise_common.platform.main import main
from poise_portfolio.app import compose
from poise_portfolio.settings import Settings

main(compose, Settings)

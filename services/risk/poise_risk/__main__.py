"""`python -m poise_risk`: run the gatekeeper."""

from poise_common.platform.main import main
from poise_risk.app import compose
from poise_risk.settings import RiskSettings

if __name__ == "__main__":
    main(compose, RiskSettings)

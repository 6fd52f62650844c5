"""`python -m poise_signals`: run signals."""

from poise_common.platform.main import main
from poise_signals.app import compose
from poise_signals.settings import SignalsSettings

if __name__ == "__main__":
    main(compose, SignalsSettings)

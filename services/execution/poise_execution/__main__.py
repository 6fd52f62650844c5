"""Run execution: `python -m poise_execution`."""

from poise_common.platform.main import main
from poise_execution.app import compose
from poise_execution.settings import Settings

if __name__ == "__main__":
    main(compose, Settings)

"""Runs the notifier: `python -m poise_notifier`."""

from poise_common.platform.main import main
from poise_notifier.app import compose
from poise_notifier.settings import NotifierSettings

if __name__ == "__main__":
    main(compose, NotifierSettings)

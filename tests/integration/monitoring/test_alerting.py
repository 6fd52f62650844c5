"""From a metric to whoever tells people, through a real Prometheus and a real Alertmanager."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from tests.integration.monitoring.scraped import Exhibit, Receiver
from tests.integration.monitoring.servers import alertmanager, prometheus

TOKEN = "a token of the test's own"  # noqa: S105
LOCKED = 'poise_venue_locked{venue="paper"}'
AGE = 'poise_book_age_seconds_max{venue="paper",tier="1"}'
STALE = 'poise_books_stale{venue="paper",tier="1"}'
FOLLOWED = 'poise_books_followed{venue="paper",tier="1"}'
UP = 'poise_venue_up{venue="paper"}'
HEALTHY = {LOCKED: 0, AGE: 1, STALE: 0, FOLLOWED: 4, UP: 1}


class Watched:
    def __init__(self, exhibit: Exhibit, receiver: Receiver, alertmanager_port: int) -> None:
        self.exhibit = exhibit
        self.receiver = receiver
        self._alerts_url = f"http://127.0.0.1:{alertmanager_port}/api/v2/alerts"

    def show(self, **samples: float) -> None:
        self.exhibit.samples |= samples

    async def until_suppressed(self, name: str) -> None:
        """Wait until Alertmanager has an alert and says it to nobody."""
        async with asyncio.timeout(60), aiohttp.ClientSession() as session:
            while True:
                async with session.get(self._alerts_url) as answer:
                    alerts = await answer.json()
                if any(a["labels"]["alertname"] == name and a["status"]["state"] == "suppressed" for a in alerts):
                    return
                await asyncio.sleep(0.1)


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    async with (
        Exhibit(HEALTHY).shown() as exhibit,
        Receiver(TOKEN).listening() as receiver,
        alertmanager(tmp_path, notifier_url=receiver.url, token=TOKEN, repeat_critical="1s") as alertmanager_port,
        prometheus(tmp_path, scrapes=exhibit.address, job="execution", alertmanager_port=alertmanager_port),
    ):
        yield Watched(exhibit, receiver, alertmanager_port)


async def test_an_alert_is_told_when_it_begins_while_it_lasts_and_when_it_is_over(watched: Watched) -> None:
    receiver = watched.receiver
    watched.show(**{LOCKED: 1, AGE: 100})
    told = await receiver.hears("VenueLocked")
    assert told["labels"] == {"alertname": "VenueLocked", "severity": "critical", "venue": "paper"}
    assert told["annotations"]["summary"] == "paper is locked"
    assert told["annotations"]["runbook"] == "docs/alerts.md#venuelocked"
    await receiver.hears("BooksStale")
    await receiver.hears("VenueLocked", times=3)
    watched.show(**{LOCKED: 0, AGE: 1})
    await receiver.hears("VenueLocked", "resolved")
    await receiver.hears("BooksStale", "resolved")
    # What is no more than a warning waits hours until it is told again; and all of it was of one alert each.
    assert len(receiver.named("BooksStale")) == 1
    assert len({alert["startsAt"] for alert in receiver.named("VenueLocked")}) == 1


async def test_what_follows_from_an_alert_is_not_told_beside_it(watched: Watched) -> None:
    watched.show(**{UP: 0})
    await watched.receiver.hears("VenueDown")
    watched.show(**{STALE: 4})
    await watched.until_suppressed("FeedsStale")
    watched.show(**{UP: 1})
    await watched.receiver.hears("VenueDown", "resolved")
    await watched.receiver.hears("FeedsStale")

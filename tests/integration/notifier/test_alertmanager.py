"""What Alertmanager posts is told like any other alert: once in the book, or not taken."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.integration.common.running import eventually
from tests.integration.conftest import free_port
from tests.integration.notifier.rig import Rig, Webhook

STARTS_AT = "2026-01-01T12:00:00.123456789Z"


def post(status: str, **labels: str) -> dict[str, Any]:
    """Return a post as Alertmanager's documentation shows it, of one alert."""
    alert = {
        "status": status,
        "labels": {"alertname": "ServiceDown", "severity": "critical", **labels},
        "annotations": {"summary": "risk is down.", "description": "no answer for 1 min", "runbook": "docs/alerts.md"},
        "startsAt": STARTS_AT,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph",
        "fingerprint": "c0ffee",
    }
    return {
        "version": "4",
        "groupKey": "{}",
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "poise",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": [alert],
    }


class Poster:
    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token

    async def send(self, body: object, *, token: str | None = None, path: str = "/alertmanager") -> tuple[int, str]:
        """Post a body, JSON unless it is bytes; return the status and what is said."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token if token is None else token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self._url + path, data=data, headers=headers) as response,
        ):
            return response.status, await response.text()


@pytest.fixture
async def poster(rig: Rig, webhook: Webhook, tmp_path: Path) -> AsyncIterator[Poster]:
    file, port = tmp_path / "alertmanager-token", free_port()
    file.write_text("of Alertmanager\n")
    own = {"PORT": str(port), "TOKEN_FILE": str(file), "BODY_MAX_BYTES": "20000"}
    rig.configure(WEBHOOK__URL=webhook.url, **{f"ALERTMANAGER__{name}": value for name, value in own.items()})
    async with rig.running():
        await eventually(lambda: listens(port), "posts are taken")
        yield Poster(f"http://127.0.0.1:{port}", "of Alertmanager")


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_an_alert_is_told_once_however_often_it_is_posted_and_closed(poster: Poster, webhook: Webhook) -> None:
    firing, resolved = post("firing", job="risk", prometheus="a"), post("resolved", job="risk", prometheus="b")
    for body in (resolved, firing, firing, resolved, resolved):
        assert (await poster.send(body))[0] == 200
    await eventually(lambda: len(webhook.told) == 2, "its beginning and its end are told")
    assert [(each["occasion"], each["name"], each["subject"], each["severity"]) for each in webhook.told] == [
        ("began", "ServiceDown", "risk", "critical"),
        ("ended", "ServiceDown", "risk", "critical"),
    ]
    assert webhook.told[0]["text"] == "risk is down. no answer for 1 min"
    assert webhook.told[0]["began_at"].startswith("2026-01-01T12:00:00")


async def test_an_alert_is_in_the_book_before_it_is_answered(poster: Poster, rig: Rig, webhook: Webhook) -> None:
    webhook.statuses = [503] * 10_000
    assert (await poster.send(post("firing")))[0] == 200
    assert await rig.states() == ["waiting"]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"{", 400, "Invalid JSON"),
        (b"[]", 400, "body"),
        ({**post("firing"), "version": "5"}, 400, "version"),
        (post("pending"), 400, "alerts.0.status"),
        ({**post("firing"), "alerts": [{"labels": {}}]}, 400, "alerts.0.startsAt"),
        (post("firing", note="x" * 20_000), 413, "at most 20000 bytes would pass"),
    ],
    ids=["no JSON", "no object", "a version to come", "a state of no alert", "no start", "too long"],
)
async def test_what_is_no_post_of_alertmanagers_is_refused_with_the_reason(
    poster: Poster, webhook: Webhook, body: object, status: int, reason: str
) -> None:
    answered, said = await poster.send(body)
    assert answered == status
    assert reason in said
    assert (await poster.send(post("firing")))[0] == 200, "and the next one is taken"
    await eventually(lambda: len(webhook.told) == 1, "it is told")


@pytest.mark.parametrize("token", ["", "of somebody else", "of Alertmanager "])
async def test_whoever_has_no_token_is_not_listened_to(poster: Poster, rig: Rig, token: str) -> None:
    answered, said = await poster.send(post("firing"), token=token + "x")
    assert (answered, "bearer token" in said) == (401, True)
    assert (await poster.send(post("firing"), path="/elsewhere"))[0] == 404
    assert await rig.states() == []

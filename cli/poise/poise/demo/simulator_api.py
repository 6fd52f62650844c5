"""Speaks to the simulated venue past its protocol, as a checker does."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from poise.demo.failure import DemoFailed

_ANSWER_WITHIN_S = 30
"""A busy machine may leave the venue without a turn for long."""


class SimulatorSilent(DemoFailed):
    """No answer came; what was asked may be asked again."""


async def ask_simulator(simulator_url: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Return the answer to a GET, or to a POST of a body.

    Raises DemoFailed with the venue's own words where it refuses, SimulatorSilent when it does not answer.
    """
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = Request(f"{simulator_url}/sim/v1/{path}", data, headers)  # noqa: S310 - the launcher's own loopback address
    return await asyncio.to_thread(_answer, request)


def _answer(request: Request) -> dict[str, Any]:
    try:
        with urlopen(request, timeout=_ANSWER_WITHIN_S) as answer:  # noqa: S310 - as above
            parsed: dict[str, Any] = json.load(answer)
            return parsed
    except HTTPError as error:
        raise DemoFailed(f"the simulated venue refuses {request.selector}: {error.read().decode()}") from None
    except (OSError, ValueError) as error:
        raise SimulatorSilent(f"the simulated venue does not answer {request.selector}: {error}") from None

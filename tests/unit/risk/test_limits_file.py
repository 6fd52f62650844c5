"""The limits' file is read as at a start, and nothing that it may hold ends the gatekeeper."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.risk.risk_desk import LIMITS_FILE, START, raw_limits

from poise_common.contracts.control import ReloadLimits
from poise_common.contracts.message import Message
from poise_common.domain.ids import seeded_ids
from poise_common.platform.refusals import ConfigRefused
from poise_risk.adapters.limits_file import LimitsFile
from poise_risk.domain.rules.changes import LimitsRead, ReadLimits

ORDER = ReloadLimits.first(seeded_ids(1)(START), "test", START, operator="ada", reason="by hand")


def file_with(directory: Path, text: str | bytes, environment: Mapping[str, str] | None = None) -> LimitsFile:
    path = directory / "limits.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return LimitsFile(directory, environment or {}, lambda: START)


async def answer(file: LimitsFile) -> LimitsRead:
    """What the file answers to an order."""
    pushed: list[Message] = []

    async def push(message: Message) -> None:
        pushed.append(message)

    await file.run(ReadLimits(ORDER), push)
    (read,) = pushed
    assert isinstance(read, LimitsRead)
    assert (read.order_id, read.trace_id) == (ORDER.id, ORDER.trace_id)
    return read


async def test_an_order_gets_the_file_as_it_is_now_with_the_environment_over_it(tmp_path: Path) -> None:
    file = file_with(tmp_path, LIMITS_FILE.read_text(), {"POISE_LIMITS__PROFILE": "wide"})
    assert file.read().profile == "wide"
    (tmp_path / "limits.yaml").write_text(LIMITS_FILE.read_text().replace("drawdown_pct: 20", "drawdown_pct: 15"))
    read = await answer(file)
    assert read.config == file.read()
    assert (read.config.profile, read.config.limits.drawdown_pct, read.refusal) == ("wide", 15, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LIMITS_FILE.read_text().replace("drawdown_pct: 20", "drawdown_pct: 0"), "drawdown_pct = 0"),
        ("profile: [", "valid YAML would pass"),
        (b"\xff\xfe\xfa", "(file)"),
        ("state_every_s: 2026-02-31", "(file)"),
        ("[" * 5_000, "(file)"),
        (yaml.safe_dump({**raw_limits(), "profiles": {"mine": {"inherits": ["focused"]}}}), "is no profile"),
        ("", "it is missing"),
    ],
)
async def test_what_does_not_pass_is_answered_with_its_refusal(tmp_path: Path, text: str | bytes, said: str) -> None:
    read = await answer(file_with(tmp_path, text))
    assert read.config is None
    assert said in str(read.refusal)


async def test_a_file_that_is_gone_is_answered_with_its_refusal(tmp_path: Path) -> None:
    read = await answer(LimitsFile(tmp_path / "nowhere", {}, lambda: START))
    assert (read.config, "a readable YAML file would pass" in str(read.refusal)) == (None, True)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates()
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LEAVES, inner, max_size=3))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The shipped file with anything at all in one place."""
    raw = raw_limits()
    place: Any = raw
    while isinstance(place, dict) and place:
        key = draw(st.sampled_from(sorted(place, key=str)))
        if not isinstance(place[key], dict) or draw(st.booleans()):
            place[key] = draw(ANYTHING)
            break
        place = place[key]
    return yaml.safe_dump(raw).encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=damaged() | st.binary(max_size=64))
def test_a_file_of_anything_is_limits_or_a_refusal(tmp_path: Path, content: bytes) -> None:
    file = file_with(tmp_path, content)
    with suppress(ConfigRefused):
        assert file.read().limits

"""What `poise doctor` makes of a machine, of secrets, back-ups, services and a bot, without a desk."""

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tests.unit.cli.commands import ROOT, poise

from poise.doctor.backups import looker_at_backups
from poise.doctor.clocks import ClockReading, judge_clock, read_clock
from poise.doctor.examining import Check, Look, examine
from poise.doctor.findings import Diagnosis, Finding, Findings, Verdict
from poise.doctor.machine import look_at_machine
from poise.doctor.secrets import looker_at_secrets
from poise.doctor.services import looker_at_services
from poise.doctor.telegram import looker_at_telegram
from poise.doctor.views import diagnosis_view
from poise_common.platform.clock import utc_now

TOKEN = "7000000000:AAH-not-to-be-shown"  # noqa: S105 - no bot's


def found(look: Look) -> dict[str, Finding]:
    findings = Findings("here")
    asyncio.run(look(findings))
    return {each.about: each for each in findings.all}


class Answering(BaseHTTPRequestHandler):
    """Answers as its server was told to."""

    def do_GET(self) -> None:
        status, body = self.server.answers.get(self.path, (404, {}))  # type: ignore[attr-defined]  # the test's own
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name for it
        pass


@contextlib.contextmanager
def answering(answers: dict[str, tuple[int, Any]]) -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        server.answers = answers  # type: ignore[attr-defined]  # the test's own
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_this_machine_is_looked_at() -> None:
    findings = Findings("machine")
    look_at_machine(findings)
    assert {each.about for each in findings.all} == {"Python", "libraries", "disk"}
    assert next(each for each in findings.all if each.about == "Python").verdict is Verdict.OK


@pytest.mark.parametrize(
    ("offset_ms", "verdict"), [(0, "ok"), (-200, "ok"), (400, "warn"), (-1000, "warn"), (1001, "fail"), (-5000, "fail")]
)
def test_a_clock_that_is_more_than_a_second_off_fails(offset_ms: int, verdict: str) -> None:
    findings = Findings("bus")
    judge_clock(findings, "its clock", ClockReading(timedelta(milliseconds=offset_ms), timedelta()))
    (finding,) = findings.all
    assert finding.verdict == verdict
    assert f"{offset_ms:+,} ms" in finding.found
    assert bool(finding.to_do) is (verdict != "ok")


def test_a_slow_answer_condemns_no_clock() -> None:
    findings = Findings("bus")
    judge_clock(findings, "its clock", ClockReading(timedelta(seconds=1.4), timedelta(seconds=4)))
    assert [each.verdict for each in findings.all] == [Verdict.OK]


async def test_of_several_readings_the_quickest_counts() -> None:
    waits_s = iter((0.05, 0.0, 0.05))

    async def told() -> datetime:
        wait_s = next(waits_s)
        await asyncio.sleep(wait_s)
        return utc_now() + timedelta(seconds=wait_s * 100)

    assert abs((await read_clock(told)).offset) < timedelta(seconds=1)


@pytest.mark.parametrize(("mode", "verdict"), [(0o400, "ok"), (0o600, "ok"), (0o640, "fail"), (0o444, "fail")])
def test_a_secret_that_others_may_read_fails(tmp_path: Path, mode: int, verdict: str) -> None:
    file = tmp_path / "redis-url"
    file.write_text("redis://…")
    file.chmod(mode)
    looked = found(looker_at_secrets({"POISE_REDIS__URL_FILE": str(file)}, {}))
    assert looked["POISE_REDIS__URL_FILE"].verdict == verdict
    assert f"{mode:04o}" in looked["POISE_REDIS__URL_FILE"].found


def test_a_public_key_may_be_read_by_all_and_a_missing_file_is_left_to_who_needs_it(tmp_path: Path) -> None:
    public = tmp_path / "verify.pem"
    public.touch(0o644)
    looked = found(
        looker_at_secrets({"POISE_EXECUTION__VERIFY_KEY_FILE": str(public)}, {"paper, api_key_file": tmp_path / "none"})
    )
    assert {about: each.verdict for about, each in looked.items()} == {"paper, api_key_file": Verdict.UNKNOWN}


@pytest.mark.parametrize(
    ("age_h", "has_checksum", "verdict"),
    [(1, True, "ok"), (1, False, "warn"), (30, True, "warn"), (24 * 8, True, "fail"), (None, False, "warn")],
)
def test_a_back_up_is_judged_by_its_age(tmp_path: Path, age_h: float | None, has_checksum: bool, verdict: str) -> None:
    if age_h is not None:
        dump = tmp_path / "poise-20261101T000000Z.dump"
        dump.touch()
        saved_at = utc_now().timestamp() - age_h * 3_600
        os.utime(dump, (saved_at, saved_at))
        (tmp_path / "poise-20250101T000000Z.dump").touch()
        if has_checksum:
            dump.with_name(f"{dump.name}.sha256").touch()
    finding = found(looker_at_backups(tmp_path))["newest"]
    assert finding.verdict == verdict
    assert finding.verdict is Verdict.OK or "make backup" in finding.to_do


def test_a_folder_of_back_ups_that_is_not_there_cannot_be_looked_at(tmp_path: Path) -> None:
    assert found(looker_at_backups(tmp_path / "none"))["newest"].verdict is Verdict.UNKNOWN


def test_each_service_is_asked_whether_it_is_ready() -> None:
    ready: dict[str, tuple[int, Any]] = {"/readyz": (200, {})}
    unready = {"/readyz": (503, {"ready": False, "reasons": ["the book is away"]})}
    with answering(ready) as risk, answering(unready) as execution:
        looked = found(looker_at_services({"risk": risk, "execution": execution, "signals": "http://127.0.0.1:1"}))
    assert looked["risk"].verdict is Verdict.OK
    assert (looked["execution"].verdict, looked["execution"].found) == (Verdict.FAIL, "not ready: the book is away")
    assert (looked["signals"].verdict, "does not answer" in looked["signals"].found) == (Verdict.FAIL, True)


def telegram_at(url: str, tmp_path: Path) -> Finding:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    environment = {
        "POISE_NOTIFIER__TELEGRAM__API_URL": url,
        "POISE_NOTIFIER__TELEGRAM__TOKEN_FILE": str(token),
        "POISE_NOTIFIER__TELEGRAM__CHAT_IDS": "[1]",
    }
    return found(looker_at_telegram(ROOT / "config", environment))["bot"]


@pytest.mark.parametrize(
    ("answer", "verdict", "said"),
    [
        ((200, {"ok": True, "result": {"username": "desk_bot"}}), "ok", "@desk_bot"),
        ((401, {"ok": False}), "fail", "refuses the token (401)"),
        ((200, {"ok": True}), "fail", "does not answer (KeyError)"),
    ],
)
def test_the_bots_token_is_tried_and_never_shown(tmp_path: Path, answer: Any, verdict: str, said: str) -> None:
    with answering({f"/bot{TOKEN}/getMe": answer}) as url:
        finding = telegram_at(url, tmp_path)
    assert finding.verdict == verdict
    assert said in finding.found
    assert TOKEN not in finding.model_dump_json()


def test_a_bot_that_cannot_be_reached_is_told_without_its_token(tmp_path: Path) -> None:
    finding = telegram_at("http://127.0.0.1:1", tmp_path)
    assert finding.verdict is Verdict.FAIL
    assert TOKEN not in finding.model_dump_json()


def test_what_does_not_answer_in_time_keeps_what_was_found_and_holds_nothing_up() -> None:
    async def hangs(findings: Findings) -> None:
        findings.ok("version", "7.0")
        await asyncio.Event().wait()

    async def answers(findings: Findings) -> None:
        findings.warn("rights", "all", "fewer")

    said: list[str] = []
    diagnosis = asyncio.run(examine([Check("bus", hangs), Check("book", answers)], said.append, within_s=0.05))
    told = [(each.area, each.about, each.verdict) for each in diagnosis.findings]
    assert told == [("bus", "version", Verdict.OK), ("bus", "time", Verdict.FAIL), ("book", "rights", Verdict.WARN)]
    assert sorted(said) == ["book: 1 looked at", "bus: 2 looked at"]
    assert diagnosis.worst is Verdict.FAIL


def test_the_table_says_what_to_do_about_what_is_not_as_it_should_be() -> None:
    findings = Findings("bus")
    findings.ok("version", "7.0").fail("eviction", "allkeys-lru [all]", "set noeviction").unknown(
        "fsync", "may not ask"
    )
    console = Console(file=StringIO(), width=200)
    console.print(diagnosis_view(Diagnosis(checked_at=utc_now(), findings=tuple(findings.all))))
    shown = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    assert "→ set noeviction" in shown
    assert "allkeys-lru [all]" in shown
    assert "fail: 1 ok, 0 warn, 1 fail, 1 unknown" in shown


def test_without_a_desk_it_says_what_it_could_not_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POISE_VENUES__PAPER__BASE_URL", "http://127.0.0.1:1")
    ended = poise("doctor", "--json")
    read = json.loads(ended.stdout)
    assert (ended.exit_code, read["worst"]) == (1, "fail")
    by_area = {(each["area"], each["about"]): each for each in read["findings"]}
    assert by_area["bus", "address"]["verdict"] == by_area["book", "address"]["verdict"] == "unknown"
    assert by_area["configuration", "all sections"]["verdict"] == "ok"
    assert by_area["venue paper", "reached"]["verdict"] == "fail"
    assert "Traceback" not in ended.stderr


def test_a_configuration_that_loses_by_its_own_thresholds_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POISE_VENUES__PAPER__BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("POISE_STRATEGIES__FUNDING_CARRY__ENTER_NET_YIELD_PCT", "-3")
    read = json.loads(poise("doctor", "--json").stdout)
    failed = [each for each in read["findings"] if each["area"] == "configuration" and each["verdict"] == "fail"]
    assert any("enter_net_yield_pct" in each["found"].lower() for each in failed)


def test_a_service_without_an_address_is_refused_in_one_line() -> None:
    refused = poise("doctor", "--service", "risk")
    assert refused.exit_code == 2
    assert "risk=http://127.0.0.1:9100 would pass" in refused.stderr

"""The bot that people are told by: whether Telegram knows its token."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from poise.doctor.examining import Look
from poise.doctor.findings import Findings
from poise_common.platform.config import load_section
from poise_common.platform.refusals import ConfigRefused
from poise_common.platform.secret_files import SecretRefused, read_secret

_ANSWERS_WITHIN_S = 8.0


def looker_at_telegram(directory: Path, environment: Mapping[str, str]) -> Look:
    """Return what asks Telegram for the bot of the token."""

    async def look(findings: Findings) -> None:
        try:
            from poise_notifier.domain.parameters import NotifierConfig  # noqa: PLC0415 - not in the operator's image
        except ModuleNotFoundError:
            findings.unknown("bot", "the notifier's code is not here: it says by itself whether Telegram answers")
            return
        try:
            telegram = load_section(directory, "notifier", NotifierConfig, environment).telegram
        except ConfigRefused as refused:
            findings.fail("bot", str(refused), "`poise config check` shows what would pass")
            return
        if telegram.token_file is None:
            findings.unknown("bot", "none is configured: alerts go to the log, and to a webhook if there is one")
            return
        await _ask(findings, str(telegram.api_url).rstrip("/"), telegram.token_file)

    return look


async def _ask(findings: Findings, api_url: str, token_file: Path) -> None:
    try:
        name = await asyncio.to_thread(_name_of_bot, api_url, read_secret(token_file))
    except SecretRefused as refused:
        findings.unknown("bot", f"{refused.file}: {refused.why}; it is the notifier's")
    except HTTPError as answer:  # its text has the address in it, and that the token
        findings.fail("bot", f"{api_url} refuses the token ({answer.code})", "@BotFather shows it, and makes a new one")
    except (OSError, ValueError, KeyError) as error:
        found = f"{api_url} does not answer ({type(error).__name__})"
        findings.fail("bot", found, "alerts wait until it does: is it reached from here?")
    else:
        findings.ok("bot", f"Telegram knows it as @{name}")


def _name_of_bot(api_url: str, token: str) -> str:
    with urlopen(f"{api_url}/bot{token}/getMe", timeout=_ANSWERS_WITHIN_S) as answer:  # noqa: S310 - as configured
        return str(json.load(answer)["result"]["username"])

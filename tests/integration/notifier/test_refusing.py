"""The notifier does not start with what cannot work, and says in a line what would."""

import asyncio
from pathlib import Path

import pytest
from tests.integration.notifier.rig import Rig

from poise_common.platform.refusals import StartRefused
from poise_notifier.app import compose


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"WEBHOOK__URL": "ftp://example"}, "webhook.url (from POISE_NOTIFIER__WEBHOOK__URL) = 'ftp://example'"),
        ({"TELEGRAM__TOKEN_FILE": "{file}"}, "nobody is told (chat_ids) and nobody may ask (user_ids)"),
        ({"TELEGRAM__CHAT_IDS": "[1]"}, "chat_ids or user_ids are given but no token_file"),
        ({"TELEGRAM__TOKEN_FILE": "{file}", "TELEGRAM__CHAT_IDS": "me"}, "telegram.chat_ids"),
        ({"TELEGRAM__TOKEN_FILE": "{file}", "TELEGRAM__USER_IDS": "[-5]"}, "telegram.user_ids.0"),
        ({"TELEGRAM__TOKEN_FILE": "{missing}", "TELEGRAM__CHAT_IDS": "1"}, "missing: No such file or directory"),
        ({"TELEGRAM__TOKEN_FILE": "{file}", "TELEGRAM__CHAT_IDS": "1"}, "it has no bot token"),
        ({"TELEGRAM__CHAT_INTERVAL_S": "0.1"}, "telegram.chat_interval_s"),
        ({"ALERTMANAGER__PORT": "9101"}, "port 9101 would take alerts from anybody"),
        ({"WEBHOOK__URL_FILE": "{file}"}, "it has no http or https address"),
        ({"DELIVERY__RETRY_DELAY_MAX_S": "0.5", "DELIVERY__RETRY_DELAY_S": "1"}, "1 or more would pass"),
        ({"TELEGRAM__TOKEN": "1:a"}, "no such key"),
    ],
)
def test_what_cannot_work_is_named_with_what_would(
    rig: Rig, tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    (tmp_path / "file").write_text("not a secret of any kind")
    files = {"{file}": str(tmp_path / "file"), "{missing}": str(tmp_path / "missing")}
    rig.configure(**{name: files.get(value, value) for name, value in variables.items()})
    with pytest.raises(StartRefused) as refused:
        compose(rig.settings)
    assert said in str(refused.value)
    assert "not a secret" not in str(refused.value)


async def test_a_refusal_ends_the_process_with_code_2_and_no_traceback(rig: Rig) -> None:
    rig.configure(WEBHOOK__URL="ftp://example")
    process = await rig.process().start()
    async with asyncio.timeout(30):
        _, errors = await process.communicate()
    assert process.returncode == 2
    assert "config/notifier.yaml is refused" in errors.decode()
    assert "Traceback" not in errors.decode()

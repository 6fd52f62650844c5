"""Secrets as files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from poise_common.platform.refusals import StartRefused
from poise_common.platform.secret_files import SecretRefused, read_secret
from poise_common.platform.settings import DatabaseSettings, RedisSettings

URL = "redis://risk:secret@redis:6379/0"


def test_a_secret_is_what_its_file_holds_without_the_line_end(tmp_path: Path) -> None:
    file = tmp_path / "redis-url"
    file.write_text(f"{URL}\n")
    assert read_secret(file) == RedisSettings(url_file=file).read_url() == DatabaseSettings(url_file=file).read_url()
    assert read_secret(file) == URL


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
@pytest.mark.parametrize(
    "read",
    [
        read_secret,
        lambda file: RedisSettings(url_file=file).read_url(),
        lambda file: DatabaseSettings(url_file=file).read_url(),
    ],
)
def test_a_secret_that_is_not_there_refuses_the_start_in_one_line(
    tmp_path: Path, content: bytes | None, read: Callable[[Path], object]
) -> None:
    file = tmp_path / "redis-url"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SecretRefused, match=rf"^secret file {file}: .+; .+ would pass$") as refused:
        read(file)
    assert isinstance(refused.value, StartRefused)
    assert "\n" not in str(refused.value)


def test_a_folder_in_the_place_of_a_secret_is_none(tmp_path: Path) -> None:
    with pytest.raises(SecretRefused, match="Is a directory"):
        read_secret(tmp_path)

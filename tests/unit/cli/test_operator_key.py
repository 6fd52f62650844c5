from pathlib import Path

import pytest
from tests.unit.cli.commands import is_one_clear_line, poise

from poise.operating.operator_key import PRIVATE, PUBLIC, VARIABLE, NoOperatorKey, operator_signer
from poise_common.contracts.execution import VenueBalance
from poise_common.platform.key_files import ensure_key_pair, read_verifier

SIGNED = VenueBalance(wallet="spot", currency="USDT", total=1)


def test_a_pair_is_made_once_and_found_from_its_folder() -> None:
    made = poise("operator-key")
    assert (made.exit_code, made.stdout.startswith(f"{PRIVATE} made; execution takes {PUBLIC}")) == (0, True)
    assert poise("operator-key").stdout.startswith(f"{PRIVATE} kept")
    assert PRIVATE.stat().st_mode & 0o777 == 0o600
    signature = operator_signer({}).sign(SIGNED)
    assert read_verifier(PUBLIC).is_signed(SIGNED, signature)


def test_the_environments_key_wins_over_that_of_the_running_desk(tmp_path: Path) -> None:
    for name in ("named", "running"):
        ensure_key_pair(tmp_path / f"{name}.pem", tmp_path / f"{name}-verify.pem")
    Path(".poise").mkdir()
    Path(".poise/desk.json").write_text(f'{{"operator_key_file": "{tmp_path}/running.pem"}}')
    for environment, name in (({VARIABLE: str(tmp_path / "named.pem")}, "named"), ({}, "running")):
        signature = operator_signer(environment).sign(SIGNED)
        assert read_verifier(tmp_path / f"{name}-verify.pem").is_signed(SIGNED, signature)


def test_without_a_key_it_is_said_how_one_is_made() -> None:
    with pytest.raises(NoOperatorKey, match=r"(?s)operator\.pem.*POISE_OPERATOR__KEY_FILE.*poise operator-key"):
        operator_signer({})


def test_a_key_that_is_none_is_refused_in_one_line() -> None:
    PRIVATE.parent.mkdir(parents=True)
    PRIVATE.write_text("no key")
    refused = poise("operator-key")
    assert refused.exit_code == 2
    assert is_one_clear_line(refused.stderr)

"""The key files."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from poise_common.contracts.execution import VenueBalance
from poise_common.platform.key_files import KeyFileRefused, ensure_key_pair, read_signer, read_verifier

SIGNED = VenueBalance(wallet="spot", currency="USDT", total=Decimal(1))


def test_a_pair_is_made_once_and_belongs_together(tmp_path: Path) -> None:
    private, public = tmp_path / "keys" / "signing.pem", tmp_path / "keys" / "verify.pem"
    assert ensure_key_pair(private, public)
    kept = private.read_bytes(), public.read_bytes()
    assert not ensure_key_pair(private, public)
    assert (private.read_bytes(), public.read_bytes()) == kept
    assert (private.stat().st_mode & 0o777, public.stat().st_mode & 0o777) == (0o600, 0o644)
    assert read_verifier(public).is_signed(SIGNED, read_signer(private).sign(SIGNED))


def test_a_lost_public_key_is_written_again_from_the_private_one(tmp_path: Path) -> None:
    private, public = tmp_path / "signing.pem", tmp_path / "verify.pem"
    ensure_key_pair(private, public)
    kept = public.read_bytes()
    public.write_text("something else")
    ensure_key_pair(private, public)
    assert public.read_bytes() == kept


@pytest.mark.parametrize("content", [b"", b"no key", None])
@pytest.mark.parametrize("read", [read_signer, read_verifier])
def test_a_key_that_cannot_be_read_refuses_the_start(
    tmp_path: Path, content: bytes | None, read: Callable[[Path], object]
) -> None:
    file = tmp_path / "signing.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(KeyFileRefused, match=r"signing\.pem"):
        read(file)


def test_a_key_of_another_kind_refuses_the_start(tmp_path: Path) -> None:
    file = tmp_path / "signing.pem"
    file.touch(0o600)
    file.write_bytes(
        generate_private_key(SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(KeyFileRefused, match="not an Ed25519 key"):
        read_signer(file)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o666, 0o602])
def test_a_private_key_that_everybody_gets_at_refuses_the_start(tmp_path: Path, mode: int) -> None:
    private = tmp_path / "signing.pem"
    ensure_key_pair(private, tmp_path / "verify.pem")
    private.chmod(mode)
    with pytest.raises(KeyFileRefused, match=rf"mode {mode:04o} lets everybody at a private key; mode 0400 would pass"):
        read_signer(private)


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o440, 0o640])
def test_a_private_key_may_be_mounted_for_its_readers_group(tmp_path: Path, mode: int) -> None:
    private = tmp_path / "signing.pem"
    ensure_key_pair(private, tmp_path / "verify.pem")
    private.chmod(mode)
    assert read_signer(private).sign(SIGNED)

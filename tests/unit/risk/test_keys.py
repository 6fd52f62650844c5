"""The key files."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tests.unit.risk.test_approvals import SIGNED

from poise_common.contracts.signatures import Verifier
from poise_risk.adapters.keys import SigningKeyRefused, read_signer
from poise_risk.keys import ensure_keys


def test_a_pair_is_made_once_and_belongs_together(tmp_path: Path) -> None:
    private, public = tmp_path / "keys" / "signing.pem", tmp_path / "keys" / "verify.pem"
    assert ensure_keys(private, public)
    kept = private.read_bytes(), public.read_bytes()
    assert not ensure_keys(private, public)
    assert (private.read_bytes(), public.read_bytes()) == kept
    assert (private.stat().st_mode & 0o777, public.stat().st_mode & 0o777) == (0o600, 0o644)
    key = serialization.load_pem_public_key(public.read_bytes())
    assert isinstance(key, Ed25519PublicKey)
    assert Verifier(key).is_signed(SIGNED.approval, read_signer(private).sign(SIGNED.approval))


def test_a_lost_public_key_is_written_again_from_the_private_one(tmp_path: Path) -> None:
    private, public = tmp_path / "signing.pem", tmp_path / "verify.pem"
    ensure_keys(private, public)
    kept = public.read_bytes()
    public.write_text("something else")
    ensure_keys(private, public)
    assert public.read_bytes() == kept


@pytest.mark.parametrize("content", [b"", b"no key", None])
def test_a_key_that_cannot_be_read_refuses_the_start(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "signing.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SigningKeyRefused, match=r"signing\.pem"):
        read_signer(file)


def test_a_key_of_another_kind_refuses_the_start(tmp_path: Path) -> None:
    file = tmp_path / "signing.pem"
    file.write_bytes(
        generate_private_key(SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(SigningKeyRefused, match="not an Ed25519 key"):
        read_signer(file)

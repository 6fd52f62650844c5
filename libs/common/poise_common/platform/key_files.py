"""Ed25519 keys as files: a private one that signs, the public one that belongs to it.

`python -m poise_common.platform.key_files PRIVATE PUBLIC` writes a pair where it is missing.
"""

import argparse
import os
import sys
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from poise_common.contracts.signatures import Signer, Verifier
from poise_common.platform.refusals import StartRefused

_OWNER_ONLY = 0o600
_FOR_ALL_TO_READ = 0o644
_OF_OTHERS = 0o007
"""A group may be let in: where a secret is mounted for a user who doesn't own it, that is the only way."""
_A_NEW_PAIR = "`python -m poise_common.platform.key_files PRIVATE PUBLIC` writes a pair"


class KeyFileRefused(StartRefused):
    """A key's file cannot be used."""

    def __init__(self, file: Path, why: str, would_pass: str = _A_NEW_PAIR) -> None:
        self.file = file
        self.why = why
        super().__init__(f"key file {file}: {why}; {would_pass}")


def ensure_key_pair(private_file: Path, public_file: Path) -> bool:
    """Write a key pair as PEM unless the private key is there; say whether one was made.

    The public key is written again from the private one, so that the two always belong together. The private key's
    file is readable by its owner alone from the moment it exists. Raises KeyFileRefused for a bad private key.
    """
    made = not private_file.exists()
    if made:
        key = Ed25519PrivateKey.generate()
        private_file.parent.mkdir(parents=True, exist_ok=True)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        descriptor = os.open(private_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as output:
            output.write(pem)
    else:
        key = read_private_key(private_file)
    public_pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    if not public_file.exists() or public_file.read_bytes() != public_pem:
        public_file.parent.mkdir(parents=True, exist_ok=True)
        public_file.write_bytes(public_pem)
        public_file.chmod(_FOR_ALL_TO_READ)
    return made


def read_private_key(file: Path) -> Ed25519PrivateKey:
    """Read a private key; raises KeyFileRefused where it is missing, unreadable, open to all or of another kind."""
    try:
        mode = file.stat().st_mode & 0o777
        if mode & _OF_OTHERS:
            raise KeyFileRefused(file, f"mode {mode:04o} lets everybody at a private key", "mode 0400 would pass")
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise KeyFileRefused(file, error.strerror or str(error)) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyFileRefused(file, "no unencrypted PEM private key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileRefused(file, "not an Ed25519 key")
    return key


def read_signer(file: Path) -> Signer:
    """Return the signer of the private key in a file; raises KeyFileRefused."""
    return Signer(read_private_key(file))


def read_verifier(file: Path) -> Verifier:
    """Return the verifier of the public key in a file; raises KeyFileRefused."""
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except OSError as error:
        raise KeyFileRefused(file, error.strerror or str(error)) from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFileRefused(file, "no PEM public key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFileRefused(file, "not an Ed25519 key")
    return Verifier(key)


def main() -> None:
    """Write a pair as the command line asks; exit code 2 where the private key cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m poise_common.platform.key_files", description=__doc__)
    parser.add_argument("private", type=Path, help="the signing key's file, for its owner alone (mode 0600)")
    parser.add_argument("public", type=Path, help="the verifying key's file (mode 0644)")
    arguments = parser.parse_args()
    try:
        made = ensure_key_pair(arguments.private, arguments.public)
    except StartRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(2)
    sys.stdout.write(f"{arguments.private} {'made' if made else 'kept'}, {arguments.public} belongs to it\n")


if __name__ == "__main__":
    main()

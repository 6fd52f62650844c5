"""The Ed25519 keys as files: the private one risk signs with, the public one execution checks with."""

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from poise_common.contracts.signatures import Signer
from poise_common.platform.refusals import StartRefused

_OWNER_ONLY = 0o600
_FOR_ALL_TO_READ = 0o644


class SigningKeyRefused(StartRefused):
    """The signing key's file cannot be used."""

    def __init__(self, file: Path, why: str) -> None:
        self.file = file
        super().__init__(f"signing key {file}: {why}; `python -m poise_risk.keys PRIVATE PUBLIC` writes a pair")


def write_key_pair(private_file: Path, public_file: Path) -> bool:
    """Write a key pair as PEM unless the private key is there; say whether one was made.

    The public key is written again from the private one, so that the two always belong together. The private key's
    file is readable by its owner alone from the moment it exists.
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
    """Read the private key; raises SigningKeyRefused where it is missing, unreadable or of another kind."""
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise SigningKeyRefused(file, error.strerror or str(error)) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SigningKeyRefused(file, "no unencrypted PEM private key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyRefused(file, "not an Ed25519 key")
    return key


def read_signer(file: Path) -> Signer:
    """Return the signer of the key in a file."""
    return Signer(read_private_key(file))

"""Signing what may be done, and checking it before it is done: risk's approvals, the operator's acknowledgements."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from poise_common.domain.value import Value


def canonical_bytes(signed: Value) -> bytes:
    """Write a value in the one form that is signed: its type, then its fields as declared, as JSON without spaces.

    With the type in it, no signature over one kind of value passes for another.
    """
    return f"{type(signed).__name__}\n{signed.model_dump_json()}".encode()


class Signer:
    """Sign values with a private key that nobody else holds."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key

    def sign(self, value: Value) -> str:
        """Return the signature in base64. Ed25519 is deterministic: a repeat signs the same."""
        return b64encode(self._private_key.sign(canonical_bytes(value))).decode()


class Verifier:
    """Check that a value is its signer's own and unaltered."""

    def __init__(self, public_key: Ed25519PublicKey) -> None:
        self._public_key = public_key

    def is_signed(self, value: Value, signature: str) -> bool:
        """Say whether the signature is over this very value; anything unreadable is not."""
        try:
            given = b64decode(signature, validate=True)
            self._public_key.verify(given, canonical_bytes(value))
        except (InvalidSignature, Base64Error, ValueError):
            return False
        # Base64 has spare bits: only the one way that a signer writes it is the signature.
        return b64encode(given).decode() == signature

"""Signing what risk approves, and checking it before an order is sent."""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from poise_common.contracts.packages import Approval


def canonical_bytes(approval: Approval) -> bytes:
    """Write an approval in the one form that is signed: sorted keys, no spaces, decimals as text."""
    return json.dumps(approval.model_dump(mode="json"), sort_keys=True, separators=(",", ":")).encode()


class ApprovalSigner:
    """Sign approvals; risk alone holds the private key."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key

    def sign(self, approval: Approval) -> str:
        """Return the signature in base64. Ed25519 is deterministic: a repeat signs the same."""
        return b64encode(self._private_key.sign(canonical_bytes(approval))).decode()


class ApprovalVerifier:
    """Check that an approval is risk's own and unaltered."""

    def __init__(self, public_key: Ed25519PublicKey) -> None:
        self._public_key = public_key

    def is_signed(self, approval: Approval, signature: str) -> bool:
        """Say whether the signature is risk's over this very approval; anything unreadable is not."""
        try:
            self._public_key.verify(b64decode(signature, validate=True), canonical_bytes(approval))
        except (InvalidSignature, Base64Error, ValueError):
            return False
        return True

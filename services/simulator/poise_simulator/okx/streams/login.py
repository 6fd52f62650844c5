"""Logging a connection in."""

from __future__ import annotations

from collections.abc import Mapping

from poise_simulator.okx.credentials import EXPIRES_AFTER_MS, is_signed
from poise_simulator.okx.streams.conversation import Conversation, Request
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.protocol.keys import ApiKey

_NEEDED = ((60001, "apiKey"), (60002, "sign"), (60003, "passphrase"), (60004, "timestamp"))
_VERIFIED_PATH = "GET/users/self/verify"


class LoginError(Exception):
    """A login that the venue refuses, in its words."""

    def __init__(self, code: int, message: str) -> None:
        """Keep code and words."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def log_in(conversation: Conversation, request: Request) -> None:
    """Answer the `login` op: from then on the connection is its key's account's."""
    if not conversation.count_request(request):
        return
    args = request.get("args")
    try:
        if not isinstance(args, list) or len(args) != 1 or not isinstance(args[0], dict):
            raise LoginError(60009, "Login failed.")
        conversation.key = prove(conversation.venue, args[0])
    except LoginError as error:
        conversation.refuse(error.code, error.message, request)
        return
    conversation.send({"event": "login", "code": "0", "msg": "", "connId": conversation.connection_id})


def prove(venue: OkxVenue, arg: Mapping[str, object]) -> ApiKey:
    """Return the key of a login that is signed with it, now; `timestamp` is in seconds. Raises `LoginError`."""
    for code, name in _NEEDED:
        if not arg.get(name):
            raise LoginError(code, f'"{name}" can not be empty')
    key = venue.keys.find(str(arg["apiKey"]))
    if key is None:
        raise LoginError(60005, "Invalid apiKey")
    if key.passphrase != str(arg["passphrase"]):
        raise LoginError(60024, "Wrong passphrase")
    timestamp = str(arg["timestamp"])
    try:
        sent_ms = float(timestamp) * 1000
    except ValueError:
        raise LoginError(60004, "Invalid timestamp") from None
    if not abs(sent_ms - venue.now_ms) <= EXPIRES_AFTER_MS:
        raise LoginError(60006, "Timestamp request expired")
    if not is_signed(key, f"{timestamp}{_VERIFIED_PATH}", str(arg["sign"])):
        raise LoginError(60007, "Invalid sign")
    return key

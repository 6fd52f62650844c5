"""A server that speaks as much of Telegram's Bot API as a bot needs that is polled, with faults to order."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

TOKEN = "4242:tests-own_token"  # noqa: S105  (of nobody's bot)
BOT = {"id": 4242, "is_bot": True, "first_name": "Poise", "username": "poise_test_bot"}

Handler = Callable[[dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True)
class Refusal:
    """An answer as Telegram refuses."""

    code: int
    description: str
    retry_after: int | None = None


@dataclass(frozen=True)
class Garbage:
    """An answer that is none of Telegram's."""

    status: int = 502
    body: str = "<html>bad gateway</html>"


@dataclass(frozen=True)
class Hang:
    """No answer for longer than anybody waits."""


@dataclass(frozen=True)
class Drop:
    """The connection is closed instead of an answer; with `after` once the request had its effect."""

    after: bool = False


Fault = Refusal | Garbage | Hang | Drop


@dataclass
class FakeTelegram:
    """One bot and the chats it is in."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    edits: list[dict[str, Any]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """What people saw for their presses."""
    polls: list[dict[str, Any]] = field(default_factory=list)
    on_sent: Callable[[dict[str, Any]], None] = lambda _: None
    """Called when a message has had its effect, before its answer goes out."""
    gone: set[int] = field(default_factory=set)
    """Chats that have blocked the bot."""
    repeats_updates: bool = False
    """Forget what was confirmed: updates come again."""
    _faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    _updates: list[dict[str, Any]] = field(default_factory=list)
    _update_id: int = 700
    _message_id: int = 100
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator["FakeTelegram"]:
        """Answer while inside, on a free port where none is given."""
        application = web.Application()
        application.router.add_post("/bot{token}/{method}", self._called)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    def fail(self, method: str, *faults: Fault) -> None:
        """Have the next calls of a method fail so, one each."""
        self._faults[method].extend(faults)

    def texts(self, chat: int) -> list[str]:
        return [each["text"] for each in self.sent if each["chat_id"] == chat]

    async def write(self, text: str, *, user: int, chat: int | None = None) -> int:
        """Have somebody write to the bot; return the update's number."""
        place = user if chat is None else chat
        message = {
            "message_id": self._next_message(),
            "from": {"id": user, "is_bot": False, "first_name": "Some", "username": f"user{user}"},
            "chat": {"id": place, "type": "private" if place > 0 else "supergroup"},
            "date": int(datetime.now(UTC).timestamp()),
            "text": text,
        }
        return await self._update({"message": message})

    async def press(self, label: str, *, user: int, message: dict[str, Any] | None = None) -> int:
        """Have somebody press a button under a message: the newest one with buttons where none is named."""
        under = message or next(each for each in reversed(self.sent) if "reply_markup" in each)
        (row,) = under["reply_markup"]["inline_keyboard"]
        (data,) = (button["callback_data"] for button in row if button["text"] == label)
        query = {
            "id": f"query {self._update_id}",
            "from": {"id": user, "is_bot": False, "first_name": "Some"},
            "message": {"message_id": under["message_id"], "chat": {"id": under["chat_id"], "type": "private"}},
            "chat_instance": "1",
            "data": data,
        }
        return await self._update({"callback_query": query})

    async def raw_update(self, update: dict[str, Any]) -> int:
        """Have an update come that is like nothing that Telegram sends."""
        return await self._update(update)

    async def _update(self, content: dict[str, Any]) -> int:
        async with self._changed:
            self._update_id += 1
            self._updates.append({"update_id": self._update_id, **content})
            self._changed.notify_all()
        return self._update_id

    async def _called(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN:
            return _refused(Refusal(401, "Unauthorized"))
        method = request.match_info["method"]
        parameters = await request.json()
        fault = self._faults[method].popleft() if self._faults[method] else None
        match fault:
            case Refusal():
                return _refused(fault)
            case Garbage():
                return web.Response(status=fault.status, text=fault.body, content_type="text/html")
            case Hang():
                await asyncio.sleep(30)
            case Drop(after=False):
                _close(request)
                return web.Response()
            case _:
                pass
        handler: Handler = getattr(self, f"_do_{method.lower()}")
        result = await handler(parameters)
        if isinstance(result, Refusal):
            return _refused(result)
        if isinstance(fault, Drop):
            _close(request)
        return web.json_response({"ok": True, "result": result})

    async def _do_getme(self, _: dict[str, Any]) -> Any:
        return BOT

    async def _do_getupdates(self, parameters: dict[str, Any]) -> Any:
        self.polls.append(parameters)
        assert set(parameters["allowed_updates"]) == {"message", "callback_query"}
        async with self._changed:
            if "offset" in parameters and not self.repeats_updates:
                self._updates = [each for each in self._updates if each["update_id"] >= parameters["offset"]]
            try:
                async with asyncio.timeout(parameters["timeout"]):
                    await self._changed.wait_for(lambda: bool(self._updates))
            except TimeoutError:
                return []
            return list(self._updates)

    async def _do_sendmessage(self, parameters: dict[str, Any]) -> Any:
        chat, text = parameters["chat_id"], parameters["text"]
        if chat in self.gone:
            return Refusal(403, "Forbidden: bot was blocked by the user")
        if len(text.encode("utf-16-le")) // 2 > 4_096:
            return Refusal(400, "Bad Request: message is too long")
        message = {**parameters, "message_id": self._next_message()}
        self.sent.append(message)
        self.on_sent(message)
        return {"message_id": message["message_id"], "chat": {"id": chat}, "text": text}

    async def _do_editmessagetext(self, parameters: dict[str, Any]) -> Any:
        self.edits.append(parameters)
        return True

    async def _do_answercallbackquery(self, parameters: dict[str, Any]) -> Any:
        self.shown.append(parameters["text"])
        return True

    def _next_message(self) -> int:
        self._message_id += 1
        return self._message_id


def _refused(refusal: Refusal) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.retry_after is not None:
        body["parameters"] = {"retry_after": refusal.retry_after}
    return web.Response(status=refusal.code, text=json.dumps(body), content_type="application/json")


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()

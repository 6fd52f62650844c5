"""REST requests that a fault strikes: what takes effect, and what the client gets to see of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

from aiohttp import web

from poise_simulator.domain.orders import Handling
from poise_simulator.faults import rest_kinds
from poise_simulator.faults.plan import Strike
from poise_simulator.faults.targets import Occasion
from poise_simulator.protocol.treatment import USUAL, Treatment

Respond = Callable[[Treatment], web.Response]
"""Do what a request asks for, and return the venue's sound answer."""

Refusing = rest_kinds.Reject | rest_kinds.TooManyRequests | rest_kinds.TimestampRefused

CLIENT_GONE_CHECK_S = 0.02
_HTML = "<html>\r\n<head><title>{0}</title></head>\r\n<body><center><h1>{0}</h1></center></body>\r\n</html>\r\n"
_GARBAGE = bytes(range(128, 256))


class Voice(Protocol):
    """How a venue words what faults have it say."""

    def refused(self, fault: Refusing, occasion: Occasion) -> web.Response:
        """Refuse a sound request."""

    def broken(self) -> web.Response:
        """Answer HTTP 500."""

    def unknown(self, path: str) -> web.Response:
        """Answer HTTP 503, which says nothing about what took effect."""

    def of_another_order(self, response: web.Response) -> web.Response:
        """Make an answer about an order tell of another."""

    def is_done(self, response: web.Response) -> bool:
        """Tell from a sound answer whether the request took effect."""


async def answer_struck(request: web.Request, strike: Strike, respond: Respond, voice: Voice) -> web.StreamResponse:
    """Answer a request as its fault has it, and note in the strike whether it took effect."""
    struck = _StruckRequest(request, strike, respond, voice)
    return await struck.answer()


class _StruckRequest:
    def __init__(self, request: web.Request, strike: Strike, respond: Respond, voice: Voice) -> None:
        self._request = request
        self._strike = strike
        self._respond = respond
        self._voice = voice

    async def answer(self) -> web.StreamResponse:
        response: web.StreamResponse
        match self._strike.fault:
            case rest_kinds.AcceptThenDrop():
                self._run()
                response = self._drop()
            case rest_kinds.DropBefore():
                self._skip()
                response = self._drop()
            case rest_kinds.Truncate():
                response = await self._truncate(self._run())
            case rest_kinds.Hang(effect=effect):
                self._run_if(has_effect=effect)
                response = await self._hang()
            case rest_kinds.Delay() as fault:
                response = await self._delay(fault)
            case rest_kinds.WrongOrderInAnswer():
                response = self._voice.of_another_order(self._run())
            case rest_kinds.Partial() | rest_kinds.SlowFill() | rest_kinds.StaleQueries() as fault:
                response = self._run(_treatment(fault))
            case _:
                response = self._misanswer()
        return response

    def _misanswer(self) -> web.Response:
        """Give an answer that isn't the request's own."""
        fault = self._strike.fault
        if isinstance(fault, Refusing):
            self._skip()
            return self._voice.refused(fault, self._strike.occasion)
        if not isinstance(
            fault,
            rest_kinds.Http500
            | rest_kinds.Http502Html
            | rest_kinds.Http503Unknown
            | rest_kinds.Html200
            | rest_kinds.Garbage200
            | rest_kinds.Empty200,
        ):
            raise AssertionError(f"{fault.kind} can't strike a request")
        self._run_if(has_effect=fault.effect)
        return self._unreadable()

    def _unreadable(self) -> web.Response:
        match self._strike.fault:
            case rest_kinds.Http500():
                return self._voice.broken()
            case rest_kinds.Http502Html():
                return _page("502 Bad Gateway", HTTPStatus.BAD_GATEWAY)
            case rest_kinds.Http503Unknown():
                return self._voice.unknown(self._request.path)
            case rest_kinds.Html200():
                return _page("Checking your connection", HTTPStatus.OK)
            case rest_kinds.Garbage200():
                return web.Response(body=_GARBAGE, content_type="application/json")
            case _:
                return web.Response(body=b"", content_type="application/json")

    def _run(self, treatment: Treatment = USUAL) -> web.Response:
        response = self._respond(treatment)
        self._strike.took_effect = self._voice.is_done(response)
        return response

    def _skip(self) -> None:
        self._strike.took_effect = False

    def _run_if(self, *, has_effect: bool) -> None:
        if has_effect:
            self._run()
        else:
            self._skip()

    def _drop(self) -> web.Response:
        if self._request.transport is not None:
            self._request.transport.abort()
        return web.Response()

    async def _truncate(self, whole: web.Response) -> web.StreamResponse:
        body = whole.body if isinstance(whole.body, bytes) else b""
        half = web.StreamResponse(status=whole.status, headers=whole.headers)
        half.content_length = len(body)
        await half.prepare(self._request)
        await half.write(body[: len(body) // 2])
        # Closing lets what was written go out first; aborting would not.
        if self._request.transport is not None:
            self._request.transport.close()
        return half

    async def _hang(self) -> web.Response:
        # aiohttp tells nobody that a client has left, or cancels every handler of the server for it.
        while (transport := self._request.transport) is not None and not transport.is_closing():  # noqa: ASYNC110 - as above
            await asyncio.sleep(CLIENT_GONE_CHECK_S)
        return web.Response()

    async def _delay(self, fault: rest_kinds.Delay) -> web.Response:
        """Wait on the way there or back; what is under way arrives though the client may have left."""
        if fault.when == "before":
            await asyncio.sleep(fault.ms / 1000)
            return self._run()
        response = self._run()
        await asyncio.sleep(fault.ms / 1000)
        return response


def _treatment(fault: rest_kinds.Partial | rest_kinds.SlowFill | rest_kinds.StaleQueries) -> Treatment:
    match fault:
        case rest_kinds.Partial():
            return Treatment(Handling(fill_share_max=fault.fraction))
        case rest_kinds.SlowFill():
            return Treatment(Handling(fault.fraction, fault.delay_ms))
        case rest_kinds.StaleQueries():
            return Treatment(lag_ms=fault.lag_ms)


def _page(title: str, status: HTTPStatus) -> web.Response:
    return web.Response(text=_HTML.format(title), status=status, content_type="text/html")

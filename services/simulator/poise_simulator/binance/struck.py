"""REST requests that a fault strikes: what takes effect, and what the client gets to see of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus

import orjson
from aiohttp import web

from poise_simulator.binance.endpoint import USUAL, Treatment
from poise_simulator.binance.errors import VenueError
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import Handling
from poise_simulator.faults import rest_kinds
from poise_simulator.faults.plan import Strike

Respond = Callable[[Treatment], web.Response]
"""Do what a request asks for, and return the venue's sound answer."""

CLIENT_GONE_CHECK_S = 0.02
_HTML = "<html>\r\n<head><title>{0}</title></head>\r\n<body><center><h1>{0}</h1></center></body>\r\n</html>\r\n"
_NO_FUNDS = {
    Market.SPOT: (-2010, "Account has insufficient balance for requested action."),
    Market.FUTURES: (-2019, "Margin is insufficient."),
}
_GARBAGE = bytes(range(128, 256))


async def answer_struck(request: web.Request, strike: Strike, respond: Respond) -> web.StreamResponse:
    """Answer a request as its fault has it, and note in the strike whether it took effect."""
    struck = _StruckRequest(request, strike, respond)
    return await struck.answer()


class _StruckRequest:
    def __init__(self, request: web.Request, strike: Strike, respond: Respond) -> None:
        self._request = request
        self._strike = strike
        self._respond = respond

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
                response = _of_another_order(self._run())
            case rest_kinds.Partial() | rest_kinds.SlowFill() | rest_kinds.StaleQueries() as fault:
                response = self._run(_treatment(fault))
            case _:
                response = self._misanswer()
        return response

    def _misanswer(self) -> web.Response:
        """Give an answer that isn't the request's own."""
        fault = self._strike.fault
        if isinstance(
            fault,
            rest_kinds.Http500
            | rest_kinds.Http502Html
            | rest_kinds.Http503Unknown
            | rest_kinds.Html200
            | rest_kinds.Garbage200
            | rest_kinds.Empty200,
        ):
            self._run_if(has_effect=fault.effect)
            return self._unreadable()
        self._skip()
        return _refusal(self._refused())

    def _unreadable(self) -> web.Response:
        match self._strike.fault:
            case rest_kinds.Http500():
                return _refusal(
                    VenueError(
                        -1000,
                        "An unknown error occurred while processing the request.",
                        HTTPStatus.INTERNAL_SERVER_ERROR,
                    )
                )
            case rest_kinds.Http502Html():
                return _page("502 Bad Gateway", HTTPStatus.BAD_GATEWAY)
            case rest_kinds.Http503Unknown():
                # The venue's front end answers this one without a code.
                body = {
                    "path": self._request.path,
                    "msg": "Unknown error, please check your request or try again later.",
                }
                return web.json_response(body, status=HTTPStatus.SERVICE_UNAVAILABLE)
            case rest_kinds.Html200():
                return _page("Checking your connection", HTTPStatus.OK)
            case rest_kinds.Garbage200():
                return web.Response(body=_GARBAGE, content_type="application/json")
            case _:
                return web.Response(body=b"", content_type="application/json")

    def _refused(self) -> VenueError:
        match self._strike.fault:
            case rest_kinds.Reject() as fault:
                code, message = _NO_FUNDS[self._strike.occasion.market or Market.SPOT]
                return VenueError(fault.code or code, fault.message or message)
            case rest_kinds.TooManyRequests() as fault:
                return VenueError(
                    -1003,
                    "Too many requests; please use the websocket for live updates to avoid polling the API.",
                    HTTPStatus.TOO_MANY_REQUESTS,
                    fault.retry_after_s,
                )
            case rest_kinds.TimestampRefused():
                return VenueError(-1021, "Timestamp for this request is outside of the recvWindow.")
            case fault:
                raise AssertionError(f"{fault.kind} can't strike a request")

    def _run(self, treatment: Treatment = USUAL) -> web.Response:
        response = self._respond(treatment)
        self._strike.took_effect = response.status == HTTPStatus.OK
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


def _of_another_order(response: web.Response) -> web.Response:
    row = orjson.loads(response.body) if isinstance(response.body, bytes) else None
    if isinstance(row, dict) and "orderId" in row:
        row |= {"orderId": row["orderId"] + 1, "clientOrderId": f"other{row['orderId']}"}
        response.body = orjson.dumps(row)
    return response


def _refusal(error: VenueError) -> web.Response:
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s is not None else {}
    return web.json_response(error.body(), status=error.status, headers=headers)


def _page(title: str, status: HTTPStatus) -> web.Response:
    return web.Response(text=_HTML.format(title), status=status, content_type="text/html")

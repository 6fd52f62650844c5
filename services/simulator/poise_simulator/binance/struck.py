"""What the venue says where a fault has it say something."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from aiohttp import web

from poise_simulator.binance.errors import VenueError
from poise_simulator.domain.instruments import Market
from poise_simulator.faults import rest_kinds
from poise_simulator.faults.targets import Occasion
from poise_simulator.protocol.struck import Refusing

_NO_FUNDS = {
    Market.SPOT: (-2010, "Account has insufficient balance for requested action."),
    Market.FUTURES: (-2019, "Margin is insufficient."),
}


class BinanceVoice:
    """Binance's answers to requests that a fault strikes."""

    def refused(self, fault: Refusing, occasion: Occasion) -> web.Response:
        """Refuse a sound request in the error envelope."""
        match fault:
            case rest_kinds.Reject():
                code, message = _NO_FUNDS[occasion.market or Market.SPOT]
                return _refusal(VenueError(fault.code or code, fault.message or message))
            case rest_kinds.TooManyRequests():
                return _refusal(
                    VenueError(
                        -1003,
                        "Too many requests; please use the websocket for live updates to avoid polling the API.",
                        HTTPStatus.TOO_MANY_REQUESTS,
                        fault.retry_after_s,
                    )
                )
            case rest_kinds.TimestampRefused():
                return _refusal(VenueError(-1021, "Timestamp for this request is outside of the recvWindow."))

    def broken(self) -> web.Response:
        """Answer HTTP 500 with -1000."""
        return _refusal(
            VenueError(
                -1000,
                "An unknown error occurred while processing the request.",
                HTTPStatus.INTERNAL_SERVER_ERROR,
            )
        )

    def unknown(self, path: str) -> web.Response:
        """Answer HTTP 503; the venue's front end does so without a code."""
        body = {"path": path, "msg": "Unknown error, please check your request or try again later."}
        return web.json_response(body, status=HTTPStatus.SERVICE_UNAVAILABLE)

    def of_another_order(self, response: web.Response) -> web.Response:
        """Put another order's ids into an answer."""
        row = orjson.loads(response.body) if isinstance(response.body, bytes) else None
        if isinstance(row, dict) and "orderId" in row:
            row |= {"orderId": row["orderId"] + 1, "clientOrderId": f"other{row['orderId']}"}
            response.body = orjson.dumps(row)
        return response

    def is_done(self, response: web.Response) -> bool:
        """Tell a success by its status."""
        return response.status == HTTPStatus.OK


def _refusal(error: VenueError) -> web.Response:
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s is not None else {}
    return web.json_response(error.body(), status=error.status, headers=headers)

"""What the venue says where a fault has it say so."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from aiohttp import web

from poise_simulator.faults import rest_kinds
from poise_simulator.faults.targets import Occasion, Target
from poise_simulator.okx.errors import OkxError, too_many_requests, unauthorised
from poise_simulator.protocol.struck import Refusing

_NO_FUNDS = (51008, "Order failed. Insufficient balance or margin in account")
_DONE_CODES = frozenset({"0", "2"})


class OkxVoice:
    """The venue's codes and words for faults."""

    def refused(self, fault: Refusing, occasion: Occasion) -> web.Response:
        """Answer with the fault's code, or that of a want of funds, of a limit, or of a clock."""
        if isinstance(fault, rest_kinds.Reject):
            code, message = _NO_FUNDS
            return error_response(_rejection(occasion, fault.code or code, fault.message or message))
        if isinstance(fault, rest_kinds.TooManyRequests):
            return error_response(too_many_requests())
        return error_response(unauthorised(50102, "Timestamp request expired."))

    def broken(self) -> web.Response:
        """Answer 50026."""
        return error_response(OkxError(50026, "System error. Try again later.", HTTPStatus.INTERNAL_SERVER_ERROR))

    def unknown(self, path: str) -> web.Response:
        """Answer 50004, by which the venue itself says that it doesn't know."""
        message = (
            f"API endpoint request timeout ({path}; does not mean that the request was successful or failed, "
            "please check the request result)."
        )
        return error_response(OkxError(50004, message, HTTPStatus.BAD_REQUEST))

    def of_another_order(self, response: web.Response) -> web.Response:
        """Give the answer's rows the next order's ids."""
        body = orjson.loads(response.body) if isinstance(response.body, bytes) else {}
        for row in body.get("data", ()):
            if row.get("ordId"):
                row |= {"ordId": str(int(row["ordId"]) + 1), "clOrdId": f"other{row['ordId']}"}
        response.body = orjson.dumps(body)
        return response

    def is_done(self, response: web.Response) -> bool:
        """Tell by the envelope's code: most refusals come with HTTP 200."""
        if response.status != HTTPStatus.OK or not isinstance(response.body, bytes):
            return False
        return orjson.loads(response.body).get("code") in _DONE_CODES


def error_response(error: OkxError) -> web.Response:
    """Write a refusal."""
    return web.json_response(body=orjson.dumps(error.body()), status=error.status)


def _rejection(occasion: Occasion, code: int, message: str) -> OkxError:
    """Refuse orders and cancels by a row, as the venue does, and anything else by the envelope."""
    if occasion.target not in {Target.ORDER_ENTRY, Target.CANCEL}:
        return OkxError(code, message)
    row: dict[str, object] = {
        "clOrdId": occasion.client_order_id or "",
        "ordId": "",
        "tag": "",
        "sCode": str(code),
        "sMsg": message,
    }
    return OkxError(1, "All operations failed", rows=[row])

"""How the control API reads and answers: JSON, and errors that name value, reason and what would pass."""

from __future__ import annotations

from http import HTTPStatus
from typing import TypeVar

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError

Body = TypeVar("Body", bound=BaseModel)


class RefusedError(Exception):
    """A control request that did nothing, with why."""

    def __init__(self, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def json_answer(payload: object, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Return a payload as JSON; dataclasses and enums are written as they are."""
    return web.Response(body=orjson.dumps(payload, default=str), status=status, content_type="application/json")


async def read_body(request: web.Request, kind: type[Body]) -> Body:
    """Read a request's body. Raises `RefusedError` for what is no JSON or doesn't fit."""
    text = await request.read()
    try:
        return kind.model_validate_json(text or b"{}")
    except ValidationError as error:
        raise RefusedError(explain(error)) from error


def explain(error: ValidationError) -> str:
    """Say of every value that doesn't fit which it is, why, and what would pass."""
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'body'}: {problem['msg']} (got {problem['input']!r})"
        for problem in error.errors()
    )


@web.middleware
async def refuse_in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn a refusal of the control API into its answer."""
    try:
        return await handler(request)
    except RefusedError as refusal:
        return json_answer({"error": refusal.message}, refusal.status)

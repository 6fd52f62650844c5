"""Takes Alertmanager's posts over HTTP: 200 only once they are in the book."""

import asyncio
import hmac

import structlog
from aiohttp import web
from pydantic import ValidationError

from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.platform.driver import ServiceEnding
from poise_common.platform.endings import StartsAnew
from poise_common.platform.service import Push
from poise_notifier.adapters.alertmanager.reading import Posted, reported
from poise_notifier.domain.parameters import AlertmanagerConfig

PATH = "/alertmanager"
_PROBLEMS_TOLD = 3
_SHUTDOWN_WITHIN_S = 1.0


class AlertmanagerIntake:
    """`POST /alertmanager` with a bearer token."""

    def __init__(self, config: AlertmanagerConfig, token: str, clock: Clock, new_id: NewId) -> None:
        self._config = config
        self._token = token.encode()
        self._clock = clock
        self._new_id = new_id
        self.port = 0
        """Where it listens, once it does."""

    async def run(self, push: Push) -> None:
        """Answer until cancelled."""

        async def posted(request: web.Request) -> web.Response:
            return await self._posted(request, push)

        application = web.Application(client_max_size=self._config.body_max_bytes)
        application.router.add_post(PATH, posted)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_WITHIN_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._config.host, self._config.port).start()
            self.port = runner.addresses[0][1]
            structlog.get_logger().info("alerts are taken", path=PATH, host=self._config.host, port=self.port)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _posted(self, request: web.Request, push: Push) -> web.Response:
        if not self._is_authorised(request):
            return _refused(401, "a bearer token that is known here would pass")
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _refused(413, f"at most {self._config.body_max_bytes} bytes would pass")
        try:
            post = Posted.model_validate_json(body)
        except ValidationError as error:
            return _refused(400, _problems(error))
        try:
            await push(reported(post, self._new_id, self._clock()))
        except (ServiceEnding, StartsAnew):
            return _refused(503, "not taken; it is to be sent again")
        return web.json_response({"taken": len(post.alerts)})

    def _is_authorised(self, request: web.Request) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token)


def _refused(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)
    told = [f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in found[:_PROBLEMS_TOLD]]
    return "; ".join(told)

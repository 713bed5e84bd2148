"""The sandbox's one HTTP server, on 127.0.0.1 only, and the loop that makes time pass."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from stripe_sandbox import PORT
from stripe_sandbox.api.http import Api, Recorder
from stripe_sandbox.control import Control, require_json
from stripe_sandbox.delivery import endpoints, listening
from stripe_sandbox.delivery.deliverer import Deliverer
from stripe_sandbox.delivery.listening import Listeners
from stripe_sandbox.guard import same_origin
from stripe_sandbox.pages import html
from stripe_sandbox.pages.dashboard import Dashboard
from stripe_sandbox.pages.hosted import Hosted
from stripe_sandbox.pages.portal import Portal
from stripe_sandbox.payments import clock
from stripe_sandbox.state.store import Store
from stripe_sandbox.state.world import World

HOST = "127.0.0.1"
# The loop looks again at least this often, whatever it was told.
LONGEST_SLEEP = 1.0


@dataclass(frozen=True, kw_only=True)
class Config:
    port: int = PORT
    # The SQLite file that keeps everything; by default nothing outlives the process.
    state: str = ":memory:"
    # Where every event is delivered to, and the secret to sign with.
    forward: tuple[str, str] | None = None
    switches: dict[str, Any] = field(default_factory=dict)
    # Told every call with its answer, and every event.
    on_call: Recorder | None = None
    on_event: Recorder = lambda _event: None


class PortTaken(OSError):
    """Nobody can serve on this port now."""

    def __init__(self, port: int, error: OSError) -> None:
        super().__init__(f"Port {port} is taken or closed to us: {error.strerror or error}.")


class Server:
    """`async with Server(config) as server:` serves until the block ends."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.world: World
        self.deliverer: Deliverer

    async def __aenter__(self) -> Self:
        self._awake = asyncio.Event()
        store = Store(self.config.state)
        self.world = World(
            store,
            "",
            defaults=self.config.switches,
            on_event=self.config.on_event,
            on_change=self._awake.set,
        )
        self.deliverer = Deliverer(self.world)
        self.listeners = Listeners(self.world)
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, HOST, self.config.port)
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            store.close()
            raise PortTaken(self.config.port, error) from error
        port = self._runner.addresses[0][1]
        self.world.base_url = f"http://{HOST}:{port}"
        self._register_forward()
        self._clock = asyncio.create_task(self._run_clock())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._clock.cancel()
        await asyncio.wait({self._clock})
        await self.deliverer.close()
        await self.listeners.close()
        await self._runner.cleanup()
        self.world.store.close()

    async def serve_until(self, stopped: asyncio.Event) -> None:
        """
        Serve until then.

        :raises Exception: whatever ended the loop that makes time pass
        """
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait({waiting, self._clock}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._clock.done():
            self._clock.result()

    @property
    def base_url(self) -> str:
        return self.world.base_url

    async def reset(self) -> None:
        """Forget everything, and deliver nothing that was on its way."""
        await self.deliverer.stop()
        self.world.reset()
        self._register_forward()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[same_origin], client_max_size=2**20)
        api = Api(self.world, self.config.on_call)
        app.router.add_route("*", "/v1/{tail:.*}", api.handle)
        app.router.add_post("/_sandbox/reset", self._handle_reset)
        app.router.add_get(listening.PATH, self.listeners.handle)
        app.add_routes(Control(self.world).routes())
        app.add_routes(Hosted(self.world, self.deliverer).routes())
        app.add_routes(Portal(self.world).routes())
        app.add_routes(Dashboard(self.world, self.deliverer).routes())
        app.router.add_get("/sandbox.css", html.styles)
        return app

    async def _handle_reset(self, request: web.Request) -> web.Response:
        require_json(request)
        await self.reset()
        return web.json_response({})

    def _register_forward(self) -> None:
        if self.config.forward is not None:
            url, secret = self.config.forward
            with self.world.store.transaction():
                endpoints.forward(self.world, url=url, secret=secret)

    async def _run_clock(self) -> None:
        """Do what is due, then sleep until the next thing is, or something changes."""
        while True:
            self._awake.clear()
            clock.run(self.world)
            self.deliverer.start_due()
            await self.listeners.send_new()
            due = [self.world.store.next_due(), self.deliverer.next_due()]
            ahead = [at - time.time() for at in due if at is not None]
            pause = min([LONGEST_SLEEP, *ahead])
            # Not `wait_for`: on Python 3.11 it loses a cancellation that comes with a change.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(pause, 0.001)):
                    await self._awake.wait()

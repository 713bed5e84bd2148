"""
`stripe listen`: the official CLI holds a websocket open and forwards each event itself.

Undocumented by Stripe; written from what the CLI sends and wants.
"""

import json

from aiohttp import WSMsgType, web

from stripe_sandbox import signing
from stripe_sandbox.state.ids import random_text
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

PATH = "/_listen"
# Signs what goes through the CLI, as long as the process lives: `stripe listen --print-secret`.
SECRET = f"whsec_{random_text(32)}"


class Listeners:
    """The CLIs that listen. Each gets every event that happens from then on."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._sockets: set[web.WebSocketResponse] = set()
        self._seen = self._newest()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if not request.headers.get("Websocket-Id", "").startswith("cliws_"):
            raise web.HTTPForbidden(text="This is for `stripe listen`.")
        socket = web.WebSocketResponse(heartbeat=10)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._sockets.discard(socket)
        return socket

    async def close(self) -> None:
        for socket in list(self._sockets):
            await socket.close()

    async def send_new(self) -> None:
        """Send what happened since the last time, and what is to be sent again."""
        newest = self._newest()
        if not self._sockets:
            self._seen = newest
            self.world.again.clear()
            return
        rows = self.world.store.db.execute(
            "SELECT body FROM objects WHERE object = 'event' AND seq > ? ORDER BY seq",
            (min(self._seen, newest),),
        ).fetchall()
        events = [json.loads(row["body"]) for row in rows]
        again = [self.world.store.find(event_id) for event_id in self.world.again]
        self._seen = newest
        self.world.again.clear()
        for event in [*events, *filter(None, again)]:
            for socket in list(self._sockets):
                if not socket.closed:
                    await socket.send_json(_message(event))

    def _newest(self) -> int:
        row = self.world.store.db.execute("SELECT coalesce(max(seq), 0) FROM objects").fetchone()
        return int(row[0])


def _message(event: Object) -> Object:
    body = signing.payload(event)
    return {
        "type": "webhook_event",
        "endpoint": {"api_version": None},
        "event_payload": body.decode(),
        "http_headers": {
            **signing.headers(body, SECRET),
            "Accept": "*/*; q=0.5, application/xml",
            "Cache-Control": "no-cache",
        },
        "webhook_conversation_id": f"wc_{random_text(24)}",
        "webhook_id": f"we_{random_text(24)}",
    }

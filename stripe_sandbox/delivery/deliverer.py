"""
Delivers events: signed, at least once, again after each answer other than 2xx.

What waits is kept in the store, so that a restart goes on where it stopped.
"""

import asyncio
import time
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from stripe_sandbox import signing
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

AT_ONCE = 16
ANSWER_WITHIN = 20.0
KEPT_OF_ANSWER = 500
SUCCESS = range(200, 300)


class Deliverer:
    """Sends what waits. Lives on the server's event loop."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._session: ClientSession | None = None
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._answered = asyncio.Condition()

    async def stop(self) -> None:
        """Break off what is under way; it is delivered again after a restart."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._under_way.clear()

    async def close(self) -> None:
        await self.stop()
        if self._session is not None:
            await self._session.close()

    def start_due(self) -> None:
        """Start every delivery whose time has come, as many at once as there is room for."""
        if self.world.switches.delivery_off:
            return
        rows = self.world.store.db.execute(
            "SELECT * FROM deliveries WHERE state = 'waiting' AND due_at <= ? "
            "ORDER BY due_at, seq LIMIT ?",
            (time.time(), AT_ONCE * 2),
        ).fetchall()
        for row in rows:
            if len(self._under_way) >= AT_ONCE:
                break
            if row["seq"] not in self._under_way:
                self._under_way[row["seq"]] = asyncio.create_task(self._deliver(dict(row)))

    def next_due(self) -> float | None:
        """When the next delivery is due that is not under way."""
        if self.world.switches.delivery_off:
            return None
        row = self.world.store.db.execute(
            "SELECT min(due_at) AS at FROM deliveries WHERE state = 'waiting' AND due_at > ?",
            (time.time(),),
        ).fetchone()
        return None if row["at"] is None else float(row["at"])

    async def first_answer(self, event_id: str = "", *, within: float) -> None:
        """
        Wait until every endpoint has answered the first attempt, for so long at most.

        Of one event, or of all.
        """
        try:
            async with asyncio.timeout(within), self._answered:
                await self._answered.wait_for(lambda: not self._waits(event_id))
        except TimeoutError:
            return

    def _waits(self, event_id: str) -> bool:
        row = self.world.store.db.execute(
            "SELECT 1 FROM deliveries "
            "WHERE state = 'waiting' AND attempt = 0 AND ? IN (event, '') LIMIT 1",
            (event_id,),
        ).fetchone()
        return row is not None

    async def _deliver(self, row: dict[str, Any]) -> None:
        store = self.world.store
        began = time.monotonic()
        status: int | None = None
        try:
            event, endpoint = store.find(row["event"]), store.find(row["endpoint"])
            if event is None or endpoint is None:
                answer = "The endpoint is gone."
            else:
                status, answer = await self._post(event, endpoint)
            taken = int((time.monotonic() - began) * 1000)
            with store.transaction():
                self._note(row, status, answer, taken)
        finally:
            self._under_way.pop(row["seq"], None)
        async with self._answered:
            self._answered.notify_all()
        self.world.on_change()

    async def _post(self, event: Object, endpoint: Object) -> tuple[int | None, str]:
        body = signing.payload(event)
        secret = self.world.store.private(endpoint["id"])["secret"]
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=ANSWER_WITHIN))
        try:
            async with self._session.post(
                endpoint["url"],
                data=body,
                headers=signing.headers(body, secret, at=self.world.now()),
                allow_redirects=False,
            ) as response:
                text = (await response.content.read(KEPT_OF_ANSWER)).decode(errors="replace")
                return response.status, text
        except (ClientError, OSError, TimeoutError) as error:
            return None, str(error) or type(error).__name__

    def _note(self, row: dict[str, Any], status: int | None, answer: str, taken: int) -> None:
        """Keep what was answered, and queue the next attempt where there is one."""
        store = self.world.store
        delivered = status is not None and status in SUCCESS
        changed = store.db.execute(
            "UPDATE deliveries SET state = ?, status = ?, answer = ?, milliseconds = ? "
            "WHERE seq = ?",
            ("delivered" if delivered else "failed", status, answer, taken, row["seq"]),
        ).rowcount
        if not changed:
            return  # the state was reset meanwhile
        if delivered:
            event = store.find(row["event"])
            if event is not None and event["pending_webhooks"] > 0:
                store.change(event, pending_webhooks=event["pending_webhooks"] - 1)
            return
        retries = self.world.switches.retry_seconds
        if row["attempt"] < len(retries) and store.exists(row["endpoint"]):
            store.db.execute(
                "INSERT INTO deliveries (event, endpoint, attempt, due_at, state) "
                "VALUES (?, ?, ?, ?, 'waiting')",
                (
                    row["event"],
                    row["endpoint"],
                    row["attempt"] + 1,
                    time.time() + retries[row["attempt"]],
                ),
            )

"""The server starts and ends, whatever happens meanwhile."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from stripe_sandbox.server import Config, Server


class TestServer:
    @pytest.mark.parametrize("steps", range(4))
    def test_ends_though_something_changed_some_steps_before(self, steps):
        async def change_and_end() -> bool:
            async with asyncio.timeout(10) as limit, Server(Config(port=0)) as server:
                await asyncio.sleep(0.05)  # until the clock sleeps
                server.world.on_change()
                for _ in range(steps):
                    await asyncio.sleep(0)
            return not limit.expired()

        # In a thread of its own: a browser's tests leave their event loop running in this one.
        with ThreadPoolExecutor() as threads:
            assert threads.submit(lambda: asyncio.run(change_and_end())).result()

"""
`python -m tests.deploy.hosts.relay HOST PORT TO PORT`: bytes both ways, on loopback for a peer.

The sandbox answers on 127.0.0.1 only, and Stripe is on another host.
"""

import asyncio
import contextlib
import sys


async def main(host, port, target, target_port):
    async def join(reader, writer):
        try:
            there_reader, there_writer = await asyncio.open_connection(target, target_port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, there_writer), copy(there_reader, writer))

    async with await asyncio.start_server(join, host, port) as server:
        await server.serve_forever()


async def copy(source, target):
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    with contextlib.suppress(OSError):
        target.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))

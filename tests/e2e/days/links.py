"""Links that break: a proxy on loopback that refuses, stalls and cuts in the middle."""

import asyncio
import random
from contextlib import suppress
from threading import Thread

_PIECE = 16 * 1024


class Link:
    """One direction of a network: every port of a gateway, as somebody else reaches it.

    The weather holds for all its ports; `ports` maps the true ones to those of the link.
    """

    def __init__(self, name: str, targets: list[int]) -> None:
        self.name = name
        self.ports: dict[int, int] = {}
        self.carried = 0
        self.cuts = 0
        self._refusing = False
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._budget: int | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._servers = [self._loop.run_until_complete(self._serve(each)) for each in targets]
        self._thread = Thread(target=self._loop.run_forever, name=f"link {name}", daemon=True)
        self._thread.start()

    def strike(self, chance: random.Random) -> str:
        """Break in one of four ways, and say how."""
        kind = chance.choice(("drop", "refuse", "stall", "cut"))
        if kind == "cut":
            # From the first bytes of a handshake to the middle of a list.
            self._budget = chance.choice((200, 1500, 4000, 9000, 20_000))
            self._drop_all()
            return f"{self.name} cut after {self._budget} bytes"
        self._refusing = kind == "refuse"
        if kind == "stall":
            self._loop.call_soon_threadsafe(self._flowing.clear)
        else:
            self._drop_all()
        return f"{self.name} {kind}"

    def mend(self) -> None:
        """Carry everything again; what was cut stays cut."""
        self._refusing, self._budget = False, None
        self._loop.call_soon_threadsafe(self._flowing.set)

    def close(self) -> None:
        self.mend()
        self._refusing = True
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _drop_all(self) -> None:
        def drop() -> None:
            self.cuts += len(self._open)
            for writer in self._open:
                writer.transport.abort()

        self._loop.call_soon_threadsafe(drop)

    async def _serve(self, target: int) -> asyncio.Server:
        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._carry(reader, writer, target)

        server = await asyncio.start_server(carry, "127.0.0.1", 0)
        self.ports[target] = server.sockets[0].getsockname()[1]
        return server

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for writer in self._open:
            writer.transport.abort()
        running = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*running, return_exceptions=True)

    async def _carry(
        self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter, target: int
    ) -> None:
        writers = {near_out}
        self._open.add(near_out)
        try:
            with suppress(OSError):
                if self._refusing:
                    return
                far_in, far_out = await asyncio.open_connection("127.0.0.1", target)
                writers.add(far_out)
                self._open.add(far_out)
                passing = [
                    asyncio.ensure_future(self._pass(near_in, far_out)),
                    asyncio.ensure_future(self._pass(far_in, near_out)),
                ]
                # One direction that ends ends both.
                _, others = await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
                for other in others:
                    other.cancel()
                await asyncio.gather(*passing, return_exceptions=True)
        finally:
            self._open -= writers
            for writer in writers:
                writer.transport.abort()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        passed = 0
        while piece := await source.read(_PIECE):
            await self._flowing.wait()
            if self._budget is not None and passed + len(piece) > self._budget:
                target.write(piece[: self._budget - passed])
                await target.drain()
                self.cuts += 1
                return
            target.write(piece)
            await target.drain()
            passed += len(piece)
            self.carried += len(piece)

# SPDX-License-Identifier: Apache-2.0
"""The simulated endpoint in a process of its own: chunks leave at their times, whoever waits."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import h11

from harness.kit.children import say, work
from probes.service.simulators import endpoint
from probes.service.simulators.plans import EndpointPlan

_AHEAD_S = 0.0003


class _Server:
    """The state of the endpoint: how many requests came, who is being served."""

    def __init__(self, plan: EndpointPlan) -> None:
        self.plan, self.count = plan, 0
        self.slots = asyncio.Semaphore(plan.slots) if plan.slots else None
        self.done: set[asyncio.Task[Any]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        wire = h11.Connection(h11.SERVER)
        try:
            while await self._request(wire, reader, writer):
                wire.start_next_cycle()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, h11.ProtocolError):
            pass
        finally:
            writer.close()

    async def _request(self, wire: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        body, head = b"", None
        while True:
            event = wire.next_event()
            if event is h11.NEED_DATA:
                wire.receive_data(await reader.read(1 << 16))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                return False
        came_ns = time.monotonic_ns()
        try:
            asked = json.loads(body)
        except ValueError:
            asked = {}
        counts = isinstance(asked, dict) and asked.get("max_tokens") != 1  # else somebody looks whether it is there
        self.count += counts
        answer = _Answer(self, wire, writer, self.count if counts else 0, came_ns)
        if head is None or not bytes(head.target).endswith(b"/chat/completions") or not isinstance(asked, dict):
            await answer.plain(404, {"error": {"message": "no such place"}})
        else:
            await answer.give(asked)
        return wire.our_state is h11.DONE and wire.their_state is h11.DONE


class _Answer:
    """One answer."""

    def __init__(
        self, server: _Server, wire: h11.Connection, writer: asyncio.StreamWriter, number: int, came_ns: int
    ) -> None:
        self._server, self._wire, self._writer = server, wire, writer
        self._number, self._came_ns, self._plan = number, came_ns, server.plan

    async def give(self, asked: dict[str, Any]) -> None:
        plan, number = self._plan, self._number
        model = str(asked.get("model", ""))
        entry = int(model.rpartition("-")[2]) if model.rpartition("-")[2].isdigit() else 0
        if entry in plan.silent:
            await self.plain(404, {"error": {"message": "no such model"}})
        elif number in plan.errors:
            await self.plain(500, {"error": {"message": "out of memory"}})
        elif number in plan.busy:
            await self.plain(429, {"error": {"message": "too many requests"}})
        elif number in plan.errors_200:
            await self.plain(200, {"error": {"message": "quota used up", "code": 1113}})
        elif number in plan.html:
            await self._send(200, "text/html", b"<html><body>login</body></html>")
        elif number in plan.whole:
            message = {"role": "assistant", "content": "all at once"}
            await self.plain(200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
        elif number in plan.hang:
            while not self._writer.is_closing():  # noqa: ASYNC110 - until whoever asked goes away
                await asyncio.sleep(0.2)
        elif self._server.slots is None:
            await self._stream(asked, model)
        else:
            async with self._server.slots:
                await self._stream(asked, model)

    async def plain(self, status: int, body: dict[str, Any]) -> None:
        await self._send(status, "application/json", json.dumps(body).encode())

    async def _send(self, status: int, kind: str, body: bytes) -> None:
        head = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        self._put(h11.Response(status_code=status, headers=head), h11.Data(data=body), h11.EndOfMessage())
        await self._writer.drain()

    def _put(self, *events: Any) -> None:
        self._writer.write(b"".join(self._wire.send(each) or b"" for each in events))

    async def _stream(self, asked: dict[str, Any], model: str) -> None:
        plan, number, begun_ns = self._plan, self._number, time.monotonic_ns()
        messages = asked.get("messages") or [{}]
        prompt = str(messages[-1].get("content", ""))
        head = [("Content-Type", "text/event-stream; charset=utf-8"), ("Transfer-Encoding", "chunked")]
        self._put(h11.Response(status_code=200, headers=head))
        every = endpoint.chunks(plan, model, prompt, int(asked.get("max_tokens", 1 << 30)))
        for sent, (after_ns, data) in enumerate(every):
            await _until(begun_ns + after_ns)
            if number in plan.empty and isinstance(data, dict) and data["choices"]:
                data["choices"][0]["delta"] = {}
            if (
                sent == plan.tokens // 2
                and number in {*plan.cut, *plan.errors_inside, *plan.malformed}
                and self._broken()
            ):
                return
            if plan.stamps and isinstance(data, dict):
                data["simulated"] = {"came": self._came_ns, "sent": time.monotonic_ns()}
            self._put(h11.Data(data=endpoint.framed(data, plan.dialect)))
        if number in plan.early:
            raise ConnectionAbortedError
        self._put(h11.EndOfMessage())
        await self._writer.drain()

    def _broken(self) -> bool:
        """An error in the middle; whether the answer ends there."""
        if self._number in self._plan.cut:
            raise ConnectionAbortedError
        wrong = (
            '{"choices": [{"delta"' if self._number in self._plan.malformed else {"error": {"message": "worker died"}}
        )
        self._put(h11.Data(data=endpoint.framed(wrong, self._plan.dialect)))
        if isinstance(wrong, dict):
            self._put(h11.EndOfMessage())
            return True
        return False


async def _until(moment_ns: int) -> None:
    left = (moment_ns - time.monotonic_ns()) / 1e9
    if left > _AHEAD_S:
        await asyncio.sleep(left)


async def _main(settings: dict[str, Any]) -> None:
    plan = EndpointPlan.parse(settings["plan"])
    server = _Server(plan)
    listening = await asyncio.start_server(server.serve, plan.address, 0, backlog=1024)
    host, port = listening.sockets[0].getsockname()[:2]
    url = f"http://{host}:{port}/v1"
    told = {"url": url, "model": endpoint.MODEL}
    if plan.entries:
        told["documents"] = settings["folder"]
        told["catalogue"] = str(endpoint.catalogue(plan, url, Path(settings["folder"])))
    gc.freeze()
    say(told)
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await ended
    listening.close()


def _serve(settings: dict[str, Any]) -> None:
    if "folder" not in settings:
        settings["folder"] = tempfile.gettempdir()
    asyncio.run(_main(settings))


if __name__ == "__main__":
    import os

    work(_serve)
    sys.stdout.flush()
    os._exit(0)  # connections that hang are nobody's

# SPDX-License-Identifier: Apache-2.0
"""Simulated modems: AT commands over TCP on loopback, one for each simulated terminal, some of them no 5G at all.

They are those of ``reflectors`` by number: terminal 7 there has modem 7 here, with the same IMEI and address. Everything
measured against them is labelled as simulated.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from harness.errors import InstrumentError
from harness.kit.settings import Address, Cure, Settings, Several, wrong
from probes.network.simulators.reflectors import imei

_MOST = 500
_START_S, _END_S = 60.0, 10.0
_KINDS = ("lte", "nsa", "wifi", "cable", "mute")
_Number = Annotated[int, Field(ge=1, le=_MOST)]
_URC = "\r\n+CEREG: 1\r\n\r\n+QIND: SMS DONE\r\n"


class ModemsSettings(Settings):
    """How many modems there are, where their terminals are, and which of them are not on 5G."""

    count: Annotated[_Number, Cure(f"use 1 to {_MOST}.")] = Field(50, description="how many modems.")
    first: Address = Field("127.0.1.1", description="address of the first terminal.")
    lte: Several[_Number] = Field((), description="numbers of those that fell back to 4G.")
    nsa: Several[_Number] = Field((), description="numbers of those on non-stand-alone 5G.")
    wifi: Several[_Number] = Field((), description="numbers of those without service, whose terminal is on Wi-Fi.")
    cable: Several[_Number] = Field((), description="numbers of those on 5G, whose terminal is on a cable.")
    mute: Several[_Number] = Field((), description="numbers of terminals without any modem.")

    @model_validator(mode="after")
    def _among_them(self) -> Self:
        for key in _KINDS:
            for number in getattr(self, key):
                if number > self.count:
                    msg = f"{key} names modem {number}, but there are {self.count}."
                    raise wrong(msg, f"use numbers from 1 to {self.count}.", key)
        return self

    def kind(self, number: int) -> str:
        """What the modem of a number is: one of the keys above, else ``sa``."""
        return next((key for key in _KINDS if number in getattr(self, key)), "sa")


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Modems 1 … ``count``; ``config`` as :class:`ModemsSettings`. Yields ``modems``, a list of mappings as profiles write them."""
    settings = ModemsSettings.parse(config)
    first = ip_address(settings.first)
    numbers = [each for each in range(1, settings.count + 1) if settings.kind(each) != "mute"]
    scripts = [script(settings.kind(each), each, str(first + each - 1)) for each in numbers]
    with _served(scripts) as ports:
        named = zip(numbers, ports, strict=True)
        yield {"modems": [{"name": f"SIM-{number:03d}", "tcp": f"127.0.0.1:{port}"} for number, port in named]}


@contextmanager
def _served(scripts: Sequence[Mapping[str, str]]) -> Iterator[list[int]]:
    """The ports of modems with these scripts, in a thread of their own."""
    opened: Future[tuple[list[int], asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        over = asyncio.Event()
        async with AsyncExitStack() as stack:
            servers = [await stack.enter_async_context(await _listening(each)) for each in scripts]
            opened.set_result(
                ([each.sockets[0].getsockname()[1] for each in servers], asyncio.get_running_loop(), over)
            )
            await over.wait()

    def work() -> None:
        try:
            asyncio.run(serve())
        except OSError as error:
            if not opened.done():
                opened.set_exception(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        ports, loop, over = opened.result(_START_S)
    except OSError as error:  # a TimeoutError is one
        msg = f"The simulated modems did not start: {error.strerror or 'no answer'}."
        raise InstrumentError(msg, cure="allow more open files, or simulate fewer.") from None
    try:
        yield ports
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(_END_S)


def script(kind: str, number: int, address: str) -> Mapping[str, str]:
    """What such a modem answers to what; anything else is an ERROR."""
    own = "10.60.0.1" if kind == "cable" else "" if kind == "wifi" else address
    cell = f"1A2B3C{number:03X}"
    told = {
        "AT+CGSN": f"\r\n{imei(number)}\r\n",
        "AT+CGPADDR": f'\r\n+CGPADDR: 1,"{own}"\r\n' if own else "",
        **dict.fromkeys(("ATE0", "AT+CMEE=1", "AT+C5GREG=2", "AT+CEREG=2"), ""),
    }
    lte = f'"LTE","FDD",460,00,{cell},12,1300,3,5,5,5A29,-96,-11,-66,14,9,200,-'
    match kind:
        case "lte":
            told['AT+QENG="servingcell"'] = f'\r\n+QENG: "servingcell","NOCONN",{lte}\r\n'
            told["AT+C5GREG?"], told["AT+CEREG?"] = "\r\n+C5GREG: 2,0\r\n", f'\r\n+CEREG: 2,1,"5A29","{cell}",7\r\n'
        case "nsa":
            nr = "460,00,123,-88,17,-11,627264,78,12,1"
            told['AT+QENG="servingcell"'] = (
                f'\r\n+QENG: "servingcell","NOCONN"\r\n+QENG: {lte}\r\n+QENG: "NR5G-NSA",{nr}\r\n'
            )
            told["AT+C5GREG?"], told["AT+CEREG?"] = "\r\n+C5GREG: 2,0\r\n", f'\r\n+CEREG: 2,1,"5A29","{cell}",13\r\n'
        case "wifi":
            told['AT+QENG="servingcell"'] = '\r\n+QENG: "servingcell","SEARCH"\r\n'
            told["AT+C5GREG?"], told["AT+CEREG?"] = "\r\n+C5GREG: 2,2\r\n", "\r\n+CEREG: 2,2\r\n"
        case _:
            told['AT+QENG="servingcell"'] = (
                f'\r\n+QENG: "servingcell","CONNECT","NR5G-SA","TDD",460,00,{cell},123,9C4B0,627264,78,12,-85,-11,20,1,-\r\n'
            )
            told["AT+C5GREG?"] = f'\r\n+C5GREG: 2,1,"9C4B0","{cell}",11\r\n'
            told["AT+CEREG?"] = "\r\n+CEREG: 2,0\r\n"
    return told


async def _listening(told: Mapping[str, str]) -> asyncio.Server:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                command = (await reader.readuntil(b"\r")).strip().decode("ascii", "replace")
                answer = told.get(command)
                said = "\r\nERROR\r\n" if answer is None else f"{_URC}{answer}\r\nOK\r\n"
                writer.write(said.encode())
                await writer.drain()
        writer.close()

    return await asyncio.start_server(talk, "127.0.0.1", 0)

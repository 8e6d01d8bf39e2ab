# SPDX-License-Identifier: Apache-2.0
"""A receiver of HL7 v2 made of the package hl7: keeps each message once by its control id, in a file that is its list.

``python mllp_peer.py PORT FILE [CODE [CERTIFICATE]]``: CODE is what it acknowledges with; with a certificate (and its key in one
file) it speaks TLS.
"""

import asyncio
import ssl
import sys
from pathlib import Path

import hl7
from hl7.mllp import start_hl7_server

PORT, LIST, CODE = int(sys.argv[1]), Path(sys.argv[2]), (sys.argv[3:] or ["AA"])[0]


def keep(message: hl7.Message) -> None:
    """Append it, unless it is there."""
    held = LIST.read_text("utf-8") if LIST.exists() else ""
    if f"|{message.segment('MSH')[10]}|" not in held:
        with LIST.open("a", encoding="utf-8", newline="") as file:
            file.write(str(message))


async def serve(reader: hl7.mllp.HL7StreamReader, writer: hl7.mllp.HL7StreamWriter) -> None:
    """Message after message, until the sender leaves."""
    try:
        while True:
            message = await reader.readmessage()
            keep(message)
            writer.writemessage(message.create_ack(ack_code=CODE))
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()


def secured() -> ssl.SSLContext | None:
    """TLS, where a certificate is named."""
    if len(sys.argv) < 5:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[4])
    return context


async def main() -> None:
    """Serve for ever."""
    async with await start_hl7_server(serve, host="127.0.0.1", port=PORT, encoding="utf-8", ssl=secured()) as server:
        await server.serve_forever()


if __name__ == "__main__":
    LIST.touch()
    asyncio.run(main())

# SPDX-License-Identifier: Apache-2.0
"""Which terminal is under test: the numbers that the hardware says of itself (processor, board, GPU, VIN), read before and after.

Numbers of this host enter as digests, so that a bundle says whether they stayed the same and nothing else. What a program of
the profile prints (a VIN over CAN, a chip's serial number over SSH) enters as it stands, for it is what the profile declares.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from harness.errors import InstrumentError
from harness.plugins import Sink

_NUMBERS = (
    Path("/proc/device-tree/serial-number"),
    Path("/sys/devices/soc0/serial_number"),
    Path("/sys/class/dmi/id/board_serial"),
    Path("/sys/class/dmi/id/product_uuid"),
    Path("/etc/machine-id"),
)
_EMPTY = frozenset({"", "0", "none", "default string", "to be filled by o.e.m.", "not specified", "uninitialized"})
_ANSWER_S = 30.0
_MOST = 32


def numbers(command: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Every number that can be read, sorted; none where the hardware says none. InstrumentError where the program fails."""
    found = {f"{each.name} {_digest(text)}" for each in _NUMBERS if (text := _read(each)).lower() not in _EMPTY}
    found |= {f"gpu {_digest(each)}" for each in _gpus()}
    return tuple(sorted({*found, *(_printed(command, folder) if command else ())}))


def contradiction(declared: str, said: Sequence[str]) -> str:
    """What a program printed where none of it is the terminal that the profile declares; empty where one is."""
    told = [each for line in said for each in (line, *line.replace("=", " ").replace(":", " ").split())]
    return "" if _plain(declared) in map(_plain, told) else ", ".join(said)


def refuse_another(terminal: str, command: Sequence[str], folder: Path) -> None:
    """InstrumentError where the terminal says another number than the profile."""
    if not command:
        return
    other = contradiction(terminal, _printed(command, folder))
    if other:
        msg = f"The terminal says it is {other}, the profile says {terminal}."
        raise InstrumentError(
            msg, cure="connect the declared terminal, or correct terminal: to what stands on its plate."
        )


class Marks:
    """Journals the numbers of one sample: at first, whenever they are others, and at the end."""

    def __init__(self, sink: Sink, sample: str) -> None:
        """``sample``: what the numbers are those of."""
        self._sink, self._sample = sink, sample
        self.last: tuple[str, ...] = ()

    def seen(self, found: Sequence[str], *, always: bool = False) -> None:
        """They were read; ``always``: say so even where nothing changed."""
        ids = tuple(sorted(found))
        if ids and (always or ids != self.last):
            self._sink.event("compute.identity", {"of": self._sample, "ids": list(ids)})
        self.last = ids or self.last


def _printed(command: Sequence[str], folder: Path) -> tuple[str, ...]:
    try:
        done = subprocess.run(  # noqa: S603 - the profile's own program
            list(command), cwd=folder, capture_output=True, timeout=_ANSWER_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = f"{getattr(error, 'strerror', None) or 'it did not end in time'}"
        msg = f"{command[0]} cannot be asked which terminal this is: {why}."
        raise InstrumentError(msg, cure="check its path and rights; it starts in the profile's folder.") from None
    lines = [" ".join(each.split()) for each in done.stdout.decode("utf-8", "replace").splitlines()]
    said = tuple(each[:200] for each in lines if each)[:_MOST]
    if done.returncode != 0 or not said:
        msg = f"{command[0]} cannot be asked which terminal this is: it ended with {done.returncode} and {len(said)} lines."
        raise InstrumentError(msg, cure="let it print the numbers of the terminal, one a line, and end with 0.")
    return said


def _gpus() -> tuple[str, ...]:
    """UUIDs of the GPUs where NVML is installed and answers."""
    try:
        import pynvml
    except ImportError:
        return ()
    try:
        pynvml.nvmlInit()
        try:
            found = [
                pynvml.nvmlDeviceGetUUID(pynvml.nvmlDeviceGetHandleByIndex(each))
                for each in range(pynvml.nvmlDeviceGetCount())
            ]
        finally:
            with suppress(pynvml.NVMLError):
                pynvml.nvmlShutdown()
    except (pynvml.NVMLError, OSError):
        return ()
    return tuple(each.decode("ascii", "replace") if isinstance(each, bytes) else str(each) for each in found)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().strip(b"\0 \t\r\n").decode("utf-8", "replace")
    except OSError:
        return ""


def _digest(text: str) -> str:
    return sha256(b"yanshou " + text.encode()).hexdigest()[:16]


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()

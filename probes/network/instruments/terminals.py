# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.terminals``: keeps the register of terminals as evidence and counts them (``network.nodes``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.errors import InstrumentError, UsageError, YanshouError
from harness.model import Text
from harness.plugins import Chunk, Context, Estimator, Problem, Simulator, Sink, Source, Trace
from probes.network.digests.register import Register
from probes.network.measurands.census import nodes
from probes.network.traces.terminals import read_register


class TerminalsSource:
    """Copies the register into the trace, byte for byte."""

    appendable = True

    def __init__(self, path: Path, read: Callable[[bytes, str], object] = read_register) -> None:
        """Remember the file; nothing is read yet. ``read`` raises for what is not the table it should be."""
        self._path = path
        self._read = read

    def preflight(self) -> None:
        """Read it once; InstrumentError or DecodeError with the line when it is no register."""
        self._read(self._bytes(), self._path.name)

    def record(self, sink: Sink) -> None:
        """Write what is not in the trace yet."""
        data = self._bytes()
        if data[sink.position :]:
            sink.write(data[sink.position :])
        sink.progress(1, 1, self._path.name)

    def _bytes(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError as error:
            msg = f"The register {self._path.name} cannot be read: {error.strerror}."
            raise InstrumentError(msg, cure="put it where the profile says.") from None


class TerminalsProbe:
    """Stateless."""

    name = "network.terminals"
    version = "1"
    title = Text("终端登记表与节点清点", "Register of terminals and census of nodes")
    extension = "csv"

    @property
    def measurands(self) -> Mapping[str, Estimator]:
        """network.nodes."""
        return _MEASURANDS

    @property
    def simulators(self) -> Mapping[str, Simulator]:
        """None."""
        return MappingProxyType({})

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: ``register`` is the only one."""
        problems = [
            Problem((key,), f"{key!r} is not a setting of network.terminals.", "write register: nodes.csv.")
            for key in sorted(set(config) - {"register"})
        ]
        given = config.get("register")
        if not isinstance(given, str) or not given:
            return [
                *problems,
                Problem(("register",), "No register of terminals is named.", "write register: nodes.csv."),
            ]
        try:
            rows = read_register((folder / given).read_bytes(), given)
        except OSError as error:
            return [
                *problems,
                Problem(("register",), f"{given} cannot be read: {error.strerror}.", "put it beside the profile."),
            ]
        except YanshouError as error:
            return [*problems, Problem(("register",), f"{error.where or given}: {error.problem}", error.cure)]
        return problems if rows else [*problems, Problem(("register",), f"{given} has no rows.", "list the terminals.")]

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The file; UsageError when none is named."""
        if not config.get("register"):
            raise UsageError("No register of terminals is named.", cure="write register: nodes.csv.")
        return TerminalsSource(folder / str(config["register"]))

    def whole(self, path: Path) -> int:
        """All bytes: the recording goes on where it stopped, in the same file."""
        return path.stat().st_size

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """A segment a chunk."""
        return [Chunk(path) for path in trace.segments]

    def summarise(self, chunk: Chunk, context: Context) -> Register:  # noqa: ARG002 - the interface of every probe
        """The rows; DecodeError when the register cannot be read."""
        name = chunk.path.name
        return Register(tuple((name, row) for row in read_register(chunk.path.read_bytes(), name)))


_MEASURANDS: Mapping[str, Estimator] = MappingProxyType({"network.nodes": nodes})
PROBE = TerminalsProbe()

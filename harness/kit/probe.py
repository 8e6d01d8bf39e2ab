# SPDX-License-Identifier: Apache-2.0
"""What every probe has in common: a name, typed settings, a form that says how its segments are whole and cut.

::

    class CountersProbe(Probe["Counters", "CountersSettings"]):
        name, extension, form = "network.counters", "csv", Whole()
        title = Text("运营商网管计数器", "Operator counters")
        summary = "probes.network.traces.counters:Counters"
        settings = late("probes.network.plans.counters:CountersSettings")

        def source(self, settings, folder): ...
        def summarise(self, chunk, asked): ...

What is left to write is the live half and the decoder.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from harness.kit.forms import Form, Lines, Sections, Whole
from harness.model import Text
from harness.plugins import Asked, Chunk, Seen, Simulator, Source, Trace

if TYPE_CHECKING:
    from harness.kit.settings import Settings
    from harness.spec.profile import Project

__all__ = ["Form", "Lines", "Probe", "Sections", "Whole", "late"]

S = TypeVar("S")
C = TypeVar("C", bound="Settings")


class _Late:
    """A class attribute whose value is loaded when somebody asks for it."""

    def __init__(self, reference: str) -> None:
        self._reference = reference

    def __get__(self, _probe: object, _owner: type) -> Any:
        module, _, name = self._reference.partition(":")
        return getattr(import_module(module), name)


def late(reference: str) -> Any:
    """The settings ``module:Class``, loaded once a profile names the probe: to list probes costs no models of pydantic's."""
    return _Late(reference)


class Probe(ABC, Generic[S, C]):
    """One way of recording: gives summaries ``S`` under settings ``C``. Stateless; heavy imports belong inside the methods.

    ``summary`` names the class ``S`` as ``module:Class``, so that a measurand can say what it accepts.
    """

    name: str
    version: str = "1"
    title: Text
    extension: str
    summary: str
    settings: type[C]
    form: Form = Whole()
    simulators: Mapping[str, Simulator] = MappingProxyType({})
    simulated: bool = False
    """Whether its traces are simulated data by definition, whoever names the file."""

    @abstractmethod
    def source(self, settings: C, folder: Path) -> Source:
        """The live half for these settings; nothing is opened before ``preflight``."""

    @abstractmethod
    def summarise(self, chunk: Chunk, asked: Asked) -> S:
        """Decode one chunk and digest it; pure: same bytes and asked, same summary."""

    def preview(self, settings: C, folder: Path, project: Project | None) -> Iterable[Seen]:  # noqa: ARG002 - few have one
        """What ``yanshou plan`` can say of the files that ``settings`` name, one sentence each; errors as ``source`` has them."""
        return ()

    def whole(self, path: Path, start: int = 0) -> int:
        """How many leading bytes of a possibly torn segment are whole records; ``start``: known to be whole up to there."""
        return self.form.whole(path, start)

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """Pieces that can be summarised apart, in any order; only those after ``done``."""
        first = 0 if done is None else trace.segments.index(done.path)
        for path in trace.segments[first:]:
            start = 0 if done is None or path != done.path else done.stop
            if start >= 0:
                yield from self.form.chunks(path, start)

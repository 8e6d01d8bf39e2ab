# SPDX-License-Identifier: Apache-2.0
"""A domain of one instrument: a scale whose log is lines of whole kilograms, so that the engine is tested without any real domain."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from harness.errors import DecodeError
from harness.kit.estimates import proportion
from harness.kit.parts import every
from harness.kit.probe import Lines, Probe
from harness.kit.settings import Criterial, FileName, Settings
from harness.model import Outcome, Text
from harness.plugins import Ask, Chunk, Constant, Input, Measurand, Request, Sink, Source
from tests.projects import head

SCENARIO = """\
schema: yanshou.scenario/1
id: t09
title: {zh: 称重, en: Weighing}
field: {zh: 测试, en: Testing}
document: {seed: "000", name: 测试文件, issuer: 测试单位}
indicators:
  - id: t09.heavy
    title: {zh: 超重率, en: Share of heavy bags}
    clause: 超重率不高于 20%
    kind: measured
    mandatory: true
    limit: "<= 20 %"
    evidence: [{zh: 秤的记录, en: log of the scale}]
    readings:
      - {name: share, default: true, title: {zh: 超过 50 kg 的比例, en: share above 50 kg}, measurand: scales.heavy, statistic: share, about: window, parameters: {}, why: {zh: 唯一读法, en: the only reading}}
"""
PROFILE = (
    head("./scales.scenario.yaml", name="称重")
    + """\
sources:
  t09.heavy: {file: scale.log}
signing: {ed25519: scales.ed25519.pem}
"""
)


class ScaleSettings(Settings):
    """What a scale is asked."""

    file: FileName = Field(description="its log.")
    tare: Annotated[int, Criterial()] = Field(0, description="what is taken off, in kg.")


@dataclass(frozen=True)
class Bags:
    """How many bags, how many of them heavy, and the labels of the heavy ones."""

    n: int = 0
    heavy: int = 0
    labels: tuple[str, ...] = ()

    def merge(self, other: "Bags") -> "Bags":
        return Bags(self.n + other.n, self.heavy + other.heavy, tuple(sorted(self.labels + other.labels)))


class ScaleSource:
    """The log as it lies there, and the label printer's list beside it."""

    appendable = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def preflight(self) -> None:
        self._path.stat()

    def record(self, sink: Sink) -> None:
        sink.event("tared", {"grams": 12, "text": {"zh": "去皮", "en": "tared"}})
        sink.write(self._path.read_bytes()[sink.position :])
        sink.attach("labels.txt", b"printed\n")


class Scale(Probe[Bags, ScaleSettings]):
    """Lines ``KG`` or ``KG LABEL``."""

    name, extension, form = "scales.log", "log", Lines(piece_bytes=64)
    title = Text("秤", "Scale")
    summary, settings = "tests.harness.scales:Bags", ScaleSettings

    def source(self, settings: ScaleSettings, folder: Path) -> Source:
        return ScaleSource(folder / settings.file)

    def summarise(self, chunk: Chunk, asked: Any) -> Bags:
        lines = chunk.path.read_bytes()[chunk.start : chunk.stop].decode("utf-8", "replace").split("\n")
        rows = [line.partition(" ") for line in lines if line]
        try:
            heavy = [label for weight, _, label in rows if int(weight) > 50]
        except ValueError:
            raise DecodeError("This is no log of a scale.", cure="export it again.") from None
        return Bags(len(rows), len(heavy), tuple(sorted(each for each in heavy if each)))


def view(inputs: Sequence[Input], ask: Ask) -> list[Bags]:
    return [each.summary for each in inputs]


def share(scales: list[Bags], request: Request) -> Outcome:
    """The share on every scale: one that is proven heavy fails all."""
    each_of = request.among(len(scales))
    parts = [
        replace(
            proportion(bags.heavy, bags.n, each_of, bags.labels[0] if bags.labels else ""), effort={"trials": bags.n}
        )
        for bags in scales
    ]
    return every(parts, each_of, "1", Text("精确二项", "exact binomial"))


MEASURAND = Measurand(
    name="scales.heavy",
    title=Text("超重率", "share of heavy bags"),
    unit="1",
    recorder="scales.log",
    accepts=("tests.harness.scales:Bags",),
    view="tests.harness.scales:view",
    statistics={"share": "tests.harness.scales:share"},
    constants=(Constant("settling", "s", Text("稳定时间", "the time after which a scale is read")),),
)
PROBE = Scale()

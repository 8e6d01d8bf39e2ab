# SPDX-License-Identifier: Apache-2.0
"""``expect.yaml``: the verdicts that recorded bundles are known to give, so that a recorded FAIL can be a regression test.

::

    schema: yanshou.expect/1
    bundles:
      lossy.bundle:
        verdict: FAIL
        indicators:
          s01.loss: FAIL
          s01.latency: {verdict: INVALID, reason: network.loopback}

What is expected must come out exactly: a PASS where FAIL was expected is a failure. What is not named is judged as ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from harness.console.language import pick
from harness.errors import SpecError
from harness.spec.problems import Finding, from_pydantic, nearest, refuse
from harness.spec.strict import Document
from harness.spec.yaml_source import Source, read_yaml

NAME = "expect.yaml"
SCHEMA = "yanshou.expect/1"
Word = Literal["PASS", "FAIL", "INCONCLUSIVE", "INVALID", "NOT_TESTED"]


class ExpectedDoc(Document):
    """What is expected of one indicator."""

    model_config = ConfigDict(defer_build=False)
    verdict: Word = Field(description="PASS, FAIL, INCONCLUSIVE, INVALID or NOT_TESTED.")
    reason: str | None = Field(default=None, description="a code that must be among the reasons.")


class BundleDoc(Document):
    """What is expected of one bundle."""

    model_config = ConfigDict(defer_build=False)
    verdict: Word | None = Field(default=None, description="the scenario's verdict.")
    indicators: dict[str, ExpectedDoc] = Field(default_factory=dict, description="indicator: verdict.")


class ExpectDoc(Document):
    """The whole file."""

    model_config = ConfigDict(defer_build=False)
    schema_: Literal["yanshou.expect/1"] = Field(alias="schema", description=f"write {SCHEMA}.")
    bundles: dict[str, BundleDoc] = Field(min_length=1, description="bundle: what is expected of it.")


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of one bundle; nothing where it is named nowhere."""

    verdict: str | None = None
    indicators: Mapping[str, ExpectedDoc] = field(default_factory=dict)


def expected_of(bundle: Path, file: Path | None) -> Expected:
    """What ``file``, or the ``expect.yaml`` beside ``bundle``, says of it; SpecError where that cannot be read."""
    found = bundle.parent / NAME if file is None else file
    if file is None and not found.is_file():
        return Expected()
    said = read_expected(found).bundles.get(bundle.name)
    return Expected() if said is None else Expected(said.verdict, said.indicators)


def read_expected(path: Path) -> ExpectDoc:
    """The file, every problem in it at once with its place."""
    try:
        source = read_yaml(path.read_bytes(), path.name)
    except OSError as error:
        msg = f"The file cannot be read: {error.strerror}."
        raise SpecError(msg, cure="check the path and its permissions.", where=str(path)) from None
    try:
        document = ExpectDoc.model_validate(_written_out(source))
    except ValidationError as error:
        refuse(source, from_pydantic(source, ExpectDoc, error.errors()))
        raise SpecError("The file is not understood.", cure=f"write it as {SCHEMA}.", where=path.name) from None
    refuse(source, _absent(document, path.parent))
    return document


def _written_out(source: Source) -> Any:
    """``indicator: VERDICT`` is short for ``indicator: {verdict: VERDICT}``."""
    data = source.data
    bundles = data.get("bundles") if isinstance(data, dict) else None
    if not isinstance(bundles, dict):
        return data
    return {**data, "bundles": {name: _long(each) for name, each in bundles.items()}}


def _long(bundle: Any) -> Any:
    indicators = bundle.get("indicators") if isinstance(bundle, dict) else None
    if not isinstance(indicators, dict):
        return bundle
    return {
        **bundle,
        "indicators": {name: {"verdict": each} if isinstance(each, str) else each for name, each in indicators.items()},
    }


def _absent(document: ExpectDoc, folder: Path) -> list[Finding]:
    """A bundle that is not there: what is expected of it would be tested by nothing."""
    there = [each.name for each in folder.iterdir() if each.name.endswith((".bundle", ".bundle.zip"))]
    return [
        Finding(("bundles", name), "there is no such bundle beside this file.", nearest(name, there), at_key=True)
        for name in document.bundles
        if name not in there
    ]


def contradicted(name: str, expected: ExpectedDoc | None, judged: Mapping[str, Any] | None) -> str:
    """How an indicator's entry of results.json (None: there is none) differs from what is expected; empty where it does not."""
    if expected is None:
        return ""
    if judged is None:
        return pick(
            f"{name}：应为 {expected.verdict}，而证据包没有这个指标",
            f"{name}: {expected.verdict} was expected, but the bundle has no such indicator",
        )
    codes = [each["code"] for each in judged["reasons"]]
    if judged["verdict"] != expected.verdict:
        now, why = judged["verdict"], ", ".join(codes)
        return pick(
            f"{name}：应为 {expected.verdict}，现为 {now}（{why}）",
            f"{name}: {expected.verdict} was expected, it is {now} ({why})",
        )
    if expected.reason is not None and expected.reason not in codes:
        return pick(
            f"{name}：理由中应有 {expected.reason}，现有 {', '.join(codes)}",
            f"{name}: {expected.reason} was expected among the reasons, which are {', '.join(codes)}",
        )
    return ""

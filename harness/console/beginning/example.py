# SPDX-License-Identifier: Apache-2.0
"""A rehearsal that runs at once: the demonstration's profile of a scenario with everything it names, against simulated peers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from harness.console.beginning.folder import refuse_full
from harness.console.language import pick
from harness.errors import SpecError, UsageError
from harness.evidence.keys import generate
from harness.model import Scenario
from harness.spec.yaml_source import read_yaml

_ORDER = ("practice_*.yaml", "demo_*.yaml", "more_*.yaml")


def example(scenario: Scenario, folder: Path) -> list[Path]:
    """Write the rehearsal into ``folder``, which is new or empty; UsageError where the scenario has none."""
    with as_file(files("profiles")) as source:
        found = next(_profiles(source, scenario.id), None)
        if found is None:
            msg = f"There is no rehearsal of {scenario.id}."
            raise UsageError(msg, cure="leave --example out; yanshou init s08 FOLDER --example has one.")
        path, data = found
        refuse_full(folder)
        written = [_copy(source, each, folder) for each in _named(data, source)]
        text = path.read_text(encoding="utf-8")
    told = pick(
        "# 演练：数据来自模拟对端，不得作为验收依据。",
        "# A rehearsal against simulated peers: no ground for acceptance.",
    )
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    extra = "" if "practice" in data else "practice: true\n"
    profile = folder / f"{scenario.id}.yaml"
    profile.write_text(f"{told}\n{body.strip()}\n{extra}", encoding="utf-8")
    for name in sorted({Path(key).name.partition(".")[0] for key in data.get("signing", {}).values()}):
        generate(folder / name, sm2=True)
    return [profile, *written]


def _profiles(source: Path, scenario: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The profiles of the data package for this scenario that need no earlier campaign, the best first."""
    for pattern in _ORDER:
        for path in sorted(source.glob(pattern)):
            try:
                data = read_yaml(path.read_bytes(), path.name).data
            except SpecError:
                continue
            if data.get("scenario") == scenario and not any(each.startswith("../") for each in _texts(data)):
                yield path, data


def _texts(value: Any) -> Iterator[str]:
    """Every text in the data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts(each)


def _named(data: Mapping[str, Any], source: Path) -> list[str]:
    """Files and folders of the data package that the profile names."""
    named = (each for key in ("sources", "simulators", "instruments", "papers") for each in _texts(data.get(key, {})))
    return sorted({each for each in named if each and not each.startswith(("@", "/")) and (source / each).exists()})


def _copy(source: Path, name: str, folder: Path) -> Path:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if (source / name).is_dir():
        shutil.copytree(source / name, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source / name, target)
    return target

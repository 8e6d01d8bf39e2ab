# SPDX-License-Identifier: Apache-2.0
"""The references of ``analyse gnss`` and ``analyse timing`` name every key, remark, format and option there is."""

import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from probes.gnss.faces import analyse, observations, timing
from probes.gnss.formats.timing_formats import names
from probes.gnss.simulators.receiver import device_of, nmea, simulate, trajectory_csv
from tests.probes.gnss.raw import Seen, rinex3

ROOT = Path(__file__).resolve().parents[2]
GNSS, TIMING = ((ROOT / f"docs/reference/analyse-{kind}.md").read_text(encoding="utf-8") for kind in ("gnss", "timing"))


def keys(value: Any) -> set[str]:
    """Every key of a JSON value that is a word: numbers and addresses are data."""
    if isinstance(value, list):
        return set().union(*map(keys, value))
    if not isinstance(value, dict):
        return set()
    return set().union(*map(keys, value.values())) | {key for key in value if re.fullmatch(r"[a-z][a-z0-9_]+", key)}


def named(text: str) -> set[str]:
    """Everything that a page sets as code, word by word."""
    return set(
        re.findall(
            r"[a-z][a-z0-9_-]+", " ".join(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)))
        )
    )


def test_every_key_of_a_log_is_explained(tmp_path: Path) -> None:
    device = device_of({"duration": 120, "radius": 10, "gap_every": 50})
    log, truth = tmp_path / "log.nmea", tmp_path / "truth.csv"
    log.write_bytes(nmea(device, simulate(device)))
    truth.write_bytes(trajectory_csv(device))
    told = analyse.analyse_gnss([log], {"trajectory": str(truth), "origin": "30.5,114.3,45"})
    assert keys(told) - named(GNSS) <= {"zh", "en"}


def test_every_remark_and_option_is_explained() -> None:
    source = (ROOT / "probes/gnss/faces/recordings.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'yield \(\s*"([a-z0-9-]+)"|yield "([a-z0-9-]+)"', source))
    assert {one or other for one, other in codes} == set(
        re.findall(r"^\| `([a-z0-9-]+)` \|", GNSS.split("### remarks")[1], re.MULTILINE)
    )
    parser = ArgumentParser()
    analyse.arguments(parser)
    assert all(f"`{each}`" in GNSS for action in parser._actions for each in action.option_strings if len(each) > 6)
    assert set(analyse.FORMATS) <= named(GNSS)


def test_every_key_and_format_of_a_clock_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "counter.csv"
    path.write_text("".join(f"{60 * i}, 1e-9\n" for i in range(100)))
    assert keys(timing.analyse_timing([path])) - named(TIMING) == {"files"} - named(TIMING)
    assert all(f"`{name}`" in TIMING for name in names())


def test_every_link_is_there() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", GNSS + TIMING)
    assert targets
    assert all((ROOT / "docs/reference" / target).exists() for target in targets)


OBSERVATIONS = (ROOT / "docs/reference/analyse-observations.md").read_text(encoding="utf-8")


def test_every_key_remark_and_option_of_raw_observations_is_explained(tmp_path: Path) -> None:
    seen = [Seen("C19", "2I", 2.2e7, 2.2e7), Seen("C19", "5P", 2.2e7, 2.2e7)]
    epochs = [(2341 * 604_800 * 10**9 + at * 10**9, seen) for at in range(40) if at != 20]
    path = tmp_path / "a.obs"
    path.write_bytes(rinex3(epochs))
    assert keys(observations.analyse_observations([path])) - named(OBSERVATIONS) <= {"zh", "en", "kind", "files"}
    source = (ROOT / "probes/gnss/faces/observations.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'"(raw-[a-z0-9-]+)"', source))
    assert codes == set(re.findall(r"`(raw-[a-z0-9-]+)`", OBSERVATIONS))
    parser = ArgumentParser()
    observations.arguments(parser)
    assert all(
        f"`{each}`" in OBSERVATIONS for action in parser._actions for each in action.option_strings if len(each) > 6
    )

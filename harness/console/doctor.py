# SPDX-License-Identifier: Apache-2.0
"""Whether this installation and this machine can do what will be asked of them."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from harness import installed
from harness.clock import clock_state
from harness.errors import YanshouError

TOP_LEVEL = ("harness", "probes", "scenarios", "profiles", "reports")
ENOUGH_FREE_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: good or not, and the cure where it is not. ``needed`` decides the exit code."""

    name: str
    good: bool
    text: str
    cure: str = ""

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON values."""
        return {"name": self.name, "good": self.good, "text": self.text, "cure": self.cure}

    def __str__(self) -> str:
        """One line for a terminal."""
        mark = "✓" if self.good else "✗"
        cure = f"  Cure: {self.cure}" if self.cure else ""
        return f"{mark} {self.name}: {self.text}{cure}"


def findings() -> list[Finding]:
    """Everything there is to say, in the order a person would look."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (_python, _names, _plugins, _disk, _clock, _capture)
    return [finding for check in checks for finding in check()]


def _python() -> Iterator[Finding]:
    good = sys.version_info >= (3, 11)
    yield Finding("python", good, sys.version.split()[0], "" if good else "use Python 3.11 or newer.")


def _names() -> Iterator[Finding]:
    """A stranger's ``scenarios/`` on the path must not pass for ours (docs/decisions/0001)."""
    ours = _roots()
    for name in TOP_LEVEL:
        place = Path(str(import_module(name).__file__)).resolve().parent
        good = place.parent in ours
        yield Finding(
            f"package {name}",
            good,
            str(place),
            "" if good else f"another package named {name} hides ours: use a virtual environment of its own.",
        )


def _roots() -> set[Path]:
    """The folders this distribution's modules may stand in: its own, or the checkout of an editable install."""
    ours = distribution("yanshou")
    roots = {Path(str(ours.locate_file(""))).resolve()}
    for file in ours.files or ():
        if file.suffix == ".pth":
            text = Path(str(ours.locate_file(file))).read_text(encoding="utf-8")
            roots |= {Path(line).resolve() for line in text.splitlines() if line and Path(line).is_dir()}
    return roots


def _plugins() -> Iterator[Finding]:
    for name in installed.names("yanshou.probes"):
        try:
            probe = installed.probe(name)
        except (YanshouError, ImportError, AttributeError) as error:
            yield Finding(
                f"probe {name}", good=False, text=str(error), cure="reinstall the distribution that brings it."
            )
        else:
            yield Finding(f"probe {name}", good=True, text=f"{probe.version}, {probe.title.en}")


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(Path.cwd()).free
    good = free >= ENOUGH_FREE_BYTES
    cure = "" if good else "free some space: a long campaign must not end on a full disk."
    yield Finding("disk", good, f"{free / 2**30:.1f} GiB free here", cure)
    writable = os.access(tempfile.gettempdir(), os.W_OK)
    yield Finding(
        "temporary folder", writable, tempfile.gettempdir(), "" if writable else "set TMPDIR to a folder you may write."
    )


def _clock() -> Iterator[Finding]:
    state = clock_state()
    if state["synchronised"] is None:
        yield Finding("clock", good=True, text="this system does not tell whether its clock is synchronised")
        return
    text = (
        "synchronised" if state["synchronised"] else "not synchronised: round trips are sound, one-way delays are not"
    )
    yield Finding("clock", good=True, text=f"{text}, maximum error {state['max_error_us']} µs")


def _capture() -> Iterator[Finding]:
    live = sys.platform.startswith("linux")
    text = (
        "Linux: kernel timestamps are available"
        if live
        else "not Linux: replay, verify and report work, live capture does not"
    )
    yield Finding("live capture", good=True, text=text)

# SPDX-License-Identifier: Apache-2.0
"""What a command costs before it does anything: processor seconds of fresh processes."""

from __future__ import annotations

import resource
import subprocess
import sys
from functools import partial

from tests.bench.run import Bench
from tests.conformance.test_imports import LISTED


def benches() -> list[Bench]:
    """Listing every installed probe and measurand; help; an analyser up to its own help."""
    return [
        Bench(
            "start: every probe and measurand listed, s",
            lambda: _spent("-c", LISTED),
            None,
            "<= 0.3 s of a processor",
            unit="s",
            figure="smaller",
            most=0.3,
        ),
        Bench(
            "start: yanshou --help, s",
            lambda: _spent("-m", "harness.cli", "--help"),
            None,
            "<= 0.3 s of a processor",
            unit="s",
            figure="smaller",
            most=0.3,
        ),
        *(
            Bench(
                f"start: analyse {kind}, s",
                partial(_spent, "-m", "harness.cli", "analyse", kind, "--help"),
                None,
                "<= 0.7 s of a processor",
                unit="s",
                figure="smaller",
                most=0.7,
            )
            for kind in ("gnss", "network", "chain", "register")
        ),
    ]


def _spent(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

# SPDX-License-Identifier: Apache-2.0
"""What a command costs before it does anything: processor seconds of fresh processes."""

from __future__ import annotations

import resource
import subprocess
import sys
from functools import partial

from tests.bench.run import Bench
from tests.conformance.test_imports import LISTED

_ANALYSERS = ("gnss", "network", "chain", "register")
_MOST_S = {"every probe and measurand listed": 0.3, "yanshou --help": 0.3} | {
    f"analyse {each}": 0.7 for each in _ANALYSERS
}


def benches() -> list[Bench]:
    """Listing every installed probe and measurand; help; an analyser up to its own help."""
    asked = {
        "every probe and measurand listed": ("-c", LISTED),
        "yanshou --help": ("-m", "harness.cli", "--help"),
        **{f"analyse {each}": ("-m", "harness.cli", "analyse", each, "--help") for each in _ANALYSERS},
    }
    return [
        Bench(f"start: {name}, s", partial(_spent, *arguments), None, f"<= {_MOST_S[name]} s of a processor", unit="s", figure="smaller", most=_MOST_S[name])
        for name, arguments in asked.items()
    ]  # fmt: skip


def _spent(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

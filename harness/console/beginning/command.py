# SPDX-License-Identifier: Apache-2.0
"""``yanshou init SCENARIO FOLDER``: ask, write, say what to type next."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path

from harness.console.beginning.answers import asked
from harness.console.beginning.example import example
from harness.console.beginning.folder import begin, refuse_full
from harness.console.following import command, say_next
from harness.errors import Exit
from harness.printable import printable, printable_json
from harness.spec import find_scenario


def init(options: Namespace) -> int:
    """Write a folder for a campaign of a scenario, or with ``--example`` one for a rehearsal that runs at once."""
    folder: Path = options.folder
    scenario = find_scenario(options.scenario, Path()).scenario
    if options.example:
        written = example(scenario, folder)
    else:
        refuse_full(folder)
        reference = options.scenario if scenario.id == options.scenario else str(Path(options.scenario).resolve())
        written = begin(scenario, reference, folder, asked(ask=not options.yes))
    profile = folder / f"{scenario.id}.yaml"
    following = command("run", profile, "--out", folder / "results") if options.example else command("plan", profile)
    if options.json:
        told = {"files": [str(path) for path in written], "profile": str(profile), "next": following}
        sys.stdout.write(printable_json(json.dumps(told, ensure_ascii=False, indent=2)) + "\n")
        return Exit.PASS
    for path in written:
        sys.stdout.write(printable(path) + "\n")
    say_next(following)
    return Exit.PASS

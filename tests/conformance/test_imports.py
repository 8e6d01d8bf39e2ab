# SPDX-License-Identifier: Apache-2.0
"""Start-up is cheap: whoever lists what is installed loads nothing that is heavy."""

import json
import subprocess
import sys

HEAVY = {
    "numpy", "numba", "llvmlite", "scipy", "openpyxl", "paho", "serial", "pysnmp", "cryptography", "gmalg", "rich",
    "jinja2", "asyncio", "distributed", "matplotlib", "pydantic", "ssl", "xml", "logging",
}  # fmt: skip
LISTED = """
import json, sys
from harness import installed
for group in (installed.PROBES, installed.MEASURANDS):
    for name in installed.names(group):
        installed.load(group, name)
print(json.dumps(sorted({each.partition(".")[0] for each in sys.modules})))
"""


def loaded(program: str) -> set[str]:
    """The top names of all modules that a fresh process loads for ``program``."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_every_probe_and_measurand_is_listed_without_anything_heavy() -> None:
    """A probe names its settings by ``late("module:Class")``; a base class of a carrier is imported inside ``source``."""
    found = loaded(LISTED)
    assert {"harness", "probes"} <= found
    assert not found & HEAVY


def test_an_analyser_is_loaded_without_the_bounds_that_only_its_figures_need() -> None:
    """``analyse gnss`` and ``analyse chain`` answer ``--help`` before scipy.special is read."""
    listed = "import json, sys\nfrom harness import installed\n"
    asked = "".join(f"installed.load('yanshou.analysers', {each!r})\n" for each in ("gnss", "chain", "network"))
    found = loaded(f"{listed}{asked}print(json.dumps([each for each in sys.modules if each == 'scipy.special']))")
    assert not found

# SPDX-License-Identifier: Apache-2.0
"""An IDS file (buildingSMART, Information Delivery Specification 1.0) checked against a model by IfcTester, a process of its own.

IfcTester brings code under the GPL, so it is never imported; what it found is recorded, without its lists of elements.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.errors import InstrumentError

_LONGEST_S = 1800
_ONE_CLASS = re.compile(r"All (IFC[A-Z0-9]+) data")
_COUNTS = ("total_applicable", "total_applicable_pass", "total_checks", "total_checks_pass")


def ready() -> None:
    """InstrumentError where IfcTester is not installed."""
    if find_spec("ifctester") is None:
        msg = "IfcTester, which checks a model against an IDS, is not installed."
        raise InstrumentError(msg, cure="pip install 'yanshou[bim]', or leave ids: out.")


def checked(ids: Path, model: Path) -> bytes:
    """What IfcTester found of ``model``: a JSON document with the counts of each specification; InstrumentError where it fails."""
    with TemporaryDirectory(prefix="yanshou-ids-") as name:
        out = Path(name) / "report.json"
        command = [sys.executable, "-P", "-m", "ifctester", str(ids), str(model), "-r", "Json", "-o", str(out)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_LONGEST_S, check=False)  # noqa: S603 - our own words
        except subprocess.TimeoutExpired:
            msg = f"IfcTester did not end within {_LONGEST_S} s on {model.name}."
            raise InstrumentError(msg, cure="split the model, or leave ids: out.") from None
        if done.returncode or not out.is_file():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["nothing"]
            msg = f"IfcTester could not check {model.name} against {ids.name}; it said: {said[0][:200]}"
            raise InstrumentError(msg, cure="check the IDS file, and that the model has a project with units.")
        report = json.loads(out.read_bytes())
    told = [_told(each) for each in report["specifications"]]
    facts = {"ids": _digest(ids), "model": _digest(model), "title": str(report.get("title") or "")[:200]}
    return json.dumps({**facts, "specifications": told}, ensure_ascii=False, sort_keys=True).encode()


def _told(specification: dict[str, Any]) -> dict[str, Any]:
    facets = specification.get("applicability") or []
    one = _ONE_CLASS.fullmatch(str(facets[0])) if len(facets) == 1 else None
    counts = {key.removeprefix("total_"): int(specification[key]) for key in _COUNTS}
    passed = bool(specification["status"]) and not specification.get("is_skipped")
    return {**counts, "name": str(specification["name"])[:200], "passed": passed, "class": one[1] if one else ""}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

# SPDX-License-Identifier: Apache-2.0
"""The pages for authors of scenarios, report formats and statistics, done as they say by somebody else's distribution."""

import os
import re
import subprocess
import sys
from pathlib import Path

from harness.kit import estimates
from harness.plugins import Measurand, Request
from tests.docs.test_every_page import ROOT, blocks
from tests.docs.test_pages_run import PAGE
from tests.docs.test_write_a_probe import FILES
from tests.harness.conftest import make_case

DOCX = '''\
"""The verdicts of a bundle, a line each."""

from reports.view import view


def render(bundle_root, lang):
    seen = view(bundle_root, lang)
    lines = [seen.title, *(f"{each.title}: {each.word}" for each in seen.indicators), *seen.simulated]
    return {f"acme.{lang}.txt": "\\n".join(lines).encode()}
'''
PROGRAM = """
import sys
from harness.cli import main
codes = [main(line.split()) for line in sys.stdin.read().splitlines()]
print("codes", codes)
"""


def distribution(folder: Path) -> None:
    """Installed as pip does it: packages, and metadata with the entry points that the pages print."""
    (folder / "acme_scenarios").mkdir(parents=True)
    (folder / "acme_scenarios/__init__.py").touch()
    (scenario,) = (text for text in FILES.values() if text.startswith("schema: yanshou.scenario/1"))
    (folder / "acme_scenarios/acme.yaml").write_text(scenario, encoding="utf-8")
    (folder / "acme_reports").mkdir()
    (folder / "acme_reports/docx.py").write_text(DOCX, encoding="utf-8")
    (folder / "acme-1.0.dist-info").mkdir()
    (folder / "acme-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    told = [
        text
        for name in ("add-a-scenario", "add-a-report-format")
        for kind, text in blocks(PAGE[name])
        if kind == "toml"
    ]
    assert len(told) == 2
    points = "".join(re.sub(r'\[project\.entry-points\."(.+)"\]', r"[\1]", text).replace('"', "") for text in told)
    (folder / "acme-1.0.dist-info/entry_points.txt").write_text(points)


def test_a_scenario_and_a_format_of_another_distribution_are_found_as_their_pages_say(tmp_path: Path) -> None:
    from harness.campaign import run

    distribution(tmp_path / "site")
    bundle = run(make_case(tmp_path / "case"), tmp_path).root
    lines = f"scenarios d01\nreport {bundle} --format acme --out {tmp_path / 'out'} --lang zh\n"
    path = os.pathsep.join([str(tmp_path / "site"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=lines, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": path}, cwd=tmp_path, encoding="utf-8",
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "codes [0, 0]", done.stderr
    (written,) = (tmp_path / "out").iterdir()
    assert "通过" in written.read_text("utf-8")


def test_everything_that_the_page_on_statistics_names_is_there() -> None:
    text = PAGE["add-a-statistic"].read_text("utf-8")
    for path in re.findall(r"`((?:harness|tests)/[\w/.]+)`", text):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"`request\.(\w+)", text):
        assert hasattr(Request, name) or name in Request.__annotations__, name
    assert {"statistics"} <= set(Measurand.__annotations__)
    assert callable(estimates.longest)

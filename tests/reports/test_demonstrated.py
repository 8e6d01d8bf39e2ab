# SPDX-License-Identifier: Apache-2.0
"""The demonstration writes a page in both languages, and every format for all scenarios or when papers are asked for."""

import pytest

from harness import demo
from harness.cli import parser
from harness.demo import _reports


def endings(paths):
    return sorted(path.name.removeprefix("demo.") for path in paths if path.read_bytes())


def test_the_page_alone_or_every_format(factory, tmp_path):
    assert endings(_reports(factory, tmp_path / "demo", papers=False)) == ["en.html", "zh.html"]
    every = [
        "zh.ctrf.json",
        "zh.json",
        "zh.junit.xml",
        "zh.oscal.json",
        "zh.xlsx",
        *(f"zh.yanshou.{each}" for each in ("docx", "ofd", "pdf")),
    ]
    assert endings(_reports(factory, tmp_path / "demo", papers=True)) == sorted(["en.html", "zh.html", *every])


@pytest.mark.parametrize(
    ("said", "papers"),
    [([], False), (["--all"], True), (["--papers"], True), (["--all", "--no-papers"], False)],
)
def test_all_scenarios_come_with_every_format_unless_the_pages_alone_are_asked_for(monkeypatch, tmp_path, said, papers):
    asked = []
    monkeypatch.setattr(demo, "_prepare", lambda _: tmp_path)
    monkeypatch.setattr(demo, "_show", lambda *_, papers: asked.append(papers))
    monkeypatch.setattr(demo, "_print", lambda *_: None)
    monkeypatch.setattr(demo, "_absent", lambda _: {})
    (tmp_path / "demo_x.yaml").touch()
    options = parser().parse_args(["demo", *said])
    with pytest.raises((TypeError, AttributeError)):  # nothing was shown, so nothing can be summed up
        demo.demonstrate(tmp_path, everything=options.all, as_json=False, papers=options.papers)
    assert asked == [papers]

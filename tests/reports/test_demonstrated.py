# SPDX-License-Identifier: Apache-2.0
"""The demonstration writes a page in both languages, and every format when papers are asked for."""

from harness.demo import _reports


def endings(paths):
    return sorted(path.name.removeprefix("demo.") for path in paths if path.read_bytes())


def test_the_page_alone_or_every_format(factory, tmp_path):
    assert endings(_reports(factory, tmp_path / "demo", papers=False)) == ["en.html", "zh.html"]
    every = [
        "zh.ctrf.json",
        "zh.junit.xml",
        "zh.oscal.json",
        "zh.xlsx",
        *(f"zh.yanshou.{each}" for each in ("docx", "ofd", "pdf")),
    ]
    assert endings(_reports(factory, tmp_path / "demo", papers=True)) == sorted(["en.html", "zh.html", *every])

# SPDX-License-Identifier: Apache-2.0
"""What was noted on site stands in the report: words, who, when, and the photo itself or its digest."""

import base64
from pathlib import Path

import pytest

from harness.cli import main
from harness.evidence.bag import hash_file
from harness.evidence.bundle import Bundle
from harness.evidence.journal import Journal, read_journal
from harness.evidence.keys import load_private
from harness.evidence.seal import seal, unseal
from reports import notes
from reports.paper.blocks import texts_of
from reports.paper.sections import course
from reports.view import view
from reports.words import words
from tests.harness.conftest import make_case

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed bundle with two notes: one with a picture that browsers show, one with a telephone's HEIC."""
    profile = make_case(tmp_path_factory.mktemp("noted") / "site")
    assert main(["run", str(profile), "--out", str(profile.parent)]) == 1
    bundle = Bundle.open(profile.parent / "case.bundle")
    summary = read_journal(bundle.journal_path)[-1].body["summary"]
    unseal(bundle)
    with Journal.open(bundle.journal_path) as journal:
        for name, content, text in (
            ("a" * 32 + ".png", PIXEL, "天线 <b>已</b>固定"),
            ("b" * 32 + ".heic", b"\0\0\0\x18ftypheic", ""),
        ):
            path = bundle.root / "data/notes" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            digest = hash_file(path)
            photo = {"path": f"data/notes/{name}", "sha256": digest.sha256, "bytes": digest.bytes}
            journal.append("operator", {"text": text, "by": "李工", "about": "t01.adopters", "photo": photo})
    seal(bundle, [load_private(profile.parent / "case.ed25519.pem")], software={"name": "x"}, verdict_summary=summary)
    return bundle.root


def test_the_page_shows_the_photo_and_lists_what_no_browser_shows(noted: Path, tmp_path: Path) -> None:
    assert main(["report", str(noted), "--out", str(tmp_path), "--lang", "zh"]) == 0
    page = (tmp_path / "case.zh.html").read_text(encoding="utf-8")
    assert f'<img src="data:image/png;base64,{base64.b64encode(PIXEL).decode()}"' in page
    assert "天线 &lt;b&gt;已&lt;/b&gt;固定" in page
    assert "李工 · 应用企业数" in page
    assert "data/notes/" + "b" * 32 + ".heic" in page
    assert "此照片未嵌入本页" in page
    assert main(["verify", str(noted), "--any-signer", "--report", str(tmp_path / "case.zh.html")]) == 0


def test_paper_lists_every_note_with_the_digest_of_its_photo(noted: Path) -> None:
    shown = view(noted, "zh")
    told = "\n".join(text for block in course(shown, words("zh")) for text in texts_of(block))
    assert "现场备注与照片" in told
    for each in shown.notes:
        assert each.sha256[:32] in told


def test_a_page_carries_photos_up_to_a_size(noted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "SHOWN_BYTES", len(PIXEL) - 1)
    assert [each.picture for each in view(noted, "en").notes] == ["", ""]

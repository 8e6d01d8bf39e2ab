# SPDX-License-Identifier: Apache-2.0
"""Documents beside a table: names that stay inside their folder, copies, digests, and what a text mentions."""

import hashlib
from pathlib import Path

import pytest

from harness.errors import InstrumentError, UsageError
from harness.kit import documents
from harness.kit.documents import DocumentedSource, attach_all, collect, find, names, safe
from harness.model import Text
from harness.testing import MemorySink


class Sink:
    def __init__(self):
        self.documents = {}

    def attach(self, name, data):
        self.documents[name] = data

    def progress(self, done, total, text):
        assert 1 <= done <= total, text


def test_names_are_separated_by_semicolons_and_line_breaks_and_have_forward_slashes():
    assert names("a.pdf; 合同\\b.pdf；./c.txt\n d.txt ;") == ("a.pdf", "合同/b.pdf", "c.txt", "d.txt")


@pytest.mark.parametrize("name", ["/etc/hostname", "../../etc/hostname", "C:/boot.ini", "a/../../x", "x" * 300, "a\0b"])
def test_a_name_that_leaves_the_folder_is_never_followed(tmp_path, name):
    assert not safe(name)
    assert find([tmp_path], name) is None
    assert collect(name, "", {name: "0" * 64})[0].found == ""


def test_a_link_is_followed_only_inside_its_folder(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "secret.txt"
    inside.mkdir()
    outside.write_text("secret")
    (inside / "a.txt").write_text("a")
    (inside / "alias.txt").symlink_to(inside / "a.txt")
    (inside / "leak.txt").symlink_to(outside)
    assert find([inside], "alias.txt") == inside / "a.txt"
    assert find([inside], "leak.txt") is None


def test_every_document_is_attached_once_from_the_first_folder_that_has_it_and_absent_ones_are_told(tmp_path):
    first, second = tmp_path / "1", tmp_path / "2"
    for folder, files in [(first, "a"), (second, "ab")]:
        folder.mkdir()
        for each in files:
            (folder / f"{each}.txt").write_text(folder.name + each)
    sink = Sink()
    assert attach_all(sink, [first, second], ["a.txt", "b.txt", "a.txt", "c.txt", "../x"]) == ["c.txt", "../x"]
    assert sink.documents == {"a.txt": b"1a", "b.txt": b"2b"}


def test_a_document_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "MAX_DOCUMENT", 10)
    (tmp_path / "a.bin").write_bytes(b"0" * 11)
    with pytest.raises(InstrumentError, match=r"a\.bin is larger than"):
        attach_all(Sink(), [tmp_path], ["a.bin"])


def test_documents_are_unchanged_when_the_digest_found_is_the_registered_one():
    found = hashlib.sha256(b"contract").hexdigest()
    same, other, unregistered, absent = collect("a;b;c;d", f"{found.upper()};{'0' * 64}", dict.fromkeys("abc", found))
    assert same.unchanged
    assert unregistered.unchanged
    assert not other.unchanged
    assert not absent.unchanged


@pytest.fixture
def listed(tmp_path):
    (tmp_path / "list.csv").write_text("a.txt\nb.txt\n")
    (tmp_path / "a.txt").write_text("a")
    noun = Text("清单", "list")
    return DocumentedSource(
        tmp_path / "list.csv", noun, [tmp_path], lambda data: data.decode().split(), extension="csv"
    )


def test_a_file_is_recorded_with_the_documents_that_it_names_and_absent_ones_are_journalled(listed):
    listed.preflight()
    sink = MemorySink()
    listed.record(sink)
    assert sink.data == b"a.txt\nb.txt\n"
    assert sink.attached == {"a.txt": b"a"}
    assert [kind for kind, _ in sink.events] == ["files.recorded", "documents.recorded"]
    assert sink.events[-1][1] == {"file": "list.csv", "absent": ["b.txt"]}


def test_a_folder_that_is_not_there_is_told_before_anything_is_recorded(tmp_path):
    (tmp_path / "list.csv").write_text("a.txt")
    source = DocumentedSource(tmp_path / "list.csv", Text("清单", "list"), [tmp_path / "absent"], bytes.split)
    with pytest.raises(UsageError, match="There is no folder"):
        source.preflight()


def test_a_relative_folder_is_that_of_the_place_where_the_process_works_now(tmp_path, monkeypatch):
    for name in ("one", "other"):
        (tmp_path / name / "documents").mkdir(parents=True)
        (tmp_path / name / "documents" / f"{name}.pdf").touch()
        monkeypatch.chdir(tmp_path / name)
        assert find([Path("documents")], f"{name}.pdf") == tmp_path / name / "documents" / f"{name}.pdf"

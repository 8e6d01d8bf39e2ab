# SPDX-License-Identifier: Apache-2.0
"""Packing gives the same bytes each time; a stranger's zip is refused before it can do harm."""

import os
import shutil
import stat
import struct
import subprocess
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import Exit, StorageError, UsageError
from harness.evidence.bundle import Bundle, is_safe_name
from harness.evidence.defects import LinkError, NotABundleError
from harness.evidence.pack import Bounds, pack, unpacked
from harness.evidence.refusals import ZipError
from harness.evidence.verify import verify


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_packing_twice_gives_the_same_bytes_whatever_the_times_of_the_files(sealed, tmp_path):
    pack(sealed.root, tmp_path / "one.zip")
    for path in sealed.root.rglob("*"):
        os.utime(path, (1, 1))
    copied = Path(shutil.copytree(sealed.root, tmp_path / "elsewhere" / "site.bundle"))
    pack(copied, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_packed_bundle_verifies_as_the_folder_does(sealed, tmp_path, pairs):
    pack(sealed.root, tmp_path / "site.bundle.zip")
    assert verify(tmp_path / "site.bundle.zip", trusted=[pairs["maker.ed25519"]]) == verify(
        sealed.root, trusted=[pairs["maker.ed25519"]]
    )


def test_the_content_of_a_zip_is_gone_afterwards_and_a_folder_stays(sealed, tmp_path):
    pack(sealed.root, tmp_path / "z.zip")
    with unpacked(tmp_path / "z.zip") as root:
        assert root.name == "site.bundle"
        assert tree(root) == tree(sealed.root)
    assert not root.exists()
    with unpacked(sealed.root) as same:
        assert same == sealed.root
    assert sealed.root.exists()


def test_other_programs_read_the_zip(sealed, tmp_path, peer):
    pack(sealed.root, tmp_path / "z.zip")
    listed = subprocess.run([peer("unzip"), "-t", tmp_path / "z.zip"], capture_output=True, check=False)
    assert listed.returncode == 0, listed.stdout


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=20).filter(is_safe_name)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(NAMES, st.binary(max_size=300), max_size=5))
def test_unpacking_what_was_packed_gives_the_same_files(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("identity")
    bundle = Bundle.create(folder / "x.bundle")
    for number, (name, content) in enumerate(files.items()):
        (bundle.data / str(number)).mkdir()
        (bundle.data / str(number) / name).write_bytes(content)
    pack(bundle.root, folder / "x.zip")
    if files:
        with unpacked(folder / "x.zip") as root:
            assert tree(root) == tree(bundle.root)


def test_a_zip_made_by_another_program_with_folders_and_compression_verifies(sealed, tmp_path):
    made = shutil.make_archive(str(tmp_path / "other"), "zip", sealed.root.parent, sealed.root.name)
    assert any(name.endswith("/") for name in zipfile.ZipFile(made).namelist())
    assert verify(Path(made)).defects == ()


def test_a_zip64_archive_is_read_and_its_directory_bounded(sealed, tmp_path, monkeypatch):
    monkeypatch.setattr("zipfile.ZIP_FILECOUNT_LIMIT", 3)
    path = tmp_path / "zip64.zip"
    pack(sealed.root, path)
    assert b"PK\x06\x06" in path.read_bytes()
    assert verify(path).defects == ()
    patched(path, b"PK\x06\x06", 40, struct.pack("<Q", 1 << 40))
    assert [defect.code for defect in verify(path).defects] == ["evidence.zip-bomb"]


def test_a_zip_is_never_overwritten_nor_put_into_its_own_bundle(sealed, tmp_path):
    (tmp_path / "there.zip").write_bytes(b"precious")
    for target in (tmp_path / "there.zip", sealed.root / "inside.zip"):
        with pytest.raises(UsageError):
            pack(sealed.root, target)
    assert (tmp_path / "there.zip").read_bytes() == b"precious"


def test_a_bundle_with_a_link_is_not_packed(sealed, tmp_path):
    (sealed.data / "link").symlink_to("/etc")
    with pytest.raises(LinkError):
        pack(sealed.root, tmp_path / "z.zip")
    assert not list(tmp_path.glob("*.zip*"))


def add(archive: zipfile.ZipFile, name: str, content: bytes = b"x", *, mode: int = stat.S_IFREG | 0o644) -> None:
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    archive.writestr(info, content)


def bomb(archive: zipfile.ZipFile) -> None:
    archive.writestr("a.bundle/data/zeros", bytes(30 << 20), zipfile.ZIP_DEFLATED)


def many(archive: zipfile.ZipFile) -> None:
    for number in range(1001):
        add(archive, f"a.bundle/data/{number}")


def large(archive: zipfile.ZipFile) -> None:
    for number in range(11):
        add(archive, f"a.bundle/data/{number}", bytes(1 << 20))


BOUNDS = Bounds(entries=1000, bytes=10 << 20, directory=1 << 20)
HOSTILE = {
    "path traversal": (lambda a: add(a, "a.bundle/../../etc/cron.d/x"), "evidence.zip-path"),
    "an absolute path": (lambda a: add(a, "/etc/cron.d/x"), "evidence.zip-path"),
    "a drive letter": (lambda a: add(a, "a.bundle/C:evil"), "evidence.zip-path"),
    "a backslash": (lambda a: add(a, "a.bundle\\..\\x"), "evidence.zip-path"),
    "a NUL in the name": (lambda a: add(a, "a.bundle/data/x\0.txt"), "evidence.zip-path"),
    "a device name": (lambda a: add(a, "a.bundle/data/NUL.txt"), "evidence.zip-path"),
    "an empty name": (lambda a: add(a, "a.bundle//x"), "evidence.zip-path"),
    "a folder with content": (lambda a: add(a, "a.bundle/data/", b"content"), "evidence.zip-path"),
    "a symbolic link": (
        lambda a: add(a, "a.bundle/data/l", b"/etc/passwd", mode=stat.S_IFLNK | 0o777),
        "evidence.zip-symlink",
    ),
    "a device": (lambda a: add(a, "a.bundle/data/d", mode=stat.S_IFBLK | 0o600), "evidence.zip-symlink"),
    "a duplicate": (lambda a: (add(a, "a.bundle/data/x"), add(a, "a.bundle/data/x", b"y")), "evidence.zip-duplicate"),
    "a duplicate but for case": (
        lambda a: (add(a, "a.bundle/data/x"), add(a, "a.bundle/data/X")),
        "evidence.zip-duplicate",
    ),
    "a duplicate but for Unicode form": (
        lambda a: (add(a, "a.bundle/data/\u00e9"), add(a, "a.bundle/data/e\u0301")),
        "evidence.zip-duplicate",
    ),
    "a file that is a folder too": (
        lambda a: (add(a, "a.bundle/data"), add(a, "a.bundle/data/x")),
        "evidence.zip-duplicate",
    ),
    "a folder that is a file too": (
        lambda a: (add(a, "a.bundle/data/x"), add(a, "a.bundle/data")),
        "evidence.zip-duplicate",
    ),
    "a bomb by ratio": (bomb, "evidence.zip-bomb"),
    "a bomb by number": (many, "evidence.zip-bomb"),
    "a bomb by size": (large, "evidence.zip-bomb"),
    "another compression": (
        lambda a: a.writestr("a.bundle/data/x", b"x" * 99, zipfile.ZIP_LZMA),
        "evidence.zip-method",
    ),
    "two bundles": (lambda a: (add(a, "a.bundle/x"), add(a, "b.bundle/x")), "evidence.zip-layout"),
    "no folder": (lambda a: add(a, "manifest-sha256.txt"), "evidence.zip-layout"),
    "nothing": (lambda a: None, "evidence.zip-layout"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_hostile_zip_is_refused_by_name_and_writes_nothing(tmp_path, monkeypatch, name):
    build, code = HOSTILE[name]
    path = tmp_path / "hostile.zip"
    with zipfile.ZipFile(path, "w") as archive:
        build(archive)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    with pytest.raises(ZipError) as raised, unpacked(path, bounds=BOUNDS):
        pass
    assert raised.value.code == code
    assert raised.value.exit_code == Exit.EVIDENCE
    assert raised.value.cure
    assert list(scratch.iterdir()) == []
    assert {each.name for each in tmp_path.iterdir()} == {"hostile.zip", "scratch"}


def patched(path: Path, signature: bytes, offset: int, value: bytes, *, last: bool = False) -> None:
    data = bytearray(path.read_bytes())
    at = (data.rindex(signature) if last else data.index(signature)) + offset
    data[at : at + len(value)] = value
    path.write_bytes(data)


def one_file(path: Path, content: bytes = b"hello" * 100, method: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.bundle/data/x", content)


def encrypted(path: Path) -> None:
    one_file(path)
    patched(path, b"PK\x01\x02", 8, b"\x01")


def truncated(path: Path) -> None:
    one_file(path)
    path.write_bytes(path.read_bytes()[:-30])


def flipped(path: Path) -> None:
    one_file(path)
    patched(path, b"hellohello", 0, b"J")


def understated(path: Path) -> None:
    """The directory declares 10 bytes, the stream holds 30 MiB."""
    one_file(path, bytes(30 << 20), zipfile.ZIP_DEFLATED)
    patched(path, b"PK\x01\x02", 24, struct.pack("<I", 10))


def overstated(path: Path) -> None:
    one_file(path, b"x" * 100, zipfile.ZIP_DEFLATED)
    patched(path, b"PK\x01\x02", 24, struct.pack("<I", 500))


def overlapping(path: Path) -> None:
    """Two entries on the same bytes, as the quoted-overlap bomb does."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("a.bundle/data/1", "a.bundle/data/2"):
            archive.writestr(name, b"x" * 1000)
    patched(path, b"PK\x01\x02", 42, struct.pack("<I", 0), last=True)


def swollen_directory(path: Path) -> None:
    one_file(path)
    patched(path, b"PK\x05\x06", 12, struct.pack("<I", 1 << 30))


def commented(path: Path) -> None:
    one_file(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"hello"


def doubly_ended(path: Path) -> None:
    """A comment that is itself the end of an empty archive."""
    one_file(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"PK\x05\x06" + bytes(18)


def other_local_name(path: Path) -> None:
    one_file(path)
    patched(path, b"a.bundle/data/x", 0, b"a.bundle/data/y")


def no_zip(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7\n" * 50)


def unreadable_name(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.bundle/data/é", b"x")
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xfe"))


def with_bytes_before(path: Path) -> None:
    """Other unpackers may begin at the first byte."""
    one_file(path)
    path.write_bytes(b"#!/bin/sh\nexit\n" + path.read_bytes())


def with_an_archive_before(path: Path) -> None:
    one_file(path, b"what others see" * 10)
    before = path.read_bytes()
    one_file(path)
    path.write_bytes(before + path.read_bytes())


def with_shifted_offsets(path: Path) -> None:
    """The same with offsets that count the bytes before."""
    with path.open("wb") as file:
        file.write(b"x" * 100)
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("a.bundle/data/x", b"hello")


def many_small_bombs(path: Path) -> None:
    """Each below what is spared, all together 390 : 1."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(300):
            archive.writestr(f"a.bundle/data/{number}", bytes(1_000_000))


def deep(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.bundle/" + "x/" * 2000 + "y", b"x")


def long_paths(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.bundle/" + "/".join(["x" * 250] * 5), b"x")


def sixty_thousand_entries(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(60_000):
            archive.writestr(zipfile.ZipInfo(f"a.bundle/{number}"), b"")


CORRUPT = {
    with_bytes_before: "evidence.zip-damaged",
    with_an_archive_before: "evidence.zip-damaged",
    with_shifted_offsets: "evidence.zip-damaged",
    many_small_bombs: "evidence.zip-bomb",
    deep: "evidence.zip-path",
    long_paths: "evidence.zip-path",
    sixty_thousand_entries: "evidence.zip-bomb",
    encrypted: "evidence.zip-method",
    truncated: "evidence.zip-damaged",
    flipped: "evidence.zip-damaged",
    understated: "evidence.zip-damaged",
    overstated: "evidence.zip-damaged",
    overlapping: "evidence.zip-bomb",
    swollen_directory: "evidence.zip-bomb",
    commented: "evidence.zip-damaged",
    doubly_ended: "evidence.zip-layout",
    other_local_name: "evidence.zip-damaged",
    no_zip: "evidence.zip-damaged",
    unreadable_name: "evidence.zip-damaged",
}


@pytest.mark.parametrize("corrupt", CORRUPT, ids=lambda each: each.__name__)
def test_a_damaged_zip_is_refused_by_name_and_soon(tmp_path, corrupt):
    path = tmp_path / "damaged.zip"
    corrupt(path)
    began = time.process_time()
    found = verify(path)
    assert time.process_time() - began < 5
    assert [defect.code for defect in found.defects] == [CORRUPT[corrupt]]
    assert (found.files, found.signatures) == (0, ())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_corruption_of_a_zip_makes_anything_but_a_named_defect(sealed_zip, tmp_path_factory, data):
    content = bytearray(sealed_zip.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1) | st.integers(len(content) - 1500, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("corrupt") / "x.zip"
    path.write_bytes(content[: data.draw(st.just(len(content)) | st.integers(0, len(content)))])
    changed = path.read_bytes() != sealed_zip.read_bytes()
    found = verify(path)
    assert all(defect.code.startswith("evidence.") for defect in found.defects)
    if not changed:
        assert found.defects == ()


@pytest.fixture(scope="module")
def sealed_zip(pristine, tmp_path_factory):
    path = tmp_path_factory.mktemp("packed") / "site.zip"
    pack(pristine.root, path)
    return path


def test_what_is_no_file_at_all_is_no_bundle(tmp_path):
    with pytest.raises(NotABundleError), unpacked(tmp_path / "nothing.zip"):
        pass


def test_a_temporary_disk_that_is_too_small_is_told_before_unpacking(tmp_path, monkeypatch, small_disk):
    path = tmp_path / "large.zip"
    one_file(path, os.urandom(300_000))
    monkeypatch.setattr("tempfile.tempdir", str(small_disk(200_000)))
    with pytest.raises(StorageError, match="TMPDIR") as raised:
        verify(path)
    assert raised.value.exit_code == Exit.INSTRUMENT

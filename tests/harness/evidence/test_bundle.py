# SPDX-License-Identifier: Apache-2.0
"""The folder of a bundle: where things lie, and which names may stand there."""

import os
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.evidence.bundle import Bundle, is_safe_name, is_safe_path, walk
from harness.evidence.defects import LinkError, NotABundleError


def test_the_parts_of_a_bundle_lie_where_the_documentation_says(tmp_path):
    bundle = Bundle.create(tmp_path / "site.bundle")
    parts = [
        bundle.journal_path,
        bundle.campaign_path,
        bundle.scenario_path,
        bundle.profile_path,
        bundle.results_path,
        bundle.figures_path,
        bundle.keys_folder,
        bundle.attestations_folder,
        bundle.documents_folder("s01.demos"),
        bundle.attestation_path,
    ]
    assert [bundle.relative(path) for path in parts] == [
        "data/journal.jsonl",
        "data/campaign.json",
        "data/scenario.yaml",
        "data/profile.yaml",
        "data/results.json",
        "data/figures.json",
        "data/keys",
        "data/attestations",
        "data/documents/s01.demos",
        "attestation.dsse.json",
    ]
    assert not bundle.sealed


def test_segment_numbers_run_on_across_attempts_and_extensions(tmp_path):
    bundle = Bundle.create(tmp_path / "site.bundle")
    seen = []
    for extension in ("pcapng", "pcapng", "nmea"):
        path = bundle.next_segment("s01.latency", "stamp", extension)
        path.touch()
        seen.append(bundle.relative(path))
    assert seen == [
        "data/traces/s01.latency/stamp/0001.pcapng",
        "data/traces/s01.latency/stamp/0002.pcapng",
        "data/traces/s01.latency/stamp/0003.nmea",
    ]
    (path.parent / "9999.nmea").touch()
    assert bundle.next_segment("s01.latency", "stamp", "nmea").name == "10000.nmea"
    assert bundle.next_segment("s01.latency", "other", "nmea").name == "0001.nmea"


@pytest.mark.parametrize(
    "name",
    ["..", ".", "", "a/b", "a\\b", "C:", "x\0", "x\n", "\u202egpj.exe", "\u2028", "nul", "COM1.txt", "a ", "a.", "50%"],
)
def test_names_with_tricks_are_refused_everywhere(tmp_path, name):
    bundle = Bundle.create(tmp_path / "site.bundle")
    assert not is_safe_name(name)
    for call in (
        lambda: bundle.next_segment(name, "s", "x"),
        lambda: bundle.next_segment("i", name, "x"),
        lambda: bundle.documents_folder(name),
    ):
        with pytest.raises(UsageError) as raised:
            call()
        assert raised.value.cure


@pytest.mark.parametrize(
    "name",
    ["0001.pcapng", "s01.latency", "合同（盖章）.pdf", "a b.txt", "é", "全　角", "\U0002ebf0", "…", ".hidden", "-x"],
)
def test_names_that_people_use_are_accepted(name):
    assert is_safe_name(name)


@given(st.text(string.ascii_letters + "./\\\0:%合", max_size=12))
def test_a_safe_path_never_leaves_the_folder_it_is_joined_to(path):
    if is_safe_path(path):
        joined = os.path.normpath("/bundle/" + path)
        assert joined == "/bundle/" + path
        assert "\\" not in path


def test_a_bundle_is_made_only_where_nothing_is(tmp_path):
    (tmp_path / "full.bundle").mkdir()
    (tmp_path / "full.bundle" / "x").touch()
    (tmp_path / "link.bundle").symlink_to(tmp_path)
    (tmp_path / "empty.bundle").mkdir()
    for name in ("full.bundle", "link.bundle", "folder"):
        with pytest.raises(UsageError):
            Bundle.create(tmp_path / name)
    assert Bundle.create(tmp_path / "empty.bundle").data.is_dir()


def test_only_a_folder_with_data_opens(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(NotABundleError):
            Bundle.open(path)


@pytest.mark.parametrize("target", ["/etc", "/etc/hostname", "journal.jsonl", "nowhere"])
def test_a_link_anywhere_inside_is_refused(tmp_path, target):
    bundle = Bundle.create(tmp_path / "site.bundle")
    bundle.journal_path.touch()
    (bundle.data / "documents" / "link").symlink_to(target)
    with pytest.raises(LinkError) as raised:
        Bundle.open(bundle.root)
    assert raised.value.where.endswith("data/documents/link")


def test_walking_never_follows_a_link_and_sorts_by_path(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_bytes(b"123")
    (tmp_path / "a").symlink_to("/etc")
    assert [(entry.path, entry.plain) for entry in walk(tmp_path)] == [("a", False), ("b/c", True)]
    assert list(walk(tmp_path))[1].size == 3

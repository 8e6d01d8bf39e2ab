# SPDX-License-Identifier: Apache-2.0
"""Every defect of a bundle is refused by its own name, with exit code 4, in both languages."""

import base64
import json
import os
import shutil
from pathlib import Path

import pytest

from harness.errors import EvidenceError, Exit, StorageError
from harness.evidence import bag, dsse
from harness.evidence.bundle import TAG_MANIFEST, Bundle
from harness.evidence.canonical import canonical_bytes
from harness.evidence.journal import FIRST, JournalEvent, read_journal
from harness.evidence.verify import verify

SEGMENT = "data/traces/s01.latency/stamp/0001.pcapng"


def flip(path: Path) -> None:
    """One byte changed, length kept: what bagit's --fast does not see."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def lines_of(bundle: Bundle) -> list[bytes]:
    return bundle.journal_path.read_bytes().splitlines(keepends=True)


def rechained(events: list[JournalEvent]) -> bytes:
    """A journal that a forger who knows the format wrote anew."""
    prev, lines = FIRST, []
    for seq, event in enumerate(events):
        draft = JournalEvent(seq, event.time_ns, event.mono_ns, event.kind, event.body, prev, "")
        lines.append(JournalEvent(seq, event.time_ns, event.mono_ns, event.kind, event.body, prev, draft.digest()))
        prev = draft.digest()
    return b"".join(line.line() for line in lines)


def reorder(bundle: Bundle) -> None:
    lines = lines_of(bundle)
    lines[2], lines[3] = lines[3], lines[2]
    bundle.journal_path.write_bytes(b"".join(lines))


def link(bundle: Bundle) -> None:
    (bundle.root / SEGMENT).unlink()
    (bundle.root / SEGMENT).symlink_to("/etc/hostname")


def traverse_in_manifest(bundle: Bundle) -> None:
    with (bundle.root / bag.MANIFEST).open("ab") as file:
        file.write(b"0" * 64 + b"  ../../etc/passwd\n")


def replace_key(bundle: Bundle) -> None:
    one, other = sorted(bundle.keys_folder.iterdir())
    one.write_bytes(other.read_bytes())


def forget(bundle: Bundle, kinds: set[str]) -> None:
    events = [event for event in read_journal(bundle.journal_path) if event.kind not in kinds]
    bundle.journal_path.write_bytes(rechained(events))


def resign(bundle: Bundle, change) -> None:
    """Change envelope fields as a forger without the key would."""
    envelope = json.loads(bundle.attestation_path.read_bytes())
    change(envelope)
    bundle.attestation_path.write_bytes(canonical_bytes(envelope))


def attest(bundle: Bundle, change) -> None:
    """Change the statement inside the envelope."""

    def inside(envelope: dict) -> None:
        statement = json.loads(base64.b64decode(envelope["payload"]))
        change(statement)
        envelope["payload"] = base64.b64encode(canonical_bytes(statement)).decode()

    resign(bundle, inside)


def write(bundle: Bundle, relative: str, content: bytes) -> None:
    (bundle.root / relative).write_bytes(content)


def unlisted_segment(bundle: Bundle) -> None:
    write(bundle, "data/traces/s01.latency/stamp/0003.pcapng", b"made up")


# name -> (what is done, does the forger remake the manifests, code, path)
DEFECTS = {
    "a flipped byte in a segment": (
        lambda b: flip(b.root / SEGMENT),
        False,
        "evidence.segment-changed",
        SEGMENT,
    ),
    "a flipped byte in a document": (
        lambda b: flip(b.data / "documents/s01.demos/合同 一.txt"),
        False,
        "evidence.file-changed",
        "data/documents/s01.demos/合同 一.txt",
    ),
    "a dropped segment": (lambda b: (b.root / SEGMENT).unlink(), True, "evidence.segment-missing", SEGMENT),
    "a dropped document": (
        lambda b: shutil.rmtree(b.data / "documents"),
        False,
        "evidence.file-missing",
        "data/documents/s01.demos/合同 一.txt",
    ),
    "an added document": (
        lambda b: write(b, "data/documents/later.txt", b"x"),
        False,
        "evidence.file-extra",
        "data/documents/later.txt",
    ),
    "an added tag file": (lambda b: write(b, "fetch.txt", b"x"), False, "evidence.file-extra", "fetch.txt"),
    "a segment nobody recorded": (
        unlisted_segment,
        True,
        "evidence.segment-unknown",
        "data/traces/s01.latency/stamp/0003.pcapng",
    ),
    "a reordered journal": (reorder, True, "evidence.journal-reordered", "data/journal.jsonl:3"),
    "an edited journal": (
        lambda b: b.journal_path.write_bytes(b.journal_path.read_bytes().replace(b'"attempt":1', b'"attempt":9', 1)),
        True,
        "evidence.journal-edited",
        "data/journal.jsonl:2",
    ),
    "a journal without a middle line": (
        lambda b: b.journal_path.write_bytes(b"".join(lines_of(b)[:3] + lines_of(b)[4:])),
        True,
        "evidence.journal-cut",
        "data/journal.jsonl:4",
    ),
    "a journal without its last line": (
        lambda b: b.journal_path.write_bytes(b"".join(lines_of(b)[:-1])),
        True,
        "evidence.journal-cut",
        "data/journal.jsonl:10",
    ),
    "a torn journal": (
        lambda b: b.journal_path.write_bytes(b.journal_path.read_bytes()[:-10]),
        True,
        "evidence.journal-torn",
        "data/journal.jsonl:11",
    ),
    "an empty journal": (
        lambda b: b.journal_path.write_bytes(b""),
        True,
        "evidence.journal-cut",
        "data/journal.jsonl",
    ),
    "no journal": (lambda b: b.journal_path.unlink(), True, "evidence.file-missing", "data/journal.jsonl"),
    "a journal written anew without its beginning": (
        lambda b: forget(b, {"campaign_started"}),
        True,
        "evidence.journal-cut",
        "data/journal.jsonl:1",
    ),
    "a journal written anew that forgot a closing": (
        lambda b: forget(b, {"segment_closed"}),
        True,
        "evidence.segment-open",
        SEGMENT,
    ),
    "a swapped scenario": (
        lambda b: b.scenario_path.write_text("scenario: s02\n", "utf-8"),
        True,
        "evidence.scenario-swapped",
        "data/scenario.yaml",
    ),
    "a swapped profile": (
        lambda b: b.profile_path.write_text("profile: 别处\n", "utf-8"),
        True,
        "evidence.profile-swapped",
        "data/profile.yaml",
    ),
    "an edited campaign.json": (
        lambda b: b.campaign_path.write_bytes(b.campaign_path.read_bytes().replace(b'"test"', b'"other"')),
        True,
        "evidence.campaign-edited",
        "data/campaign.json",
    ),
    "edited results": (
        lambda b: b.results_path.write_bytes(canonical_bytes({"verdict": "PASS", "attempt": 2})),
        True,
        "evidence.results-edited",
        "data/results.json",
    ),
    "edited figures": (
        lambda b: b.figures_path.write_bytes(b"{}"),
        True,
        "evidence.figures-edited",
        "data/figures.json",
    ),
    "remade manifests": (
        lambda b: (b.data / "documents/s01.demos/合同 一.txt").write_bytes(b"x"),
        True,
        "evidence.attestation-mismatch",
        bag.MANIFEST,
    ),
    "a bad tag manifest": (
        lambda b: write(b, bag.BAG_INFO, (b.root / bag.BAG_INFO).read_bytes() + b"Contact-Name: x\n"),
        False,
        "evidence.tag-manifest",
        bag.BAG_INFO,
    ),
    "a tag manifest that omits a file": (
        lambda b: write(b, TAG_MANIFEST, (b.root / TAG_MANIFEST).read_bytes().split(b"\n", 1)[1]),
        False,
        "evidence.tag-manifest",
        "attestation.dsse.json",
    ),
    "a manifest line twice": (
        lambda b: write(b, bag.MANIFEST, (b.root / bag.MANIFEST).read_bytes() * 2),
        False,
        "evidence.manifest",
        f"{bag.MANIFEST}:13",
    ),
    "another bag declaration": (
        lambda b: write(b, bag.BAGIT, b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"),
        True,
        "evidence.bag-info",
        bag.BAGIT,
    ),
    "a path out of the bag in the manifest": (
        traverse_in_manifest,
        False,
        "evidence.path",
        f"{bag.MANIFEST}:13",
    ),
    "a symbolic link": (link, False, "evidence.symlink", SEGMENT),
    "a pipe": (lambda b: os.mkfifo(b.data / "pipe"), False, "evidence.symlink", "data/pipe"),
    "a file name that is not portable": (
        lambda b: write(b, "data/documents/a\\..\\b", b"x"),
        False,
        "evidence.path",
        "data/documents/a\\..\\b",
    ),
    "a replaced public key": (
        replace_key,
        True,
        "evidence.key-wrong",
        None,
    ),
    "a removed public key": (
        lambda b: shutil.rmtree(b.keys_folder),
        True,
        "evidence.key-missing",
        "attestation.dsse.json",
    ),
    "a removed signature": (
        lambda b: resign(b, lambda e: e["signatures"].pop()),
        True,
        "evidence.signature-missing",
        "attestation.dsse.json",
    ),
    "a removed attestation": (
        lambda b: b.attestation_path.unlink(),
        True,
        "evidence.signature-missing",
        "attestation.dsse.json",
    ),
    "another verdict in the statement": (
        lambda b: attest(b, lambda s: s["predicate"]["summary"].update(verdict="PASS")),
        True,
        "evidence.verdict-mismatch",
        "attestation.dsse.json",
    ),
    "a changed statement": (
        lambda b: attest(b, lambda s: s["predicate"].update(result="PASSED")),
        True,
        "evidence.signature",
        "attestation.dsse.json",
    ),
    "a signature of another message": (
        lambda b: resign(b, lambda e: e["signatures"][0].update(sig=base64.b64encode(bytes(64)).decode())),
        True,
        "evidence.signature",
        "attestation.dsse.json",
    ),
    "an envelope of another kind": (
        lambda b: resign(b, lambda e: e.update(payloadType="text/plain")),
        True,
        "evidence.attestation",
        "attestation.dsse.json",
    ),
    "an attestation that is no JSON": (
        lambda b: b.attestation_path.write_bytes(b"\xff"),
        True,
        "evidence.not-json",
        "attestation.dsse.json",
    ),
    "an envelope without signatures": (
        lambda b: resign(b, lambda e: e.update(signatures=[])),
        True,
        "evidence.attestation",
        "attestation.dsse.json",
    ),
    "an envelope that lacks fields": (
        lambda b: b.attestation_path.write_bytes(b'{"payload":"","payloadType":"x"}'),
        True,
        "evidence.attestation",
        "attestation.dsse.json",
    ),
    "a payload that is not base64": (
        lambda b: resign(b, lambda e: e.update(payload="*")),
        True,
        "evidence.attestation",
        "attestation.dsse.json",
    ),
    "a statement of another kind": (
        lambda b: attest(b, lambda s: s.update(predicateType="https://example.org/other")),
        True,
        "evidence.attestation",
        "attestation.dsse.json",
    ),
    "a statement without subjects": (
        lambda b: attest(b, lambda s: s.pop("subject")),
        True,
        "evidence.attestation",
        "attestation.dsse.json",
    ),
    "a public key that is none": (
        lambda b: (b.keys_folder / "x.pub.pem").write_bytes(b"no key"),
        True,
        "evidence.key-wrong",
        "data/keys/x.pub.pem",
    ),
    "a manifest that is no text": (
        lambda b: write(b, bag.MANIFEST, b"\xff\n"),
        False,
        "evidence.manifest",
        bag.MANIFEST,
    ),
    "a manifest that lists a tag file": (
        lambda b: write(b, bag.MANIFEST, (b.root / bag.MANIFEST).read_bytes() + b"0" * 64 + b"  bagit.txt\n"),
        False,
        "evidence.manifest",
        bag.MANIFEST,
    ),
    "no manifest": (lambda b: (b.root / bag.MANIFEST).unlink(), False, "evidence.file-missing", bag.MANIFEST),
    "a wrong Payload-Oxum": (
        lambda b: write(b, bag.BAG_INFO, (b.root / bag.BAG_INFO).read_bytes().replace(b"Oxum: ", b"Oxum: 1")),
        False,
        "evidence.bag-info",
        bag.BAG_INFO,
    ),
    "no seal": (lambda b: (b.root / TAG_MANIFEST).unlink(), False, "evidence.not-sealed", TAG_MANIFEST),
}


def test_a_sealed_bundle_has_no_defect_and_two_valid_signatures(sealed):
    found = verify(sealed.root)
    assert found.defects == ()
    assert [(each.algorithm, each.valid, each.trusted) for each in found.signatures] == [
        ("ed25519", True, None),
        ("sm2-sm3", True, None),
    ]
    assert found.signed
    assert found.files == sum(path.is_file() for path in sealed.root.rglob("*"))
    assert found.bytes == sum(path.stat().st_size for path in sealed.root.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", DEFECTS)
def test_a_broken_bundle_is_refused_by_name(sealed, forge, name):
    change, remake, code, path = DEFECTS[name]
    change(sealed)
    if remake:
        forge(sealed)
    found = verify(sealed.root)
    assert code in {defect.code for defect in found.defects}, found.lines("en")
    defect = next(each for each in found.defects if each.code == code and path in {None, each.path})
    assert defect.text.zh
    assert defect.text.en in "\n".join(found.lines("en"))
    with pytest.raises(EvidenceError) as raised:
        found.require()
    assert raised.value.exit_code == Exit.EVIDENCE
    assert code in str(raised.value)


def test_every_defect_of_a_bundle_is_told_not_only_the_first(sealed):
    for change in ("a flipped byte in a segment", "a dropped document", "edited results", "a bad tag manifest"):
        DEFECTS[change][0](sealed)
    assert {defect.code for defect in verify(sealed.root).defects} == {
        "evidence.segment-changed",
        "evidence.file-missing",
        "evidence.results-edited",
        "evidence.tag-manifest",
        "evidence.bag-info",
        "evidence.attestation-mismatch",
        "evidence.verdict-mismatch",
    }


def test_defects_have_sentences_of_their_own():
    from harness.evidence import defects, refusals

    kinds = {
        kind
        for module in (defects, refusals)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, defects.DefectError) and "sentence" in vars(kind)
    }
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert len({kind.sentence.zh for kind in kinds}) == len(kinds)
    assert len({kind.sentence.en for kind in kinds}) == len(kinds)
    assert {kind.exit_code for kind in kinds} == {Exit.EVIDENCE}


def test_a_trusted_signer_is_recognised(sealed, pairs):
    found = verify(sealed.root, trusted=[pairs["maker.sm2"]])
    assert found.defects == ()
    assert [each.trusted for each in found.signatures] == [False, True]


def test_a_bundle_signed_by_someone_else_is_refused_when_the_signer_matters(sealed, pairs):
    found = verify(sealed.root, trusted=[pairs["stranger.ed25519"]])
    assert [defect.code for defect in found.doubts] == ["evidence.key-untrusted"]
    assert (found.defects, found.exit_code) == ((), Exit.UNDECIDED)


def test_a_forger_with_a_key_of_his_own_is_unmasked_by_the_trusted_key(sealed, forge, pairs):
    """He edits results, journal, manifests and signs everything anew; only the key is not the maker's."""
    stranger = pairs["stranger.ed25519"]
    shutil.rmtree(sealed.keys_folder)
    sealed.keys_folder.mkdir()
    (sealed.keys_folder / f"{stranger.keyid}.pub.pem").write_bytes(stranger.public_pem)
    events = [
        event
        if event.kind != "sealed"
        else JournalEvent(0, 0, 0, "sealed", {**event.body, "signers": [stranger.keyid]}, "", "")
        for event in read_journal(sealed.journal_path)
    ]
    sealed.journal_path.write_bytes(rechained(events))
    forge(sealed)
    subjects = {name: bag.hash_file(sealed.root / name).sha256 for name in (bag.MANIFEST, bag.BAG_INFO)}
    predicate = json.loads(base64.b64decode(json.loads(sealed.attestation_path.read_bytes())["payload"]))["predicate"]
    statement = dsse.statement(subjects, predicate)
    sealed.attestation_path.write_bytes(dsse.envelope(statement, [stranger]))
    forge(sealed)
    assert verify(sealed.root).defects == ()
    assert [d.code for d in verify(sealed.root).doubts] == ["evidence.signer-unchecked"]
    assert [d.code for d in verify(sealed.root, trusted=[pairs["maker.ed25519"]]).doubts] == ["evidence.key-untrusted"]


def test_a_missing_path_and_a_plain_folder_are_no_bundles(tmp_path):
    for path in (tmp_path / "nothing.bundle", tmp_path):
        assert [defect.code for defect in verify(path).defects] == ["evidence.not-a-bundle"]


def test_a_document_of_unreasonable_size_is_not_read(sealed, monkeypatch):
    monkeypatch.setattr("harness.evidence.contents.LARGEST_DOCUMENT", 100)
    found = {defect.path: defect.code for defect in verify(sealed.root).defects}
    assert {"data/journal.jsonl", bag.MANIFEST, TAG_MANIFEST, "attestation.dsse.json"} <= found.keys()
    assert set(found.values()) == {"evidence.oversized"}


def test_a_file_that_may_not_be_read_is_a_storage_error_and_not_a_defect(sealed, monkeypatch):
    def refuse(path, flags, mode=0):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("harness.evidence.storage.os.open", refuse)
    with pytest.raises(StorageError, match="reading failed: Permission denied"):
        verify(sealed.root)


def test_the_findings_of_a_whole_bundle_are_told_in_both_languages(sealed, pairs):
    found = verify(sealed.root, trusted=[pairs["maker.ed25519"]])
    found.require()
    assert "证据包完好，签名有效" in found.lines("zh")[0]
    assert ["by a trusted key" in line for line in found.lines("en")] == [False, True, True]
    assert "not by" in found.lines("en")[2]


def test_progress_counts_every_byte(sealed):
    seen = []
    found = verify(sealed.root, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (found.bytes, found.bytes)
    assert seen == sorted(seen)


def test_what_was_found_is_json_for_programs(sealed):
    flip(sealed.root / SEGMENT)
    found = json.loads(json.dumps(verify(sealed.root).as_json()))
    assert found["sound"] is False
    assert found["defects"][0]["text"]["zh"]
    assert found["signatures"][0]["valid"] is True

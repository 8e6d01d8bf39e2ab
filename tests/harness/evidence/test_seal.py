# SPDX-License-Identifier: Apache-2.0
"""Sealing: others accept the bag and the signatures; a kill at any point is mended by sealing again."""

import base64
import json
import shutil
import subprocess
import sys
import textwrap

import pytest

from harness.errors import UsageError
from harness.evidence import bag
from harness.evidence.bundle import TAG_MANIFEST, Bundle
from harness.evidence.defects import BusyJournalError, ChangedSegmentError, SwappedScenarioError
from harness.evidence.dsse import PAYLOAD_TYPE
from harness.evidence.journal import Journal, read_journal
from harness.evidence.seal import seal, unseal
from harness.evidence.segment import SegmentWriter
from harness.evidence.verify import verify

SOFTWARE = {"name": "yanshou", "version": "0.1.0"}
SUMMARY = {"verdict": "INCONCLUSIVE", "indicators": {"PASS": ["s01.loss"], "INCONCLUSIVE": ["s01.latency"]}}


def sealed_with(bundle: Bundle, *signers) -> Bundle:
    seal(bundle, signers, software=SOFTWARE, verdict_summary=SUMMARY)
    return bundle


def files(bundle: Bundle) -> dict[str, bytes]:
    return {str(p.relative_to(bundle.root)): p.read_bytes() for p in bundle.root.rglob("*") if p.is_file()}


def codes(bundle: Bundle) -> list[str]:
    return [defect.code for defect in verify(bundle.root).defects]


def pae_by_hand(payload_type: str, payload: bytes) -> bytes:
    """DSSE protocol, written out again from its text."""
    return b" ".join(
        [b"DSSEv1", str(len(payload_type)).encode(), payload_type.encode(), str(len(payload)).encode(), payload]
    )


def test_bagit_python_accepts_the_bag(sealed):
    import bagit

    found = bagit.Bag(str(sealed.root))
    assert found.validate()
    assert found.info["Bagging-Date"] == "2026-11-21"
    assert found.info["Bag-Software-Agent"] == "yanshou 0.1.0"


@pytest.mark.parametrize("manifest", [bag.MANIFEST, TAG_MANIFEST])
def test_sha256sum_accepts_the_manifests(sealed, manifest, peer):
    checked = subprocess.run(
        [peer("sha256sum"), "--strict", "-c", manifest], cwd=sealed.root, capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_openssl_verifies_both_signatures_over_the_statement(sealed, tmp_path, peer):
    envelope = json.loads(sealed.attestation_path.read_bytes())
    assert envelope["payloadType"] == PAYLOAD_TYPE == "application/vnd.in-toto+json"
    message = tmp_path / "pae.bin"
    message.write_bytes(pae_by_hand(envelope["payloadType"], base64.b64decode(envelope["payload"])))
    (tmp_path / "other.bin").write_bytes(message.read_bytes() + b" ")
    sm2 = ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
    for signature, options in zip(envelope["signatures"], ([], sm2), strict=True):
        (tmp_path / "sig").write_bytes(base64.b64decode(signature["sig"]))
        key = sealed.keys_folder / f"{signature['keyid']}.pub.pem"
        command = [peer("openssl"), "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", *options]
        command += ["-sigfile", tmp_path / "sig", "-in"]
        good = subprocess.run([*command, message], capture_output=True, check=False)
        assert (good.returncode, good.stdout.strip()) == (0, b"Signature Verified Successfully"), good.stderr
        assert subprocess.run([*command, tmp_path / "other.bin"], capture_output=True, check=False).returncode != 0


def test_the_statement_is_in_toto_over_manifest_and_bag_info(sealed):
    envelope = json.loads(sealed.attestation_path.read_bytes())
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert {each["name"]: each["digest"]["sha256"] for each in statement["subject"]} == {
        name: bag.hash_file(sealed.root / name).sha256 for name in (bag.MANIFEST, bag.BAG_INFO)
    }
    predicate = statement["predicate"]
    assert (predicate["result"], predicate["passedTests"], predicate["failedTests"]) == ("WARNED", ["s01.loss"], [])
    assert predicate["warnedTests"] == ["s01.latency"]
    assert predicate["summary"]["verdict"] == "INCONCLUSIVE"
    assert {each["name"] for each in predicate["configuration"]} >= {"data/scenario.yaml", "data/profile.yaml"}


def test_securesystemslib_verifies_the_envelope(sealed, pairs):
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey

    envelope = Envelope.from_dict(json.loads(sealed.attestation_path.read_bytes()))
    maker = pairs["maker.ed25519"]
    key = SSlibKey(maker.keyid, "ed25519", "ed25519", {"public": maker.point.hex()})
    assert list(envelope.verify([key], 1)) == [maker.keyid]


def test_the_crate_lists_every_payload_file(sealed):
    crate = json.loads((sealed.data / "ro-crate-metadata.json").read_bytes())
    by_id = {each["@id"]: each for each in crate["@graph"]}
    assert by_id["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert by_id["./"]["datePublished"].startswith("2026-11-21T")
    listed = {each["name"] for each in by_id.values() if each["@type"] == "File"}
    there = {str(p.relative_to(sealed.data)) for p in sealed.data.rglob("*") if p.is_file()}
    assert listed == there - {"ro-crate-metadata.json"}
    assert {each["@id"] for each in by_id["./"]["hasPart"]} == by_id.keys() & {
        each["@id"] for each in by_id.values() if each["@type"] == "File"
    }
    assert "documents/s01.demos/%E5%90%88%E5%90%8C%20%E4%B8%80.txt" in by_id


def test_sealing_the_same_evidence_twice_gives_the_same_bytes(campaign, tmp_path, pairs, frozen):
    """Ed25519 only: an SM2 signature is another one each time."""
    twin = Bundle.open(shutil.copytree(campaign.root, tmp_path / "twin" / campaign.root.name))
    for bundle in (campaign, twin):
        seal(bundle, [pairs["maker.ed25519"]], software=SOFTWARE, verdict_summary=SUMMARY, clock=frozen)
    assert files(campaign) == files(twin)


def test_sealing_again_changes_nothing_and_other_signers_are_refused(campaign, pairs):
    before = files(sealed_with(campaign, pairs["maker.ed25519"]))
    assert files(sealed_with(campaign, pairs["maker.ed25519"])) == before
    with pytest.raises(UsageError, match="already sealed"):
        sealed_with(campaign, pairs["stranger.ed25519"])
    assert files(campaign) == before


def test_a_bundle_without_signers_is_whole_but_unsigned(campaign, pairs):
    found = verify(sealed_with(campaign).root)
    assert (found.defects, found.signatures, found.signed) == ((), (), False)
    assert "没有签名" in found.lines("zh")[0]
    found = verify(campaign.root, trusted=[pairs["maker.ed25519"]])
    assert (found.defects, [d.code for d in found.doubts], found.exit_code) == ((), ["evidence.unsigned"], 3)


def test_evidence_that_contradicts_its_journal_is_never_sealed(campaign, pairs):
    segment = next(campaign.data.rglob("0001.pcapng"))
    segment.write_bytes(segment.read_bytes()[:-1] + b"!")
    with pytest.raises(ChangedSegmentError):
        sealed_with(campaign, pairs["maker.ed25519"])
    assert not campaign.sealed


def test_a_scenario_swapped_before_sealing_is_never_sealed(campaign):
    campaign.scenario_path.write_text("scenario: easier\n", "utf-8")
    with pytest.raises(SwappedScenarioError):
        sealed_with(campaign)


def test_an_open_journal_must_be_closed_before_sealing(campaign):
    with Journal.open(campaign.journal_path), pytest.raises(BusyJournalError):
        sealed_with(campaign)


def test_a_segment_left_open_by_a_kill_is_closed_by_the_seal(campaign):
    with Journal.open(campaign.journal_path) as journal:
        path = campaign.next_segment("s01.latency", "stamp", "pcapng")
        journal.append("segment_opened", {**WHOSE, "path": campaign.relative(path)})
        SegmentWriter.create(path).write(b"cut off")
        journal.append("segment_opened", {**WHOSE, "path": "data/traces/s01.latency/stamp/0009.pcapng"})
    assert codes(sealed_with(campaign)) == []
    settled = [event for event in read_journal(campaign.journal_path) if event.body.get("by") == "seal"]
    assert [(event.kind, event.body.get("bytes")) for event in settled] == [
        ("segment_closed", 7),
        ("segment_dropped", None),
    ]


WHOSE = {"indicator": "s01.latency", "source": "stamp", "attempt": 3}
CLOCK = {"wall_ns": "1", "monotonic_ns": "1", "synchronised": None, "max_error_us": None}


def another_attempt(bundle: Bundle) -> None:
    with Journal.open(bundle.journal_path) as journal:
        journal.append("attempt_started", {"attempt": 3, "planned": 2, "clock": CLOCK})
        path = bundle.next_segment("s01.latency", "stamp", "pcapng")
        writer = SegmentWriter.create(path)
        journal.append("segment_opened", {**WHOSE, "path": bundle.relative(path)})
        writer.write(b"third attempt")
        closed = writer.close()
        body = {**WHOSE, "path": bundle.relative(path), "sha256": closed.sha256, "bytes": closed.bytes}
        journal.append("segment_closed", body)


def test_a_bundle_opened_for_another_attempt_keeps_its_former_seals(sealed, pairs):
    former = (sealed.root / bag.MANIFEST).read_bytes(), sealed.attestation_path.read_bytes()
    unseal(sealed)
    assert not sealed.sealed
    assert codes(sealed) == ["evidence.not-sealed"]
    another_attempt(sealed)
    sealed_with(sealed, pairs["maker.ed25519"])
    assert codes(sealed) == []
    kept = sealed.attestations_folder / "0001"
    assert ((kept / bag.MANIFEST).read_bytes(), (kept / "attestation.dsse.json").read_bytes()) == former
    unseal(sealed)
    sealed_with(sealed, pairs["maker.ed25519"])
    assert sorted(path.name for path in sealed.attestations_folder.iterdir()) == ["0001", "0002"]
    assert codes(sealed) == []


def test_only_a_sealed_bundle_is_opened_again(campaign):
    with pytest.raises(UsageError, match="not sealed"):
        unseal(campaign)


def test_a_former_seal_that_was_changed_is_found_even_under_fresh_manifests(sealed, forge):
    unseal(sealed)
    sealed_with(sealed)
    manifest = sealed.attestations_folder / "0001" / bag.MANIFEST
    manifest.write_bytes(manifest.read_bytes() + b"0" * 64 + b"  data/made-up\n")
    forge(sealed)
    assert codes(sealed) == ["evidence.former-seal"]


def test_a_trace_rewritten_after_a_former_seal_is_found_although_the_journal_agrees(sealed):
    unseal(sealed)
    path = next(sealed.data.rglob("0001.pcapng"))
    with SegmentWriter.reopen(path, 0) as writer:
        writer.write(b"better numbers")
    closed = writer.close()
    with Journal.open(sealed.journal_path) as journal:
        body = {**WHOSE, "path": sealed.relative(path), "sha256": closed.sha256, "bytes": closed.bytes}
        journal.append("segment_closed", body)
    sealed_with(sealed)
    assert codes(sealed) == ["evidence.former-seal"]


KILLED = textwrap.dedent("""
    import os, shutil, signal, sys
    from pathlib import Path
    from harness.evidence.bundle import Bundle
    from harness.evidence.keys import load_private
    from harness.evidence.seal import seal, unseal

    source, folder, key, work = Path(sys.argv[1]), Path(sys.argv[2]), load_private(sys.argv[3]), sys.argv[4]
    SUMMARY = {"verdict": "INCONCLUSIVE", "indicators": {"PASS": ["s01.loss"], "INCONCLUSIVE": ["s01.latency"]}}
    WATCHED = {"open", "os.rename", "os.remove", "os.mkdir", "os.truncate"}
    point, survived = 0, False
    while not survived:
        bundle = Bundle.open(shutil.copytree(source, folder / str(point) / source.name))
        child = os.fork()
        if child == 0:
            seen = 0

            def count(event, arguments):
                global seen
                if event in WATCHED and str(folder) in str(arguments[0]):
                    seen += 1
                    if seen > point:
                        os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(count)
            if work == "unseal":
                unseal(bundle)
            else:
                seal(bundle, [key], software={"name": "yanshou"}, verdict_summary=SUMMARY)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        if status not in {0, signal.SIGKILL}:
            sys.exit(f"{work} ended with {status} at {point}")  # it would never survive
        survived = status == 0
        point += 1
""")


def killed_everywhere(source: Bundle, folder, pairs, work: str) -> list[Bundle]:
    """Copies of ``source``, each left by a process that was killed before one of its file operations."""
    import harness.evidence.keys as keys

    folder.mkdir()
    private = folder / "key.pem"
    private.touch(mode=0o600)
    private.write_bytes(keys._pem("PRIVATE KEY", keys._ED25519_PRIVATE + pairs["maker.ed25519"].seed))
    subprocess.run([sys.executable, "-c", KILLED, source.root, folder, private, work], check=True, timeout=300)
    return [Bundle.open(path) for path in sorted(folder.glob("*/*.bundle"))]


def test_a_seal_killed_before_any_file_operation_is_mended_by_sealing_again(campaign, tmp_path, pairs):
    import bagit

    left = killed_everywhere(campaign, tmp_path / "killed", pairs, "seal")
    assert len(left) > 30
    assert {bundle.sealed for bundle in left} == {False, True}
    for number, bundle in enumerate(left):
        seal(bundle, [pairs["maker.ed25519"]], software=SOFTWARE, verdict_summary=SUMMARY)
        assert codes(bundle) == []
        assert number % 8 or bagit.Bag(str(bundle.root)).validate()
        assert sum(event.kind == "sealed" for event in read_journal(bundle.journal_path)) == 1


def test_an_unseal_killed_before_any_file_operation_is_mended_by_unsealing_again(sealed, tmp_path, pairs):
    left = killed_everywhere(sealed, tmp_path / "killed", pairs, "unseal")
    assert len(left) > 10
    for bundle in left:
        if bundle.sealed:
            unseal(bundle)
        seal(bundle, [pairs["maker.ed25519"]], software=SOFTWARE, verdict_summary=SUMMARY)
        assert codes(bundle) == []
        assert sum(event.kind == "unsealed" for event in read_journal(bundle.journal_path)) == 1

# SPDX-License-Identifier: Apache-2.0
"""A small but complete campaign to break in every way."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.evidence import bag
from harness.evidence.bundle import TAG_MANIFEST, Bundle, walk
from harness.evidence.canonical import canonical_bytes
from harness.evidence.journal import Journal
from harness.evidence.keys import generate, load_private
from harness.evidence.seal import seal
from harness.evidence.segment import SegmentWriter

SOFTWARE = {"name": "yanshou", "version": "0.1.0"}
CAMPAIGN = {"schema": "yanshou.campaign/1", "id": "test", "profile": "profile", "scenario": "s01", "software": SOFTWARE}
SUMMARY = {
    "verdict": "INCONCLUSIVE",
    "scenario": "s01",
    "indicators": {"PASS": ["s01.loss"], "FAIL": [], "INCONCLUSIVE": ["s01.latency"], "INVALID": [], "NOT_TESTED": []},
}
RESULTS = {
    "verdict": "INCONCLUSIVE",
    "indicators": [{"id": "s01.latency", "verdict": "INCONCLUSIVE"}, {"id": "s01.loss", "verdict": "PASS"}],
}
CLOCK = {"wall_ns": "1795219200000000000", "monotonic_ns": "5000000000", "synchronised": True, "max_error_us": 200}
START_NS = 1_795_219_200 * 10**9  # 2026-11-21 00:00:00 UTC


def stopped_clock() -> tuple[int, int]:
    """Always 2026-11-21: what is sealed under it is the same each time."""
    return START_NS, 5_000_000_000


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def record(bundle: Bundle, journal: Journal, attempt: int, content: bytes) -> Path:
    """One attempt with one segment, as the campaign records it."""
    journal.append("attempt_started", {"attempt": attempt, "planned": 2, "clock": CLOCK})
    path = bundle.next_segment("s01.latency", "stamp", "pcapng")
    where = {"indicator": "s01.latency", "source": "stamp", "attempt": attempt, "path": bundle.relative(path)}
    journal.append("segment_opened", where)
    writer = SegmentWriter.create(path)
    writer.write(content)
    closed = writer.close()
    journal.append("segment_closed", {**where, "sha256": closed.sha256, "bytes": closed.bytes})
    journal.append("attempt_ended", {"attempt": attempt, "clock": CLOCK})
    return path


def evaluate(bundle: Bundle, journal: Journal, attempt: int) -> None:
    """Results and figures as the campaign writes and journals them."""
    bundle.results_path.write_bytes(canonical_bytes({**RESULTS, "attempt": attempt}))
    bundle.figures_path.write_bytes(canonical_bytes({"figures": []}))
    digests = {"results_sha256": digest(bundle.results_path), "figures_sha256": digest(bundle.figures_path)}
    journal.append("evaluated", {"attempt": attempt, **digests})


def unsealed_campaign(root: Path) -> Bundle:
    """Everything but the seal."""
    bundle = Bundle.create(root)
    bundle.scenario_path.write_text("scenario: s01\n", "utf-8")
    bundle.profile_path.write_text("profile: 现场\n", "utf-8")
    began = {"scenario_sha256": digest(bundle.scenario_path), "profile_sha256": digest(bundle.profile_path)}
    bundle.campaign_path.write_bytes(canonical_bytes({**CAMPAIGN, **began}))
    (bundle.documents_folder("s01.demos") / "合同 一.txt").write_text("甲方乙方", "utf-8")
    with Journal.open(bundle.journal_path, clock=stopped_clock) as journal:
        journal.append("campaign_started", {**began, "campaign_sha256": digest(bundle.campaign_path)})
        record(bundle, journal, 1, bytes(range(256)) * 40)
        record(bundle, journal, 2, b"second attempt " * 100)
        evaluate(bundle, journal, 2)
    return bundle


@pytest.fixture(scope="session")
def pairs(tmp_path_factory):
    """Private keys: an Ed25519 and an SM2 pair of the campaign's maker, and a stranger's Ed25519 pair."""
    folder = tmp_path_factory.mktemp("keys")
    generate(folder / "maker", sm2=True)
    generate(folder / "stranger")
    names = ("maker.ed25519", "maker.sm2", "stranger.ed25519")
    return {name: load_private(folder / f"{name}.pem") for name in names}


@pytest.fixture(scope="session")
def pristine(tmp_path_factory, pairs) -> Bundle:
    """A sealed bundle with both signatures; copy it before changing anything."""
    bundle = unsealed_campaign(tmp_path_factory.mktemp("pristine") / "site.bundle")
    signers = [pairs["maker.ed25519"], pairs["maker.sm2"]]
    seal(bundle, signers, software=SOFTWARE, verdict_summary=SUMMARY, clock=stopped_clock)
    return bundle


@pytest.fixture
def sealed(pristine, tmp_path) -> Bundle:
    """A sealed bundle of one's own."""
    return Bundle.open(Path(shutil.copytree(pristine.root, tmp_path / "site.bundle")))


@pytest.fixture
def campaign(tmp_path) -> Bundle:
    """A bundle that is not sealed yet."""
    return unsealed_campaign(tmp_path / "site.bundle")


@pytest.fixture(scope="session")
def frozen():
    """A clock that stands still."""
    return stopped_clock


@pytest.fixture
def forge() -> Callable[[Bundle], None]:
    """What a forger without a key does after changing something: makes all manifests right again."""

    def remake(bundle: Bundle) -> None:
        root = bundle.root
        payload = {e.path: bag.hash_file(root / e.path) for e in walk(root) if e.path.startswith("data/") and e.plain}
        (root / bag.MANIFEST).write_bytes(bag.manifest_text(payload))
        lines = (root / bag.BAG_INFO).read_text("utf-8").splitlines()
        kept = [line for line in lines if not line.startswith("Payload-Oxum")]
        oxum = f"Payload-Oxum: {bag.oxum(payload.values())}"
        (root / bag.BAG_INFO).write_text("\n".join([*kept, oxum, ""]), "utf-8")
        names = [e.path for e in walk(root) if "/" not in e.path and e.path != TAG_MANIFEST]
        (root / TAG_MANIFEST).write_bytes(bag.manifest_text({name: bag.hash_file(root / name) for name in names}))

    return remake

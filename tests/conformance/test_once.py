# SPDX-License-Identifier: Apache-2.0
"""Each trace is decoded once for all who read it, and nobody's entry depends on who else does."""

from pathlib import Path

import pytest

import profiles
from harness.evaluate import bundle_profile
from harness.evidence.bundle import Bundle
from harness.evidence.canonical import canonical_bytes
from harness.summaries import owners
from tests.conformance.campaigns import SITES
from tests.profiles.demonstrated import assert_once, counted, demonstrated

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {"s01_example", "s08_example"}
"""Profiles to begin with, which name devices that are not there."""
HERE = ("demo_s08", "s01_capture")
RUN_BY = {
    "tests/harness/test_demo.py": ("demo_p04", "demo_s01", "demo_s01_full", "demo_s08_live"),
    "tests/profiles/test_rest.py": ("more_p01", "more_p02", "more_p03", "more_p05", "more_s07"),
    "tests/profiles/test_before_and_after.py": ("more_s03", "more_s06_1_baseline", "more_s06_2_change"),
    "tests/profiles/test_plants.py": ("more_p03_devices", "more_s04"),
    "tests/profiles/test_hospital.py": ("more_s02",),
    "tests/probes/immersive/test_demo.py": ("more_s10",),
}
"""Demonstrations whose decoding is counted where they are run for other reasons."""
LONG = ("more_s01_expired", "more_s05", "more_s09")
"""Those that ``yanshou demo --all`` alone runs: a minute of waiting or half a minute of a processor each."""


def readers(root: Path, owner: str) -> set[str]:
    """The indicators that read the traces of one."""
    profile = bundle_profile(Bundle.open(root))
    return {each for each in profile.bindings if owner in owners(profile, each)}


def test_every_trace_of_every_demonstration_is_decoded_once(tmp_path: Path) -> None:
    assert demonstrated(tmp_path, *HERE).keys() == set(HERE)


def test_every_demonstration_is_counted_somewhere() -> None:
    elsewhere = [name for names in RUN_BY.values() for name in names]
    all_of_them = {path.stem for path in Path(profiles.__file__).parent.glob("*.yaml")} - EXAMPLES
    assert sorted([*HERE, *elsewhere, *LONG]) == sorted(all_of_them)
    for test, names in RUN_BY.items():
        source = (ROOT / test).read_text("utf-8")
        assert "demonstrated(" in source or "counted(" in source, test
        assert all(name.removeprefix("demo_") in source for name in names), test


@pytest.mark.parametrize("domain", SITES)
def test_a_trace_that_is_lent_is_decoded_once_and_its_owner_has_the_same_entry(domain: str, tmp_path: Path) -> None:
    site, entries = SITES[domain], []
    for lent in (False, True):
        with counted() as decoded:
            done = site.run(tmp_path / str(lent), lent=lent)
        assert_once(decoded, done.root)
        assert readers(done.root, site.owner) == {site.owner, *(site.borrowers if lent else ())}
        (found,) = (each for each in done.evaluation.results["indicators"] if each["id"] == site.owner)
        entries.append(found)
    assert entries[0]["estimate"] is not None
    assert canonical_bytes(entries[0]) == canonical_bytes(entries[1])

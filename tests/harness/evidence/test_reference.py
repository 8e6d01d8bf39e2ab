# SPDX-License-Identifier: Apache-2.0
"""docs/reference/bundle.md: its commands do what it says, its table holds every code."""

import os
import re
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import pytest

from harness.evidence import defects, forms, refusals

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "bundle.md").read_text("utf-8")


def _scripts_of(package: str) -> Path:
    """The folder into which the package's command was installed; beside the interpreter, or where that borrows packages from."""
    files = distribution(package).files or []
    return next(
        Path(each.locate()).resolve() for each in files if each.name == f"{package}.py" and each.parent.name == "bin"
    ).parent


@pytest.fixture
def by_hand(peer):
    """The commands for a stranger, run inside a bundle."""
    for program in ("sha256sum", "openssl"):
        peer(program)
    script = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)[1]

    def run(folder) -> subprocess.CompletedProcess[str]:
        path = f"{_scripts_of('bagit')}:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_commands_of_the_page_accept_a_sealed_bundle(sealed, by_hand):
    done = by_hand(sealed.root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Signature Verified Successfully") == 2
    assert done.stdout.endswith("whole, attested and signed\n")


def edited_document(bundle) -> None:
    path = next((bundle.data / "documents").rglob("*.txt"))
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def forged_results(bundle) -> None:
    bundle.results_path.write_bytes(b'{"verdict":"PASS"}')


def edited_journal(bundle) -> None:
    bundle.journal_path.write_bytes(bundle.journal_path.read_bytes().replace(b'"attempt":1', b'"attempt":7', 1))


def forged_statement(bundle) -> None:
    content = bundle.attestation_path.read_bytes()
    at = content.index(b'"sig":"') + 20
    swapped = b"B" if content[at : at + 1] == b"A" else b"A"
    bundle.attestation_path.write_bytes(content[:at] + swapped + content[at + 1 :])


@pytest.mark.parametrize("change", [edited_document, edited_journal, forged_results, forged_statement])
@pytest.mark.parametrize("remade", [False, True], ids=["as is", "manifests remade"])
def test_the_commands_of_the_page_refuse_a_broken_bundle(sealed, forge, by_hand, change, remade):
    change(sealed)
    if remade:
        forge(sealed)
    assert by_hand(sealed.root).returncode != 0


def test_the_chain_is_checked_even_by_hand(campaign, forge, by_hand, pairs):
    """An edited journal under a fresh seal of the forger's own: only the chain tells."""
    from harness.evidence.bag import BAG_INFO, MANIFEST, hash_file
    from harness.evidence.dsse import envelope, statement
    from harness.evidence.seal import seal

    seal(campaign, [pairs["stranger.ed25519"]], software={"name": "x"}, verdict_summary={"verdict": "PASS"})
    edited_journal(campaign)
    forge(campaign)
    subjects = {name: hash_file(campaign.root / name).sha256 for name in (MANIFEST, BAG_INFO)}
    campaign.attestation_path.write_bytes(envelope(statement(subjects, {}), [pairs["stranger.ed25519"]]))
    forge(campaign)
    done = by_hand(campaign.root)
    assert done.returncode != 0
    assert "edited: " in done.stdout


def test_the_page_lists_every_code_with_its_sentences():
    kinds = {
        kind
        for module in (defects, refusals, forms)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, defects.DefectError) and "sentence" in vars(kind)
    } - {defects.DefectError}
    rows = {f"| `{kind.code}` | {kind.sentence.zh} | {kind.sentence.en} |" for kind in kinds}
    assert rows == set(re.findall(r"^\| `evidence\..*$", PAGE, re.MULTILINE))

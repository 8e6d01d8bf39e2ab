# SPDX-License-Identifier: Apache-2.0
"""A printed page is found again by the code at its foot, and a signed paper is still known as the bundle's."""

import io
import json
import re
from pathlib import Path

import pypdfium2
import pytest

from harness.evidence.keys import generate


@pytest.fixture
def bundle(case: Path, says, tmp_path: Path) -> Path:
    says("run", case, "--out", tmp_path)
    return tmp_path / "case.bundle"


def test_the_code_of_a_page_finds_it_again_and_another_one_does_not(bundle: Path, says, tmp_path: Path) -> None:
    assert says("report", bundle, "--lang", "zh", "--format", "pdf", "--layout", "yiye,zhenggai")[0] == 0
    page = pypdfium2.PdfDocument(io.BytesIO((tmp_path / "case.zh.zhenggai.pdf").read_bytes()))[0]
    code = re.search(r"校验码\s*([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})", page.get_textpage().get_text_range())[1]
    typed = code.replace("-", "").lower().replace("0", "o").replace("1", "l")
    status, out, _ = says("verify", bundle, "--any-signer", "--page", typed)
    assert status == 0
    assert code in out
    assert "zhenggai" in out
    assert "其他企业数" in out  # what the page has to say
    other = ("1" if code[0] == "0" else "0") + code[1:]
    status, out, _ = says("verify", bundle, "--any-signer", "--page", other, "--json")
    assert status == 4
    (told,) = json.loads(out)["pages"]
    assert not told["belongs"]
    assert told["unread"] == []


@pytest.mark.parametrize("code", ["", "1234", "AAAA-BBBB-CCCC-DDDD"])
def test_what_cannot_be_a_code_is_refused(bundle: Path, says, code: str) -> None:
    status, _, err = says("verify", bundle, "--any-signer", "--page", code)
    assert status == 2
    assert "code" in err


def test_a_signed_ofd_is_known_as_the_bundles_and_a_key_that_signs_nothing_is_refused(
    bundle: Path, says, tmp_path: Path
) -> None:
    generate(tmp_path / "unit", sm2=True)
    key, path = tmp_path / "unit.sm2.pem", tmp_path / "case.en.yiye.ofd"
    asked = ("report", bundle, "--lang", "en", "--layout", "yiye", "--sign", key)
    assert says(*asked, "--format", "docx")[0] == 2
    assert says(*asked, "--format", "ofd")[0] == 0
    status, out, _ = says("verify", bundle, "--any-signer", "--report", path, "--json")
    assert status == 0
    assert json.loads(out)["reports"][0]["signed"]
    path.write_bytes(path.read_bytes()[:-40])
    status, out, _ = says("verify", bundle, "--any-signer", "--report", path)
    assert status == 4
    assert re.search(r"differs from byte \d+ on", out)

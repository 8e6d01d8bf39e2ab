# SPDX-License-Identifier: Apache-2.0
"""Where positions are read from a maker's sentences or messages, what GGA, RMC and others say beside them counts as well."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from pathlib import Path

import pytest

from probes.gnss.digests.log import Log
from probes.gnss.faces.recordings import read_recording
from tests.probes.gnss.formats.denials.test_denials import ubx
from tests.probes.gnss.formats.test_modes import GSA, gga, rmc, sealed

COUNT = 40


def ksxt(number: int) -> bytes:
    return sealed(
        f"KSXT,202611210400{number:02d}.00,114.3000000{number % 10},30.5000000{number % 10},57.5,,,,0.0,,3,0,24,20,,,,,,,1.0,,,"
    )


def ggk(number: int) -> bytes:
    return sealed(
        f"PTNL,GGK,0400{number:02d}.00,112126,3030.0000000{number % 10},N,11418.0000000{number % 10},E,3,18,1.1,EHT45.0{number % 10},M"
    )


def bestnav(number: int) -> bytes:
    place = f"30.5000000{number % 10},114.3000000{number % 10},57.5,-12.5,WGS84,0.01,0.01,0.02"
    body = f'BESTNAVA,97,GPS,FINE,2445,{532_818_000 + 1000 * number},0,0,18,12;SOL_COMPUTED,NARROW_INT,{place},"0",1.000,0.000,40,30,30,20'
    return f"#{body}*{binascii.crc32(body.encode(), 0xFFFFFFFF) ^ 0xFFFFFFFF:08x}\r\n".encode()


def pvt(number: int) -> bytes:
    payload = bytearray(92)
    payload[4:12] = (2026).to_bytes(2, "little") + bytes([11, 21, 4, 0, number, 0x37])
    payload[20:24] = bytes([3, 0x83, 0, 24])
    payload[24:32] = (1_143_000_000 + number).to_bytes(4, "little") + (305_000_000 + number).to_bytes(4, "little")
    payload[32:44] = (45_000).to_bytes(4, "little") + (57_500).to_bytes(4, "little") + (14).to_bytes(4, "little")
    return ubx(0x01, 0x07, bytes(payload))


FORMS: dict[str, Callable[[int], bytes]] = {"ksxt": ksxt, "ggk": ggk, "bestnav": bestnav, "ubx": pvt}


def read(form: str, beside: Callable[[str, int], bytes], folder: Path) -> Log:
    data = b"".join(FORMS[form](number) + beside(f"0400{number:02d}.00", number) + GSA for number in range(COUNT))
    (path := folder / "a.log").write_bytes(data)
    found = read_recording(path, form).log
    assert set(found.epochs["quality"].tolist()) == {4}
    return found


def graded(quality: int) -> Callable[[str, int], bytes]:
    """A GGA of that quality beside each position."""

    def said(clock: str, number: int) -> bytes:
        return sealed(gga(clock, number).decode()[1:].partition("*")[0].replace(",E,4,", f",E,{quality},"))

    return said


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("quality", [0, 1, 2, 5, 6, 8])
def test_a_gga_that_tells_a_lesser_solution_denies_the_fix(tmp_path: Path, form: str, quality: int) -> None:
    assert read(form, graded(quality), tmp_path).unfixed.all()


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_gga_that_agrees_or_is_not_there_does_not(tmp_path: Path, form: str) -> None:
    assert not read(form, graded(4), tmp_path).unfixed.any()
    assert not read(form, lambda clock, _: rmc(clock, "R"), tmp_path).unfixed.any()
    assert not read(form, lambda _clock, _number: b"", tmp_path).unfixed.any()


@pytest.mark.parametrize("form", sorted(FORMS))
def test_an_rmc_that_denies_the_fix_is_heard(tmp_path: Path, form: str) -> None:
    assert read(form, lambda clock, _: rmc(clock, "F"), tmp_path).unfixed.all()
    some = read(form, lambda clock, number: rmc(clock, "F" if number in {7, 8} else "R"), tmp_path)
    assert some.unfixed[[7, 8]].all()
    assert some.unfixed.sum() <= 4


def test_another_maker_s_sentence_denies_the_fix(tmp_path: Path) -> None:
    single = sealed("PTNL,PJK,040000.00,112126,1.0,N,2.0,E,1,18,1.5,GHT+25.478,M")
    for form in ("ksxt", "bestnav"):
        assert read(form, lambda clock, number: graded(4)(clock, number) + single, tmp_path).unfixed.mean() > 0.9

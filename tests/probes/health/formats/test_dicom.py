# SPDX-License-Identifier: Apache-2.0
"""DICOM: every element, pixels and waveforms counted by dcmtk and pydicom; another transfer syntax changes nothing."""

import io
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from harness.kit.unreadable import UnreadableError
from probes.health.formats import dicom
from probes.health.formats.forms import differing, undecided
from tests.probes.health.made import body


def rewritten(data: bytes, syntax: str) -> bytes:
    found, out = dcmread(io.BytesIO(data)), io.BytesIO()
    if syntax == RLELossless:
        found.compress(RLELossless, generate_instance_uid=False)
    found.file_meta.TransferSyntaxUID = syntax
    found.save_as(out, enforce_file_format=True)
    return out.getvalue()


@pytest.mark.parametrize("number", [1, 2])
def test_another_transfer_syntax_is_the_same_object(number: int) -> None:
    data = body("dicom", number)
    syntaxes = [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian] + ([] if number % 2 else [RLELossless])
    for syntax in syntaxes:
        other = rewritten(data, syntax)
        assert other != data
        assert dicom.record(other).fields == dicom.record(data).fields


RECODED = {
    "lossless JPEG, selection 1": ("dcmcjpeg", "+e1"),
    "lossless JPEG": ("dcmcjpeg", "+el"),
    "JPEG-LS": ("dcmcjpls", "+el"),
    "run lengths": ("dcmcrle",),
    "the highest byte first": ("dcmconv", "+tb"),
}


@pytest.mark.parametrize("way", RECODED)
def test_what_an_archive_compressed_without_loss_is_the_same_object(
    way: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    pytest.importorskip("gdcm", reason="python-gdcm decodes what archives compress (the extra dicom)")
    tool, *how = RECODED[way]
    for number in (1, 2):
        sent, held = tmp_path / f"{number}.dcm", tmp_path / f"{number}.held.dcm"
        sent.write_bytes(body("dicom", number))
        subprocess.run([peer(tool), *how, str(sent), str(held)], capture_output=True, check=True)
        assert held.read_bytes() != sent.read_bytes()
        assert dicom.record(held.read_bytes()).fields == dicom.record(sent.read_bytes()).fields


def test_what_was_compressed_with_loss_or_cannot_be_decoded_is_another_object(
    tmp_path: Path, peer: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, lossy, held = (tmp_path / name for name in ("sent.dcm", "lossy.dcm", "held.dcm"))
    sent.write_bytes(body("dicom", 2))
    subprocess.run([peer("dcmcjpeg"), "+eb", "+un", str(sent), str(lossy)], capture_output=True, check=True)
    ours = dicom.record(sent.read_bytes()).marks()
    differ = differing(ours, dicom.record(lossy.read_bytes()).marks())
    assert {"LossyImageCompression", "PixelData"} <= set(differ)
    assert not undecided(differ)
    subprocess.run([peer("dcmcjpls"), str(sent), str(held)], capture_output=True, check=True)
    monkeypatch.setattr(dicom, "_pixels", lambda _: "")
    unread = differing(ours, dicom.record(held.read_bytes()).marks())
    assert undecided(unread), "nobody knows whether these pixels are the same"


@pytest.mark.parametrize(("number", "keyword"), [(2, "PixelData"), (1, "WaveformSequence[0].WaveformData")])
def test_one_changed_sample_is_named(number: int, keyword: str) -> None:
    data = body("dicom", number)
    found, out = dcmread(io.BytesIO(data)), io.BytesIO()
    element = found["PixelData"] if number == 2 else found.WaveformSequence[0]["WaveformData"]
    element.value = bytes([element.value[0] ^ 1]) + element.value[1:]
    found.save_as(out, enforce_file_format=True)
    ours, theirs = dicom.record(data).fields, dicom.record(out.getvalue()).fields
    assert {name for name in ours if ours[name] != theirs.get(name)} == {keyword}


def test_one_changed_sample_of_an_icon_is_named() -> None:
    marks = []
    for pixels in (b"ab", b"ac"):
        found, icon, out = dcmread(io.BytesIO(body("dicom", 2))), Dataset(), io.BytesIO()
        icon.add_new("PixelData", "OW", pixels)
        found.IconImageSequence = [icon]
        found.save_as(out, enforce_file_format=True)
        marks.append(dicom.record(out.getvalue()).marks())
    assert differing(*marks) == ("IconImageSequence[0].PixelData",)


def test_an_ecg_has_twelve_leads_that_another_reader_plots() -> None:
    wave = dcmread(io.BytesIO(body("dicom", 1))).waveform_array(0)
    assert wave.shape == (250, 12)
    assert np.ptp(wave) > 100


def test_dcmtk_reads_our_objects(tmp_path: Path, peer: Callable[[str], str]) -> None:
    for number in (1, 2):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(body("dicom", number))
        command = [peer("dcmdump"), "+P", "SOPInstanceUID", "+P", "PatientID", str(path)]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        made = dicom.record(path.read_bytes())
        assert f"[{made.identifier}]" in told
        assert f"[{made.patients[0]}]" in told


@pytest.mark.parametrize("cut", [0, 100, 132, 140])
def test_what_is_no_object_is_refused(cut: int) -> None:
    with pytest.raises(UnreadableError):
        dicom.record(body("dicom", 2)[:cut])


def test_an_object_that_inflates_without_end_is_refused_before_it_does() -> None:
    data = rewritten(body("dicom", 2), DeflatedExplicitVRLittleEndian)
    end = 144 + int.from_bytes(data[140:144], "little")
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = b"".join([*(squeezed.compress(bytes(1 << 20)) for _ in range(300)), squeezed.flush()])
    assert len(bomb) < 1 << 20
    with pytest.raises(UnreadableError):
        dicom.record(data[:end] + bomb)


def test_what_is_no_list_is_refused() -> None:
    for bad in (b"", b"{}", b"[1]", b'[{"00080018":{"vr":"UI"}}]'):
        with pytest.raises(UnreadableError):
            dicom.page(bad)

# SPDX-License-Identifier: Apache-2.0
"""DICOM objects of test patients, by pydicom: 12-lead ECG waveforms and small images in turn. Pure: same number, same bytes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from harness.errors import UsageError
from probes.health.formats.content import Plan

_LEADS = tuple(enumerate(("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"), start=1))
_CODES = (
    *("2:1", "2:2", "2:61", "2:62", "2:63", "2:64"),
    *("2:3", "2:4", "2:5", "2:6", "2:7", "2:8"),
)
"""MDC codes of the leads (PS3.16, CID 3001)."""
_RATE, _SECONDS, _SIDE = 250, 1, 64
ECG, IMAGE = "1.2.840.10008.5.1.4.1.1.9.1.1", "1.2.840.10008.5.1.4.1.1.7"
KINDS = (ECG, IMAGE)


def uid(run: str, number: int = 0, part: int = 1) -> str:
    """A UID below 2.25: of the run's study, of its series, or of one object."""
    return f"2.25.{run}" if not number else f"2.25.{run}.{part}.{number}"


def dicom(plan: Plan) -> bytes:
    """An ECG for every odd number, an image for every even one, as a file of DICOM (PS3.10)."""
    try:
        from pydicom.dataset import Dataset, FileMetaDataset
        from pydicom.uid import UID, ExplicitVRLittleEndian
    except ImportError:
        msg = "DICOM needs pydicom and pynetdicom."
        raise UsageError(msg, cure="pip install 'yanshou[dicom]'.") from None
    made, kind = Dataset(), ECG if plan.number % 2 else IMAGE
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID, made.SOPInstanceUID = UID(kind), UID(uid(plan.run, plan.number))
    made.StudyInstanceUID, made.SeriesInstanceUID = UID(uid(plan.run)), UID(uid(plan.run, 1 if kind == ECG else 2, 2))
    made.PatientID, made.PatientName, made.PatientBirthDate, made.PatientSex = plan.patient, plan.name, "", "O"
    made.StudyDate = made.ContentDate = plan.moment.strftime("%Y%m%d")
    made.StudyTime = made.ContentTime = plan.moment.strftime("%H%M%S")
    made.AcquisitionDateTime = plan.moment.strftime("%Y%m%d%H%M%S.%f")
    made.Modality, made.StudyID, made.AccessionNumber = "ECG" if kind == ECG else "OT", plan.run[:16], ""
    made.SeriesNumber, made.InstanceNumber = 1 if kind == ECG else 2, plan.number
    made.StudyDescription, made.ReferringPhysicianName = "测试记录 TEST RECORD", ""
    made.Manufacturer = "yanshou"
    _ecg(made, plan) if kind == ECG else _image(made, plan)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(kind), made.SOPInstanceUID
    meta.ImplementationClassUID = UID("2.25.302043790172249692526321623266752743501")
    made.file_meta = meta
    out = io.BytesIO()
    made.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _image(made: Any, plan: Plan) -> None:
    """A pattern that is another one for every number."""
    made.ConversionType = "SYN"
    made.Rows = made.Columns = _SIDE
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    at = np.arange(_SIDE * _SIDE, dtype=np.int64)
    made.PixelData = ((at * at + at * plan.number * 7919) % 4096).astype("<u2").tobytes()


def _ecg(made: Any, plan: Plan) -> None:
    """A second of twelve leads (PS3.3 A.34.3): pulses at the patient's rate, in steps of 5 microvolts."""
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    n = _RATE * _SECONDS
    at = np.arange(n) * plan.pulse / 60 / _RATE
    beat = np.exp(-(((at % 1) - 0.3) ** 2) / 0.0008)
    leads = [np.rint(200 * beat * (lead % 5 - 2) + lead * 3).astype("<i2") for lead, _ in _LEADS]
    wave = Dataset()
    wave.WaveformOriginality, wave.NumberOfWaveformChannels, wave.NumberOfWaveformSamples = "ORIGINAL", len(leads), n
    wave.SamplingFrequency = str(_RATE)
    wave.ChannelDefinitionSequence = Sequence(
        [_channel(code, name) for code, (_, name) in zip(_CODES, _LEADS, strict=True)]
    )
    wave.WaveformBitsAllocated, wave.WaveformSampleInterpretation = 16, "SS"
    wave.WaveformData = np.stack(leads, axis=1).tobytes()
    made.WaveformSequence = Sequence([wave])
    made.AcquisitionContextSequence = Sequence([])


def _channel(code: str, name: str) -> Any:
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    made = Dataset()
    made.ChannelSourceSequence = Sequence([_code(code, "MDC", f"Lead {name}")])
    made.ChannelSensitivity, made.ChannelSensitivityCorrectionFactor, made.ChannelBaseline = "5", "1", "0"
    made.ChannelSensitivityUnitsSequence = Sequence([_code("uV", "UCUM", "microvolt")])
    made.WaveformBitsStored = 16
    made.ChannelSampleSkew = "0"
    return made


def _code(value: str, scheme: str, meaning: str) -> Any:
    from pydicom.dataset import Dataset

    made = Dataset()
    made.CodeValue, made.CodingSchemeDesignator, made.CodeMeaning = value, scheme, meaning
    return made

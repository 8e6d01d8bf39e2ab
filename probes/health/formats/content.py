# SPDX-License-Identifier: Apache-2.0
"""Records of test patients as an ambulance would send them: vital signs by HL7 v2, FHIR and CDA. Pure: same number, same bytes.

Every record says in itself that it is a test. Its identifier is the run and its number: 482910375512-00007.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from probes.health.formats.fhir import SYSTEM

RUN_SYSTEM = "urn:yanshou:run"
PATIENT_SYSTEM = "urn:yanshou:test-patient"


class Plan(NamedTuple):
    """What a record is made of: the run, its number, whose it is, when it is due."""

    run: str
    number: int
    patient: str
    name: str
    due_ns: int

    @property
    def identifier(self) -> str:
        """Of the record."""
        return f"{self.run}-{self.number:05d}"

    @property
    def moment(self) -> datetime:
        """When it is due, UTC."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.due_ns // 1000)

    @property
    def pulse(self) -> int:
        """Of the patient, 1/min."""
        return 60 + self.number * 37 % 61

    @property
    def saturation(self) -> str:
        """Of oxygen, %, with a decimal whose zero counts."""
        return f"{92 + self.number % 7}.{self.number % 10}"


def hl7(plan: Plan) -> bytes:
    """ORU^R01 in UTF-8: heart rate and oxygen saturation."""
    at = plan.moment.strftime("%Y%m%d%H%M%S+0000")
    return "\r".join((
        f"MSH|^~\\&|YANSHOU|AMBULANCE|HIS|HOSPITAL|{at}||ORU^R01^ORU_R01|{plan.identifier}|T|2.5.1|||AL|NE||UNICODE UTF-8",
        f"PID|1||{plan.patient}^^^YANSHOU^PI||{plan.name}",
        f"OBR|1|{plan.identifier}||8716-3^Vital signs^LN|||{at}",
        f"OBX|1|NM|8867-4^Heart rate^LN||{plan.pulse}|/min|||||F|||{at}",
        f"OBX|2|NM|59408-5^Oxygen saturation^LN||{plan.saturation}|%|||||F|||{at}",
        "NTE|1||测试记录，非真实患者 TEST RECORD",
        "",
    )).encode()  # fmt: skip


def fhir(plan: Plan) -> bytes:
    """An Observation with the run as its tag; the saturation keeps its decimal."""
    coding = {"system": "http://loinc.org", "code": "59408-5", "display": "Oxygen saturation"}
    made: Mapping[str, object] = {
        "resourceType": "Observation",
        "meta": {"tag": [{"system": RUN_SYSTEM, "code": plan.run}]},
        "identifier": [{"system": SYSTEM, "value": plan.identifier}],
        "status": "final",
        "code": {"coding": [coding]},
        "subject": {"identifier": {"system": PATIENT_SYSTEM, "value": plan.patient}, "display": plan.name},
        "effectiveDateTime": plan.moment.isoformat(timespec="milliseconds"),
        "valueQuantity": {"value": "@", "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
        "note": [{"text": "测试记录，非真实患者 TEST RECORD"}],
    }
    return json.dumps(made, ensure_ascii=False).replace('"@"', plan.saturation).encode()


def cda(plan: Plan) -> bytes:
    """A shared document after WS/T 500: a first-aid record with its head and one section."""
    at = plan.moment.strftime("%Y%m%d%H%M%S+0000")
    name = escape(plan.name)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <realmCode code="CN"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_MT000040"/>
  <templateId root="2.16.156.10011.2.1.1.24"/>
  <id root="2.16.156.10011.1.1" extension={quoteattr(plan.identifier)}/>
  <code code="C0004" codeSystem="2.16.156.10011.2.4" codeSystemName="卫生信息共享文档规范编码体系"/>
  <title>急诊留观病历（测试）</title>
  <effectiveTime value="{at}"/>
  <confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
  <languageCode code="zh-CN"/>
  <recordTarget typeCode="RCT" contextControlCode="OP"><patientRole classCode="PAT">
    <id root="2.16.156.10011.1.10" extension={quoteattr(plan.patient)}/>
    <patient classCode="PSN" determinerCode="INSTANCE"><name>{name}</name></patient>
  </patientRole></recordTarget>
  <component><structuredBody><component><section>
    <code code="8716-3" codeSystem="2.16.840.1.113883.6.1" displayName="VITAL SIGNS"/>
    <text>测试记录，非真实患者 TEST RECORD；脉率 {plan.pulse} 次/min</text>
    <entry><observation classCode="OBS" moodCode="EVN">
      <code code="DE04.10.206.00" codeSystem="2.16.156.10011.2.2.1" displayName="心率"/>
      <value xsi:type="PQ" value="{plan.pulse}" unit="次/min"/>
    </observation></entry>
  </section></component></structuredBody></component>
</ClinicalDocument>
""".encode()

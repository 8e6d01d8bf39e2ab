# SPDX-License-Identifier: Apache-2.0
"""The probe of models and its readings: copies, near-copies, and an IDS checked by a process of its own."""

import json
import re
from pathlib import Path

import pytest

from harness.kit.proofreading import problems
from harness.testing import Question, answer, record
from probes.bim.instruments.model import PROBE
from probes.bim.simulators.library import LibrarySettings, written
from tests.conformance.examples import bim as examples
from tests.conformance.examples import traced
from tests.conformance.laws.law import input_of

IDS = """<?xml version="1.0" encoding="UTF-8"?>
<ids xmlns="http://standards.buildingsmart.org/IDS"><info><title>示例</title></info><specifications>
<specification name="walls" ifcVersion="IFC4"><applicability minOccurs="1" maxOccurs="unbounded"><entity><name><simpleValue>IFCWALL</simpleValue></name></entity></applicability>
<requirements><attribute cardinality="required"><name><simpleValue>{attribute}</simpleValue></name></attribute></requirements></specification>
</specifications></ids>
"""


def judged(folder, *models, by="type", limit=">= 3 件"):
    question = Question("bim.components", "distinct", limit, {"by": by})
    data = {f"{at:04d}.ifc": each for at, each in enumerate(models, start=1)}
    trace = traced("bim.model", folder, data, {"files": [*data]})
    return answer([input_of(trace, question)], question)


@pytest.mark.parametrize(("by", "count"), [("type", 3), ("globalid", 6), ("leaves", 6), ("signature", 3)])
def test_a_component_is_what_the_reading_says(tmp_path, by, count):
    estimate = judged(tmp_path, examples.ifc(3), by=by)[0].estimate
    assert (estimate.value, estimate.lower, estimate.upper) == (count,) * 3


def test_near_copies_leave_the_verdict_open_and_are_listed(tmp_path):
    model = written(LibrarySettings(types=8, copies=4)).encode()
    for limit, verdict in ((">= 8 件", "PASS"), (">= 10 件", "INCONCLUSIVE"), (">= 13 件", "FAIL")):
        folder = tmp_path / limit[3:5].strip()
        folder.mkdir()
        outcome, judgement = judged(folder, model, limit=limit)
        assert (outcome.estimate.lower, outcome.estimate.upper, judgement.verdict) == (8, 12, verdict)


def test_a_copy_with_other_identities_adds_nothing_that_is_proven(tmp_path):
    outcome, _ = judged(tmp_path, examples.ifc(3), examples.ifc(3, first=500), by="globalid")
    assert (outcome.estimate.lower, outcome.estimate.value) == (6, 12)


@pytest.mark.parametrize(("by", "least"), [("type", 3), ("globalid", 6), ("leaves", 6), ("signature", 3)])
def test_a_copy_with_other_identities_and_other_names_of_types_adds_nothing_that_is_proven(tmp_path, by, least):
    renamed = examples.ifc(3, first=500).replace(b"'wall ", b"'mur no. ").replace(b"'w'", b"'m'")
    outcome, judgement = judged(tmp_path, examples.ifc(3), renamed, by=by, limit=f">= {2 * least} 件")
    assert (outcome.estimate.lower, outcome.estimate.value) == (least, 2 * least)
    assert judgement.verdict == "INCONCLUSIVE"


def test_a_type_of_the_same_shape_and_name_under_another_class_or_with_another_mark_is_a_near_copy(tmp_path):
    model = examples.ifc(3)
    reclassed = examples.ifc(3, first=500).replace(b"IFCWALLTYPE", b"IFCSLABTYPE")
    rows = b"".join(
        b"#%d=IFCPROPERTYSINGLEVALUE('Mark',$,IFCLABEL('%d'),$);\n#%d=IFCPROPERTYSET('%022d',$,'P',$,(#%d));\n"
        b"#%d=IFCWALLTYPE('%022d',$,'wall 0',$,$,(#%d),(#13),$,$,.NOTDEFINED.);\n"
        % (at, at, at + 1, at, at, at + 2, at + 1, at + 1)
        for at in range(900, 950, 10)
    )
    marked = model.replace(b"ENDSEC;\nEND-ISO", rows + b"ENDSEC;\nEND-ISO")
    for at, (models, exact) in enumerate((((model, reclassed), 6), ((marked,), 8))):
        (tmp_path / str(at)).mkdir()
        outcome, judgement = judged(tmp_path / str(at), *models, limit=f">= {exact} 件")
        assert (outcome.estimate.lower, outcome.estimate.value, judgement.verdict) == (3, exact, "INCONCLUSIVE")


def test_an_unknown_reading_and_no_model_prove_nothing(tmp_path):
    assert judged(tmp_path, examples.ifc(3), by="weight")[1].verdict == "INCONCLUSIVE"


def test_the_words_of_the_domain_and_its_source_agree():
    assert problems("probes.bim") == []


@pytest.mark.parametrize(("attribute", "verdict"), [("Name", "PASS"), ("Description", "INCONCLUSIVE")])
def test_an_ids_is_checked_by_a_process_of_its_own_and_its_verdict_is_crosschecked(tmp_path, attribute, verdict):
    pytest.importorskip("ifcopenshell", reason="the bim extra brings IfcTester")
    (tmp_path / "a.ifc").write_text(written(LibrarySettings(types=12, placed=2)))
    (tmp_path / "r.ids").write_text(IDS.format(attribute=attribute), "utf-8")
    sink = record(PROBE, {"files": ["a.ifc"], "ids": "r.ids"}, tmp_path)
    (told,) = [json.loads(data) for name, data in sink.attached.items() if name.endswith(".json")]
    assert told["specifications"][0]["applicable"] == told["specifications"][0]["checks"] == 4
    question = Question("bim.components", "distinct", ">= 12 件", {"by": "type"})

    def given(report: dict) -> tuple:
        trace = traced("bim.model", tmp_path, {"0001.ifc": sink.data}, {"files": ["a.ifc"]})
        path: Path = tmp_path / "ids-0001.json"
        path.write_text(json.dumps(report), "utf-8")
        from dataclasses import replace

        return answer([input_of(replace(trace, documents={path.name: path}), question)], question)

    outcome, judgement = given(told)
    assert judgement.verdict == verdict
    assert {"bim.ids-passed", "bim.ids-not-met"} & {each.code for each in outcome.remarks}
    told["specifications"][0]["applicable"] = 5
    assert [each.code for each in given(told)[0].invalid] == ["bim.ids-differs"]


def broken(model: bytes, what: str) -> bytes:
    """The model without its instances of a class, though others refer to them."""
    return re.sub(rb"#\d+=" + what.encode() + rb"\([^;]*;\n", b"", model)


@pytest.mark.parametrize("by", ["type", "globalid", "leaves", "signature"])
@pytest.mark.parametrize("gone", ["IFCPOLYLINE", "IFCCARTESIANPOINT", "IFCSHAPEREPRESENTATION", "IFCREPRESENTATIONMAP"])
def test_a_copy_that_refers_to_what_it_does_not_have_adds_nothing_that_is_proven(tmp_path, by, gone):
    model = written(LibrarySettings(types=8)).encode()
    copy = broken(written(LibrarySettings(types=8)).replace("family", "gruppe").encode(), gone)
    assert copy != model.replace(b"family", b"gruppe")
    outcome, judgement = judged(tmp_path, model, copy, by=by, limit=">= 9 件")
    assert outcome.estimate.lower <= 8
    assert judgement.verdict != "PASS"
    assert any(each.code == "bim.unfounded" and "#" in each.text.en for each in outcome.remarks)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ("#9001=IFCRELDEFINESBYPROPERTIES('{0}1',$,$,$,(#{wall}),#9999);", "IfcWall"),
        ("#9001=IFCPROPERTYSET('{0}1',$,'P',$,(#9999));\n#9002=IFCRELDEFINESBYPROPERTIES('{0}2',$,$,$,(#{wall}),#9001);", "IfcWall"),
        ("#9001=IFCCOMPLEXPROPERTY('P',$,'u',(#9001));\n#9002=IFCPROPERTYSET('{0}2',$,'P',$,(#9001));\n#9003=IFCRELDEFINESBYPROPERTIES('{0}3',$,$,$,(#{wall}),#9002);", "IfcWall"),
    ],
    ids=["no property set", "no property", "a property of itself"],
)  # fmt: skip
def test_parameters_that_are_not_there_make_no_other_component(tmp_path, rows, named):
    model = written(LibrarySettings(types=8)).encode()
    wall = re.search(rb"#(\d+)=IFCWALL\(", model)
    added = rows.format("0" * 21, wall=wall[1].decode()).encode()
    copy = model.replace(b"ENDSEC;\nEND-ISO", added + b"\nENDSEC;\nEND-ISO")
    outcome, _ = judged(tmp_path, model, copy, by="signature", limit=">= 9 件")
    assert outcome.estimate.lower == 8
    assert any(each.code == "bim.unfounded" and named in each.text.en for each in outcome.remarks)


def test_a_model_that_only_lacks_its_owners_is_whole(tmp_path):
    model = written(LibrarySettings(types=8)).encode()
    outcome, judgement = judged(tmp_path, re.sub(rb"(IFCWALLTYPE\('[^']*',)\$", rb"\1#9999", model), limit=">= 8 件")
    assert (outcome.estimate.lower, judgement.verdict) == (8, "PASS")

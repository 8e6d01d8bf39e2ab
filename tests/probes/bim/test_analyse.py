# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse ifc`` beside IfcOpenShell, which shares no line with it."""

import json
import random
import re
import time
from collections import Counter

import pytest

from harness.kit.unreadable import UnreadableError
from probes.bim.analyse import analyse_ifc
from probes.bim.formats import step
from probes.bim.simulators.library import LibrarySettings, written
from tests.conformance.examples.bim import ifc

ifcopenshell = pytest.importorskip("ifcopenshell", reason="the bim extra brings IfcOpenShell")


def counted(path):
    """The same figures by IfcOpenShell."""
    model = ifcopenshell.open(str(path))
    every = model.by_type("IfcElement")
    features = {each.id() for each in model.by_type("IfcFeatureElement")}
    bare = [each for each in every if each.id() not in features]
    wholes = {each.RelatingObject.id() for each in model.by_type("IfcRelAggregates")}
    typed = {each.id() for one in model.by_type("IfcRelDefinesByType") for each in one.RelatedObjects}
    return {
        "elements": len(every),
        "without_features": len(bare),
        "distinct_ids": len({each.GlobalId for each in bare}),
        "leaves": sum(each.id() not in wholes for each in bare),
        "with_representation": sum(each.Representation is not None for each in every),
        "types_used": len({one.RelatingType.id() for one in model.by_type("IfcRelDefinesByType")}),
        "typed_occurrences": len(typed - features),
        "by_class": dict(sorted(Counter(each.is_a() for each in every).items())),
    }


def made(path, schema):
    """A small building: walls with a type, an assembly of parts, an opening, a property set, long and odd names."""
    model = ifcopenshell.file(schema=schema)
    new = ifcopenshell.guid.new
    point = model.createIfcCartesianPoint((0.0, 0.0, 0.0))
    place = model.createIfcLocalPlacement(None, model.createIfcAxis2Placement3D(point))
    context = model.createIfcGeometricRepresentationContext(
        None, "Model", 3, 1e-5, model.createIfcAxis2Placement3D(point)
    )

    def shape(length):
        line = model.createIfcPolyline([point, model.createIfcCartesianPoint((length, 0.0, 0.0))])
        return model.createIfcProductDefinitionShape(
            None, None, [model.createIfcShapeRepresentation(context, "Body", "Curve3D", [line])]
        )

    walls = [
        model.create_entity(
            "IfcWall",
            GlobalId=new(),
            Name=f"墙 '{each}' " + "长" * 300,
            ObjectPlacement=place,
            Representation=shape(1.0 + each % 3),
        )
        for each in range(12)
    ]
    stair = model.create_entity("IfcStair", GlobalId=new(), Name="楼梯; (DATA;")
    flights = [model.create_entity("IfcStairFlight", GlobalId=new(), Representation=shape(9.0)) for _ in range(2)]
    opening = model.create_entity("IfcOpeningElement", GlobalId=new(), Representation=shape(0.5))
    kinds = [model.create_entity("IfcWallType", GlobalId=new(), Name=f"T{each}") for each in range(3)]
    model.create_entity("IfcRelAggregates", GlobalId=new(), RelatingObject=stair, RelatedObjects=flights)
    model.create_entity(
        "IfcRelVoidsElement", GlobalId=new(), RelatingBuildingElement=walls[0], RelatedOpeningElement=opening
    )
    for at, kind in enumerate(kinds[:2]):
        model.create_entity("IfcRelDefinesByType", GlobalId=new(), RelatedObjects=walls[at::3], RelatingType=kind)
    value = model.createIfcPropertySingleValue("A", None, model.createIfcLabel("x"), None)
    pset = model.create_entity("IfcPropertySet", GlobalId=new(), Name="P", HasProperties=[value])
    model.create_entity(
        "IfcRelDefinesByProperties", GlobalId=new(), RelatedObjects=walls[:5], RelatingPropertyDefinition=pset
    )
    model.write(str(path))
    return path


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3_ADD2"])
def test_every_figure_is_that_of_ifcopenshell(tmp_path, schema):
    path = made(tmp_path / "m.ifc", schema)
    (found,) = analyse_ifc([path])["files"]
    assert found["schema"] == schema
    expected = counted(path)
    assert {key: found[key] for key in expected} == expected
    assert (found["leaves"], found["without_features"], found["lacking"]["properties"]) == (14, 15, 10)


def test_the_reference_model_gives_the_reference_counts(shared_data):
    path = shared_data("ecosystem", "bim_synth_5200.ifc")
    expected = json.loads(shared_data("ecosystem", "expected.json").read_text())["bim_synth_5200.ifc"]
    (found,) = analyse_ifc([path])["files"]
    names = {"IfcElement_total": "elements", "excluding_features": "without_features", "unique_guid_excl_features": "distinct_ids",
             "with_representation_unique_guid": "with_representation"}  # fmt: skip
    assert {key: found[names.get(key, key)] for key in expected} == expected
    own = counted(path)
    assert {key: found[key] for key in own} == own


def test_copies_with_other_identities_are_no_further_components(tmp_path):
    for name, data in (("a", ifc(3)), ("b", ifc(3, first=500)), ("c", ifc(3))):
        (tmp_path / f"{name}.ifc").write_bytes(data)
    found = analyse_ifc([tmp_path / f"{name}.ifc" for name in "abc"])["together"]
    assert (found["files"], found["elements"], found["distinct_ids"]) == (2, 12, 12)
    assert (found["without_copies"], found["signatures"], found["types"]) == (6, 3, 3)


def test_types_that_only_bear_another_name_are_near_copies(tmp_path):
    (tmp_path / "a.ifc").write_text(written(LibrarySettings(types=40, copies=10)))
    (found,) = analyse_ifc([tmp_path / "a.ifc"])["files"]
    assert (found["types"], found["type_clusters"]) == (50, 40)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda data: data[: len(data) // 2], "is cut"),
        (lambda data: data.replace(b"END-ISO-10303-21;", b""), "is cut"),
        (lambda data: data.replace(b"IFC4", b"IFC9"), "'IFC9' is not known"),
        (lambda data: data.replace(b"#11=", b"#10="), "#10 stands twice"),
        (lambda data: data.replace(b"#11=IFC", b"#11 IFC"), "is no STEP instance"),
        (lambda data: b"PK\x03\x04" + data, "ifcZIP archive is damaged"),
        (lambda _: b"<?xml version='1.0'?><ifcXML/>", "ifcXML"),
        (lambda _: b"", "no IFC in STEP text"),
    ],
)
def test_what_is_no_whole_model_is_refused_with_one_sentence(tmp_path, spoil, sentence):
    (tmp_path / "a.ifc").write_bytes(spoil(ifc(3)))
    with pytest.raises(UnreadableError, match=sentence):
        analyse_ifc([tmp_path / "a.ifc"])


def jittered(text, seed):
    """Every coordinate of a library moved by up to a ten-thousandth."""
    dice = random.Random(seed)

    def moved(found):
        return f"(({','.join(f'{float(each) + dice.uniform(-1e-4, 1e-4):.7f}' for each in found[1].split(','))}))"

    return re.sub(r"(?<=POINT)\(\(([-\d.,]+)\)\)", moved, text)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_jittered_shapes_under_other_names_are_near_copies_and_steps_of_a_family_are_none(tmp_path, seed):
    names = random.Random(seed)
    text = jittered(written(LibrarySettings(types=40, copies=160)), seed)
    text = re.sub(r"family \d+", lambda _: "".join(names.choices("abcdefgh", k=9)), text)
    (tmp_path / "a.ifc").write_text(text)
    (tmp_path / "b.ifc").write_text(written(LibrarySettings(types=5200)))
    copied, family = analyse_ifc([tmp_path / "a.ifc", tmp_path / "b.ifc"])["files"]
    assert (copied["types"], copied["type_clusters"]) == (200, 40)
    assert (family["types"], family["type_clusters"]) == (5200, 5200)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"FILE_SCHEMA", b"/* FILE_SCHEMA(('IFC2X3')); DATA; */ FILE_SCHEMA"),
        (b"FILE_SCHEMA", b"FILE_POPULATION('FILE_SCHEMA((''IFC2X3'')); ENDSEC; DATA;');\nFILE_SCHEMA"),
    ],
)
def test_what_comments_and_strings_of_the_header_say_is_no_header(tmp_path, old, new):
    (tmp_path / "a.ifc").write_bytes(ifc(3).replace(old, new, 1))
    (found,) = analyse_ifc([tmp_path / "a.ifc"])["files"]
    assert (found["schema"], found["elements"]) == ("IFC4", 6)


def test_strings_comments_and_lines_are_walked_as_the_standard_writes_them(tmp_path):
    data = (
        ifc(2)
        .replace(b"'wall 0'", b"'it''s #99; (odd) /* no comment */'")
        .replace(b"#12=", b"/* #77=IFCDOOR( */ #12\n =\n")
    )
    (tmp_path / "a.ifc").write_bytes(data)
    (found,) = analyse_ifc([tmp_path / "a.ifc"])["files"]
    assert (found["elements"], found["types_used"], found["by_class"]) == (4, 2, {"IfcWall": 4})


def test_the_census_is_five_times_faster_than_opening_the_model(tmp_path):
    text = written(LibrarySettings(types=3000, placed=4))
    (tmp_path / "a.ifc").write_text(text)
    data = text.encode()
    assert step.census(data)["IFCWALL"] == 2000

    def least(run):
        times = []
        for _ in range(3):
            began = time.process_time()
            run()
            times.append(time.process_time() - began)
        return min(times)

    assert least(lambda: ifcopenshell.open(str(tmp_path / "a.ifc"))) >= 5 * least(lambda: step.census(data))

# SPDX-License-Identifier: Apache-2.0
"""What looks like a component and is none: rooms, thought boundaries, names of shapes; and models as programs pack them."""

import gzip
import io
import zipfile

import pytest

from harness.kit.unreadable import UnreadableError
from probes.bim.formats import step
from probes.bim.simulators.library import identity
from tests.conformance.examples.bim import ifc
from tests.probes.bim.test_model import judged

HEAD = (
    "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION(('v'),'2;1');\nFILE_NAME('l.ifc','2023-09-04T00:00:00',(''),(''),'x','y','');\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n"
    "#1=IFCCARTESIANPOINT((0.,0.,0.));\n#2=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#1,$);\n"
)


def library(
    ifc_class: str,
    *,
    count: int = 5,
    shape: str = "{length}.",
    label: str = "Body",
    properties: str = "",
    placed: str = "",
    tail: str = "$,$,.NOTDEFINED.",
) -> bytes:
    """Types of a class, each placed once by an element of ``placed``; ``shape``: the length of each, empty for none."""
    rows = []
    for at in range(count):
        base, words = 100 + 20 * at, {"length": at + 2, "at": at}
        mapped = "$"
        if shape:
            mapped = f"(#{base + 3})"
            rows += [
                f"#{base}=IFCCARTESIANPOINT(({shape.format(**words)},0.5,0.));", f"#{base + 1}=IFCPOLYLINE((#1,#{base}));",
                f"#{base + 2}=IFCSHAPEREPRESENTATION(#2,'{label.format(**words)}','Curve3D',(#{base + 1}));", f"#{base + 3}=IFCREPRESENTATIONMAP(#1,#{base + 2});",
            ]  # fmt: skip
        own = "$"
        if properties:
            own = f"(#{base + 5})"
            value = properties.format(**words)
            rows += [
                f"#{base + 4}=IFCPROPERTYSINGLEVALUE('Mark',$,IFCLABEL('{value}'),$);",
                f"#{base + 5}=IFCPROPERTYSET('{identity(f's{at}')}',$,'P',$,(#{base + 4}));",
            ]
        rows.append(f"#{base + 6}=IFC{ifc_class}('{identity(f't{at}')}',$,'T{at}',$,$,{own},{mapped},{tail});")
        if placed:
            rows += [
                f"#{base + 7}=IFC{placed}('{identity(f'o{at}')}',$,'o',$,$,$,$,$,$);",
                f"#{base + 8}=IFCRELDEFINESBYTYPE('{identity(f'r{at}')}',$,$,$,(#{base + 7}),#{base + 6});",
            ]
    return (HEAD + "\n".join(rows) + "\nENDSEC;\nEND-ISO-10303-21;\n").encode()


def counts(folder, data, by="type"):
    estimate = judged(folder, data, by=by)[0].estimate
    return estimate.lower, estimate.value


@pytest.mark.parametrize("ifc_class", ["SPACETYPE", "SPATIALZONETYPE"])
def test_types_of_rooms_are_no_components(tmp_path, ifc_class):
    assert counts(tmp_path, library(ifc_class, tail="$,$,.NOTDEFINED.,$")) == (0, 0)


def test_a_type_of_nothing_in_particular_is_a_component_where_one_is_placed_by_it(tmp_path):
    for at, (placed, found) in enumerate((("", 0), ("WALL", 5))):
        (tmp_path / str(at)).mkdir()
        assert counts(tmp_path / str(at), library("TYPEPRODUCT", placed=placed, tail="$")) == (found, found)


@pytest.mark.parametrize("by", ["globalid", "leaves", "signature"])
def test_boundaries_that_are_only_thought_of_are_no_components(tmp_path, by):
    rows = "".join(f"#{100 + at}=IFCVIRTUALELEMENT('{identity(str(at))}',$,'v',$,$,$,$,$);\n" for at in range(5))
    assert counts(tmp_path, f"{HEAD}{rows}ENDSEC;\nEND-ISO-10303-21;\n".encode(), by) == (0, 0)


def test_a_label_of_a_shape_makes_no_other_component(tmp_path):
    assert counts(tmp_path, library("WALLTYPE", shape="2.", label="Body {at}", placed="WALL")) == (1, 5)


def test_types_without_any_shape_are_told_apart_by_the_wording_of_their_names_alone(tmp_path):
    assert counts(tmp_path, library("WALLTYPE", shape="", properties="M{at}", placed="WALL")) == (1, 5)


def test_shapes_that_differ_are_several_components_whatever_their_properties_say(tmp_path):
    assert counts(tmp_path, library("WALLTYPE", properties="M{at}", placed="WALL")) == (5, 5)


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, ifc(3))
    return out.getvalue()


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(ifc(3)),
        zipped("m.ifc"),
        zipped("textures/a.png", "m.IFC"),
        b"\xef\xbb\xbf" + ifc(3),
        ifc(3).replace(b"\n", b"\r\n"),
    ],
)
def test_a_model_is_read_as_programs_pack_it(tmp_path, packed):
    assert counts(tmp_path, packed) == (3, 3)


@pytest.mark.parametrize("packed", [zipped("a.ifc", "b.ifc"), zipped("a.txt")])
def test_an_archive_of_several_models_or_of_none_is_refused(packed):
    with pytest.raises(UnreadableError, match="one model in it"):
        step.read(packed)

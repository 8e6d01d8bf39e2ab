# SPDX-License-Identifier: Apache-2.0
"""Examples of models of buildings."""

from __future__ import annotations

from pathlib import Path

from harness.plugins import Trace
from tests.conformance.examples import of, traced


@of("bim.model")
def _model(folder: Path) -> Trace:
    return traced(
        "bim.model", folder, {"0001.ifc": ifc(3), "0002.ifc": ifc(2, first=200)}, {"files": ["a.ifc", "b.ifc"]}
    )


def ifc(types: int, *, first: int = 0) -> bytes:
    """A model of so many types of walls with shapes of their own, each placed twice; ``first`` moves every identity."""
    rows = ["#1=IFCCARTESIANPOINT((0.,0.,0.));", "#2=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#1,$);"]
    for each in range(types):
        at, identity = 10 * (each + 1), first + 10 * each
        rows += [
            f"#{at}=IFCCARTESIANPOINT(({each + 1}.,0.,0.));",
            f"#{at + 1}=IFCPOLYLINE((#1,#{at}));",
            f"#{at + 2}=IFCSHAPEREPRESENTATION(#2,'Body','Curve3D',(#{at + 1}));",
            f"#{at + 3}=IFCREPRESENTATIONMAP(#1,#{at + 2});",
            f"#{at + 4}=IFCWALLTYPE('{identity:022d}',$,'wall {each}',$,$,$,(#{at + 3}),$,$,.NOTDEFINED.);",
            f"#{at + 5}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{at + 2}));",
            *(f"#{at + 5 + n}=IFCWALL('{identity + n:022d}',$,'w',$,$,$,#{at + 5},$,$);" for n in (1, 2)),
            f"#{at + 8}=IFCRELDEFINESBYTYPE('{identity + 3:022d}',$,$,$,(#{at + 6},#{at + 7}),#{at + 4});",
        ]
    head = "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','示例','');\nFILE_SCHEMA(('IFC4'));\n"
    return (head + "ENDSEC;\nDATA;\n" + "\n".join(rows) + "\nENDSEC;\nEND-ISO-10303-21;\n").encode()

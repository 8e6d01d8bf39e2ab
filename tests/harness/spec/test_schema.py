# SPDX-License-Identifier: Apache-2.0
"""The published schemas: valid, described, committed as generated, and described in the reference."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import pytest
from pydantic import BaseModel, Field

from harness.spec import schemas
from harness.spec.documents import ProfileDoc, ScenarioDoc, inner_model
from harness.spec.strict import Document
from harness.spec.written import Written

ROOT = Path(__file__).resolve().parents[3]


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        inside = inner_model(field.annotation)
        if inside is not None:
            yield from models(inside)


def keys() -> list[tuple[str, str]]:
    found = {each for top in (ScenarioDoc, ProfileDoc) for each in models(top)}
    return sorted(
        (model.__name__, field.alias or name) for model in found for name, field in model.model_fields.items()
    )


def described(schema: Any) -> Iterator[tuple[str, bool]]:
    for name, each in schema.get("properties", {}).items():
        yield name, bool(each.get("description"))
    for each in schema.get("$defs", {}).values():
        yield from described(each)


@pytest.mark.parametrize("kind", ["scenario", "profile"])
def test_schema_is_valid_json_schema_and_describes_every_key(kind: str) -> None:
    schema = schemas()[kind]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert [name for name, told in described(schema) if not told] == []


def test_schema_is_not_shared_between_calls() -> None:
    schemas()["scenario"]["properties"].clear()
    assert schemas()["scenario"]["properties"]


@pytest.mark.parametrize("heading", ["## 键表", "## Tables of keys"])
def test_reference_names_every_key_in_both_languages(heading: str) -> None:
    text = (ROOT / "docs/reference/spec-language.md").read_text(encoding="utf-8")
    section = text.split(heading, 1)[1].split("\n## ", 1)[0]
    assert [key for key in keys() if f"`{key[1]}`" not in section] == []
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert {key for row in rows for key in re.findall("`([^`]+)`", row)} <= {key for _model, key in keys()}


class Hammer(Document):
    weight: Annotated[str, Written(str, "^[0-9]+ kg$")] = Field(description="its weight, like 2 kg.")
    handle: str | None = Field(None, description="its handle.")


SOURCES = [
    ({"probe": "toy.hammer", "weight": "2 kg"}, True),
    (
        {"probe": "toy.hammer", "weight": "@rack.weight", "handle": "oak", "name": "mine", "evidence": ["s01.loss"]},
        True,
    ),
    ({"probe": "toy.hammer"}, False),
    ({"probe": "toy.hammer", "weight": "heavy"}, False),
    ({"probe": "toy.hammer", "weight": "2 kg", "hnadle": "oak"}, False),
    ({"probe": "toy.unknown", "anything": "goes"}, True),
    ({"anything": "goes"}, True),
]


@pytest.mark.parametrize(("source", "good"), SOURCES)
def test_a_source_that_names_a_known_probe_has_its_settings_and_no_others(source: dict[str, Any], good: bool) -> None:
    schema = schemas({"toy.hammer": Hammer})["profile"]
    for part in ("SourceDoc", "MoreSourceDoc"):
        if part == "MoreSourceDoc" and ("probe" not in source or "evidence" in source):
            continue
        check = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]})
        assert check.is_valid(source) is good
    assert [name for name, told in described(schema) if not told] == []


def test_help_of_the_command_line_does_not_pay_for_the_spec_language() -> None:
    program = "import sys, harness.cli\ntry: harness.cli.main(['--help'])\nfinally: print('harness.spec' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False False"

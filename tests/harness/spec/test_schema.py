# SPDX-License-Identifier: Apache-2.0
"""The published schemas: valid, described, committed as generated, and described in the reference."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from harness.spec import schemas
from harness.spec.documents import ProfileDoc, ScenarioDoc, inner_model
from harness.spec.yaml_source import read_yaml

ROOT = Path(__file__).resolve().parents[3]
COMMITTED = {"scenario": "scenarios/scenario.schema.json", "profile": "profiles/profile.schema.json"}


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


@pytest.mark.parametrize("kind", ["scenario", "profile"])
def test_committed_schema_equals_the_generated_one(kind: str) -> None:
    """To renew it: ``yanshou schema scenario > scenarios/scenario.schema.json``, likewise for profile."""
    committed = json.loads((ROOT / COMMITTED[kind]).read_text(encoding="utf-8"))
    assert committed == schemas()[kind]


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


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("scenarios/**/*.yaml")) + sorted(ROOT.glob("profiles/*.yaml")), ids=lambda path: path.stem
)
def test_editor_is_pointed_to_the_schema_and_the_schema_accepts_the_file(path: Path) -> None:
    """Every scenario and example profile of this repository, by the schema that its own first line names."""
    content = path.read_bytes()
    named = re.match(rb"# yaml-language-server: \$schema=(\S+)\n", content)
    assert named is not None
    schema = json.loads((path.parent / named[1].decode()).read_text(encoding="utf-8"))
    assert [
        each.message for each in jsonschema.Draft202012Validator(schema).iter_errors(read_yaml(content, path.name).data)
    ] == []


def test_help_of_the_command_line_does_not_pay_for_the_spec_language() -> None:
    program = "import sys, harness.cli\ntry: harness.cli.main(['--help'])\nfinally: print('harness.spec' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False False"

# SPDX-License-Identifier: Apache-2.0
"""Editors check scenario and profile files against the schema that their first line names: it is there and accepts them."""

import json
from pathlib import Path

import jsonschema
import pytest

import profiles
import scenarios
from harness.spec.yaml_source import read_yaml

FOLDERS = [Path(package.__file__).parent for package in (scenarios, profiles) if package.__file__]
FILES = sorted(path for folder in FOLDERS for path in folder.rglob("*.yaml"))
MARK = "# yaml-language-server: $schema="


def schema_of(path: Path) -> Path:
    """The schema that the first line of ``path`` names."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(MARK), first
    return path.parent / first.removeprefix(MARK)


@pytest.mark.parametrize("path", FILES, ids=lambda each: each.name)
def test_the_schema_named_in_the_first_line_accepts_the_file(path: Path) -> None:
    schema = json.loads(schema_of(path).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(read_yaml(path.read_bytes(), path.name).data)


def test_scenarios_and_profiles_name_different_schemas() -> None:
    named = {schema_of(path).resolve().name for path in FILES}
    assert named == {"scenario.schema.json", "profile.schema.json"}

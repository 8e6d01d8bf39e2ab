# SPDX-License-Identifier: Apache-2.0
"""Generated pages and schemas: committed as generated, complete, and of one mind with the loader."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness import installed
from harness.errors import SpecError
from harness.kit.settings import findings
from harness.reference import OWN, pages, settings_of_probes
from harness.spec.yaml_source import read_yaml

ROOT = Path(__file__).resolve().parents[2]
PAGES = pages()
PROBES = settings_of_probes(OWN)
PROFILE = json.loads(PAGES["profiles/profile.schema.json"])


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_committed_page_is_the_generated_one(name: str) -> None:
    """To renew all of them: ``python -m harness.reference`` in the root of the repository."""
    assert (ROOT / name).read_text(encoding="utf-8") == PAGES[name]


def test_no_page_is_left_of_a_probe_that_is_gone() -> None:
    kept = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/reference/settings").glob("*.md")}
    assert kept == {name for name in PAGES if name.startswith("docs/reference/settings/")}


@pytest.mark.parametrize("probe", sorted(PROBES))
def test_every_setting_is_on_its_probes_page_and_in_the_schema_with_its_meaning(probe: str) -> None:
    page = PAGES[f"docs/reference/settings/{probe}.md"]
    schema = PROFILE["$defs"][probe]["properties"]
    for name, field in PROBES[probe].model_fields.items():
        key = field.alias or name
        assert field.description, f"{probe}: {key} says nothing"
        assert field.title, f"{probe}: {key} says nothing in Chinese (title=)"
        assert f"| `{key}` |" in page
        assert schema[key]["description"] == field.description


@pytest.mark.parametrize("measurand", installed.names(installed.MEASURANDS))
def test_every_measurand_is_on_the_page_with_statistics_constants_and_a_probe_that_it_takes(measurand: str) -> None:
    found = installed.measurand(measurand)
    assert found is not None
    section = PAGES["docs/reference/measurands.md"].split(f"## {measurand} ")[1].split("\n## ")[0]
    for name in (*found.statistics, *(each.name for each in found.constants), found.recorder):
        assert f"`{name}`" in section
    assert installed.probe(found.recorder).summary in found.accepts


def sources() -> list[tuple[str, str, dict[str, Any]]]:
    """Every source of the example profiles that names its probe."""
    found = []
    for path in sorted(ROOT.glob("profiles/*.yaml")):
        for identifier, each in read_yaml(path.read_bytes(), path.name).data.get("sources", {}).items():
            for part in (each, *(one for one in each.get("evidence", ()) if isinstance(one, dict))):
                if "probe" in part:
                    config = {key: value for key, value in part.items() if key not in {"probe", "name", "evidence"}}
                    found.append((f"{path.stem}/{identifier}", part["probe"], config))
    return found


@pytest.mark.parametrize(("where", "probe", "config"), sources())
def test_schema_and_loader_refuse_the_same_damage_to_a_source(where: str, probe: str, config: dict[str, Any]) -> None:
    check = jsonschema.Draft202012Validator({"$ref": "#/$defs/MoreSourceDoc", "$defs": PROFILE["$defs"]})
    later = {key for key, value in config.items() if str(value).startswith("@")}
    assert check.is_valid({"probe": probe, **config}), where
    assert findings(PROBES[probe], config, later=later) == []
    needed = [field.alias or name for name, field in PROBES[probe].model_fields.items() if field.is_required()]
    for key in config:
        misspelt = {(f"{each}x" if each == key else each): value for each, value in config.items()}
        assert not check.is_valid({"probe": probe, **misspelt}), f"{where}: {key}x"
        assert findings(PROBES[probe], misspelt, later=later), f"{where}: {key}x"
    for key in {*needed} & config.keys():
        less = {each: value for each, value in config.items() if each != key}
        assert not check.is_valid({"probe": probe, **less}), f"{where} without {key}"
        with pytest.raises(SpecError, match=f"'{key}' is missing"):
            PROBES[probe].parse(less)

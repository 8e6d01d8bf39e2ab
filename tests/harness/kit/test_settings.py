# SPDX-License-Identifier: Apache-2.0
"""A probe's settings: one frozen record, values as people write them, every problem with place and cure."""

import json
import pickle
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError, model_validator

from harness.errors import SpecError, UsageError
from harness.kit.settings import (
    Address,
    Cure,
    DurationNs,
    DurationS,
    Endpoint,
    FileName,
    FolderName,
    HostPort,
    In,
    InFile,
    LengthM,
    Port,
    RateHz,
    Secret,
    SecretOrFile,
    Settings,
    Several,
    Share,
    SizeB,
    UtcTimeNs,
    absent,
    findings,
    wrong,
)
from harness.quantity import Quantity
from harness.spec.yaml_source import read_yaml


class Place(Settings):
    lat: float = Field(ge=-90, le=90, description="latitude in degrees, like 30.5.")
    height: LengthM = Field(0.0, description="height, like 45 m.")


class Everything(Settings):
    file: FileName = Field(description="the log, like drive.csv.")
    folder: FolderName | None = Field(None, description="its documents.")
    others: Several[FileName] = Field((), description="more logs.")
    certificate: Annotated[FileName, InFile("put the broker's CA certificate beside the profile.")] | None = Field(
        None, description="CA certificate."
    )
    duration: DurationNs | None = Field(None, description="how long, like 30 min.")
    count: int | None = Field(None, ge=1, description="how many.")
    settle: DurationS = Field(Fraction(0), description="time to settle.")
    rate: Annotated[Fraction, In("Hz", "1/h", "200000/s")] = Field(Fraction(100), description="packets a second.")
    slow: RateHz | None = Field(None, description="another rate.")
    size: Several[SizeB] = Field((64,), description="bytes.")
    share: Share = Field(Fraction(95, 100), description="share.")
    port: Port = Field(862, description="UDP port.")
    agents: Annotated[Several[Address], Cure("write agents: [10.30.0.1].")] = Field((), description="agents.")
    rounds: tuple[int, ...] | None = Field(None, description="rounds.")
    peer: Endpoint | None = Field(None, description="peer.")
    limit: Annotated[Quantity, In("m", None)] | None = Field(None, description="a length as it was written.")
    schedule: Literal["poisson", "periodic"] = Field("poisson", description="schedule.")
    since: Several[UtcTimeNs] = Field((), description="times.")
    password: Secret | None = Field(None, description="password: env:NAME.")
    key: SecretOrFile | None = Field(None, description="key: env:NAME or a file.")
    place: Place | None = Field(None, description="place.")

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.duration is not None and self.count is not None:
            raise wrong("a run has a duration or a count, not {both}.", "keep one of them.", "count")
        return self


FULL = {
    "file": "drive.csv",
    "folder": "documents",
    "others": ["a.csv", "b.csv"],
    "certificate": "ca.pem",
    "duration": "30 min",
    "settle": "1/3 s",
    "rate": "10/s",
    "size": ["64 B", "1 kB"],
    "share": "99.9 %",
    "agents": "10.30.0.1",
    "rounds": [1, 2],
    "peer": "[fd00::7]:862",
    "limit": "20 mm",
    "since": "2026-11-21T08:00:00.000250+08:00",
    "password": "env:BROKER",
    "key": "stamp.key",
    "place": {"lat": 30, "height": "45.5 m"},
}


def problems(config: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(SpecError) as caught:
        Everything.parse(config)
    return [(each.problem, each.cure) for each in caught.value.problems]


def test_values_are_read_as_people_write_them_into_the_unit_that_the_types_name_says() -> None:
    settings = Everything.parse(FULL)
    assert (settings.duration, settings.settle, settings.rate) == (1_800_000_000_000, Fraction(1, 3), Fraction(10))
    assert (settings.size, settings.share, settings.agents) == ((64, 1000), Fraction(999, 1000), ("10.30.0.1",))
    assert (settings.peer, settings.rounds) == (HostPort("fd00::7", 862), (1, 2))
    assert settings.limit == Quantity.parse("2 cm")
    assert settings.since == (1_795_219_200_000_250_000,)
    assert settings.place == Place.parse({"lat": 30.0, "height": "45.5 m"})


def test_a_record_is_frozen_survives_pickling_and_its_journal_form_parses_back_to_an_equal_one() -> None:
    settings = Everything.parse(FULL)
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]  # that this is refused is the sentence
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert Everything.parse(json.loads(json.dumps(settings.journal()))) == settings
    assert Everything.parse(Everything.parse({"file": "x"}).journal()) == Everything.parse({"file": "x"})


def test_the_journal_form_is_as_people_write_it_with_defaults_written_out_and_secrets_as_references() -> None:
    journal = Everything.parse(FULL).journal()
    assert (journal["duration"], journal["rate"], journal["share"]) == ("30 min", "10 Hz", "99.9 %")
    assert (journal["limit"], journal["password"], journal["peer"]) == ("20 mm", "env:BROKER", "[fd00::7]:862")
    assert (journal["port"], journal["since"]) == (862, ["2026-11-21T00:00:00.000250Z"])


@given(st.fractions(min_value=0, max_value=10**6, max_denominator=10**9), st.floats(1e-9, 1e9))
def test_every_exact_number_and_every_float_comes_back_from_the_journal(exact: Fraction, metres: float) -> None:
    settings = Everything.parse({"file": "x", "settle": f"{exact} s", "place": {"lat": 0, "height": f"{metres!r} m"}})
    assert Everything.parse(settings.journal()) == settings


def test_a_misspelt_setting_is_refused_with_the_nearest_name() -> None:
    assert problems({"file": "x", "duratoin": "3 s"}) == [
        ("duratoin: unknown key 'duratoin'.", "did you mean duration?")
    ]


def test_a_missing_setting_is_told_with_its_description_as_the_cure() -> None:
    assert problems({"port": 1}) == [("'file' is missing.", "add file: the log, like drive.csv.")]


@pytest.mark.parametrize(
    ("config", "problem", "cure"),
    [
        ({"duration": 30}, "duration: '30' has no unit.", 'write it like "30 s".'),
        ({"duration": "5 m"}, "duration: '5 m' is of dimension length, not time.", 'write it like "30 s".'),
        ({"duration": "soon"}, "duration: 'soon' is not a quantity.", 'write a number and a unit, like "2 ms" or "50 台套".'),
        ({"duration": "-1 s"}, "duration: '-1 s' is out of range.", "write 0 ns or more."),
        ({"duration": True}, "duration: a quantity is expected.", 'write it like "30 s".'),
        ({"rate": "1/d"}, "rate: '1 /d' is out of range.", "write 1 /h to 200000 /s."),
        ({"share": "120 %"}, "share: '120 %' is out of range.", "write 0 to 100 %."),
        ({"port": 0}, "port: 0 does not fit: it is too small.", "what belongs here: UDP port."),
        ({"port": "862"}, "port: '862' does not fit: a whole number is expected.", "what belongs here: UDP port."),
        ({"size": ["64 B", "big"]}, "size[1]: 'big' is not a quantity.", 'write a number and a unit, like "2 ms" or "50 台套".'),
        ({"agents": ["cpe"]}, "agents[0]: 'cpe' is not an IP address.", "write its address, like 192.0.2.7 or fd00::7."),
        ({"agents": [1]}, "agents[0]: 1 is read as a value, not as text.", "write agents: [10.30.0.1]."),
        ({"rounds": [1, "2"]}, "rounds[1]: '2' does not fit: a whole number is expected.", "what belongs here: rounds."),
        ({"peer": "fd00::7"}, "peer: 'fd00::7' is no address.", 'write "HOST:PORT", like "192.0.2.7:5017".'),
        ({"schedule": "poison"}, "schedule: 'poison' is not possible here.", "did you mean poisson?"),
        ({"since": "noon"}, "since: 'noon' is not a time.", "write it like 2026-11-21T08:00:00Z."),
        ({"place": {"lat": 99}}, "place.lat: 99 does not fit: it is too large.", "what belongs here: latitude in degrees, like 30.5."),
        ({"duration": "1 s", "count": 3}, "count: a run has a duration or a count, not {both}.", "keep one of them."),
        ({"password": "hunter2"}, "password: the secret stands in the profile, which anybody may read.", "write env:NAME."),
        ({"password": "env:no name"}, "password: 'env:no name' names no environment variable.", "write it like env:YANSHOU_SECRET."),
        ({"key": "-----BEGIN KEY"}, "key: a secret itself has no place in a profile.", "write env:NAME, or the path of a file."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_one_sentence_with_its_cure(config: dict[str, Any], problem: str, cure: str) -> None:
    assert problems({"file": "x", **config}) == [(problem, cure)]


def test_problems_are_placed_to_the_column_all_at_once_in_file_order() -> None:
    source = read_yaml(b"sources:\n  s01.x:\n    port: 0\n    bauud: 3\n    duration: 3\n", "p.yaml")
    above = ("sources", "s01.x")
    with pytest.raises(SpecError) as caught:
        Everything.parse(source.data["sources"]["s01.x"], source, above)
    assert [each.where for each in caught.value.problems] == [
        "p.yaml:3:5",
        "p.yaml:3:11",
        "p.yaml:4:5",
        "p.yaml:5:15",
    ]


def test_what_a_simulator_will_give_is_passed_over_and_so_are_rules_that_span_keys_until_then() -> None:
    config = {"file": "@sim.file", "duration": "@sim.time", "count": 3, "port": 0}
    found = findings(Everything, config, later={"file", "duration"})
    assert [each.keys for each in found] == [("port",)]


def test_files_and_folders_are_looked_for_only_afterwards_each_with_place_and_cure(tmp_path: Path) -> None:
    settings = Everything.parse(FULL)
    (tmp_path / "drive.csv").touch()
    (tmp_path / "a.csv").mkdir()
    found = absent(settings, tmp_path, later={"folder"})
    cure = "check the path; it starts at the profile's folder."
    assert [(each.keys, each.problem, each.cure) for each in found] == [
        (("others", 0), "there is no file a.csv.", cure),
        (("others", 1), "there is no file b.csv.", cure),
        (("certificate",), "there is no file ca.pem.", "put the broker's CA certificate beside the profile."),
    ]


def test_a_secret_is_read_live_from_the_environment_or_a_file_and_its_absence_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stamp.key").touch(mode=0o600)
    (tmp_path / "stamp.key").write_bytes(b"key in a file\n")
    settings = Everything.parse(FULL)
    assert settings.password is not None
    assert settings.key is not None
    assert settings.key.read("the STAMP key", tmp_path) == b"key in a file"
    monkeypatch.delenv("BROKER", raising=False)
    with pytest.raises(
        UsageError, match="The environment variable BROKER with the broker's password is not set"
    ) as told:
        settings.password.read("the broker's password")
    assert told.value.cure == "export BROKER=… in the shell that runs this."
    monkeypatch.setenv("BROKER", "hunter2")
    assert settings.password.text("the broker's password") == "hunter2"
    assert "hunter2" not in repr(settings) + json.dumps(settings.journal())
    with pytest.raises(UsageError, match="with the STAMP key cannot be read"):
        settings.key.read("the STAMP key", tmp_path / "nowhere")


def test_the_json_schema_takes_what_the_loader_takes() -> None:
    check = jsonschema.Draft202012Validator(Everything.model_json_schema())
    assert [each.message for each in check.iter_errors(FULL)] == []
    assert [each.message for each in check.iter_errors(Everything.parse(FULL).journal())] == []
    for bad in ({"duration": 30}, {"password": "x"}, {"bauud": 3}, {"size": [64]}, {"schedule": "poison"}):
        assert list(check.iter_errors({"file": "x", **bad}))

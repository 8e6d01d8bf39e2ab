# SPDX-License-Identifier: Apache-2.0
"""A probe's settings as one frozen record, parsed once: values as people write them, every problem with place and cure.

::

    class CounterSettings(Settings):
        file: FileName = Field(description="the table of counters, like counters.csv.")
        duration: DurationNs | None = Field(None, description="how long, like 30 min.")

The description is what a person reads in the editor, on the reference page and as the cure of a value that is wrong;
a :class:`Cure` beside the type takes its place where more must be said. Parsing touches no file: see :func:`absent`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar, get_args, get_origin

from pydantic import Field, ValidationError, model_validator

from harness.kit.values import (
    Address,
    DurationNs,
    DurationS,
    Endpoint,
    HostPort,
    In,
    LengthM,
    Port,
    PublicOrSecret,
    RateHz,
    Secret,
    SecretOrFile,
    Several,
    Share,
    SizeB,
    UtcTimeNs,
)
from harness.spec.strict import Document
from harness.spec.written import Cure, Written, wrong

if TYPE_CHECKING:
    from harness.spec.problems import Finding
    from harness.spec.yaml_source import Keys, Source

T = TypeVar("T")

__all__ = [
    "Address",
    "Criterial",
    "Cure",
    "DurationNs",
    "DurationS",
    "Endpoint",
    "FileName",
    "FolderName",
    "HostPort",
    "In",
    "InFile",
    "InFolder",
    "LengthM",
    "Port",
    "PublicOrSecret",
    "RateHz",
    "Secret",
    "SecretOrFile",
    "Settings",
    "Several",
    "Share",
    "SizeB",
    "UtcTimeNs",
    "Written",
    "absent",
    "findings",
    "wrong",
]


@dataclass(frozen=True, slots=True)
class Criterial:
    """Marks a setting that takes part in the verdict: it is printed with it, ``Annotated[Share, Criterial()]``.

    What can be tightened or relaxed belongs to the reading (``parameters`` and ``tighten`` of the scenario), not here.
    """


class Settings(Document):
    """Base of a probe's settings: strict, frozen, picklable; a misspelt key is refused with the nearest name.

    A rule that spans keys is a pydantic ``model_validator(mode="after")`` that raises :func:`wrong`; it compares with
    None, because :meth:`journal` writes defaults out.
    """

    @model_validator(mode="before")
    @classmethod
    def _tuples(cls, given: Any) -> Any:
        """A file has lists, a frozen record has tuples."""
        if not isinstance(given, Mapping):
            return given
        held = {field.alias or name for name, field in cls.model_fields.items() if _is_tuple(field.annotation)}
        return {key: tuple(value) if key in held and isinstance(value, list) else value for key, value in given.items()}

    @classmethod
    def parse(cls, given: Mapping[str, Any], source: Source | None = None, above: Keys = ()) -> Self:
        """The record; SpecError with everything wrong in it, placed where ``above`` leads to in ``source``."""
        from harness.spec.problems import joined, placed, unplaced

        try:
            return cls.model_validate(given)
        except ValidationError:
            found = findings(cls, given, source, above)
            told = placed(source, found) if source else [unplaced(each) for each in found]
            raise joined(told, source.name if source else "the settings") from None

    @property
    def planned_rate_hz(self) -> Fraction | None:
        """Samples a second that these settings plan; None where they do not say."""
        return None

    @property
    def planned_duration_s(self) -> Fraction | None:
        """How long these settings plan to record; None where they do not say."""
        return None

    def criteria(self) -> dict[str, Any]:
        """The settings that take part in the verdict, as people write them, by dotted key; what is not set is left out."""
        return dict(_criteria(self, self.journal()))

    def journal(self) -> dict[str, Any]:
        """What the journal keeps, defaults written out: ``parse`` gives an equal record; a secret stays a reference."""
        return self.model_dump(mode="json", exclude_none=True, by_alias=True)


def _criteria(settings: Settings, written: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, field in type(settings).model_fields.items():
        key, value = field.alias or name, getattr(settings, name)
        if written.get(key) in (None, "", [], {}):
            continue
        if any(isinstance(each, Criterial) for each in (*field.metadata, *marks(field.annotation, Criterial))):
            yield key, written[key]
            continue
        for place, inner in _inner(value):
            own = written[key] if place is None else written[key][place]
            above = key if place is None else f"{key}.{place + 1 if isinstance(place, int) else place}"
            yield from ((f"{above}.{each}", found) for each, found in _criteria(inner, own))


def _inner(value: Any) -> Iterator[tuple[Any, Settings]]:
    """Records within a setting, with their place in a list or mapping."""
    places: Any = [(None, value)]
    if isinstance(value, (tuple, Mapping)):
        places = value.items() if isinstance(value, Mapping) else enumerate(value)
    yield from ((place, each) for place, each in places if isinstance(each, Settings))


def _is_tuple(annotation: Any) -> bool:
    return get_origin(annotation) is tuple or any(map(_is_tuple, get_args(annotation)))


def findings(
    form: type[Settings],
    given: Mapping[str, Any],
    source: Source | None = None,
    above: Keys = (),
    later: Collection[str] = (),
) -> list[Finding]:
    """Everything wrong with ``given``; keys that only a simulator will give (``later``) are passed over."""
    from harness.spec.problems import from_pydantic
    from harness.spec.yaml_source import from_data

    known = {key: value for key, value in given.items() if key not in later}
    try:
        form.model_validate(known)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        if later:
            errors = [each for each in errors if each["loc"] and each["loc"][0] not in later]
        return from_pydantic(source or from_data(given, ""), form, errors, above if source else ())
    return []


@dataclass(frozen=True, slots=True)
class InFile:
    """Marks a text that names a file, relative to the profile; ``cure`` where it is absent."""

    cure: str = "check the path; it starts at the profile's folder."

    @staticmethod
    def there(path: Path) -> bool:
        """Whether it exists."""
        return path.is_file()


@dataclass(frozen=True, slots=True)
class InFolder(InFile):
    """Marks a text that names a folder, relative to the profile."""

    @staticmethod
    def there(path: Path) -> bool:
        """Whether it exists."""
        return path.is_dir()


_Name = Annotated[str, Field(min_length=1)]
FileName = Annotated[_Name, InFile()]
FolderName = Annotated[_Name, InFolder()]


def named_files(settings: Settings) -> tuple[str, ...]:
    """Every file and folder that the settings name, relative to the profile, in the order of the keys."""
    return tuple(name for _, name, _ in _named(settings))


def absent(settings: Settings, folder: Path, later: Collection[str] = ()) -> list[Finding]:
    """Files and folders that the settings name and that are not there; ``later`` names keys that are not asked."""
    from harness.spec.problems import Finding

    found = []
    for keys, name, marker in _named(settings):
        if keys[0] not in later and not marker.there(folder / name):
            what = "folder" if isinstance(marker, InFolder) else "file"
            found.append(Finding(keys, f"there is no {what} {name}.", marker.cure))
    return found


def _named(value: Any, annotation: Any = None, keys: Keys = ()) -> Iterator[tuple[Keys, str, InFile]]:
    """Every text under ``value`` that is marked as a name of a file or folder."""
    if isinstance(value, Settings):
        for name, field in type(value).model_fields.items():
            inside = getattr(value, name)
            marked = [each for each in field.metadata if isinstance(each, InFile)]
            kind = Annotated[field.annotation, marked[-1]] if marked else field.annotation
            yield from _named(inside, kind, (*keys, field.alias or name))
    elif isinstance(value, str):
        yield from ((keys, value, each) for each in marks(annotation, InFile)[-1:])
    elif isinstance(value, (tuple, list)):
        for index, each in enumerate(value):
            yield from _named(each, annotation, (*keys, index))
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _named(each, annotation, (*keys, key))


def marks(annotation: Any, kind: type[T]) -> list[T]:
    """Everything of ``kind`` that an annotation is marked with, however deep inside."""
    parts = [*get_args(annotation), *getattr(annotation, "__metadata__", ())]
    return [each for part in parts for each in ([part] if isinstance(part, kind) else marks(part, kind))]

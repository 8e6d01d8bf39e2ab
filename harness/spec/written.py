# SPDX-License-Identifier: Apache-2.0
"""Values that are written as text and held exactly: limits, percentages, dates. Types for pydantic fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from harness.errors import SpecError
from harness.quantity import Limit, Quantity, limit_pattern, quantity_pattern

_NAME = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"


@dataclass(frozen=True, slots=True)
class Written:
    """Marks a field that ``parse`` reads from text; ``pattern`` is the same rule for editors, ``write`` the way back."""

    parse: Callable[[str], Any]
    pattern: str
    write: Callable[[Any], str] = str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Text only, through ``parse``."""
        return core_schema.no_info_plain_validator_function(self._validate, serialization=as_text(self.write))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A string with the pattern."""
        return {"type": "string", "pattern": self.pattern}

    def _validate(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise PydanticCustomError("string_type", "Input should be a valid string")
        try:
            return self.parse(value)
        except SpecError as error:
            raise wrong(error.problem, error.cure) from None


@dataclass(frozen=True, slots=True)
class WrittenOrNumber(Written):
    """The same where a whole number without a unit will do as well, like ``sessions: 6``."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A string with the pattern, or a whole number."""
        return {"type": ["string", "integer"], "pattern": self.pattern}

    def _validate(self, value: Any) -> Any:
        plain = isinstance(value, int) and not isinstance(value, bool)
        return Written._validate(self, str(value) if plain else value)  # noqa: SLF001 - its own base


@dataclass(frozen=True, slots=True)
class Cure:
    """Marks a field whose cure says more than its description: ``Annotated[Several[Line], Cure("write targets: …")]``."""

    text: str


def wrong(problem: str, cure: str, *keys: str | int) -> PydanticCustomError:
    """What a validator raises: the sentence and the cure as they will be told; ``keys`` lead from its model to the place."""
    return PydanticCustomError("written", "{problem}", {"problem": problem, "cure": cure, "keys": keys})


def as_text(write: Callable[[Any], str]) -> core_schema.PlainSerializerFunctionSerSchema:
    """The way back into JSON by ``write``."""
    return core_schema.plain_serializer_function_ser_schema(write, when_used="json")


def parse_confidence(text: str) -> Quantity:
    """A level of confidence: a ratio above 50 % and below 100 %; SpecError otherwise."""
    quantity = Quantity.parse(text)
    if quantity.dimension != "ratio" or not 1 < quantity.base * 2 < 2:
        msg = f"{text!r} is not a level of confidence."
        raise SpecError(msg, cure='write a share above 50 % and below 100 %, like "95 %".')
    return quantity


def parse_date(text: str) -> date:
    """A day as YYYY-MM-DD; SpecError otherwise."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        msg = f"{text!r} is not a day."
        raise SpecError(msg, cure="write it as YYYY-MM-DD, like 2023-05-18.") from None


def parse_key_place(text: str) -> str:
    """Where a signing key is: ``env:NAME`` or a path; SpecError for anything else, a pasted key above all."""
    if "-----BEGIN" in text or not text.strip():
        raise SpecError("A key itself has no place in a profile.", cure="write env:NAME or the path of the key file.")
    if text.startswith("env:") and not text.removeprefix("env:").isidentifier():
        msg = f"{text!r} names no environment variable."
        raise SpecError(msg, cure="write it like env:YANSHOU_KEY.")
    return text


Amount = Annotated[Quantity, WrittenOrNumber(Quantity.parse, quantity_pattern())]
LimitText = Annotated[Limit, Written(Limit.parse, limit_pattern())]
Confidence = Annotated[Quantity, Written(parse_confidence, quantity_pattern(["%", "％", "‰", "1"]))]
Day = Annotated[date, Written(parse_date, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
KeyPlace = Annotated[str, Written(parse_key_place, r"^(?!-----BEGIN)(?!env:(?![A-Za-z_][A-Za-z0-9_]*$)).*\S")]
Line = Annotated[str, StringConstraints(pattern=r"^\S")]
ScenarioId = Annotated[str, StringConstraints(pattern=rf"^{_NAME}$")]
IndicatorId = Annotated[str, StringConstraints(pattern=rf"^{_NAME}(?:\.{_NAME})+$")]
ReadingName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$")]
Word = Annotated[str, StringConstraints(pattern=rf"^{_NAME}$")]
DottedName = Annotated[str, StringConstraints(pattern=rf"^{_NAME}(?:\.{_NAME})+$")]
ConstantName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
CreditCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{18}$")]

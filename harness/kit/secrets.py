# SPDX-License-Identifier: Apache-2.0
"""Passwords and keys: a profile says where they are, live code reads them, no journal ever holds one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema

from harness.errors import SpecError, UsageError
from harness.spec.written import Written

_SECRET_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a password or key is: ``env:NAME``, never the secret itself; only live code reads it."""

    place: str

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Text that names an environment variable."""
        return handler(Annotated[str, _IN_ENVIRONMENT])

    @classmethod
    def parse(cls, text: str) -> Secret:
        """``env:NAME``; SpecError for anything else: it would stand in a file that anybody may read."""
        name = text.removeprefix("env:")
        if name == text:
            raise SpecError("the secret stands in the profile, which anybody may read.", cure="write env:NAME.")
        if not name.isidentifier():
            msg = f"{text!r} names no environment variable."
            raise SpecError(msg, cure="write it like env:YANSHOU_SECRET.")
        return cls(text)

    @classmethod
    def parse_or_file(cls, text: str) -> Secret:
        """``env:NAME``, or the path of a file that holds it; SpecError for a pasted key."""
        if text.startswith("env:"):
            return cls.parse(text)
        if "-----BEGIN" in text or "\n" in text or not text.strip():
            raise SpecError("a secret itself has no place in a profile.", cure="write env:NAME, or the path of a file.")
        return cls(text)

    def __str__(self) -> str:
        """The place."""
        return self.place

    def read(self, what: str, folder: Path = Path()) -> bytes:
        """The secret, which is ``what`` ("the broker's password"); UsageError when it is not there. For live code."""
        name = self.place.removeprefix("env:")
        if name == self.place:
            return self._from_file(what, folder / name)
        value = os.environ.get(name)
        if value is None:
            msg = f"The environment variable {name} with {what} is not set."
            raise UsageError(msg, cure=f"export {name}=… in the shell that runs this.")
        return os.fsencode(value)

    def text(self, what: str, folder: Path = Path()) -> str:
        """As :meth:`read`, as text."""
        return os.fsdecode(self.read(what, folder))

    def _from_file(self, what: str, path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                return file.read(_SECRET_BYTES).rstrip()
        except OSError as error:
            msg = f"{path} with {what} cannot be read: {error.strerror}."
            raise UsageError(msg, cure="write env:NAME, or the path of a file that holds it.") from None


_IN_ENVIRONMENT = Written(Secret.parse, r"^env:[A-Za-z_][A-Za-z0-9_]*$")
SecretOrFile = Annotated[Secret, Written(Secret.parse_or_file, r"^(?!-----BEGIN).*\S")]

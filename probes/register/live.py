# SPDX-License-Identifier: Apache-2.0
"""The live half of the register probe: copies the register byte for byte and every document that it names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError, UsageError
from harness.plugins import Sink
from probes.register.columns import match
from probes.register.documents import names, safe
from probes.register.table import MAX_BYTES, Table, read
from probes.register.unreadable import UnreadableError

MAX_DOCUMENT = 256 * 1024 * 1024
"""Bytes of one document."""


class RegisterSource:
    """Records one register file and its documents; a resumed recording continues the same file."""

    appendable = True

    def __init__(self, config: Mapping[str, Any], folder: Path) -> None:
        """Keep the paths; nothing is opened before ``preflight``."""
        self._config = config
        self._register = folder / str(config["register"])
        documents = config.get("documents")
        self._folders = (
            [self._register.parent] if documents is None else [folder / str(documents), self._register.parent]
        )

    @property
    def extension(self) -> str:
        """The register's own: csv or xlsx."""
        return "xlsx" if self._register.suffix.lower() == ".xlsx" else "csv"

    def preflight(self) -> None:
        """The register can be read as a table and the folder of documents is there; UsageError with the cure."""
        for folder in self._folders:
            if not folder.is_dir():
                msg = f"There is no folder {folder}."
                raise UsageError(msg, cure="check documents: in the profile.")
        try:
            self._table(self._bytes())
        except UnreadableError as defect:
            raise UsageError(defect.problem, cure=defect.cure, where=str(self._register)) from defect

    def record(self, sink: Sink) -> None:
        """Write the register's bytes, then attach each document; what is absent is said in the journal."""
        data = self._bytes()
        digest = hashlib.sha256(data).hexdigest()
        if sink.state.get("sha256", digest) != digest:
            msg = f"{self._register.name} was changed while the recording was interrupted."
            raise InstrumentError(
                msg,
                cure="start a new attempt instead of resuming.",
            )
        sink.checkpoint({"sha256": digest})
        if sink.position < len(data):
            sink.write(data[sink.position :])
        absent = self._attach(sink, data)
        sink.event(
            "register.recorded",
            {"file": self._register.name, "sha256": digest, "bytes": len(data), "absent": absent},
        )

    def _attach(self, sink: Sink, data: bytes) -> list[str]:
        named = list(dict.fromkeys(self._named(self._table(data))))
        absent = []
        for done, name in enumerate(named, 1):
            path = self._find(name)
            if path is None:
                absent.append(name)
            else:
                sink.attach(name, _document(path))
            sink.progress(done, len(named), name)
        return absent

    def _named(self, table: Table) -> Iterator[str]:
        columns = match(table.head, self._config.get("columns", {}))
        for row in table.rows if columns else ():
            for field in ("document", "address-document"):
                yield from names(columns.cell(row, field) if columns else "")

    def _find(self, name: str) -> Path | None:
        """The named file inside one of the folders, links followed only inside it."""
        if not safe(name):
            return None
        for folder in self._folders:
            path = (folder / name).resolve()
            if path.is_relative_to(folder.resolve()) and path.is_file():
                return path
        return None

    def _table(self, data: bytes) -> Table:
        named = self._config.get("columns", {})
        return read(data, lambda row: match(row, named) is not None, str(self._config.get("sheet", "")))

    def _bytes(self) -> bytes:
        try:
            with self._register.open("rb") as stream:
                return stream.read(MAX_BYTES + 1)
        except OSError as defect:
            problem = f"The register {self._register} cannot be opened: {defect.strerror}."
            raise UsageError(problem, cure="check register: in the profile and the file's rights.") from defect


def _document(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_DOCUMENT:
            problem = f"The document {path} is larger than {MAX_DOCUMENT >> 20} MiB."
            raise InstrumentError(problem, cure="replace it by a smaller scan.")
        return path.read_bytes()
    except OSError as defect:
        msg = f"The document {path} cannot be read: {defect.strerror}."
        raise InstrumentError(msg, cure="check its rights.") from defect

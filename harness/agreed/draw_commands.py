# SPDX-License-Identifier: Apache-2.0
"""``yanshou draw``: write the protocol of a public draw, step by step, and sheets for whoever audits the sample."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import secrets
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.agreed.commands import read_bytes, tell, write_bytes
from harness.agreed.refusals import refused
from harness.agreed.witnessed import SIGNED, to_sign
from harness.console.language import pick
from harness.errors import Exit, UsageError
from harness.kit import draw as protocol
from harness.kit.draw import WORDS, Drawn

_HELD = 64 << 20
"""Bytes of a list that are held in memory at once."""


def draw(options: Namespace) -> int:
    """One step of a draw; what it came to so far is printed. Exit 3 while a reveal is missing."""
    actions: dict[str, Callable[[Namespace], None]] = {
        "seal": _seal,
        "commit": _commit,
        "reveal": _reveal,
        "withheld": _withheld,
        "typed": _typed,
        "sign": _sign,
        "blind": _blind,
    }
    if options.action in actions:
        actions[options.action](options)
    drawn = _drawn(options)
    if options.action == "check":
        protocol.missing(drawn, str(options.draw))
    tell(options, _as_json(drawn), _lines(drawn))
    return Exit.UNDECIDED if drawn.open_round else Exit.PASS


def _drawn(options: Namespace) -> Drawn:
    content = read_bytes(options.draw)
    given = options.list is not None and options.action in {"check", "blind"}
    digest, count = (_digest(options.list), _count(options)) if given else ("", None)
    return protocol.read_draw(content, digest, count, str(options.draw))


def _seal(options: Namespace) -> None:
    if options.draw.exists():
        msg = f"{options.draw} is already there."
        raise UsageError(msg, cure="a draw is never overwritten: name another file.")
    if options.list is None:
        raise UsageError("The list is missing.", cure="name it with --list.")
    try:
        sizes = [int(each) for each in options.sizes.split(",") if each.strip()]
    except ValueError:
        msg = f"{options.sizes!r} are no sample sizes."
        raise UsageError(msg, cure="write whole numbers, one for each round, like 80,120.") from None
    parties = [each.strip() for each in options.parties.split(",") if each.strip() not in {"", "none"}]
    body = {
        "schema": protocol.SCHEMA,
        "list": options.list.name,
        "list_sha256": _digest(options.list),
        "population": _count(options),
        "sizes": sizes,
        "parties": parties,
    }
    line = protocol.next_line((), time.time_ns(), "sealed", body)
    protocol.read_draw(line, where=str(options.draw))
    write_bytes(options.draw, line)


def _commit(options: Namespace) -> None:
    drawn = protocol.read_draw(read_bytes(options.draw), where=str(options.draw))
    number = len(drawn.rounds) + 1
    if options.secret is None or options.secret.exists():
        raise UsageError(
            "A new file for the secret value is wanted.", cure="name one that does not exist with --secret."
        )
    value = secrets.token_hex(32)
    committed = protocol.commitment(drawn.list_sha256, number, options.party, value)
    content = _with(options, "committed", {"party": options.party, "round": number, "commitment": committed})
    descriptor = os.open(options.secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value + "\n")
    write_bytes(options.draw, content)


def _reveal(options: Namespace) -> None:
    if options.secret is None:
        raise UsageError("The secret value is missing.", cure="name its file with --secret.")
    value = read_bytes(options.secret).decode("ascii", "replace").strip()
    _append(options, "revealed", {"party": options.party, "round": _round(options), "value": value})


def _withheld(options: Namespace) -> None:
    _append(options, "withheld", {"party": options.party, "round": _round(options)})


def _typed(options: Namespace) -> None:
    _append(options, "typed", {"source": options.source, "value": options.value, "round": _round(options)})


def _sign(options: Namespace) -> None:
    """A side that was there signs the record as it stands."""
    from harness.evidence.keys import load_private

    if options.key is None:
        raise UsageError("The private key is missing.", cure="name it with --key.")
    signer = load_private(options.key)
    steps = protocol.read_steps(read_bytes(options.draw), str(options.draw))
    signature = signer.sign(to_sign(steps[-1].hash)).hex()
    body = {"keyid": signer.keyid, "public": signer.public_pem.decode("ascii"), "sig": signature}
    _append(options, SIGNED, body)


def _round(options: Namespace) -> int:
    return len(protocol.read_draw(read_bytes(options.draw), where=str(options.draw)).rounds) + 1


def _append(options: Namespace, kind: str, body: dict[str, Any]) -> None:
    write_bytes(options.draw, _with(options, kind, body))


def _with(options: Namespace, kind: str, body: dict[str, Any]) -> bytes:
    """The protocol with one more step, after the rules accepted it."""
    before = read_bytes(options.draw)
    steps = protocol.read_steps(before, str(options.draw))
    content = before + protocol.next_line(steps, time.time_ns(), kind, body)
    protocol.read_draw(content, where=str(options.draw))
    return content


def _blind(options: Namespace) -> None:
    """The drawn rows for the auditor, in order, without what is claimed: he writes down what he finds."""
    if options.list is None or options.out is None:
        raise UsageError("The list or the sheet is missing.", cure="name them with --list and --out.")
    drawn = _drawn(options)
    protocol.missing(drawn, str(options.draw))
    head, rows = _drawn_rows(options.list, drawn.positions)
    hidden = [each.strip() for each in options.hide.split(",") if each.strip()]
    unknown = [each for each in hidden if each not in head]
    if unknown:
        raise refused(WORDS, "no-column", str(options.list), columns=unknown)
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(["No.", "row", *head])
    for number, position in enumerate(drawn.positions, 1):
        cells = ["" if name in hidden else cell for name, cell in zip(head, rows[position], strict=False)]
        sheet.writerow([number, position + 1, *map(_harmless, cells)])
    write_bytes(options.out, ("\ufeff" + written.getvalue()).encode("utf-8"))


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return hashlib.sha256(read_bytes(path)).hexdigest()  # says why it cannot be read


def _count(options: Namespace) -> int:
    """Items of the list: as said, or the rows of a table below its head, or the lines of a text that are not blank."""
    if options.items is not None:
        return int(options.items)
    return sum(1 for _ in _long(options.list)) if _is_long(options.list) else len(_table(options.list)[1])


def _is_long(path: Path) -> bool:
    """Whether the list is a text that is read line by line and never held as a whole."""
    try:
        return path.suffix.lower() not in {".csv", ".xlsx"} and path.stat().st_size > _HELD
    except OSError:
        return False


def _long(path: Path) -> Iterator[str]:
    """The items of a long list of lines, in order."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield from (line.strip() for line in file if line.strip())
    except UnicodeDecodeError:
        msg = f"{path} is not UTF-8."
        raise UsageError(msg, cure="write the list as UTF-8 text, an item a line.") from None


def _drawn_rows(path: Path, positions: Sequence[int]) -> tuple[list[str], dict[int, list[str]]]:
    """The head of the list and the rows at some positions."""
    if _is_long(path):
        wanted = frozenset(positions)
        return ["item"], {at: [item] for at, item in enumerate(_long(path)) if at in wanted}
    head, rows = _table(path)
    return head, {at: rows[at] for at in positions}


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the list, in the order of the file; a text has one column."""
    from harness.kit.tables.reading import decoded
    from harness.model import Text

    content = read_bytes(path)
    if content[:2] == b"PK":
        from harness.kit.tables.xlsx import book

        whole = book(content)
        found = next((rows for name, rows in whole.sheets.items() if name not in whole.hidden), [])
        rows = [list(cells) for _, cells in found if any(cells)]
    elif path.suffix.lower() == ".csv":
        text = decoded(content, Text("名单", "list"), str(path))
        rows = [row for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) if any(cell.strip() for cell in row)]
    else:
        text = decoded(content, Text("名单", "list"), str(path)).lstrip("\ufeff")
        return ["item"], [[line.strip()] for line in text.splitlines() if line.strip()]
    return (rows[0], rows[1:]) if rows else ([], [])


def _as_json(drawn: Drawn) -> dict[str, Any]:
    return {
        "list_sha256": drawn.list_sha256,
        "population": drawn.population,
        "sizes": list(drawn.sizes),
        "open_round": drawn.open_round,
        "rounds": [
            {"round": each.number, "seed": each.seed, "positions": list(each.positions), "withheld": each.withheld}
            for each in drawn.rounds
        ],
        "positions": list(drawn.positions),
        "forfeited": drawn.forfeited,
        "signers": list(drawn.signers),
    }


def _lines(drawn: Drawn) -> list[str]:
    told = [
        pick(f"名单 {drawn.list_sha256}，{drawn.population} 项", f"list {drawn.list_sha256}, {drawn.population} items")
    ]
    for each in drawn.rounds:
        if each.withheld:
            told.append(
                pick(
                    f"第 {each.number} 轮：{each.withheld} 拒不公开",
                    f"round {each.number}: {each.withheld} withheld its value",
                )
            )
        else:
            rows = ", ".join(str(position + 1) for position in each.positions)
            told.append(
                pick(
                    f"第 {each.number} 轮：种子 {each.seed}\n  行 {rows}",
                    f"round {each.number}: seed {each.seed}\n  rows {rows}",
                )
            )
    if drawn.open_round:
        told.append(pick(f"第 {drawn.open_round} 轮进行中", f"round {drawn.open_round} is under way"))
    return [line for text in told for line in text.split("\n")]

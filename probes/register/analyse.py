# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse register FILE…``: every row of a register with what is wrong with it, without a campaign.

No verdict is given. A row that cannot be settled from here (a scan, a zone's own division) is not accepted and says why.
"""

from __future__ import annotations

import gc
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import reduce
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.kit.documents import find_path, names
from harness.kit.files import bytes_of
from harness.kit.papers import Paper
from harness.kit.tables import cells
from harness.kit.tables.reading import MAX_BYTES
from harness.model import Reason
from probes.register.digests.audit import Audit, Party, Terms
from probes.register.digests.rows import audit
from probes.register.measurands.counting import RULES, rules_of
from probes.register.measurands.items import Item
from probes.register.measurands.settled import Settled, settle
from probes.register.plans.organisations import OrganisationsSettings
from probes.register.traces import uscc, worksheet
from probes.register.traces.columns import DOCUMENTS, FIELDS
from probes.register.traces.contents import Words, contents

_MANY, _READERS, _PILE = 4_000, 2, 500
"""Documents from which a second process pays, how many processes, and how many documents one takes at a time."""


def arguments(parser: ArgumentParser) -> None:
    """The command line of ``yanshou analyse register``."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="a register: CSV (UTF-8, GB 18030) or XLSX")
    parser.add_argument(
        "--documents",
        type=Path,
        metavar="DIR",
        help="证明文件所在的文件夹；缺省：登记表旁边 / where the documents lie; default: beside the register",
    )
    parser.add_argument("--period", metavar="FROM:TO", help="the project's period, like 2023-05-04:2024-05-03")
    parser.add_argument(
        "--applicant",
        action="append",
        default=[],
        metavar="CODE",
        help="不得计入的代码或名称，成员单位可重复 / code or name that may not count, again for members",
    )
    parser.add_argument(
        "--rows",
        choices=sorted(RULES),
        help="每行代表什么；缺省按各列判断 / what a row stands for; default: by the columns",
    )
    parser.add_argument(
        "--sheet",
        default="",
        help="工作簿中的工作表；缺省：第一张有表头的 / the worksheet of a workbook; default: the first with a head",
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="FIELD=HEADING",
        help=f"自己的列名，按字段写 / a heading of your own, by field ({', '.join(FIELDS)})",
    )
    parser.add_argument(
        "--worksheet", type=Path, metavar="FILE", help="审核员交回的工作表 / an auditor's worksheet that came back"
    )
    parser.add_argument(
        "--write-worksheet",
        type=Path,
        metavar="FILE",
        help="写出等待审核的各行（XLSX） / write the rows that wait for an auditor (XLSX)",
    )


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints; UnreadableError where a file is no register, UsageError for wrong options."""
    with _uncollected():
        return _analysed(options)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage: rows and reasons stay, in no circle, and looking through them again and again takes a sixth of the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _analysed(options: Namespace) -> dict[str, Any]:
    terms, columns = _terms(options), _columns(options.column)
    rulings = () if options.worksheet is None else worksheet.rulings(_bytes(options.worksheet), options.worksheet.name)
    files: list[dict[str, Any]] = []
    audits: list[Audit] = []
    waiting: list[tuple[str | int, ...]] = []
    for path in options.paths:
        settings = OrganisationsSettings.model_validate(
            {"register": str(path), "columns": columns, "sheet": options.sheet}
        )
        found = replace(_audited(path, settings, options.documents, terms), rulings=rulings)
        view = _settled(found, options.rows)
        audits.append(found)
        files.append({"path": str(path), **_told(found, view)})
        waiting += _waiting(found, view)
    if options.write_worksheet is not None:
        _write(options.write_worksheet, worksheet.worksheet(waiting))
    answer: dict[str, Any] = {"kind": "register", "files": files}
    if len(files) > 1:
        whole = reduce(Audit.merge, audits)
        view = _settled(whole, options.rows)
        answer["together"] = _counts(view, view.padding(lambda _: True)[0].clustered)
    return answer


def analyse_register(paths: Sequence[str], **options: Any) -> dict[str, Any]:
    """As on the command line, for Python callers: ``documents="dir"``, ``period="2023-05-04:2024-05-03"``."""
    parser = ArgumentParser()
    arguments(parser)
    given = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    return analyse(parser.parse_args([*given, "--", *map(str, paths)]))


def _settled(found: Audit, rows: str | None) -> Settled:
    return settle(found, {each.label: rules_of(each, rows or "", "家") for each in found.sheets})


def _audited(path: Path, settings: OrganisationsSettings, documents: Path | None, terms: Terms) -> Audit:
    data = _bytes(path)
    table = settings.table(data)
    folders = (*([documents] if documents is not None else []), path.parent)
    named = zip(*(table.column(field) for field in DOCUMENTS), strict=True)
    wanted = list(dict.fromkeys(name for row in named for cell in row if cell for name in names(cell)))
    kept: dict[str, str] = {}
    read = {}
    for name, digest, paper in _documents(folders, wanted):
        kept[name] = digest
        if paper is not None:
            read[str(path), name] = paper
    return replace(audit(table, terms, str(path), "", kept, form=settings.form, data=data), papers=read)


def _documents(folders: tuple[Path, ...], wanted: Sequence[str]) -> Iterator[tuple[str, str, Paper | None]]:
    """Name, SHA-256 and what it says (None: it can have no text) of each document that is there; many are read by two at a time."""
    there = [(name, place) for name in wanted if (place := find_path(folders, name)) is not None]
    piles = [there[at : at + _PILE] for at in range(0, len(there), _PILE)]
    if len(there) < _MANY:
        found = chain.from_iterable(map(contents, piles))
        yield from ((name, digest, _paper(told)) for name, digest, told in found)
        return
    with ProcessPoolExecutor(_READERS, mp_context=get_context("spawn")) as pool:
        found = chain.from_iterable(pool.map(contents, piles))
        yield from ((name, digest, _paper(told)) for name, digest, told in found)


def _paper(told: Words | None) -> Paper | None:
    return None if told is None else Paper(*told)


def _told(found: Audit, view: Settled) -> dict[str, Any]:
    lacks = [lack.reason for _, lack in view.column_lacks]
    items = [_item(each, lacks) for each in view.items]
    copied, good = view.padding(lambda _: True)
    unread = [each for sheet in found.sheets for each in sheet.unread]
    return {
        "rows": len(items),
        "items": items,
        **(_counts(view, copied.clustered) if not lacks else {"accepted": 0, "accepted_wuhan": 0, "clusters": 0}),
        "near_copies": [[good[at].entry.number for at in group] for group in copied.groups],
        "undecided": len(view.undecided),
        "unread_columns": unread,
        "events": [_event(each) for each in (*lacks, *view.remarks)],
    }


def _counts(view: Settled, clusters: int) -> dict[str, int]:
    """How many rows are accepted, of which in Wuhan, and how many clusters of near-copies the accepted ones form."""
    good = view.good
    return {"accepted": len(good), "accepted_wuhan": sum(each.entry.wuhan for each in good), "clusters": clusters}


def _item(item: Item, lacks: Iterable[Reason]) -> dict[str, Any]:
    entry = item.entry
    missing = () if entry.no_item else lacks
    reasons = [*item.faults, *item.doubts, *missing]
    return {
        "row": entry.number,
        "line": entry.line,
        "uscc": entry.code,
        "name": item.name,
        "wuhan": entry.wuhan,
        "accepted": not reasons,
        "reasons": list(dict.fromkeys(each.code for each in reasons)),
        "texts": [each.text.zh for each in reasons],
        "undecided": item.open,
        "flags": list(dict.fromkeys(each.code for each in item.flags)),
        "in_document": dict(item.found),
    }


def _waiting(found: Audit, view: Settled) -> Iterator[tuple[str | int, ...]]:
    """What an auditor has to look at: rows that are open, and rows that count with a flag."""
    digests: Mapping[str, str] = {each.label: each.digest for each in found.sheets}
    for item in view.items:
        entry = item.entry
        if not item.open and not (item.counts and item.flags):
            continue
        why = "；".join(each.text.zh for each in (*item.doubts, *item.flags))
        listed = "; ".join(each.name for each in entry.documents)
        yield entry.register, digests[entry.register], entry.line, entry.code, item.name, listed, why


def _event(reason: Reason) -> dict[str, str]:
    return {"event": reason.code, "text": reason.text.en}


def _terms(options: Namespace) -> Terms:
    parties = tuple(map(_party, options.applicant))
    applicant, members = (parties[0], parties[1:]) if parties else (Party(), ())
    return Terms(None if options.period is None else _period(options.period), applicant, members)


def _party(text: str) -> Party:
    code = uscc.normalise(text)
    return Party(code) if len(code) == 18 and code.isascii() else Party(name=text)


def _period(text: str) -> tuple[date, date]:
    first, sign, last = text.partition(":")
    start, end = cells.day(first), cells.day(last)
    if not sign or start is None or end is None or start > end:
        msg = f"{text!r} is no period."
        raise UsageError(msg, cure="write --period 2023-05-04:2024-05-03, the earlier day first.")
    return start, end


def _columns(given: Sequence[str]) -> dict[str, str]:
    found = dict(each.partition("=")[::2] for each in given)
    for field, heading in found.items():
        if field not in FIELDS or not heading:
            msg = f"--column {field}={heading} names no field."
            raise UsageError(msg, cure=f"write FIELD=HEADING with one of: {', '.join(FIELDS)}.")
    return found


def _bytes(path: Path) -> bytes:
    return bytes_of(path, MAX_BYTES + 1)  # one more than is read, so that a longer file is refused by its size


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}."
        raise UsageError(msg, cure="name a file in a folder you may write.") from None

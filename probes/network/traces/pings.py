# SPDX-License-Identifier: Apache-2.0
"""What ping programs print, a line a reply: iputils of any age, BSD and macOS, busybox, Windows, fping, in any language. Pure.

A reply is known by its form (a number and a time with its unit), not by its words. What counts is checked: sessions are read
apart, numbers are unwrapped, and the program's own summary has to agree with the lines above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.kit.unreadable import UnreadableError
from harness.model import Text
from probes.network.traces.log_rows import APART_NS, MOST_MISSING, Rows, check_totals, nanoseconds
from probes.network.traces.said.figures import Figures, figures_in, hold

_S_NS = 10**9
_HEAD = re.compile(r"(?:^|.*\s)(?:H?PING6?\b[ (]|Pinging\s|正在 ?Ping\s).*")
_ADDRESS = re.compile(
    r"[(\[]([0-9a-fA-F.:]+(?:%\w+)?)[)\]]|--> (\S+)|[Pp][Ii][Nn][Gg]\s+([0-9a-fA-F.:]*[.:][0-9a-fA-F.:]*)"
)
_IP = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:]+(?:%\w+)?)"
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)")
_WINDOWS_HEAD = re.compile(rf"(?=.*{_IP})(?=(?:.*\s)?\d{{1,5}}(?![\d.:%,])).*[:：]\s*")
"""As Windows begins in every language: an address, how many bytes, a colon at the end; its replies name a TTL and no number."""
_HALF = re.compile(r"^\s*(\d+) packet\(s\) (?:transmitted|received)\s*$")
_WINDOWS_FOOT = re.compile(rf".*{_IP}.*[:：]\s*")
_WINDOWS_SUM = re.compile(r"[^=]*=\s*(\d+)[^=]*=\s*(\d+)[^=]*=\s*(\d+)\D*(?:\((?=[^()]*[%％])[^()\d]*\d.*)?")
"""Sent, received, lost, and behind them a share in parentheses: "(0% loss)", "(perte 0%)", "(%0 kayıp)"."""
_STAMP = re.compile(r"\[?(\d{9,11}\.\d{1,9})\]?\s+")
_NUMBER = re.compile(r"(?:icmp_seq|icmp_req|seq|序号|序列)\s*[=:]?\s*(\d+)")
_TIME = re.compile(
    r"[^\W\d_]+\s?[=<]\s?(?P<value>\d+(?:[.,]\d+)?)\s*(?P<unit>msec|ms|мс|毫秒|usec|us|µs|μs|微秒|sec|s|秒)(?![^\W\d_])"
)
_TTL = re.compile(r"\b(?:ttl|hlim|TTL|hop limit|生存时间)\s*[=:]\s*(\d+)")
_SHARE = re.compile(r"\d\s?[%％]")
_INTEGERS = re.compile(r"(?<![\w.+])\d+(?![\d.]*\s?[%％])(?![\d.])")
_WHILE = re.compile(r"^\D*(\d+)/(\d+)\s")
_TOTAL_MS = re.compile(r"(?:time|时间|[^\W\d_]+)\s?=?\s?(\d+)\s?(?:ms|毫秒)\s*$")
_COPY = re.compile(r"\(?\bDUP!?\)?|（?重复")
_FOOT = re.compile(r"^-{2,}.*-{2,}$|统计信息|statistics (?:for|---)")
_QUIET = re.compile(
    r"rtt|round-trip|往返|最短|Minimum|min/avg|PATTERN|WARNING|^\s*$|pipe \d|Control-C|\^C|^[$#>]|^\S*[@>:].*[$#>]\s"
)
_PSPING = re.compile(r"^\d+ iterations \(warmup (\d+)\)[\w ]* ping test:")
_PSPING_REPLY = re.compile(r"(Reply from \S+:) ([\d.]+)ms")
_FPING = re.compile(
    r"^(?:\[(?P<at>\d+\.\d+)\]\s*)?(?P<host>\S+)\s*: \[(?P<seq>\d+)\], (?:(?P<bytes>\d+) bytes, (?P<ms>[\d.]+) ms\b|(?P<lost>timed out|error|unreachable|\D+))"
)
_FPING_SHARE = re.compile(r"\([\d.]+ avg, (\d+)% loss\)|\(NaN avg, (?:100)% loss\)")
_FPING_LIST = re.compile(r"\S+\s*: (?:[\d.]+|-)(?: (?:[\d.]+|-))*\s*")
"""As `fping -C` ends: every delay, or a dash."""
_FPING_SUM = re.compile(r"^(?P<host>\S+)\s*: xmt/rcv/%loss = (?P<sent>\d+)/(?P<got>\d+)/")


@dataclass(slots=True)
class _Reply:
    number: int
    delay: int
    at: int
    ttl: int
    copy: bool = False
    """Whether the program itself calls it a duplicate."""


@dataclass(slots=True)
class _Session:
    """One run of a program: replies in order, what it says itself, lines that were not understood, whether they have numbers."""

    head: str = ""
    replies: list[_Reply] = field(default_factory=list)
    stated: tuple[int, int] | None = None
    lasted_ms: int | None = None
    unread: list[str] = field(default_factory=list)
    numbered: bool = True
    ended: bool = False
    halves: list[int] = field(default_factory=list)
    figures: Figures | None = None

    @property
    def address(self) -> str:
        """The target, as the head names it."""
        found = _ADDRESS.search(self.head)
        told = next((each for each in found.groups() if each), "") if found else ""
        other = re.search(_IP, self.head)
        return told or (other[0] if other else "")


def is_ping(text: str) -> bool:
    """Whether some line among the first ones is the head or a reply of a ping program."""
    return is_windows(text) or any(
        _HEAD.match(line) or _FPING.match(line) or (_NUMBER.search(line) and _timed(line)) for line in _beginning(text)
    )


def is_windows(text: str) -> bool:
    """Whether Windows' ping wrote it, in whatever language: by the form of its head, and a reply or its totals."""
    lines = _beginning(text)
    return any(map(_WINDOWS_HEAD.fullmatch, lines)) and any(
        (_TTL.search(line) and _timed(line)) or _WINDOWS_SUM.fullmatch(line) for line in lines
    )


def _beginning(text: str) -> list[str]:
    return [line for line in text[:20_000].splitlines() if line.strip()][:60]


def read_ping(text: str, name: str) -> Rows:
    """The packets of all sessions; UnreadableError where a summary disagrees with what was read, or a session is there twice."""
    lines = _without_warm_up(text.splitlines())
    if any(_FPING.match(line) for line in lines[:60]):
        return _fping(lines, name)
    rows = Rows()
    begin = 0
    sessions = _apart([each for each in _sessions(lines, name) if each.replies or each.stated], name, rows)
    for session in sessions:
        begin = _take(session, rows, begin, name) + APART_NS
        rows.address = rows.address or session.address
    if len({each.address for each in sessions if each.address}) > 1:
        text_ = Text("日志中有多个目标。", "The log holds several targets.")
        raise UnreadableError(text_, cure="write one file a target.", where=name)
    return rows


def _without_warm_up(lines: list[str]) -> list[str]:
    """PsPing's lines as Windows' ping writes them, less the replies that warm it up, which it counts in no total."""
    found, left = [], 0
    for line in lines:
        begun, reply = _PSPING.match(line), _PSPING_REPLY.fullmatch(line.rstrip())
        if begun is not None:
            left = int(begun[1])
        elif reply is not None and left:
            left -= 1
        else:
            found.append(line if reply is None else f"{reply[1]} time={reply[2]}ms")
    return found


def _timed(line: str) -> re.Match[str] | None:
    """The delay in a line: a word, = or <, a number and a unit of time."""
    return _TIME.search(line)


def _sessions(lines: Sequence[str], name: str) -> Iterator[_Session]:
    session = _Session()
    for line in lines:
        if (_HEAD.match(line) or _WINDOWS_HEAD.fullmatch(line)) and not _timed(line):
            yield session
            session = _Session(head=line)
        else:
            _line(session, line, name)
    yield session


def _line(session: _Session, line: str, name: str) -> None:
    timed, number, summed = _timed(line), _NUMBER.search(line), _WINDOWS_SUM.fullmatch(line)
    unnumbered = not any(each.number >= 0 for each in session.replies)
    if summed is not None and unnumbered and int(summed[1]) == int(summed[2]) + int(summed[3]):
        session.stated, session.ended = (int(summed[1]), int(summed[2])), True
    elif _SHARE.search(line):
        found = [int(each) for each in _INTEGERS.findall(line)]
        if len(found) < 2 and session.ended and len(session.halves) == 2:  # one above the other, as VRP writes them
            found = session.halves
        if not _WHILE.match(line) and len(found) > 1:
            session.stated = (found[0], found[1])
            lasted = _TOTAL_MS.search(line)
            session.lasted_ms = int(lasted[1]) if lasted else None
            session.ended = True
    elif session.ended or _FOOT.search(line) or (unnumbered and session.head and _WINDOWS_FOOT.fullmatch(line)):
        session.ended = True
        session.halves += [int(each) for each in _HALF.findall(line)]
        session.figures = session.figures or figures_in(line)
    elif timed and (number or _TTL.search(line) or session.head):
        stamp, ttl = _STAMP.match(line), _TTL.search(line)
        elsewhere = "(" in line[timed.end() :] and not _COPY.search(line[timed.end() :])
        if elsewhere or _of_another(session.address, line):
            session.unread.append(line)  # BAD CHECKSUM, different address, truncated
            return
        session.numbered = number is not None
        delay = nanoseconds(timed["value"], timed["unit"], name)
        at = _stamp_ns(stamp[1]) if stamp else 0
        copy = _COPY.search(line) is not None
        session.replies.append(_Reply(int(number[1]) if number else -1, delay, at, int(ttl[1]) if ttl else 0, copy))
    elif number is not None:  # no answer yet, unreachable: it was sent
        session.replies.append(_Reply(int(number[1]), -1, 0, 0))
    elif not _QUIET.search(line):
        session.unread.append(line)
        if _WINDOWS_HEAD.fullmatch(session.head):  # a line a request, also where none was answered
            session.numbered = False
        if session.head and (unnumbered or not session.numbered):
            session.replies.append(_Reply(-1, -1, 0, 0))


def _of_another(address: str, line: str) -> bool:
    """Whether an answer names IPv4 addresses, and not the one that was asked."""
    found = _IPV4.findall(line)
    return bool(found and _IPV4.fullmatch(address) and address not in found)


def _stamp_ns(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * _S_NS + int(part.ljust(9, "0"))


def _apart(sessions: list[_Session], name: str, rows: Rows) -> list[_Session]:
    """The sessions, each once: a copy that its times prove to be one is left out and told, one that nothing proves is refused."""
    kept: list[_Session] = []
    seen: set[tuple[int, int]] = set()
    for session in sessions:
        keys = {(each.number, each.at) for each in session.replies if each.at}
        alike = [each for each in kept if _same(each, session)]
        if keys and keys <= seen:
            rows.tell("log-sessions-twice", 1)
            continue
        if keys & seen or (alike and session.replies and not keys):
            text = Text(
                "日志中有两段记录逐字相同或部分重叠：是同一段还是两段，无从得知。",
                "Two sessions of the log are alike to the last digit, or overlap: whether they are one is unknown.",
            )
            raise UnreadableError(text, cure="take the copy out, or record with `ping -D`.", where=name)
        seen |= keys
        kept.append(session)
    return kept


def _same(one: _Session, other: _Session) -> bool:
    told = [[(each.number, each.delay) for each in session.replies] for session in (one, other)]
    return told[0] == told[1] and one.stated == other.stated


def _take(session: _Session, rows: Rows, begin: int, name: str) -> int:
    """Put the packets of a session behind ``begin``; where they end."""
    found, copies = _numbered(session, name)
    first = _first(session, found)
    last = max(found, default=first - 1)
    sent = max(last - first + 1, session.stated[0] if session.stated and session.numbered else 0)
    answered = sum(each.delay >= 0 for each in found.values())
    if session.ended and session.stated is None:
        text = Text(
            "日志末尾的统计没有发送与接收数。", "The summary of the log does not say how many were sent and received."
        )
        raise UnreadableError(text, cure="keep the whole output of ping, up to its last line.", where=name)
    if session.stated is not None:
        check_totals(name, session.stated, (sent, answered), next(iter(session.unread), ""))
    elif session.numbered:
        rows.damaged += len(session.unread)
    replies = [each.delay for each in session.replies if each.delay >= 0]
    hold(session.figures, replies, name, mean=not any(each.copy for each in session.replies))
    if session.unread and not session.numbered:
        rows.tell("log-words", len(session.unread), *sorted(set(session.unread))[:3])
    if sent > MOST_MISSING + len(found):
        text = Text(f"序号跳过了 {sent - len(found)} 个。", f"{sent - len(found)} numbers are skipped.")
        raise UnreadableError(text, cure="write one file a session.", where=name)
    step = _step(session, sent, rows)
    stamped = any(each.at for each in found.values())
    due = [begin + at * step for at in range(sent)]
    if stamped:
        due = _between(
            [found[first + at].at - found[first + at].delay if first + at in found else 0 for at in range(sent)], step
        )
    for at, time in enumerate(due):
        reply = found.get(first + at)
        rows.add(time, reply.delay if reply else -1, copies.get(first + at, 0), reply.ttl if reply else 0)
    return due[-1] if due else begin


def _numbered(session: _Session, name: str) -> tuple[dict[int, _Reply], dict[int, int]]:
    """Replies by number without wraps at 16 bits, and how many came of each; without numbers, in order."""
    found: dict[int, _Reply] = {}
    copies: dict[int, int] = {}
    last = 0
    for at, reply in enumerate(session.replies):
        number = at
        if session.numbered:
            ahead = (reply.number - last) & 0xFFFF
            number = last + (ahead if ahead < 0x8000 else ahead - 0x1_0000) if last >= 0x8000 else reply.number
            last = max(last, number)
        if reply.delay >= 0 and copies.get(number) and not reply.copy:
            text = Text(
                f"序号 {number} 有两个应答，而没有标明重复。",
                f"The number {number} has two answers, none called a copy.",
            )
            raise UnreadableError(text, cure="keep the head of each session, and write one file a session.", where=name)
        if found.setdefault(number, reply).delay < 0:
            found[number] = reply
        copies[number] = copies.get(number, 0) + (reply.delay >= 0)
    return found, copies


def _first(session: _Session, found: dict[int, _Reply]) -> int:
    """The number of the first packet: 0 of BSD, macOS and busybox, 1 of iputils."""
    if not session.numbered or 0 in found:
        return 0
    if session.stated is not None and max(found, default=0) == session.stated[0]:
        return 1
    return 0 if re.search(r": \d+ data bytes", session.head) else 1


def _step(session: _Session, sent: int, rows: Rows) -> int:
    """Ns between two packets, by what the summary says they took; else a second, and it is told that nobody wrote it down."""
    if any(each.at for each in session.replies):
        return _S_NS
    if session.lasted_ms and sent > 1:
        return session.lasted_ms * 10**6 // (sent - 1)
    rows.tell("log-times-unknown", 1)
    return _S_NS


def _between(due: Sequence[int], step: int) -> list[int]:
    """Times of lost requests, which have none, set evenly between their neighbours'."""
    known = [at for at, value in enumerate(due) if value]
    found = list(due)
    places = iter(known)
    left, right = None, next(places, None)
    for at in range(len(due)):
        if right is not None and at == right:
            left, right = right, next(places, None)
        elif left is None and right is not None:
            found[at] = due[right] - (right - at) * step
        elif left is not None and right is None:
            found[at] = due[left] + (at - left) * step
        elif left is not None and right is not None:
            found[at] = due[left] + (due[right] - due[left]) * (at - left) // (right - left)
    return found


def _fping(lines: Sequence[str], name: str) -> Rows:
    """`fping -C`/`-c`/`-l`: a line a packet of each host, from number 0; times with -D."""
    rows, found, stated, unread, many = Rows(), dict[int, _Reply](), None, "", 0
    hosts, figures, listed, shares = set[str](), None, "", [""]
    for line in lines:
        each, total = _FPING.match(line), _FPING_SUM.match(line)
        if each is not None:
            hosts.add(each["host"])
            at = _stamp_ns(each["at"]) if each["at"] else 0
            delay = nanoseconds(each["ms"], "ms", name) if each["ms"] else -1
            if int(each["seq"]) in found:
                text = Text("日志中同一序号出现两次。", "A number stands twice in the log.")
                raise UnreadableError(text, cure="write one file a session.", where=name)
            found[int(each["seq"])] = _Reply(int(each["seq"]), delay, at, 0)
            shares = _FPING_SHARE.findall(line) or shares
        elif total is not None:
            stated, figures = (int(total["sent"]), int(total["got"])), figures_in(line)
        elif _FPING_LIST.fullmatch(line):
            listed = line.partition(" : ")[2]
        elif line.strip() and not line.startswith("ICMP "):
            unread, many = unread or line, many + 1
    if len(hosts) > 1:
        text = Text("日志中有多个目标。", "The log holds several targets.")
        raise UnreadableError(text, cure="write one file a target.", where=name)
    sent = max(found) + 1
    got = [each.delay for each in found.values() if each.delay >= 0]
    hold(figures, got, name)
    if stated is None and listed:
        stated = len(listed.split()), len(listed.replace("-", "").split())
    if stated is None and shares[0]:  # the share of the last line is of all before
        stated = (
            sent,
            (len(got) if int(shares[0]) == 100 * (sent - len(got)) // sent else sent * (100 - int(shares[0])) // 100),
        )
    if stated is not None:
        check_totals(name, stated, (sent, len(got)), unread)
    else:
        rows.damaged += many
    timed = any(each.at for each in found.values())
    if not timed:
        rows.tell("log-times-unknown", 1)
    due = [found[at].at - max(0, found[at].delay) if at in found and found[at].at else 0 for at in range(sent)]
    due = _between(due, _S_NS) if timed else [at * _S_NS for at in range(sent)]
    for at in range(sent):
        reply = found.get(at)
        rows.add(due[at], reply.delay if reply else -1, int(reply is not None and reply.delay >= 0))
    rows.address = next(iter(hosts))
    return rows

# SPDX-License-Identifier: Apache-2.0
"""What stands in a log beside the delays: words for packets that were lost, and columns that may say so, or whose packet it was. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import pairwise

from harness.kit.tables import Columns, Row, Table, cells, fold
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from probes.network.traces.said.columns import HARMLESS, MEMBERS, came

LOST = {
    "", "-", "--", "---", "-1", "*", "!", "x", "nan", "n/a", "na", "nil", "null", "none", "inf", "infinity", "∞", "lost",
    "loss", "drop", "dropped", "timeout", "timedout", "requesttimedout", "timedout.", "noreply", "noresponse", "fail",
    "failed", "failure", "error", "unreachable", "丢失", "丢包", "超时", "请求超时", "无应答", "无响应", "失败", "不可达", "无",
}  # fmt: skip
"""What logs write for a packet that brought no reply; any other word counts as lost too, and is told."""
LOST_WORDS = {
    word
    for word in LOST
    if word.isalpha() and word not in {"x", "na", "nan", "nil", "null", "none", "inf", "infinity", "无"}
}
"""Of these, those that say so wherever they stand."""
_LOSSES = re.compile(
    r"丢|loss|lost|drop|超时|time-?out|失败|fail|应答|响应(?!时间)|no_?(?:reply|response)|unreach|可达|valid|succ"
    r"|recei(?!v\w*[ _]?(?:power|signal|level))|repl[iy]|respon(?!se ?time)|answer|arriv|alive|reachab|outcome|result|error"
    r"|(?<![a-z])(?:ok|ack|recv|err|errno|state|status|flags?)(?![a-z])|^(?:err|ret|reply|status)?[ _-]?code(?![a-z])"
    r"|回复|收到|接收(?!功率|信号|电平|场强)|到达|有效|成功|通断|状态|异常|错误|结果|连通|在线|是否"
)
"""Headings that may say whether a packet's reply came."""
_DELAYS = re.compile(
    r"delay|latenc|\brtt|rtt\b|round[ _-]?trip|时延|延迟|延时|耗时|往返|响应时间|response[ _]?time|\bping"
)
"""Headings that may hold another delay of the packet."""
_SUMMARIES = re.compile(
    r"(?:max|min|avg|average|mean|median|std|stddev|stdev|sd|dev|mdev|peak|p\d{2,3}|\d{2}(?:th|%)|q\d{2})[ _-]?(?:imum|value|ms|us|s)?"
    r"|(?:tx|rx|xmt|xmit|rcv|rcvd|recv|snt|sent|got|txd|rxd|发|收|发送|接收|发包|收包)[ _-]?(?:counts?|packets?|pkts|probes?|数|个数|包数)?"
    r"|(?:n|no|num)?[ _-]?(?:of)?[ _-]?(?:counts?|samples?|packets?|pkts|probes?|pings?|trials?|measurements?)"
    r"|(?:最大|最小|平均|中位|峰值|均)(?:值|数)?|标准差|方差|(?:\d+)?分位数?|样本(?:数|量)?|(?:报文|探测|测量|采样|统计)?(?:包数|次数|个数|点数|条数)|采样数|统计.*"
)
"""Headings that stand beside the mean of many packets: each row is then no packet."""
_CODES = 8
_ROWS_A_CODE = 5
"""A column that nobody understands and that holds so few different cells, each in so many rows, holds codes."""
_NUMBERS = re.compile(
    r"(?:(?:packet|pkt|frame|msg|message|probe|request|req|sample|record|row|line|run|ping|icmp|tx|test)[ _-]?)?(?:seq\w*|no|num|number|nr|id|idx|index|n|#|№)\.?"
    r"|.*(?:序|编)号|.*号$|第几.*|.*(?:计数|次序)"
)
"""Headings of what may number the packets."""
_TOLD_LOSS = re.compile(
    r"(?:丢包|丢失|超时|失败|收到|接收|lost|loss|drop(?:ped)?|received|recv|rcvd|timeouts?|timed out|failed|verlust\w*|verloren|empfangen|fehlgeschlagen|zeitüberschreitung\w*|"
    r"pertes?|perdus?|reçus?|échou\w*|perdid[oa]s?|pérdidas?|recibid[oa]s?|recebid[oa]s?|perdit[ae]|ricevut[io]|потер\w*|получено|損失|紛失|受信|失敗|丟包|丟失|遺失|손실|수신|실패)"
    r"[\s:：=率数個个包为為是(（%)）]*\d"
    r"|\d[\d.]*\s*[%％个次包]*\s*(?:packets?|pkts|probes?|replies|pings?|pakete?|paquete?s|pacchetti|пакет\w*|パケット)?\s*(?:were |was )?(?:丢|超时|失败|收到|lost|dropped|received|timed out|failed|verloren|verlust|empfangen|perdus?|perte|reçus?|perdid|recibid|perdit|ricevut|потер|損失|失敗|손실)"
)
"""What a line above the head says of losses in numbers: nobody compares it with the rows."""
_AGAINST = LOST_WORDS | {
    "no",
    "false",
    "n",
    "down",
    "bad",
    "invalid",
    "否",
    "没有",
    "未收到",
    "未应答",
    "无效",
    "异常",
    "错误",
    "断",
    "不通",
}
_WELL = {"ok", "okay", "normal", "good", "正常"}
_ERRNO = re.compile(r"E[A-Z]{4,}")
_CAME = {"0", "0.0", "no", "false", "n", "否", "未丢", "未丢失"}
_FINE = {
    "1",
    "ok",
    "okay",
    "success",
    "successful",
    "succeeded",
    "pass",
    "reply",
    "replied",
    "received",
    "true",
    "yes",
    "y",
    "成功",
    "正常",
    "是",
    "通",
    "收到",
    "已收到",
    "有应答",
}


def nothing_beside(table: Table, columns: Columns) -> None:
    """UnreadableError for a column that nobody reads and that may say another delay, who was lost, or whose packet a row is."""
    if "delay" not in table:
        return
    for told in columns.rivals(table.head, table.index, "delay"):
        raise _rival(told, table)
    for line in table.above:
        if _TOLD_LOSS.search(cells.narrow(line).casefold()):
            raise _above(line, table)
    for place, heading in enumerate(table.head):
        told = heading.strip()
        if place in table.index.values() or told in columns.named.values() or came(told):
            continue
        folded = cells.narrow(told).casefold()
        words = {row[place].strip() for row in table.cells}
        if "delay" not in columns.named and _DELAYS.search(folded) and any(cells.number(each) for each in words):
            raise _rival(told, table)
        if MEMBERS.fullmatch(fold(told)) and len(words) > 1:
            raise _several(told, sorted(words), table)
        against = sorted(each for each in words if plain(each) in _AGAINST or _ERRNO.fullmatch(each))
        if against or (_LOSSES.search(folded) and not {each.casefold() for each in words} <= _WELL):
            raise _fate(told, f" ({against[0]})" if against else "", table)
        if _SUMMARIES.fullmatch(fold(told)) and any(cells.number(each) is not None for each in words):
            raise _summary(told, table)
        if "sequence" not in table and _NUMBERS.fullmatch(folded) and _skips(table.cells, place):
            raise _numbers(told, table)
        if _are_codes(words, len(table)) and not HARMLESS.fullmatch(fold(told)):
            raise _fate(told, f" ({' / '.join(sorted(words)[:3])})", table)


def _are_codes(words: set[str], rows: int) -> bool:
    """Whether the cells divide the rows into two kinds, or into a few."""
    return len(words) == 2 or (2 < len(words) <= _CODES and rows >= _ROWS_A_CODE * len(words))


def address_of(table: Table) -> str:
    """The address that a column names for every row: that of the machine itself where one does; empty where none or several are named."""
    named: list[str] = []
    for place, heading in enumerate(table.head):
        words = {row[place].strip() for row in table.cells}
        if place not in table.index.values() and MEMBERS.fullmatch(fold(heading)) and len(words) == 1:
            named += words
    known = [found for each in named if (found := _address(each)) is not None]
    own = [each for each in known if each.is_loopback]
    return str(own[0]) if own else str(known[0]) if len(known) == 1 else ""


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address("127.0.0.1" if text.casefold() in {"localhost", "lo", "lo0", "loopback"} else text)
    except ValueError:
        return None


def _skips(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Whether the cells number the rows, and some numbers are missing."""
    texts = [row[place].strip() for row in rows]
    if len(texts) < 3 or not all(each.isascii() and each.isdigit() and len(each) < 16 for each in texts):
        return False
    steps = {later - sooner for sooner, later in pairwise(map(int, texts))}
    return min(steps) > 0 and steps != {1}


def _numbers(told: str, table: Table) -> UnreadableError:
    text = Text(
        f"“{told}”一列像是报文的序号，而且有缺号：缺的可能是丢失的报文，该列却没有读取。",
        f"The column {told!r} seems to number the packets and skips some: those may be lost, and it is not read.",
    )
    return UnreadableError(
        text,
        cure="name it in the profile, as columns: {sequence: its heading}, or give it another heading.",
        where=table.name,
    )


def _above(line: str, table: Table) -> UnreadableError:
    said = cells.narrow(line)[:60]
    text = Text(
        f"表头上方写着“{said}”：它说明了丢包，却不与各行比对。",
        f"Above the head stands {said!r}: it tells losses, and nobody compares it with the rows.",
    )
    return UnreadableError(
        text, cure="write every packet as a row, the lost ones too, and take the line out.", where=table.name
    )


def _rival(told: str, table: Table) -> UnreadableError:
    text = Text(f"“{told}”也是时延列，不知以哪一列为准。", f"{told!r} is a delay too; which of them counts is unknown.")
    return UnreadableError(text, cure="name it in the profile, as columns: {delay: its heading}.", where=table.name)


def _summary(told: str, table: Table) -> UnreadableError:
    text = Text(
        f"“{told}”一列说明每行可能是多个报文的汇总，而不是一个报文：汇总的时延不能代替逐包时延。",
        f"The column {told!r} says that a row may sum up many packets: a mean of delays is no delay of a packet.",
    )
    return UnreadableError(
        text,
        cure="export a row a packet; name a running number in the profile, as columns: {sequence: its heading}.",
        where=table.name,
    )


def _several(told: str, words: list[str], table: Table) -> UnreadableError:
    text = Text(
        f"“{told}”一列有 {len(words)} 个不同的值（{words[0]}、{words[1]} 等）：各终端须分别判定，不能混在一起。",
        f"The column {told!r} names {len(words)} different ones ({words[0]}, {words[1]} …): each is judged for itself, never in a pool.",
    )
    return UnreadableError(text, cure="write one file for each of them, and name all as evidence.", where=table.name)


def _fate(told: str, word: str, table: Table) -> UnreadableError:
    text = Text(
        f"“{told}”一列{word}可能说明丢包，却没有读取。",
        f"The column {told!r}{word} may say who was lost, and is not read.",
    )
    cure = (
        "name it in the profile, as columns: {status: its heading}, or take it out where it says nothing of the kind."
    )
    return UnreadableError(text, cure=cure, where=table.name)


def plain(text: str) -> str:
    """A word for comparison: narrow, lower case, without blanks and a full stop."""
    return "".join(cells.narrow(text).casefold().split()).removesuffix(".").removesuffix("。")


def fates(table: Table) -> list[bool]:
    """Whether a column of its own says that the row's packet was lost; UnreadableError for a word that nobody agreed on."""
    lost = [False] * len(table)
    for key, fine in (("lost", _CAME), ("status", _FINE)):
        for at, text in enumerate(table.column(key) if key in table else ()):
            word = cells.narrow(text).casefold()
            if word in fine:
                continue
            known = word in (_FINE if key == "lost" else _CAME) or "".join(word.split()) in LOST
            if not known:
                heading = table.head[table.index[key]].strip()
                told = Text(
                    f"“{heading}”中的“{text}”无法识别。", f"{text!r} in the column {heading!r} is not understood."
                )
                raise Row(table, at).refuse(told, "write ok or lost (成功, 丢失), or give the column another heading.")
            lost[at] = True
    return lost

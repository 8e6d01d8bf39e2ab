# SPDX-License-Identifier: Apache-2.0
"""Columns beside a terminal's state that contradict its being on 5G: a switch that is off, an anchor, a fallback, a reading that is old. Pure."""

from __future__ import annotations

import re

from harness.kit.tables.cells import instant_ns, narrow, number

NO = {"0", "no", "n", "false", "off", "none", "down", "absent", "fail", "failed", "timeout", "否", "无", "不", "×", "x", "disabled", "inactive", "关", "关闭", "未启用", "未激活", "未连接", "未注册", "断开", "失败", "超时", "未插卡", "未建立"}  # fmt: skip
"""What says that something is not so, or not there."""
_SAID = NO | {"", "-", "--", "n/a", "na", "null", "正常", "normal", "ok"}
_NEEDED = re.compile(
    r"regist|online|on-?line|attach|connect|service|valid|enabled|reachab|heartbeat|alive|^ping|^5g|^nr5?g?(?![a-z])|(?<![a-z])(?:e?sim|pdu|apn)(?![a-z])|^(?:is[ _-]?)?(?:real|measured|trusted)$|traffic"
    r"|在线|在网|激活|可信|真实|实测|流量|^小区$|注册|附着|连接|驻网|服务|有效|启用|可用|可达|心跳|信号$|会话"
)
"""Headings of what has to be so."""
_UNWANTED = re.compile(
    r"en-?dc|回[落退]|fall-?back|csfb|redirect|重定向|有线口|(?<![a-z])eth(?![a-z])|ethernet|以太网口|simulat|emulat|模拟(?!量)|仿真|复制|copied|飞行模式|air ?plane|flight ?mode|stale|陈旧|repeated|^repeat$|barred|禁止接入|blocked|deleted|删除|黑名单|suspend|锁定|锚点|anchor|offline since|离线自"
)
"""Headings of what must not be so."""
_AGE = re.compile(r"^(?:age|data ?age|staleness|数据时效|时效|陈旧时间|(?:数据)?新鲜度?|上次更新)")
_LESS = re.compile(r"(?:lte|4g|eutra)[ -]?only|仅\s?(?:lte|4g)|epc|s1-?mme", re.IGNORECASE)
"""Words that leave no 5G, under whatever heading."""
_OLDEST_S = 30


def contradicts(heading: str, word: str) -> bool:
    """Whether a cell says that a terminal was not on 5G just then, by the heading of its column."""
    said, told = narrow(heading).casefold(), narrow(word).casefold()
    if _LESS.fullmatch(told):
        return True
    if _AGE.search(said):
        age = number(told)
        return age > _OLDEST_S if age is not None else instant_ns(told) is None and told not in _SAID
    if _UNWANTED.search(said):
        return told not in _SAID
    return told in NO and _NEEDED.search(said) is not None

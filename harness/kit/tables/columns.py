# SPDX-License-Identifier: Apache-2.0
"""Which column of a table holds what: matched by the names people give their columns, in Chinese and in English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from harness.errors import SpecError
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from harness.quantity import unit_of

MOST_ROWS = 100_000
_BRACKET = re.compile(r"[(\[【]")
_IN_BRACKETS = re.compile(r"[(\[【]([^()\[\]【】]*)[)\]】]\s*$")
_BRACKETS = re.compile(r"[(\[【]\s*([^()\[\]【】]*\S[^()\[\]【】]*[)\]】]\s*[(\[【].*)[)\]】]\s*$")
_TWICE = re.compile(r"(?P<zh>[^A-Za-z]*[\u4e00-\u9fff])\s*[/|\\,;:]?\s*(?P<en>[A-Za-z][A-Za-z0-9 ._\-]*)", re.DOTALL)
_BEHIND = re.compile(r"(?P<stem>.*?[^\W_])(?:[_/.\- ]|[,:;]\s?| in )(?P<unit>[^\W\d_]+(?:/[^\W\d_]+)?)\s*$")
_GLUED = re.compile(
    r"(?P<stem>.*[\u4e00-\u9fff]|.*?[A-Za-z]*[a-z](?=[MUN]s$)|[A-Z]{3,}(?=[mun]s$))(?P<unit>[mun]s|[MUN]s|毫秒|微秒)"
)
"""A unit of time that nothing parts from the name: 时延ms, rttMs, RTTms."""
_NO_UNITS = {"epoch", "epochs"}
"""Of a heading such as frame.time_epoch that says since when, and no unit."""
_SPELLED = {
    word: unit
    for unit, words in {
        "ms": "msec msecs millisecond milliseconds millis MS MSEC",
        "us": "usec usecs microsecond microseconds micros US USEC",
        "ns": "nsec nanosecond nanoseconds NS NSEC",
        "s": "second seconds",
    }.items()
    for word in words.split()
}
"""Units of time as programs and data bases spell them; Ms and uS are none of these, but megaseconds and microsiemens."""


_SIMPLER = str.maketrans(
    "業稱統會碼註冊簽訂產線萬資編號關鍵設備題報週類狀態監測視預規則聯網時間發觸訊數據記錄單價額項應場領術證書憑檔總計變積點採經緯處環層級標準實際輸壓溫濕電費員責機構組織區縣鎮門檢驗評審認來範圍選擇終結開啟動運傳遲節連誤軟權專屬內鏈異營銷購買賣圖熱車輛廠極歷觀對誌獨雲聽體與為隊後還進轉辦務執協議學醫農糧園樓鋼龍華東陸陽陰險隱離難響頁順頻顯飛驅驟複製確識護質賬貨輔適達遠閾閥個倉優億儲兩凈劃劑勞勢參啓喚國壞夾寬將幣帶廣張強彙復慣戶擴損換擊於曆條樣樹櫃欄歸殘氣沒況減滿漲灣無爾牆獲現畫當盡盤礎稅種筆篩簡紀紅純紙細絡給維綜緊緩縮繪繼續羅義習聲職脈腳艙蓋藍虛衝補裝裡覽覺討訓託訪許訴診詞試詳說課調談請諾謝譯讀讓負財貢販貫貴貸貼貿賠賴趨跡踐軌軸較載輪轄邊郵鄰釋針鈕鉛銀銅錯鋪鍋鎖鏡長閉閱闊陣隨雙雜霧靜須顆願養餘馬麥齊齡",
    "业称统会码注册签订产线万资编号关键设备题报周类状态监测视预规则联网时间发触讯数据记录单价额项应场领术证书凭档总计变积点采经纬处环层级标准实际输压温湿电费员责机构组织区县镇门检验评审认来范围选择终结开启动运传迟节连误软权专属内链异营销购买卖图热车辆厂极历观对志独云听体与为队后还进转办务执协议学医农粮园楼钢龙华东陆阳阴险隐离难响页顺频显飞驱骤复制确识护质账货辅适达远阈阀个仓优亿储两净划剂劳势参启唤国坏夹宽将币带广张强汇复惯户扩损换击于历条样树柜栏归残气没况减满涨湾无尔墙获现画当尽盘础税种笔筛简纪红纯纸细络给维综紧缓缩绘继续罗义习声职脉脚舱盖蓝虚冲补装里览觉讨训托访许诉诊词试详说课调谈请诺谢译读让负财贡贩贯贵贷贴贸赔赖趋迹践轨轴较载轮辖边邮邻释针钮铅银铜错铺锅锁镜长闭阅阔阵随双杂雾静须颗愿养余马麦齐龄",
)
"""Characters of headings in the traditional script, by those of the simplified one."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a table are called, and which of them make a row its head.

    ``usual``: field -> the headings it goes by, the more telling first. ``needed``: groups of fields, of each of which one
    has to be there. ``named``: a field's exact heading where the profile says so; it wins over the usual ones.
    ``noun``: what such a table is, as Text("行驶日志", "drive log").
    """

    usual: Mapping[str, Sequence[str]]
    needed: Sequence[Collection[str]]
    noun: Text
    named: Mapping[str, str] = field(default_factory=dict)
    least: int = 1
    """Fields that have to be recognised before a row is taken for the head."""
    delimiters: str = ",;\t"
    most_rows: int = MOST_ROWS
    unnamed: bool = False
    """Whether rows of cells apart by blanks may go on behind the head, all as far as the first one, as programs write their logs."""
    spread: bool = False
    """Whether a cell of a workbook that is merged over several rows speaks for each of them (never where amounts add up)."""

    def match(self, head: Sequence[str]) -> dict[str, int] | None:
        """Field -> place in ``head``; None when that row is no head."""
        places: dict[str, int] = {}
        for place, heading in enumerate(head):
            places.setdefault(fold(heading), place)
            places.setdefault(heading.strip(), place)
        for place, heading in enumerate(head):
            places.setdefault(stem(heading), place)
        halves = [twice(heading) for heading in head]
        index = {}
        for name, usual in self.usual.items():
            headings = [self.named[name].strip()] if name in self.named else list(map(fold, usual))
            found = next((places[each] for each in headings if each in places), None)
            if found is None and name in self.named:
                found = places.get(fold(self.named[name]))
            elif found is None:
                found = next((place for place, each in enumerate(halves) if each and each <= set(headings)), None)
            if found is not None:
                index[name] = found
        complete = all(any(name in index for name in group) for group in self.needed)
        return index if complete and len(index) >= self.least else None

    def rivals(self, head: Sequence[str], index: Mapping[str, int], field: str) -> list[str]:
        """Headings of columns that go by a name of ``field`` as well as the one that is read; none where the profile named one."""
        usual = set(map(fold, self.usual[field]))
        own = {index[field]} if field in index else set()
        known = [place for place, heading in enumerate(head) if {fold(heading), stem(heading)} & usual]
        return [] if field in self.named else [head[place].strip() for place in known if place not in own]

    def check(self, head: Sequence[str], index: Mapping[str, int], where: str) -> None:
        """UnreadableError when a heading that is read stands twice, unless the profile names one of them exactly."""
        for name in self.named.keys() - index.keys():
            text = Text(
                f"表头中没有测试方案为 {name} 指定的“{self.named[name]}”一列。",
                f"The head has no column {self.named[name]!r}, which the profile names for {name}.",
            )
            raise UnreadableError(text, cure="write its heading as it stands in the file.", where=where)
        for name, place in index.items():
            said = qualified(head[place]) if name not in self.named else ""
            if said:
                text = Text(
                    f"表头“{head[place].strip()}”写着“{said}”，不是实际发生的值本身。",
                    f"The heading {head[place].strip()!r} says {said!r}: that is not the value itself as it happened.",
                )
                cure = f"take the column of values as they were measured, or say in the profile columns: {{{name}: its exact heading}}."
                raise UnreadableError(text, cure=cure, where=where)
            alike = str.strip if name in self.named else stem
            if sum(alike(each) == alike(head[place]) for each in head) > 1:
                heading = head[place].strip()
                text = Text(f"表头“{heading}”出现了不止一次。", f"The heading {heading!r} stands more than once.")
                cure = (
                    f"give the columns different names, or say in the profile columns: {{{name}: its exact heading}}."
                )
                raise UnreadableError(text, cure=cure, where=where)


_QUALIFIED = re.compile(
    r"计划|规划|预算|目标|估算|估计|估值|预测|预估|推算|概算|暂估|理论|模拟|仿真|平均|均值|最小|最大|最低|最高|峰值|中位|滤波|平滑|计划值|計劃|預算|估計|預測|"
    r"\b(?:planned|plan|budget(?:ed)?|target|estimated?|est|forecast|predicted|theoretical|simulated|avg|average|mean|minimum|maximum|max|median|peak|smoothed|filtered|"
    r"geplant|soll|geschätzt|mittel(?:wert)?|mittlere|prévu|estimé|moyenne?|estimado|promedio|medio)\b|推定|予測|見込|目標|平均値|最大値|최대|평균|추정|예상",
    re.IGNORECASE,
)


def qualified(heading: str) -> str:
    """The word behind the name of a column that makes its values other ones: 产量(件,计划), rtt(ms) avg; empty where there is none."""
    plain = unicodedata.normalize("NFKC", heading)
    found = _BRACKET.search(plain)
    told = None if found is None else _QUALIFIED.search(plain, found.start())
    return "" if told is None else told[0]


def fold(heading: str) -> str:
    """A heading for comparison: NFKC, no blanks, lower case, the simplified script, without a remark in brackets, an asterisk or a colon at its ends, or a # before it."""
    folded = "".join(unicodedata.normalize("NFKC", heading).split()).lower().strip("*:").translate(_SIMPLER)
    folded = folded.lstrip("#") or folded
    return _BRACKET.split(folded, maxsplit=1)[0] or folded


def twice(heading: str) -> set[str]:
    """Both folded halves of a heading that stands in two languages, as 企业名称 Company name; empty for one in one language."""
    found = _TWICE.fullmatch(unicodedata.normalize("NFKC", heading).strip())
    return set() if found is None else {fold(found["zh"]), fold(found["en"])}


def stem(heading: str) -> str:
    """As :func:`fold`, without a unit that stands behind the name either: ``rtt_ms``, ``时延/ms``."""
    found = _behind(unicodedata.normalize("NFKC", heading).strip())
    return fold(heading) if found is None else fold(found["stem"])


def _behind(plain: str) -> re.Match[str] | None:
    """Name and unit of a heading without brackets; None where no known unit stands behind the name."""
    glued, found = _GLUED.fullmatch(plain), _BEHIND.fullmatch(plain)
    known = found is not None and found["unit"].lower() not in _NO_UNITS and _known(found["unit"])
    return glued or (found if known else None)


def _spelled(unit: str) -> str:
    return _SPELLED.get(unit, unit)


def stated_unit(heading: str) -> str:
    """The unit behind the name of a column: whatever stands in brackets at its end, or a known one after ``_`` or ``/``.

    Of several brackets, as in ``delay(one way)(ms)``, all they say, which is no unit that anybody knows.
    """
    plain = unicodedata.normalize("NFKC", heading).strip()
    several = _BRACKETS.search(plain)
    if several is not None:
        return several[1].strip()
    found = _IN_BRACKETS.search(plain)
    if found is not None:
        return _spelled(found[1].strip())
    found = _behind(plain)
    if found is None:
        return ""
    return found["unit"].lower() if _GLUED.fullmatch(plain) else _spelled(found["unit"])


def _known(unit: str) -> bool:
    try:
        unit_of(_spelled(unit))
    except SpecError:
        return False
    return True

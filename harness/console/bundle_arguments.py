# SPDX-License-Identifier: Apache-2.0
"""What is said on the command line to commands that read bundles, and what several commands share."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from harness.agreed import arguments as agreed
from harness.console.arguments import Parser


class _Fields(tuple[str, ...]):
    """Names that can be put right (harness.evidence.corrections has more of them to say); members are numbered from 1."""

    __slots__ = ()

    def __contains__(self, field: object) -> bool:
        return super().__contains__(re.sub(r"\.[1-9][0-9]{0,2}\.", ".1.", str(field)))


_FIELDS = _Fields(
    ("project.name", "project.applicant.name", "project.members.1.name", "test.organisation", "test.operator")
)
_BUNDLE = "证据包：文件夹或 zip / the bundle: a folder or a zip"


def of_bundles(commands: argparse._SubParsersAction[Parser]) -> None:
    """``replay``, ``verify``, ``pack``, ``compare``, ``correct``, ``report``."""
    replay = commands.add_parser("replay", help="重算判定 / recompute every verdict and compare byte for byte")
    replay.add_argument("bundle", type=Path, help=_BUNDLE)
    replay.add_argument(
        "--unverified",
        action="store_true",
        help="封存有缺陷也继续，并写明 / go on over defects of the seal, and say so",
    )
    workers(replay)
    as_json(replay)
    verify = commands.add_parser("verify", help="验证证据包 / check files, journal and signatures of a bundle")
    verify.add_argument("bundle", type=Path, help=_BUNDLE)
    verify.add_argument(
        "--key",
        type=Path,
        action="append",
        default=[],
        help="这把公钥必须签过名（可重复，每一把都须签过） / this public key must have signed (repeatable: each of them)",
    )
    verify.add_argument(
        "--trust",
        type=Path,
        metavar="FILE",
        help="这个 TOML 文件所列签名者（keyid、name、role）之一必须签过名 / one of the signers in this TOML file (keyid, name, role) must have signed",
    )
    verify.add_argument(
        "--any-signer", action="store_true", help="只查完好，谁签的都行 / integrity only: whoever signed will do"
    )
    verify.add_argument(
        "--report",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="这份报告必须与证据包所给的逐字节一致（可重复） / this report must be what the bundle gives, byte for byte (repeatable)",
    )
    verify.add_argument(
        "--template",
        type=Path,
        metavar="FILE",
        help="写出该 DOCX 报告时所用的模板 / the template that the DOCX report was written in",
    )
    verify.add_argument(
        "--page",
        action="append",
        default=[],
        metavar="CODE",
        help="页脚的校验码：这一页是否出自本证据包、应当写着什么（可重复） / the code at the foot of a page: whether the bundle gives that page, and what it has to say (repeatable)",
    )
    agreed.of_verify(verify)
    as_json(verify)
    pack = commands.add_parser("pack", help="打包 / pack a bundle into one zip, the same bytes every time")
    pack.add_argument("bundle", type=Path, help=_BUNDLE)
    pack.add_argument(
        "--unverified",
        action="store_true",
        help="有缺陷也打包，并写明，以 4 结束 / pack over defects, say so, and end with 4",
    )
    pack.add_argument("--out", type=Path, metavar="FILE", help="缺省：证据包旁边 / default: beside the bundle")
    compare = commands.add_parser("compare", help="对照两次结果 / what changed from one bundle to another")
    compare.add_argument("first", type=Path, metavar="A", help=_BUNDLE)
    compare.add_argument("second", type=Path, metavar="B", help=_BUNDLE)
    as_json(compare)
    _correct(commands)
    report = commands.add_parser("report", help="出具报告 / write the report of a bundle")
    report.add_argument("bundle", type=Path, help=_BUNDLE)
    report.add_argument(
        "--format",
        default="html",
        help="已安装的格式，逗号分隔：html、pdf、docx、ofd、xlsx、junit、json、ctrf、oscal / comma-separated names of installed formats: html, pdf, docx, ofd, xlsx, junit, json, ctrf, oscal",
    )
    report.add_argument(
        "--layout",
        default="",
        metavar="NAME",
        help="版式，逗号分隔：yanshou 验收报告、jianyan 检测报告、zhenggai 整改通知、yiye 一页通、fuyan 复验报告、dagang 测试大纲 / layouts of pdf, docx, ofd: yanshou, jianyan, zhenggai, yiye, fuyan, dagang",
    )
    report.add_argument(
        "--sign",
        type=Path,
        action="append",
        default=[],
        metavar="KEY",
        help="签署写出的文件（可重复）：.p12 签 PDF（PAdES，口令取自 YANSHOU_SIGN_PASSWORD），SM2 私钥签 OFD / sign what is written (repeatable): a .p12 signs PDFs (PAdES, its password from YANSHOU_SIGN_PASSWORD), an SM2 key OFDs",
    )
    report.add_argument(
        "--template",
        type=Path,
        metavar="FILE",
        help="以本单位的 DOCX 为模板：页眉、徽标、页面和样式照用 / the unit's own DOCX as a template: its headers, logo, page and styles stay",
    )
    report.add_argument("--out", type=Path, metavar="DIR", help="缺省：放在证据包旁边 / default: beside the bundle")
    workers(report)
    as_json(report)


def _correct(commands: argparse._SubParsersAction[Parser]) -> None:
    correct = commands.add_parser(
        "correct", help="更正写错的名称，原文保留 / put a misspelt name right; what was written stays"
    )
    correct.add_argument("bundle", type=Path, help="证据包文件夹 / the bundle's folder")
    correct.add_argument(
        "--field",
        required=True,
        choices=_FIELDS,
        metavar="FIELD",
        help="project.name 项目名称、project.applicant.name 申报单位、project.members.N.name 联合体第 N 个成员、test.organisation 测试单位、test.operator 测试人员 / project.name, project.applicant.name, project.members.N.name (N from 1), test.organisation or test.operator",
    )
    correct.add_argument("--to", required=True, metavar="NAME", help="应写作 / what it should read")
    correct.add_argument("--reason", required=True, metavar="TEXT", help="为什么更正 / why")
    correct.add_argument("--by", required=True, metavar="WHO", help="谁更正 / who says so")
    correct.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="KEY",
        help="用此私钥重新签名，或 env:NAME；原来签过的每一方都须签（可重复） / sign again with this private key, or env:NAME: everybody who had signed (repeatable)",
    )
    as_json(correct)
    correct.set_defaults(room="harness.console.correcting")


def as_json(parser: Parser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="结果以 JSON 写到标准输出 / the result as JSON on stdout")


def workers(parser: Parser) -> None:
    """``--jobs`` and ``--scheduler``."""
    parser.add_argument(
        "--jobs",
        type=positive,
        metavar="N",
        help="工作进程数（缺省：按证据大小） / worker processes (default: as the evidence needs)",
    )
    parser.add_argument(
        "--scheduler", metavar="ADDR", help="用 dask 集群代替本机进程 / a dask scheduler instead of local processes"
    )


def positive(text: str) -> int:
    """A whole number from 1 on; ValueError for anything else."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number

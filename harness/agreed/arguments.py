# SPDX-License-Identifier: Apache-2.0
"""Arguments of the commands that concern what is agreed beforehand; imports nothing heavy."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.console.arguments import Parser

ROOM = "harness.agreed.commands"
DRAW = "harness.agreed.draw_commands"
ROLES = ("applicant", "tester", "office", "institute", "witness", "timestamp")


def of_plan(plan: argparse.ArgumentParser) -> None:
    """``plan PROFILE --seal``."""
    plan.add_argument(
        "--seal",
        action="store_true",
        help="封存为签名的测试大纲，并附可读页面 / write the plan as a signed file, with a page to read",
    )
    plan.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="KEY",
        help="用此私钥签名（缺省：方案中的） / sign with this private key (default: the profile's)",
    )
    plan.add_argument(
        "--format",
        default="html",
        help="可读页面的格式，逗号分隔：html、pdf、docx、ofd / formats of the page to read: html, pdf, docx, ofd",
    )
    plan.add_argument(
        "--out",
        type=Path,
        metavar="PLACE",
        help="文件或目录（缺省：方案旁边） / file or folder (default: beside the profile)",
    )


def of_run(run: argparse.ArgumentParser) -> None:
    """``run PROFILE --plan PLAN --challenge FILE --corrective TEXT``."""
    run.add_argument(
        "--plan",
        type=Path,
        action="append",
        default=[],
        metavar="PLAN",
        help="所依据的封存大纲 / the sealed plan to run by",
    )
    run.add_argument(
        "--challenge",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="验收部门为本次测试签发的挑战码 / the office's challenge for this attempt",
    )
    run.add_argument(
        "--corrective",
        default="",
        metavar="TEXT",
        help="上次不通过之后改了什么 / what was changed since the former attempt failed",
    )


def of_verify(verify: argparse.ArgumentParser) -> None:
    """``verify BUNDLE --require-role ROLE --ledger FILE --challenges BOOK``."""
    verify.add_argument(
        "--require-role",
        action="append",
        default=[],
        choices=ROLES,
        metavar="ROLE",
        help="信任名单中须有此角色签过证据包或大纲（可重复） / somebody of the trust list in this role must have signed the bundle or its plan (repeatable)",
    )
    verify.add_argument(
        "--ledger",
        type=Path,
        metavar="FILE",
        help="测试机台账：列出没有封存的测试 / the tester's ledger: starts without a seal are named",
    )
    verify.add_argument(
        "--challenges", type=Path, metavar="BOOK", help="验收部门的挑战码台账 / the office's book of challenges"
    )


def of_doctor(doctor: argparse.ArgumentParser) -> None:
    """``doctor --validate``."""
    doctor.add_argument(
        "--validate",
        action="store_true",
        help="运行全部已知结果的用例并写软件确认记录 / run every known-truth case here and write the record",
    )
    doctor.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="KEY",
        help="用此私钥签署记录 / sign the record with this private key",
    )
    doctor.add_argument(
        "--out",
        type=Path,
        metavar="PLACE",
        help="记录的文件或目录（缺省：此处） / file or folder of the record (default: here)",
    )


def commands(parsers: argparse._SubParsersAction[Parser]) -> None:
    """The commands of this room: sign, ledger, challenge, stamp, trust, draw."""
    sign = parsers.add_parser("sign", help="会签大纲 / counter-sign a sealed plan")
    sign.add_argument("plan", type=Path, help="封存的大纲 / the sealed plan")
    sign.add_argument(
        "--key",
        required=True,
        metavar="KEY",
        help="另一方的私钥，或 env:NAME / private key of the second party, or env:NAME",
    )
    ledger = parsers.add_parser("ledger", help="本机台账 / what was tried on this machine")
    ledger.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="导出给验收部门，测试进行中也可 / copy it for the office, also while a test runs",
    )
    challenge = parsers.add_parser("challenge", help="现场挑战码 / numbers that an office gives out, one an attempt")
    challenge.add_argument(
        "action",
        choices=("issue", "return", "owed"),
        help="签发、交回、未交回 / give out, enter a return, list what is owed",
    )
    challenge.add_argument(
        "bundle", type=Path, nargs="?", help="return：交回的证据包 / return: the bundle that came back"
    )
    challenge.add_argument(
        "--book", type=Path, required=True, metavar="BOOK", help="验收部门自己的台账 / the office's own book"
    )
    challenge.add_argument("--office", default="验收部门", help="issue：签发部门 / issue: who gives it out")
    challenge.add_argument(
        "--note", default="", help="issue：用于哪个项目、哪次测试 / issue: for which project and attempt"
    )
    challenge.add_argument(
        "--out", type=Path, metavar="FILE", help="issue：交给测试方的文件 / issue: the tester's file"
    )
    stamp = parsers.add_parser("stamp", help="补盖时间戳 / stamp the seal of a bundle (RFC 3161)")
    stamp.add_argument("bundle", type=Path, help="封存的证据包 / the sealed bundle")
    stamp.add_argument("--tsa", required=True, metavar="URL", help="时间戳机构的地址 / address of the authority")
    trust = parsers.add_parser("trust", help="信任名单 / whom this reader trusts; nobody by default")
    trust.add_argument(
        "action",
        nargs="?",
        choices=("list", "add", "revoke"),
        default="list",
        help="列出、加入、吊销 / list, add, revoke",
    )
    trust.add_argument(
        "key", type=Path, nargs="?", help="公钥文件；revoke 时也可写 keyid / public key file; for revoke also its keyid"
    )
    trust.add_argument("--name", default="", help="姓名或单位 / who that is")
    trust.add_argument("--role", choices=ROLES, default="tester", help="角色 / role")
    trust.add_argument(
        "--expires", metavar="DAY", help="密钥到期日，YYYY-MM-DD / last day on which the key signs, YYYY-MM-DD"
    )
    trust.add_argument(
        "--on",
        metavar="DAY",
        help="revoke：自哪一天起不作数（缺省：今天） / revoke: the day from which nothing it signed counts (default: today)",
    )
    trust.add_argument("--file", type=Path, metavar="FILE", help="另一份名单 / another list than this reader's own")
    for each in (sign, ledger, challenge, stamp, trust):
        each.add_argument("--json", action="store_true", help="以 JSON 输出结果 / the result as JSON on stdout")
        each.set_defaults(room=ROOM)
    _draw(parsers)


def _draw(parsers: argparse._SubParsersAction[Parser]) -> None:
    draw = parsers.add_parser("draw", help="公开抽样 / draw a sample in public that anybody can draw again")
    draw.add_argument(
        "action",
        choices=("seal", "commit", "reveal", "withheld", "typed", "sign", "show", "check", "blind"),
        metavar="ACTION",
        help="步骤：seal、commit、reveal、withheld、typed、sign、show、check、blind / the step: seal, commit, reveal, withheld, typed, sign, show, check, blind",
    )
    draw.add_argument("draw", type=Path, help="抽样记录文件（.draw.jsonl） / the file of the draw (.draw.jsonl)")
    draw.add_argument(
        "--list",
        type=Path,
        metavar="LIST",
        help="seal、check、blind：被抽的名单 / seal, check, blind: the list that is drawn from",
    )
    draw.add_argument(
        "--items",
        type=int,
        metavar="N",
        help="seal、check：名单的项数（缺省：自动数） / seal, check: items in the list (default: counted)",
    )
    draw.add_argument(
        "--sizes",
        default="",
        metavar="N[,N]",
        help="seal：全部各轮的样本量 / seal: sample size of each round, all of them",
    )
    draw.add_argument(
        "--parties",
        default="applicant,office",
        help="seal：提供随机值的各方；none：用公开数字 / seal: who gives random values; none: public numbers",
    )
    draw.add_argument(
        "--party", default="", help="commit、reveal、withheld：哪一方 / commit, reveal, withheld: which side"
    )
    draw.add_argument(
        "--secret",
        type=Path,
        metavar="FILE",
        help="commit：秘密值存于何处；reveal：取自何处 / commit: where the secret value is kept; reveal: from where",
    )
    draw.add_argument(
        "--key",
        metavar="KEY",
        help="sign：在场一方的私钥，或 env:NAME / sign: private key of a side that was there, or env:NAME",
    )
    draw.add_argument(
        "--source", default="dice", help="typed：dice 骰子、lottery 彩票、beacon 信标 / typed: dice, lottery or beacon"
    )
    draw.add_argument("--value", default="", help="typed：当众读出的数字 / typed: the numbers as read aloud")
    draw.add_argument(
        "--hide",
        default="",
        metavar="COLUMN[,COLUMN]",
        help="blind：要留空的申报列 / blind: claimed columns to leave empty",
    )
    draw.add_argument(
        "--out", type=Path, metavar="FILE", help="blind：核查人的表格（CSV） / blind: the auditor's sheet (CSV)"
    )
    draw.add_argument("--json", action="store_true", help="以 JSON 输出结果 / the result as JSON on stdout")
    draw.set_defaults(room=DRAW)

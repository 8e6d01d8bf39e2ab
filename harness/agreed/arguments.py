# SPDX-License-Identifier: Apache-2.0
"""Arguments of the commands that concern what is agreed beforehand; imports nothing heavy."""

from __future__ import annotations

import argparse
from pathlib import Path

ROOM = "harness.agreed.commands"
DRAW = "harness.agreed.draw_commands"
ROLES = ("applicant", "tester", "office", "institute", "witness", "timestamp")


def of_plan(plan: argparse.ArgumentParser) -> None:
    """``plan PROFILE --seal``."""
    plan.add_argument(
        "--seal", action="store_true", help="write the plan as a signed file (测试大纲), with a page to read"
    )
    plan.add_argument(
        "--key", action="append", default=[], metavar="KEY", help="sign with this private key (default: the profile's)"
    )
    plan.add_argument("--out", type=Path, metavar="PLACE", help="file or folder (default: beside the profile)")


def of_run(run: argparse.ArgumentParser) -> None:
    """``run PROFILE --plan PLAN --challenge FILE --corrective TEXT``."""
    run.add_argument("--plan", type=Path, action="append", default=[], metavar="PLAN", help="the sealed plan to run by")
    run.add_argument(
        "--challenge",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="the office's challenge for this attempt",
    )
    run.add_argument(
        "--corrective", default="", metavar="TEXT", help="what was changed since the former attempt failed"
    )


def of_verify(verify: argparse.ArgumentParser) -> None:
    """``verify BUNDLE --require-role ROLE --ledger FILE --challenges BOOK``."""
    verify.add_argument(
        "--require-role",
        action="append",
        default=[],
        choices=ROLES,
        metavar="ROLE",
        help="somebody of the trust list in this role must have signed the bundle or its plan (repeatable)",
    )
    verify.add_argument(
        "--ledger", type=Path, metavar="FILE", help="the tester's ledger: starts without a seal are named"
    )
    verify.add_argument("--challenges", type=Path, metavar="BOOK", help="the office's book of challenges")


def commands(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The commands of this room: sign, ledger, challenge, stamp, trust, draw."""
    sign = parsers.add_parser("sign", help="会签大纲 / counter-sign a sealed plan")
    sign.add_argument("plan", type=Path)
    sign.add_argument("--key", required=True, metavar="KEY", help="private key of the second party, or env:NAME")
    ledger = parsers.add_parser("ledger", help="本机台账 / what was tried on this machine")
    ledger.add_argument("--export", type=Path, metavar="FILE", help="copy it for the office, also while a test runs")
    challenge = parsers.add_parser("challenge", help="现场挑战码 / numbers that an office gives out, one an attempt")
    challenge.add_argument("action", choices=("issue", "return", "owed"))
    challenge.add_argument("bundle", type=Path, nargs="?", help="return: the bundle that came back")
    challenge.add_argument("--book", type=Path, required=True, metavar="BOOK", help="the office's own book")
    challenge.add_argument("--office", default="验收部门", help="issue: who gives it out")
    challenge.add_argument("--note", default="", help="issue: for which project and attempt")
    challenge.add_argument("--out", type=Path, metavar="FILE", help="issue: the tester's file")
    stamp = parsers.add_parser("stamp", help="补盖时间戳 / stamp the seal of a bundle (RFC 3161)")
    stamp.add_argument("bundle", type=Path)
    stamp.add_argument("--tsa", required=True, metavar="URL", help="address of the authority")
    trust = parsers.add_parser("trust", help="信任名单 / whom this reader trusts; nobody by default")
    trust.add_argument("action", nargs="?", choices=("list", "add", "revoke"), default="list")
    trust.add_argument("key", type=Path, nargs="?", help="public key file; for revoke also its keyid")
    trust.add_argument("--name", default="", help="who that is")
    trust.add_argument("--role", choices=ROLES, default="tester")
    trust.add_argument("--expires", metavar="DAY", help="last day on which the key signs, YYYY-MM-DD")
    trust.add_argument(
        "--on", metavar="DAY", help="revoke: the day from which nothing it signed counts (default: today)"
    )
    trust.add_argument("--file", type=Path, metavar="FILE", help="another list than this reader's own")
    for each in (sign, ledger, challenge, stamp, trust):
        each.add_argument("--json", action="store_true", help="the result as JSON on stdout")
        each.set_defaults(room=ROOM)
    _draw(parsers)


def _draw(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    draw = parsers.add_parser("draw", help="公开抽样 / draw a sample in public that anybody can draw again")
    draw.add_argument(
        "action", choices=("seal", "commit", "reveal", "withheld", "typed", "show", "check", "blind"), metavar="ACTION"
    )
    draw.add_argument("draw", type=Path, help="the file of the draw (.draw.jsonl)")
    draw.add_argument("--list", type=Path, metavar="LIST", help="seal, check, blind: the list that is drawn from")
    draw.add_argument("--items", type=int, metavar="N", help="seal, check: items in the list (default: counted)")
    draw.add_argument("--sizes", default="", metavar="N[,N]", help="seal: sample size of each round, all of them")
    draw.add_argument(
        "--parties", default="applicant,office", help="seal: who gives random values; none: public numbers"
    )
    draw.add_argument("--party", default="", help="commit, reveal, withheld: which side")
    draw.add_argument(
        "--secret", type=Path, metavar="FILE", help="commit: where the secret value is kept; reveal: from where"
    )
    draw.add_argument("--source", default="dice", help="typed: dice, lottery or beacon")
    draw.add_argument("--value", default="", help="typed: the numbers as read aloud")
    draw.add_argument("--hide", default="", metavar="COLUMN[,COLUMN]", help="blind: claimed columns to leave empty")
    draw.add_argument("--out", type=Path, metavar="FILE", help="blind: the auditor's sheet (CSV)")
    draw.add_argument("--json", action="store_true", help="the result as JSON on stdout")
    draw.set_defaults(room=DRAW)

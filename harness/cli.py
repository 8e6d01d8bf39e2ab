# SPDX-License-Identifier: Apache-2.0
"""The ``yanshou`` command: arguments in, one exit code out; every heavy import waits for its command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from harness.agreed import arguments
from harness.errors import Exit, YanshouError
from harness.printable import printable

_READERS = frozenset(["replay", "verify", "report", "pack"])
"""Commands that read bundles from anybody."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit codes are documented in docs/reference/exit-codes.md."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options, rest = _parser().parse_known_args(given)
    if rest and options.command not in {"analyse", "serve"}:
        _parser().error(f"unrecognised arguments: {' '.join(rest)}")
    options.rest = rest
    try:
        room = import_module(getattr(options, "room", "harness.commands"))
        run: Callable[[argparse.Namespace], int] = getattr(room, options.command)
        return int(run(options))
    except YanshouError as error:
        print(f"yanshou: {error}", file=sys.stderr)  # noqa: T201 - the one place that speaks
        return int(error.exit_code)
    except BrokenPipeError:
        return int(Exit.PASS)  # the reader (head, less) has seen enough
    except KeyboardInterrupt:
        print("yanshou: stopped; what was recorded is kept. Cure: go on with --resume.", file=sys.stderr)  # noqa: T201
        return int(Exit.INSTRUMENT)
    except Exception as error:  # noqa: BLE001 - exit 1 means FAIL and nothing else, whatever goes wrong
        return _unforeseen(error, options.command)


def _unforeseen(error: Exception, command: str) -> int:
    """One sentence on stderr for a defect of ours; 4 where a stranger's bundle was being read, else 5."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = "" if place is None else f" at {Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}"
    said = printable(f"{type(error).__name__}: {error}")[:300]
    if command in _READERS:
        problem = f"This bundle cannot be read ({said}{where})."
        cure = "do not trust it; send it to the maintainers, who will name the defect."
    else:
        problem = f"yanshou itself failed ({said}{where})."
        cure = "tell the maintainers; what was recorded is kept, go on with --resume."
    print(f"yanshou: {problem} Cure: {cure}", file=sys.stderr)  # noqa: T201
    return int(Exit.EVIDENCE if command in _READERS else Exit.INSTRUMENT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="yanshou",
        description="验收：由条款到判据，由原始数据到判定，人人可复核。 Acceptance verdicts that anybody can recompute.",
        epilog="exit codes: 0 PASS or done, 1 FAIL, 2 usage or spec error, 3 INCONCLUSIVE/INVALID/NOT_TESTED, or a signer "
        "who is not trusted, 4 evidence damaged, 5 instrument, storage or tool error",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and leave")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _scenario_commands(commands)
    _campaign_commands(commands)
    _bundle_commands(commands)
    _tool_commands(commands)
    arguments.commands(commands)
    return parser


class _Version(argparse.Action):
    """Look the version up only when asked."""

    def __call__(self, parser: argparse.ArgumentParser, *_rest: object) -> None:
        from importlib.metadata import version

        parser.exit(message=f"yanshou {version('yanshou')}\n")


def _scenario_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    scenarios = commands.add_parser("scenarios", help="列出验收场景 / list the scenarios, or show one")
    scenarios.add_argument("id", nargs="?", help="s01 … s10, p01 … p05, or a file")
    _json(scenarios)
    schema = commands.add_parser("schema", help="输出 JSON Schema / print the JSON Schema of a kind of file")
    schema.add_argument("kind", nargs="?", choices=("scenario", "profile", "results", "figures"), default="scenario")
    plan = commands.add_parser("plan", help="测试计划 / what a profile will measure and what it takes")
    plan.add_argument("profile", type=Path)
    arguments.of_plan(plan)
    _json(plan)


def _campaign_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser("run", help="执行验收测试 / run a campaign and seal its evidence")
    run.add_argument("profile", type=Path)
    run.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where the bundle goes (default: here)")
    run.add_argument("--resume", action="store_true", help="go on with an interrupted campaign")
    arguments.of_run(run)
    _jobs(run)
    _json(run)
    demo = commands.add_parser("demo", help="演示 / run the demonstration campaigns, replay, verify and report them")
    demo.add_argument("--out", type=Path, default=Path("demo-out"), metavar="DIR")
    demo.add_argument("--all", action="store_true", help="every installed scenario, ending in one table of verdicts")
    _json(demo)


def _bundle_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    replay = commands.add_parser("replay", help="重算判定 / recompute every verdict and compare byte for byte")
    replay.add_argument("bundle", type=Path)
    replay.add_argument("--unverified", action="store_true", help="go on over defects of the seal, and say so")
    _jobs(replay)
    _json(replay)
    verify = commands.add_parser("verify", help="验证证据包 / check files, journal and signatures of a bundle")
    verify.add_argument("bundle", type=Path)
    verify.add_argument(
        "--key",
        type=Path,
        action="append",
        default=[],
        help="this public key must have signed (repeatable: each of them)",
    )
    verify.add_argument(
        "--trust",
        type=Path,
        metavar="FILE",
        help="one of the signers in this TOML file (keyid, name, role) must have signed",
    )
    verify.add_argument("--any-signer", action="store_true", help="integrity only: whoever signed will do")
    arguments.of_verify(verify)
    _json(verify)
    pack = commands.add_parser("pack", help="打包 / pack a bundle into one zip, the same bytes every time")
    pack.add_argument("bundle", type=Path)
    pack.add_argument("--out", type=Path, metavar="FILE")
    report = commands.add_parser("report", help="出具报告 / write the report of a bundle")
    report.add_argument("bundle", type=Path)
    report.add_argument("--format", default="html", help="comma-separated names of installed formats: html, junit …")
    report.add_argument("--lang", choices=("zh", "en"), default="zh")
    report.add_argument("--out", type=Path, metavar="DIR", help="default: beside the bundle")
    _jobs(report)
    _json(report)


def _tool_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    keygen = commands.add_parser("keygen", help="生成密钥 / generate signing keys")
    keygen.add_argument("prefix", type=Path, help="writes PREFIX.ed25519.pem and PREFIX.ed25519.pub.pem")
    keygen.add_argument("--sm2", action="store_true", help="also an SM2 pair (国密)")
    _json(keygen)
    analyse = commands.add_parser("analyse", help="分析单个文件 / analyse files without a campaign")
    analyse.add_argument("kind", help="network, gnss, timing, register …")
    _json(analyse)
    serve = commands.add_parser(
        "serve", add_help=False, help="启动服务 / run a service until Ctrl-C; --help behind its name says how"
    )
    serve.add_argument("name", help="reflect …")
    reflect = commands.add_parser(
        "reflect", add_help=False, help="启动 STAMP 反射端 / run a STAMP reflector: yanshou serve reflect"
    )
    reflect.set_defaults(command="serve", name="reflect")
    simulate = commands.add_parser("simulate", help="启动模拟对端 / run a simulated peer until Ctrl-C")
    simulate.add_argument("probe", help="gnss.nmea, network.stamp …")
    simulate.add_argument("simulator", help="receiver, live, reflectors …")
    simulate.add_argument("settings", nargs="*", metavar="KEY=VALUE", help="as under simulators: in a profile")
    doctor = commands.add_parser("doctor", help="自检 / check this installation and this machine")
    _json(doctor)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the result as JSON on stdout")


def _jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jobs", type=_positive, metavar="N", help="worker processes (default: as the evidence needs)")
    parser.add_argument("--scheduler", metavar="ADDR", help="a dask scheduler instead of local processes")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


if __name__ == "__main__":
    sys.exit(main())

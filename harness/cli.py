# SPDX-License-Identifier: Apache-2.0
"""The ``yanshou`` command: arguments in, one exit code out; every heavy import waits for its command."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from harness.agreed import arguments as agreed
from harness.console import ending, output
from harness.console.arguments import Parser
from harness.console.bundle_arguments import as_json, of_bundles, workers
from harness.console.language import LANGUAGES, language, of_environment, pick, speak_anywhere, taken, use
from harness.errors import Exit, UsageError, YanshouError
from harness.printable import printable

_READERS = frozenset(["replay", "verify", "report", "pack", "compare", "correct"])
"""Commands that read bundles from anybody."""
_JUDGING = _READERS | {"run", "demo", "plan", "analyse"}
"""Commands whose exit code somebody waits for."""
_HOMES = {
    "compare": "harness.console.comparing",
    "init": "harness.console.beginning.command",
    "analyse": "harness.console.analysed",
    "completion": "harness.console.completion",
    "console": "harness.console.live.command",
    "docs": "harness.console.documentation",
    "pack": "harness.console.packing",
    "serve": "harness.console.services",
    "simulate": "harness.console.services",
}
"""Where a command lives that is not among harness.commands."""
_OWN_ARGUMENTS = frozenset(["analyse", "serve"])
"""Commands whose kind or service has arguments of its own."""
_COMPILING = frozenset(["analyse", "run", "replay", "report", "demo", "serve", "simulate"])
"""Commands that may compile loops on first use."""
_WHERE = "放在哪里（缺省：demo-out） / where it goes (default: demo-out)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit codes are documented in docs/reference/exit-codes.md."""
    speak_anywhere()
    lang, given = taken(sys.argv[1:] if arguments is None else arguments)
    use(lang if lang in LANGUAGES else of_environment(os.environ))
    command = ""
    try:
        with output.spoken():
            _known_language(lang)
            options = _options(given)
            command = options.command
            return _run(options)
    except output.UnsaidError as error:
        return _unsaid(error, command)
    except YanshouError as error:
        from harness.console.refusal import told

        _complain(told(error))
        return int(error.exit_code)
    except KeyboardInterrupt:
        _complain(
            pick(
                "已停止；已采集的数据都在。处理：加 --resume 接着做。",
                "stopped; what was recorded is kept. Cure: go on with --resume.",
            )
        )
        return int(Exit.INSTRUMENT)
    except Exception as error:  # noqa: BLE001 - exit 1 means FAIL and nothing else, whatever goes wrong
        return _unforeseen(error, command)


def _known_language(lang: str | None) -> None:
    if lang is not None and lang not in LANGUAGES:
        msg = f"There is no language {lang!r}."
        raise UsageError(msg, cure=f"use one of: {', '.join(LANGUAGES)}.")


def _options(given: list[str]) -> argparse.Namespace:
    whole = parser()
    if not given:
        whole.print_help(sys.stderr)
        raise SystemExit(Exit.USAGE)
    options, rest = whole.parse_known_args(given)
    if rest and options.command not in _OWN_ARGUMENTS:
        whole.error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest, options.lang = rest, language()
    return options


def _run(options: argparse.Namespace) -> int:
    _refuse_profile(options)
    if options.command in _COMPILING:
        from harness.console import compiled

        compiled.first_use[:] = [_first_use]
    home = import_module(getattr(options, "room", _HOMES.get(options.command, "harness.commands")))
    run: Callable[[argparse.Namespace], int] = getattr(home, options.command)
    return int(run(options))


def _first_use() -> None:
    print(  # noqa: T201 - half a minute of silence would look like a hang
        pick("首次使用，正在编译（约 30 s，只此一次）…", "first use: compiling, about 30 s, once only …"),
        file=sys.stderr,
    )


def _refuse_profile(options: argparse.Namespace) -> None:
    """A profile handed to a command that reads bundles: say what it is."""
    bundle = getattr(options, "bundle", None)
    if options.command in _READERS and isinstance(bundle, Path) and bundle.suffix.lower() in {".yaml", ".yml"}:
        msg = f"{bundle} is a profile or a scenario, not a bundle."
        raise UsageError(msg, cure=f"run it first: yanshou run {bundle}; the bundle is the folder that this writes.")


def _complain(sentence: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # nobody listens: the exit code still tells
        print(f"yanshou: {sentence}", file=sys.stderr, flush=True)  # noqa: T201 - the one place that speaks


def _unsaid(error: output.UnsaidError, command: str) -> int:
    """5 where what a command found did not reach its reader; one (head, less) who leaves a mere list has seen enough."""
    output.hushed()
    if error.left and command not in _JUDGING:
        return int(Exit.PASS)
    _complain(error.sentence)
    return int(Exit.INSTRUMENT)


def _unforeseen(error: Exception, command: str) -> int:
    """One sentence on stderr for a defect of ours; 4 where a stranger's bundle was being read, else 5."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = "" if place is None else f" at {Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}"
    said = printable(f"{type(error).__name__}: {error}")[:300]
    if command in _READERS:
        told = pick(
            f"这个证据包无法读取（{said}{where}）。处理：不要采信；把它交给维护者，以查明缺陷。",
            f"This bundle cannot be read ({said}{where}). "
            "Cure: do not trust it; send it to the maintainers, who will name the defect.",
        )
    else:
        told = pick(
            f"yanshou 自身出错（{said}{where}）。处理：请告知维护者；已采集的数据都在，可加 --resume 接着做。",
            f"yanshou itself failed ({said}{where}). "
            "Cure: tell the maintainers; what was recorded is kept, go on with --resume.",
        )
    _complain(told)
    return int(Exit.EVIDENCE if command in _READERS else Exit.INSTRUMENT)


def parser() -> Parser:
    """Every command with its arguments, in the language of the run."""
    whole = Parser(
        prog="yanshou",
        description="验收：由条款到判据，由原始数据到判定，人人可复核。 / Acceptance verdicts that anybody can recompute.",
        epilog="退出码：0 通过或完成，1 不通过，2 用法或方案有误，3 不确定、无效、未测或签名者未获信任，4 证据有损坏，"
        "5 仪器、存储或工具故障 / exit codes: 0 PASS or done, 1 FAIL, 2 usage or spec error, 3 INCONCLUSIVE, INVALID, "
        "NOT_TESTED or a signer who is not trusted, 4 evidence damaged, 5 instrument, storage or tool error",
    )
    whole.add_argument("--version", action=_Version, nargs=0, help="显示版本 / print the version and leave")
    whole.add_argument(
        "--lang",
        choices=LANGUAGES,
        help="语言，可放在任何位置；缺省随 LANG，再缺省为中文 / language, anywhere on the line; else LANG, else Chinese",
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar=pick("命令", "COMMAND"))
    _scenario_commands(commands)
    _campaign_commands(commands)
    of_bundles(commands)
    _tool_commands(commands)
    agreed.commands(commands)
    return whole


class _Version(argparse.Action):
    """Look the version up only when asked."""

    def __call__(self, parser: argparse.ArgumentParser, *_rest: object) -> None:
        from importlib.metadata import version

        parser.exit(message=f"yanshou {version('yanshou')}\n")


def _scenario_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    init = commands.add_parser(
        "init", help="新建测试文件夹 / make a folder to begin in: profile, registers, keys, checklist"
    )
    init.add_argument("scenario", help="s01 … s10、p01 … p05 或一个文件 / s01 … s10, p01 … p05, or a file")
    init.add_argument("folder", type=Path, help="新文件夹 / a new folder")
    init.add_argument("--yes", action="store_true", help="不提问，以后再填 / ask nothing, fill in later")
    init.add_argument(
        "--example",
        action="store_true",
        help="演练：用模拟对端，可立即运行 / a rehearsal against simulated peers that runs at once",
    )
    as_json(init)
    scenarios = commands.add_parser("scenarios", help="列出验收场景 / list the scenarios, or show one")
    scenarios.add_argument("id", nargs="?", help="s01 … s10、p01 … p05 或一个文件 / s01 … s10, p01 … p05, or a file")
    as_json(scenarios)
    schema = commands.add_parser("schema", help="输出 JSON Schema / print the JSON Schema of a kind of file")
    schema.add_argument(
        "kind",
        nargs="?",
        choices=("scenario", "profile", "results", "figures"),
        default="scenario",
        help="哪种文件 / of which file",
    )
    plan = commands.add_parser("plan", help="测试计划 / what a profile will measure and what it takes")
    plan.add_argument("profile", type=Path, help="测试方案（YAML） / the profile (YAML)")
    plan.add_argument(
        "-v", "--verbose", action="store_true", help="每条指标的全部细节 / every detail of every indicator"
    )
    agreed.of_plan(plan)
    as_json(plan)


def _campaign_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    run = commands.add_parser("run", help="执行验收测试 / run a campaign and seal its evidence")
    run.add_argument("profile", type=Path, help="测试方案（YAML） / the profile (YAML)")
    run.add_argument(
        "--out",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="证据包放在哪里（缺省：当前文件夹） / where the bundle goes (default: here)",
    )
    run.add_argument("--resume", action="store_true", help="接着做中断的测试 / go on with an interrupted campaign")
    ending.arguments(run)
    agreed.of_run(run)
    workers(run)
    as_json(run)
    console = commands.add_parser(
        "console",
        help="现场控制台：用浏览器边测边看，记备注和照片 / a page that shows a campaign while it records and takes notes",
    )
    console.add_argument(
        "place",
        nargs="?",
        type=Path,
        default=Path(),
        metavar="BUNDLE|DIR",
        help="证据包，或存放证据包的文件夹（缺省：当前文件夹） / a bundle, or the folder it is in (default: here)",
    )
    console.add_argument(
        "--listen",
        metavar="ADDR",
        help="让同一网络的手机也能打开：本机地址；缺省只限本机 / an address of this machine, so that a phone gets in; else this machine alone",
    )
    console.add_argument("--port", type=_port, metavar="N", help="端口（缺省：8650） / the port (default: 8650)")
    demo = commands.add_parser("demo", help="演示 / run the demonstration campaigns, replay, verify and report them")
    demo.add_argument("--out", type=Path, default=Path("demo-out"), metavar="DIR", help=_WHERE)
    demo.add_argument(
        "--all",
        action="store_true",
        help="演示每个场景，报告写出全部格式，最后列出全部判定 / every installed scenario with reports in every format, ending in one table of verdicts",
    )
    demo.add_argument(
        "--papers",
        action=argparse.BooleanOptionalAction,
        help="报告写出全部格式（--all 的缺省），或只写网页 / reports in every format (what --all does anyway), or the page alone",
    )
    as_json(demo)


def _tool_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    keygen = commands.add_parser("keygen", help="生成密钥 / generate signing keys")
    keygen.add_argument(
        "prefix",
        type=Path,
        help="写出 PREFIX.ed25519.pem（私钥）和 PREFIX.ed25519.pub.pem（公钥） / writes PREFIX.ed25519.pem and PREFIX.ed25519.pub.pem",
    )
    keygen.add_argument("--sm2", action="store_true", help="另写一对 SM2 密钥（国密） / also an SM2 pair")
    as_json(keygen)
    analyse = commands.add_parser("analyse", add_help=False, help="分析单个文件 / analyse files without a campaign")
    analyse.add_argument("kind", nargs="?")
    as_json(analyse)
    serve = commands.add_parser(
        "serve",
        add_help=False,
        help="启动服务，名称后加 --help 列出选项 / run a service until Ctrl-C; --help behind its name says how",
    )
    serve.add_argument("name", nargs="?", help="服务名 / which service: reflect …")
    reflect = commands.add_parser(
        "reflect",
        add_help=False,
        help="启动 STAMP 反射端，即 yanshou serve reflect / run a STAMP reflector: yanshou serve reflect",
    )
    reflect.set_defaults(command="serve", name="reflect")
    simulate = commands.add_parser("simulate", help="启动模拟对端 / run a simulated peer until Ctrl-C")
    simulate.add_argument("probe", help="探针：gnss.nmea、network.stamp … / the probe: gnss.nmea, network.stamp …")
    simulate.add_argument(
        "simulator", help="模拟对端：receiver、live、reflectors … / the simulator: receiver, live, reflectors …"
    )
    simulate.add_argument(
        "settings",
        nargs="*",
        metavar="KEY=VALUE",
        help="与方案中 simulators: 之下相同 / as under simulators: in a profile",
    )
    docs = commands.add_parser("docs", help="说明书，离线可读 / the documentation, without a network")
    docs.add_argument(
        "page",
        nargs="?",
        help="页名，如 first-campaign；缺省列出全部 / a page, like first-campaign; else all are listed",
    )
    completion = commands.add_parser("completion", help="命令补全脚本 / the script that completes commands in a shell")
    completion.add_argument("shell", choices=("bash", "zsh"), help="哪种 shell / which shell")
    doctor = commands.add_parser("doctor", help="自检 / check this installation and this machine")
    agreed.of_doctor(doctor)
    as_json(doctor)


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError
    return number


if __name__ == "__main__":
    sys.exit(main())

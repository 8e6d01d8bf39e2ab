# SPDX-License-Identifier: Apache-2.0
"""What each command of the command line does; names are the commands'."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import installed
from harness.console.following import command, say_next
from harness.console.language import language, pick
from harness.console.printing import print_json, say, say_signers
from harness.errors import Exit, UsageError

if TYPE_CHECKING:
    from harness.console.verified import Told
    from harness.evaluate import Evaluation
    from harness.replay import Replay

EXIT_OF = {
    "PASS": Exit.PASS,
    "FAIL": Exit.FAIL,
    "INCONCLUSIVE": Exit.UNDECIDED,
    "INVALID": Exit.UNDECIDED,
    "NOT_TESTED": Exit.UNDECIDED,
}


def scenarios(options: Namespace) -> int:
    """List the installed scenarios, or show one with its clauses and readings."""
    from harness.console.tables import console, scenario_table, scenarios_table
    from harness.spec import find_scenario, installed_scenarios

    listed = [each.scenario for each in installed_scenarios()] if options.id is None else []
    found = sorted(listed, key=lambda each: (not each.id.startswith("s"), each.id))  # the list, then the policy packs
    chosen = None if options.id is None else find_scenario(options.id, Path()).scenario
    if options.json:
        print_json([_brief(each) for each in found] if chosen is None else _brief(chosen))
    else:
        console().print(scenarios_table(found) if chosen is None else scenario_table(chosen))
    return Exit.PASS


def _brief(scenario: Any) -> dict[str, Any]:
    from harness.account.values import plain

    return {
        "id": scenario.id,
        "title": plain(scenario.title),
        "field": plain(scenario.field),
        "indicators": [
            {
                "id": each.id,
                "title": plain(each.title),
                "clause": each.clause.text,
                "kind": each.kind.value,
                "mandatory": each.mandatory,
                "limit": str(each.limit) if each.limit else None,
                "readings": [reading.name for reading in each.readings],
                "default": each.default_reading.name,
            }
            for each in scenario.indicators
        ],
    }


def schema(options: Namespace) -> int:
    """Print a JSON Schema: for editors, or of what a bundle's verdicts are read from."""
    from harness.reference import published

    print_json(published()[options.kind])
    return Exit.PASS


def plan(options: Namespace) -> int:
    """Show what a profile will measure, from where, and what deciding it takes; ``--seal`` makes it a signed plan."""
    if options.seal:
        from harness.agreed.commands import plan as seal_plan

        return seal_plan(options)
    from harness.bindings import Bindings
    from harness.clock import clock_state
    from harness.console.beginning.answers import owed
    from harness.console.planned import details, lines, warnings
    from harness.console.tables import console
    from harness.plan import hours, needs
    from harness.spec import load_profile
    from harness.spec.published import publisher_of

    profile = load_profile(options.profile)
    Bindings(profile, options.profile).check()
    wanted = needs(profile, options.profile.parent, synchronised=clock_state()["synchronised"])
    if options.json:
        print_json(
            {"profile": profile.name, "scenario": profile.scenario.id, "hours": hours(wanted), "indicators": wanted}
        )
    else:
        if options.verbose:
            console().print(details(profile, wanted))
        for line in [*lines(profile, wanted), *warnings(profile)]:
            say(line)
        cost = hours(wanted)
        if cost is not None:
            say(pick(f"整个测试至少需要 {cost:.3g} 小时", f"the campaign takes at least {cost:.3g} h"))
        if publisher_of(profile.scenario) is None:
            say(pick("所用情景不是已发布的情景", "not the published scenario"))
        first = pick("先填好上面各项", "once the above is filled in") if owed(profile) else ""
        say_next(command("run", options.profile, "--out", "results"), first)
    return Exit.PASS


def run(options: Namespace) -> int:
    """Run a profile's campaign, seal its bundle, say the verdicts."""
    from harness.agreed.beginning import beginning
    from harness.campaign import run as run_campaign
    from harness.console import ending
    from harness.console.beginning.answers import require_filled
    from harness.console.progress import watching
    from harness.replay import workers
    from harness.spec import load_profile

    require_filled(load_profile(options.profile))
    out = ending.folder(options)
    bundle = out / f"{options.profile.stem}.bundle"
    agreed = beginning(load_profile(options.profile), options.plan, options.challenge, options.corrective)
    with ending.told(options, bundle) as result:
        with watching(options.profile.stem) as watch, workers(options.jobs, options.scheduler, bundle) as executor:
            done = run_campaign(
                options.profile, out, resume=options.resume, executor=executor, watch=watch, agreed=agreed
            )
        code = _code_of_run(done.evaluation)
        result |= {"YANSHOU_VERDICT": done.evaluation.results["verdict"] or "", "YANSHOU_EXIT": str(int(code))}
        _say_results(done.evaluation.results, options.json)
        if not options.json:
            say(pick(f"证据包：{done.root}", f"bundle: {done.root}"))
            say_next(command("report", done.root))
    return code


def _code_of_run(done: Evaluation) -> Exit:
    """The code of the verdict; a source that failed is an instrument's fault, whatever the rest came to."""
    codes = {reason["code"] for each in done.results["indicators"] for reason in each["reasons"]}
    return Exit.INSTRUMENT if "evaluate.capture-failed" in codes else _exit_of(done)


def _exit_of(evaluation: Evaluation) -> Exit:
    """The code of the verdict; a baseline that is whole did what was asked."""
    return Exit.PASS if evaluation.baseline else EXIT_OF[evaluation.verdict]


def replay(options: Namespace) -> int:
    """Verify a bundle and recompute its verdicts; exit 4 when it is damaged or they differ from the sealed ones."""
    from harness.console.progress import watching
    from harness.replay import replay as replay_bundle
    from harness.replay import workers

    with watching(options.bundle.name) as watch, workers(options.jobs, options.scheduler, options.bundle) as executor:
        watch.phase("replay")
        done = replay_bundle(options.bundle, executor=executor, progress=watch.chunks, unverified=options.unverified)
    if options.json:
        print_json(
            {
                "identical": done.identical,
                "differences": done.differences,
                "verification": done.checked.as_json(),
                "results": done.evaluation.results,
            }
        )
    else:
        _say_results(done.evaluation.results, as_json=False)
        _say_replay(done)
    return _exit_of(done.evaluation) if done.identical else Exit.EVIDENCE


def _say_replay(done: Replay) -> None:
    from harness.console.refusal import facts_told, said

    if done.checked.defects:
        say(pick("未通过验证，仍按 --unverified 重算：", "NOT VERIFIED, recomputed all the same (--unverified):"))
        for line in map(facts_told, done.checked.lines(language())):
            say(line)
    else:
        say_signers(done.checked)
    for difference in done.differences:
        say(said(difference))
    same = pick("逐字节一致", "identical byte for byte")
    say(same if done.identical else pick("与封存结果不一致", "differs from what was sealed"))


def verify(options: Namespace) -> int:
    """Check a bundle's files, journal and signatures; exit 4 for damage, 3 for a signer who is not trusted."""
    from harness.agreed.commands import agreed_of, signers_of
    from harness.console.paged import find
    from harness.console.refusal import facts_told
    from harness.console.verified import compare, law_of, readable, told_of
    from harness.evidence.defects import NotABundleError
    from harness.evidence.keys import load_public
    from harness.evidence.verify import verify as verify_bundle

    if options.any_signer and (options.key or options.trust):
        raise UsageError("--any-signer trusts everybody, --key and --trust do not.", cure="leave one of them out.")
    signers = signers_of(options)
    found = verify_bundle(
        options.bundle,
        trusted=[load_public(path) for path in options.key],
        signers=signers,
        any_signer=options.any_signer,
    )
    found = readable(found, options.bundle)
    if not options.json and [each.code for each in found.defects] == [NotABundleError.code]:
        say(facts_told(found.lines(language())[-1]))  # nothing else can be said of what is none
        return found.exit_code
    agreed = agreed_of(options, found, signers)
    found = replace(found, doubts=(*found.doubts, *agreed.doubts))
    told = told_of(options.bundle)
    reports = [compare(options.bundle, path, options.template) for path in options.report]
    pages = [find(options.bundle, code) for code in options.page]
    if options.json:
        about = None if told is None else told.as_json()
        listed = [each.as_json() for each in reports]
        law = law_of(options.bundle)
        papers = {"reports": listed, "pages": [each.as_json() for each in pages]}
        print_json({**found.as_json(), "scenario": law, "about": about, **papers, "agreed": agreed.as_json()})
    else:
        told_lines = _about(told, sound=not found.defects)
        for line in [*map(facts_told, [*agreed.lines(language()), *found.lines(language())]), *told_lines]:
            say(line)
        for each in reports:
            say(each.line())
        for line in (line for each in pages for line in each.lines()):
            say(line)
    genuine = all(each.genuine for each in reports) and all(each.belongs for each in pages)
    return found.exit_code if genuine else Exit.EVIDENCE


def _about(told: Told | None, *, sound: bool) -> Iterator[str]:
    if told is None:
        yield pick("证据包中没有可读的结果", "there are no results in it that can be read")
        return
    if not sound:
        yield pick("证据包有缺陷；以下内容只用于辨认：", "the bundle has defects; what follows only tells which it is:")
    yield from told.lines()


def report(options: Namespace) -> int:
    """Write reports of a bundle in the asked formats; one that does not verify or recompute gets none."""
    from harness.console.formats import rendered, require_template
    from harness.console.signing import require, signed
    from harness.evidence.pack import unpacked
    from harness.replay import recomputed, workers

    name = options.bundle.name.removesuffix(".zip").removesuffix(".bundle")
    folder = options.out or options.bundle.parent
    written, kinds = [], _formats(options.format)
    require(options.sign, kinds)
    require_template(options.template, kinds)
    with unpacked(options.bundle) as root, workers(options.jobs, options.scheduler, root) as executor:
        checked = recomputed(root, executor=executor).checked
        for kind in kinds:
            for file, content in rendered(kind, root, options.lang, options.layout, options.template).items():
                path = folder / f"{name}.{options.lang}.{file}"
                written.append(_write(path, signed(file, content, options.sign)))
    if options.json:
        signatures = checked.as_json()["signatures"]
        print_json({"files": [str(path) for path in written], "signatures": signatures})
    else:
        within = ("--template", options.template) if options.template else ()
        say_signers(checked, sys.stderr)
        for path in written:
            say(path)
        say_next(
            command(
                "verify",
                options.bundle,
                "--key",
                pick("公钥.pub.pem", "PUBLIC.pub.pem"),
                "--report",
                written[0],
                *within,
            )
        )
    return Exit.PASS


def _formats(text: str) -> list[str]:
    """The names of installed formats; UsageError for one that is not installed."""
    wanted = [each.strip() for each in text.split(",")]
    absent = [each for each in wanted if not installed.has("yanshou.reports", each)]
    if absent:
        known = ", ".join(installed.names("yanshou.reports"))
        msg = f"There is no report format {absent[0]!r}."
        cure = "write html and print it from a browser as PDF" if absent[0] == "pdf" else "correct the name"
        raise UsageError(msg, cure=f"{cure}; installed: {known}.")
    return wanted


def keygen(options: Namespace) -> int:
    """Generate an Ed25519 pair, and an SM2 pair when asked; private keys are readable by their owner only."""
    from harness.evidence.keys import generate

    _refuse_existing(options.prefix)
    made = generate(options.prefix, sm2=options.sm2)
    if options.json:
        print_json({"files": [str(path) for path in made]})
    else:
        for path in made:
            say(path)
    return Exit.PASS


def _refuse_existing(prefix: Path) -> None:
    """UsageError where a key is there already or its folder cannot be made."""
    there = [*prefix.parent.glob(f"{prefix.name}.ed25519.*pem"), *prefix.parent.glob(f"{prefix.name}.sm2.*pem")]
    if there:
        msg = f"{there[0]} is there already."
        raise UsageError(msg, cure="name another prefix; a key is never overwritten.")
    try:
        prefix.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{prefix.parent} cannot be made: {error.strerror}."
        raise UsageError(msg, cure="name a folder you may write.") from None


def demo(options: Namespace) -> int:
    """Run the demonstration; exit 0 when it ran as meant, whatever its verdicts."""
    from harness.demo import demonstrate

    return demonstrate(options.out, everything=options.all, as_json=options.json, papers=options.papers)


def doctor(options: Namespace) -> int:
    """Check the installation and the machine; exit 5 when something needed is not there."""
    from harness.console.doctor import findings

    if options.validate:
        from harness.validating.commands import validate

        return validate(options)
    found = findings()
    if options.json:
        print_json([finding.as_json() for finding in found])
    else:
        for finding in found:
            if not (finding.good and finding.quiet):
                say(finding)
    return Exit.PASS if all(finding.good for finding in found) else Exit.INSTRUMENT


def _say_results(results: Mapping[str, Any], as_json: bool) -> None:
    from harness.console.tables import console, verdicts

    if as_json:
        print_json(results)
    else:
        out = console()
        out.print(verdicts(results, out.width))


def _write(path: Path, content: bytes) -> Path:
    from harness.evidence.storage import written

    return written(path, content, cure="choose another folder with --out.")

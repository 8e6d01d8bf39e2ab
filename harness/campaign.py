# SPDX-License-Identifier: Apache-2.0
"""One project's acceptance from preflight to sealed bundle; every step resumable, every attempt kept.

The journal is the only state: each step is taken when the journal does not say it was, so a run that was
killed at any point goes on with ``resume=True`` and ends where an undisturbed one would have.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.account.books import Books
from harness.account.course import summary_of
from harness.agreed.authority import stamp_seal, stamp_start
from harness.agreed.beginning import NOTHING, Beginning, keep_files
from harness.agreed.challenge import WORDS as CHALLENGES
from harness.agreed.checks import phases
from harness.agreed.inputs import inputs
from harness.agreed.machine import machine
from harness.agreed.refusals import refused
from harness.bindings import Bindings
from harness.clock import clock_state
from harness.errors import UsageError, YanshouError
from harness.evaluate import Evaluation, campaign_id, evaluate
from harness.evidence.bundle import Bundle
from harness.evidence.canonical import canonical_bytes
from harness.evidence.journal import Journal, JournalEvent, read_journal
from harness.evidence.keys import load_private
from harness.evidence.seal import seal, unseal
from harness.evidence.storage import replace_file
from harness.look import looking
from harness.model import Verdict
from harness.recorder import Recording, Task, mend, unfinished
from harness.software import software
from harness.spec import Profile, find_scenario, load_profile
from harness.watch.notes import Inbox
from harness.watch.now import Now


@dataclass(frozen=True, slots=True)
class Campaign:
    """A finished run: the sealed bundle and what it says."""

    root: Path
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Watch:
    """How a run tells what it is doing: a phase, the progress of a source, the progress of the evaluation."""

    phase: Callable[[str], None] = lambda _text: None
    source: Callable[[str, float, float, str], None] = lambda _label, _done, _total, _text: None
    chunks: Callable[[int, int], None] = lambda _done, _total: None
    look: Callable[[Mapping[str, Now]], None] | None = None
    """Asked for: what each look while recording says, by indicator."""


def run(
    profile_path: Path,
    out: Path,
    *,
    resume: bool = False,
    executor: Executor | None = None,
    watch: Watch | None = None,
    agreed: Beginning = NOTHING,
) -> Campaign:
    """Run the profile's campaign into ``out``/NAME.bundle and seal it.

    An unfinished bundle goes on only with ``resume``; a sealed one gets another attempt. ``agreed``: the plan it is run by, the
    challenge of this attempt, what was corrected since the former one (harness.agreed.beginning). Raises SpecError,
    UsageError, InstrumentError (nothing recorded yet), StorageError (what was recorded stays, resume later).
    """
    watch = watch or Watch()
    profile = load_profile(profile_path)
    bindings = Bindings(profile, profile_path)
    bindings.check()
    signers = [load_private(each, folder=profile_path.parent) for each in profile.signing.values()]
    root = out / f"{profile.name}.bundle"
    with ExitStack() as held:
        with ExitStack() as peers:
            tasks = bindings.tasks(bindings.start_simulators(peers))
            books = Books(profile, sha256(profile_path.read_bytes()).hexdigest(), root)
            if agreed.challenge is not None and books.spent(agreed.challenge.nonce):
                raise refused(CHALLENGES, "used-twice", nonce=agreed.challenge.nonce[:16])
            if not resume:
                _checked(tasks, watch, books)
            opened = _reopen if resume else _begin
            bundle, journal = opened(root, profile_path, profile, agreed)
            held.callback(journal.close)
            attempt = _attempt(bundle, journal, profile, books, (agreed, profile_path.parent))
            if attempt is not None:
                _record(bundle, journal, _for_attempt(tasks, attempt), watch)
                books.note("end", attempt=attempt)
        return _conclude(bundle, journal, (signers, books, profile.time_stamps), executor, watch)


def _checked(tasks: Sequence[Task], watch: Watch, books: Books) -> None:
    """The preflight; one that fails is no attempt, and the ledger keeps its reason."""
    try:
        _preflight(tasks, watch)
    except YanshouError as error:
        books.note("preflight-failed", code=error.code, problem=str(error))
        raise


def _preflight(tasks: Sequence[Task], watch: Watch) -> None:
    watch.phase("preflight")
    if clock_state()["synchronised"] is False:
        watch.phase("unsynchronised")
    for task in tasks:
        task.source.preflight()


def _begin(root: Path, profile_path: Path, profile: Profile, agreed: Beginning) -> tuple[Bundle, Journal]:
    """A new bundle, or a sealed one opened for another attempt."""
    if root.exists():
        bundle = Bundle.open(root)
        if not bundle.sealed:
            msg = f"{root.name} holds a campaign that was interrupted."
            raise UsageError(msg, cure="go on with --resume, or choose another --out.")
        _same_profile(bundle, profile_path)
        agreed.refuse_other(read_journal(bundle.journal_path))
        unseal(bundle)
        return bundle, Journal.open(bundle.journal_path)
    return _set_up(Bundle.create(root), profile_path, profile, agreed)


def _set_up(bundle: Bundle, profile_path: Path, profile: Profile, agreed: Beginning) -> tuple[Bundle, Journal]:
    """Keep the exact bytes of scenario and profile, and open the journal with their digests."""
    scenario = find_scenario(profile.scenario_reference, profile_path.parent)
    _keep(bundle, bundle.scenario_path, scenario.content)
    _keep(bundle, bundle.profile_path, profile_path.read_bytes())
    _keep(bundle, bundle.campaign_path, canonical_bytes(_campaign(bundle, profile)))
    bundle.journal_path.unlink(missing_ok=True)  # at most half of a first line: nothing was recorded yet
    said = agreed.keep(bundle) | keep_files(bundle, profile, profile_path.parent)
    journal = Journal.open(bundle.journal_path)
    digests = {
        "scenario_sha256": _digest(bundle.scenario_path),
        "profile_sha256": _digest(bundle.profile_path),
        "campaign_sha256": _digest(bundle.campaign_path),
    }
    journal.append("campaign_started", digests | said, durable=True)
    return bundle, journal


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _campaign(bundle: Bundle, profile: Profile) -> dict[str, Any]:
    return {
        "schema": "yanshou.campaign/1",
        "id": campaign_id(bundle),
        "profile": profile.name,
        "scenario": profile.scenario.id,
        "scenario_sha256": _digest(bundle.scenario_path),
        "profile_sha256": _digest(bundle.profile_path),
        "software": software(),
        "machine": machine(),
    }


def _reopen(root: Path, profile_path: Path, profile: Profile, agreed: Beginning) -> tuple[Bundle, Journal]:
    """The interrupted bundle; UsageError when there is none or the profile was changed meanwhile."""
    if not root.exists():
        msg = f"There is no {root.name} in {root.parent} to resume."
        raise UsageError(msg, cure="run without --resume, or name the folder with --out.")
    bundle = Bundle.open(root) if any(root.iterdir()) else Bundle.create(root)
    if not _started(bundle):
        return _set_up(bundle, profile_path, profile, agreed)
    _same_profile(bundle, profile_path)
    return bundle, Journal.open(bundle.journal_path)


def _started(bundle: Bundle) -> bool:
    """Whether the journal got as far as its first event; before that nothing was recorded."""
    path = bundle.journal_path
    return path.exists() and b"\n" in path.read_bytes()


def _same_profile(bundle: Bundle, profile_path: Path) -> None:
    if bundle.profile_path.read_bytes() != profile_path.read_bytes():
        msg = f"{profile_path.name} was changed since this campaign began."
        raise UsageError(
            msg,
            cure="restore it, or begin a new campaign with --numbered or another --out: rules are fixed before measuring.",
        )


def _attempt(
    bundle: Bundle, journal: Journal, profile: Profile, books: Books, given: tuple[Beginning, Path]
) -> int | None:
    """The attempt to record: the one under way, a new one, or None when the last needs no recording."""
    seen = {event.kind: event.seq for event in journal.events}
    started = [event.body["attempt"] for event in journal.events if event.kind == "attempt_started"]
    ended = [event.body["attempt"] for event in journal.events if event.kind == "attempt_ended"]
    if len(started) > len(ended):
        journal.append("resumed", {"attempt": int(started[-1]), "clock": clock_state()}, durable=True)
        return int(started[-1])
    if started and seen.get("unsealed", -1) < seen["attempt_ended"]:
        return None
    attempt = len(started) + 1
    if started:
        _keep_former(bundle, int(started[-1]))
    for kind, body in books.seen(journal.events):
        journal.append(kind, body)
    agreed = given[0]
    if agreed.corrective and started:
        by = f"{profile.test.organisation} {profile.test.operator}"
        journal.append("corrective_action", {"after": attempt - 1, "text": agreed.corrective, "by": by})
    begun = {"attempt": attempt, "planned": profile.attempts, "clock": clock_state()}
    event = journal.append("attempt_started", begun | _circumstances(profile, books, given, attempt), durable=True)
    nonce = {} if agreed.challenge is None else {"challenge": agreed.challenge.nonce}
    books.note("start", attempt=attempt, planned=profile.attempts, **nonce)
    if profile.time_stamps:
        stamp_start(bundle, journal, event, profile.time_stamps)
    return attempt


def _circumstances(profile: Profile, books: Books, given: tuple[Beginning, Path], attempt: int) -> dict[str, Any]:
    """What else an attempt begins with: digests of its input files, its number on this machine, a later attempt's challenge."""
    agreed, folder = given
    sequence, previous = books.sequence()
    said: dict[str, Any] = {"inputs": inputs(profile, folder)}
    said |= {} if sequence is None else {"sequence": sequence}
    said |= {} if previous is None else {"previous": previous}
    if agreed.challenge is not None and attempt > 1:
        said["challenge"] = agreed.challenge.as_json()
    return said


def _keep_former(bundle: Bundle, attempt: int) -> None:
    """What the former attempt said stays beside what the next one will say."""
    for path in (bundle.results_path, bundle.figures_path):
        kept = bundle.data / "attempts" / f"{attempt:04d}" / path.name
        if path.is_file() and not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            _keep(bundle, kept, path.read_bytes())


def _for_attempt(tasks: Sequence[Task], attempt: int) -> list[Task]:
    for task in tasks:
        task.attempt = attempt
    return list(tasks)


def _record(bundle: Bundle, journal: Journal, tasks: list[Task], watch: Watch) -> None:
    watch.phase("record")
    events: Sequence[JournalEvent] = journal.events
    for task in tasks:
        mend(bundle, journal, unfinished(bundle, events, task))
    began = [event for event in journal.events if event.kind == "attempt_started"][-1]
    finished = True
    with Inbox(bundle, journal).open():
        for phase in phases(tasks):
            recording = Recording(bundle, journal, phase, watch.source)
            with _interruptible(recording.stop), looking(bundle.root, watch.look, began.time_ns):
                finished = finished and recording.run()
    if not finished:
        msg = "The run was stopped before its planned end; everything recorded so far is kept."
        raise UsageError(msg, cure="go on with --resume.")
    attempt = tasks[0].attempt if tasks else _last_attempt(journal)
    journal.append("attempt_ended", {"attempt": attempt, "clock": clock_state()}, durable=True)


def _last_attempt(journal: Journal) -> int:
    attempts: list[int] = [event.body["attempt"] for event in journal.events if event.kind == "attempt_started"]
    return max(attempts)


@contextmanager
def _interruptible(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the sources in order instead of tearing the process down."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    former = {each: signal.signal(each, lambda _number, _frame: stop()) for each in signals}
    try:
        yield
    finally:
        for each, handler in former.items():
            signal.signal(each, handler)


def _conclude(
    bundle: Bundle,
    journal: Journal,
    sealing: tuple[Sequence[Any], Books, str],
    executor: Executor | None,
    watch: Watch,
) -> Campaign:
    """Evaluate, write results and figures, seal; each step again if the journal lacks it."""
    signers, books, authority = sealing
    Inbox(bundle, journal).close()
    watch.phase("evaluate")
    evaluation = evaluate(bundle, executor=executor, progress=watch.chunks)
    if not bundle.sealed:
        results, figures = canonical_bytes(evaluation.results), canonical_bytes(evaluation.figures)
        _keep(bundle, bundle.results_path, results)
        _keep(bundle, bundle.figures_path, figures)
        body = {
            "attempt": _last_attempt(journal),
            "results_sha256": sha256(results).hexdigest(),
            "figures_sha256": sha256(figures).hexdigest(),
            "summary": summary_of(evaluation.results),
        }
        journal.append("evaluated", body, durable=True)
        journal.close()
        watch.phase("seal")
        seal(bundle, signers, software=software(), verdict_summary=_summary(evaluation))
        if authority:
            stamp_seal(bundle, authority)
        verdict, scenario = evaluation.verdict.value, evaluation.results["scenario"]["sha256"]
        said = {"results": body["results_sha256"], "manifest": _digest(bundle.root / "manifest-sha256.txt")}
        books.note("seal", attempt=body["attempt"], verdict=verdict, scenario=scenario, **said)
    return Campaign(bundle.root, evaluation)


def _keep(bundle: Bundle, path: Path, content: bytes) -> None:
    """Write a whole file or leave the old one: never half of it."""
    replace_file(path, content, scratch=bundle.root)


def _summary(evaluation: Evaluation) -> dict[str, Any]:
    by_verdict: dict[str, list[str]] = {each.value: [] for each in Verdict}
    for indicator in evaluation.results["indicators"]:
        by_verdict[indicator["verdict"]].append(indicator["id"])
    return {
        "verdict": evaluation.verdict.value,
        "scenario": evaluation.results["scenario"]["id"],
        "scenario_sha256": evaluation.results["scenario"]["sha256"],
        "published_by": evaluation.results["scenario"]["published_by"],
        "simulated": evaluation.results["campaign"]["simulated"],
        "practice": evaluation.results["campaign"]["practice"],
        "indicators": by_verdict,
    }

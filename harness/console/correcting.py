# SPDX-License-Identifier: Apache-2.0
"""``yanshou correct``: put a misspelt name right by an event of the journal, and seal the bundle again with the former seal kept inside."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.account.books import Books
from harness.agreed.commands import tell
from harness.console.following import command, say_next
from harness.console.language import language, pick
from harness.errors import Exit, UsageError
from harness.evaluate import bundle_profile
from harness.evidence.bag import MANIFEST
from harness.evidence.bodies import check_body
from harness.evidence.bundle import Bundle
from harness.evidence.canonical import parse
from harness.evidence.corrections import KIND, corrections, is_typo, name_in, title
from harness.evidence.defects import JournalBodyError
from harness.evidence.journal import Journal, JournalEvent, read_journal
from harness.evidence.keys import PrivateKey, load_private
from harness.evidence.seal import seal, unseal
from harness.evidence.verify import verify
from harness.software import software
from harness.spec import Profile


def correct(options: Namespace) -> int:
    """Journal what a name should read; a sealed bundle is sealed again by those who had signed it."""
    bundle = _opened(options.bundle)
    was = _standing(bundle, options.field)
    body = {"field": options.field, "was": was, "now": options.to.strip(), "reason": options.reason.strip(), "by": options.by.strip()}  # fmt: skip
    _refuse_unwritable(body)
    signers = [load_private(each) for each in options.key]
    if bundle.sealed:
        # Refused before it is opened, so that a refusal changes no byte.
        verify(bundle.root, any_signer=True).require()
        _refuse_lost_signatures(bundle, signers)
        _refuse_other_name(bundle, body)
        _refuse_untold(bundle, options.field)
        unseal(bundle)
    elif _left_open(bundle):
        _refuse_lost_signatures(bundle, signers)  # a correction that was killed half way: the same again
        _refuse_untold(bundle, options.field)
    if _noted(bundle) != body:
        _refuse_other_name(bundle, body)
        with Journal.open(bundle.journal_path) as journal:
            journal.append(KIND, body, durable=True)
    if _left_open(bundle):
        _seal_again(bundle, signers)
    name = title(options.field).get(language())
    told = [pick(f"{name}：“{was}” 更正为 “{body['now']}”", f"{name}: “{was}” put right as “{body['now']}”")]
    told.append(
        pick("已重新封存；原封存保存在证据包内。", "sealed again; the former seal is kept in the bundle.")
        if bundle.sealed
        else pick("测试尚未封存：更正已记入日志。", "not sealed yet: the correction stands in the journal.")
    )
    tell(options, {**body, "sealed": bundle.sealed}, [*told])
    if not options.json:
        say_next(command("report", bundle.root) if bundle.sealed else command("run", "PROFILE", "--resume"))
    return Exit.PASS


def _opened(path: Path) -> Bundle:
    if path.suffix == ".zip":
        msg = f"{path} is packed."
        raise UsageError(msg, cure="correct the bundle folder it was packed from, then pack it again.")
    return Bundle.open(path)


def _standing(bundle: Bundle, field: str) -> str:
    """The name as it reads now: from the profile, or from the last correction of it that is not this very one."""
    profile = bundle_profile(bundle)
    standing = [each for each in corrections(read_journal(bundle.journal_path)) if each.field == field]
    if _left_open(bundle) and _noted(bundle) is not None and standing:
        return standing[-1].was
    return standing[-1].now if standing else _written(profile, field)


def _written(profile: Profile, field: str) -> str:
    """The name as the profile has it; UsageError for a member that the consortium does not have."""
    members = [{"name": each.name} for each in profile.project.members]
    campaign = {
        "project": profile.project.name,
        "applicant": {"name": profile.project.applicant.name},
        "members": members,
        "test": {"organisation": profile.test.organisation, "operator": profile.test.operator},
    }
    name = name_in(campaign, field)
    if not name:
        msg = f"The profile names {len(members)} further members, and {field} is none of them."
        raise UsageError(msg, cure="count them from 1 in the order of project.members in the profile.")
    return name


def _refuse_unwritable(body: dict[str, Any]) -> None:
    """UsageError for what the journal would not take, before anything is opened."""
    try:
        check_body(KIND, body)
    except JournalBodyError as error:
        msg = f"A name, a reason and who says so are wanted, none of them empty or over long ({error.detail})."
        raise UsageError(msg, cure="say them with --to, --reason and --by.") from None


def _refuse_other_name(bundle: Bundle, body: dict[str, Any]) -> None:
    """UsageError where nothing would change, or where it is not the same name with a slip of the pen."""
    first = _written(bundle_profile(bundle), body["field"])
    if body["now"] == body["was"]:
        msg = f"The name reads {body['now']} already."
        raise UsageError(msg, cure="say with --to what it should read.")
    if body["now"] != first and not is_typo(first, body["now"]):
        msg = f"{body['now']} is another name than {first}, not the same with a slip of the pen."
        raise UsageError(msg, cure="only typos are corrected; what was tested for somebody else is another campaign.")


def _refuse_untold(bundle: Bundle, field: str) -> None:
    """UsageError where the results do not hold the name, because an older version wrote them: nobody could check the correction."""
    if not name_in(parse(bundle.results_path.read_bytes()).get("campaign"), field):
        msg = (
            "The results of this bundle were written by an older version and do not name the members of the consortium."
        )
        raise UsageError(msg, cure="run the campaign again, or state the right name in a letter beside the bundle.")


def _refuse_lost_signatures(bundle: Bundle, signers: Sequence[PrivateKey]) -> None:
    """UsageError where somebody who signed the former seal would not sign the new one."""
    sealed = [event for event in read_journal(bundle.journal_path) if event.kind == "sealed"]
    lost = sorted(set(sealed[-1].body["signers"]) - {each.keyid for each in signers})
    if lost:
        msg = f"{lost[0][:16]} signed this bundle and would not sign the correction."
        raise UsageError(msg, cure="name the private key of everybody who signed with --key.")


def _left_open(bundle: Bundle) -> bool:
    """Whether the bundle was opened for a correction: nothing but corrections follows its last seal."""
    kinds = [event.kind for event in read_journal(bundle.journal_path)]
    while kinds and kinds[-1] == KIND:
        kinds.pop()
    return bool(kinds) and kinds[-1] == "unsealed"


def _noted(bundle: Bundle) -> dict[str, Any] | None:
    """The body of the correction that ends the journal, if one does."""
    last = read_journal(bundle.journal_path)[-1]
    return dict(last.body) if last.kind == KIND else None


def _seal_again(bundle: Bundle, signers: Sequence[PrivateKey]) -> None:
    """The seal says of the verdicts what the former one said; the ledger of this machine learns of it."""
    events = read_journal(bundle.journal_path)
    summary = _last(events, "sealed").body["summary"]
    seal(bundle, signers, software=software(), verdict_summary=summary)
    judged = _last(events, "evaluated").body
    said = {"results": judged["results_sha256"], "manifest": _digest(bundle.root / MANIFEST)}
    books = Books(bundle_profile(bundle), _digest(bundle.profile_path), bundle.root)
    verdict, scenario = summary.get("verdict"), summary.get("scenario_sha256")
    books.note("seal", attempt=judged["attempt"], verdict=verdict, scenario=scenario, **said)


def _last(events: Sequence[JournalEvent], kind: str) -> JournalEvent:
    return [event for event in events if event.kind == kind][-1]


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()

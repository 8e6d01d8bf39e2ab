# SPDX-License-Identifier: Apache-2.0
"""What the commands do that concern what is agreed beforehand; names are the commands'."""

from __future__ import annotations

import glob
import json
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.console.language import pick
from harness.errors import Exit, UsageError
from harness.evidence.storage import replace_file
from harness.printable import printable, printable_json

if TYPE_CHECKING:
    from harness.agreed.verifying import Beyond
    from harness.evidence.trust import Signer
    from harness.evidence.verification import Verification


def plan(options: Namespace) -> int:
    """Seal the plan of a profile into a signed file, with a page for people beside it."""
    from harness.agreed.conditions import WORDS
    from harness.agreed.plan import read_plan, sealed
    from harness.agreed.refusals import refused
    from harness.agreed.writing import content
    from harness.bindings import Bindings
    from harness.evidence.keys import load_private
    from harness.spec import load_profile

    formats = _formats(options.format)
    profile = load_profile(options.profile)
    Bindings(profile, options.profile).check()
    folder = options.profile.parent
    signers = [load_private(each) for each in options.key] or [
        load_private(each, folder=folder) for each in profile.signing.values()
    ]
    if not signers:
        raise refused(WORDS, "unsigned", str(options.profile))
    made = sealed(*content(profile, options.profile), signers)
    target = _place(options.out or folder, f"{profile.name}.plan.json")
    if target.exists():
        msg = f"{target} is already there."
        raise UsageError(msg, cure="a sealed plan is never overwritten: name another place with --out.")
    write_bytes(target, made)
    found = read_plan(made, str(target))
    said = {"sha256": found.sha256, "signatures": _signatures(found), **found.content}
    made_pages = pages("plan", said, target, formats)
    told = {"plan": str(target), "sha256": found.sha256, "files": made_pages}
    tell(options, told, [target, *made_pages, found.sha256])
    return Exit.PASS


_FORMATS = frozenset({"html", "pdf", "docx", "ofd"})


def _formats(text: str) -> list[str]:
    """The asked formats of a page; UsageError for another one, before anything is sealed."""
    wanted = [each.strip() for each in text.split(",")]
    unknown = [each for each in wanted if each not in _FORMATS]
    if unknown:
        msg = f"There is no report format {unknown[0]!r}."
        raise UsageError(msg, cure=f"use one of: {', '.join(sorted(_FORMATS))}.")
    return wanted


def _signatures(found: Any) -> list[dict[str, Any]]:
    return [{"keyid": each.keyid, "maker": each.keyid in found.makers} for each in found.signatures]


def sign(options: Namespace) -> int:
    """Counter-sign a plan: one more signature over the same content."""
    from harness.agreed.plan import counter_signed, read_plan
    from harness.evidence.keys import load_private

    made = counter_signed(read_bytes(options.plan), load_private(options.key), str(options.plan))
    write_bytes(options.plan, made)
    found = read_plan(made, str(options.plan))
    stem = options.plan.name.removesuffix(".json")
    kinds = {each.suffix[1:] for each in options.plan.parent.glob(f"{glob.escape(stem)}.zh.*")}
    said = {"sha256": found.sha256, "signatures": _signatures(found), **found.content}
    pages("plan", said, options.plan, sorted(kinds & _FORMATS) or ["html"])
    told = {"plan": str(options.plan), "sha256": found.sha256, "signatures": _signatures(found)}
    lines = [
        f"{each['keyid']} {pick('大纲编制方', 'maker') if each['maker'] else pick('会签', 'counter-signature')}"
        for each in _signatures(found)
    ]
    tell(options, told, [f"{options.plan}  {found.sha256}", *lines])
    return Exit.PASS


def ledger(options: Namespace) -> int:
    """Show the ledger of this machine, or export it; exit 4 where its chain is broken."""
    from harness.account import ledger as books

    place = books.place()
    content = place.read_bytes() if place.exists() else b""
    found = books.read()
    if options.export is not None:
        write_bytes(options.export, content)
    lines = [
        {"time_ns": str(each.time_ns), "kind": each.kind, "subject": each.subject, "bundle": each.bundle, **each.body}
        for each in found.lines
    ]
    told = [
        f"{_moment(each.time_ns)} {each.kind:16} {each.bundle} {json.dumps(dict(each.body), ensure_ascii=False)}"
        for each in found.lines
    ]
    state = pick("台账完整", "the chain is whole") if found.whole else pick("台账被改动或缺行", "THE CHAIN IS BROKEN")
    tell(options, {"place": str(place), "whole": found.whole, "head": found.head, "lines": lines}, [*told, state])
    return Exit.PASS if found.whole else Exit.EVIDENCE


def challenge(options: Namespace) -> int:
    """Give out a challenge, enter one that came back, or list those that did not."""
    from harness.agreed import challenge as challenges
    from harness.agreed.chain import links

    if options.action == "issue":
        if options.out is None:
            raise UsageError("The challenge has no file to go into.", cure="name one with --out.")
        content = challenges.issue(options.book, options.office, options.note)
        write_bytes(options.out, content)
        tell(options, json.loads(content), [options.out])
        return Exit.PASS
    if options.action == "return":
        return _returned(options)
    owed = [each.as_json() for each in challenges.outstanding(links(options.book))]
    tell(
        options,
        owed,
        [f"{_moment(int(each['issued_ns']))} {each['nonce']} {each['office']} {each['note']}" for each in owed],
    )
    return Exit.PASS if not owed else Exit.UNDECIDED


def _returned(options: Namespace) -> int:
    from harness.agreed import challenge as challenges
    from harness.evidence.bag import MANIFEST
    from harness.evidence.verify import verify

    found = verify(options.bundle, any_signer=True)
    found.require()
    held = challenges.challenges_of(found.events)
    verdict = str(found.events[-1].body.get("summary", {}).get("verdict", ""))
    challenges.enter_return(options.book, found.events, found.digests[MANIFEST].sha256, verdict)
    tell(options, {"returned": [each["nonce"] for each in held.values()]}, [each["nonce"] for each in held.values()])
    return Exit.PASS


def stamp(options: Namespace) -> int:
    """Ask an authority for a time stamp over the seal of a bundle, at once or afterwards."""
    from harness.agreed.authority import add_stamp
    from harness.evidence.bundle import Bundle

    bundle = Bundle.open(options.bundle)
    if not bundle.attestation_path.is_file():
        msg = f"{options.bundle} is not sealed and signed: there is nothing to stamp."
        raise UsageError(msg, cure="finish the campaign, with a key under signing.")
    made = add_stamp(bundle.root, options.tsa)
    told = {"moment": made.moment.isoformat(), "authority": made.authority, "keyid": made.keyid}
    tell(options, told, [f"{made.moment.isoformat()} {made.authority} {made.keyid}"])
    return Exit.PASS


def trust(options: Namespace) -> int:
    """Show, extend or shorten the list of those whom this reader trusts."""
    from harness.evidence.keys import load_public
    from harness.evidence.trust import Signer, add_signer, place, read_trust, revoke

    path = options.file or place()
    if options.action == "add":
        key = load_public(_needed(options.key, "the public key"))
        add_signer(path, Signer(key.keyid, options.name, options.role, options.expires or "", ""))
    elif options.action == "revoke":
        revoke(path, str(_needed(options.key, "the public key or keyid")), options.on or "")
    signers = read_trust(path) if path.exists() else {}
    listed = [
        {"keyid": each.keyid, "name": each.name, "role": each.role, "expires": each.expires, "revoked": each.revoked}
        for each in signers.values()
    ]
    lines = [f"{each['keyid']} {each['role']:10} {each['name']} {_until(each)}" for each in listed]
    tell(options, {"file": str(path), "signers": listed}, [f"{path}:", *lines])
    return Exit.PASS


def signers_of(options: Namespace) -> Mapping[str, Signer] | None:
    """Those whom the reader trusts: the file he names, else his own list, unless he names keys or will take anybody."""
    from harness.evidence.trust import place, read_trust

    if options.trust is not None:
        return read_trust(options.trust)
    own = place()
    return read_trust(own) if own.is_file() and not options.key and not options.any_signer else None


def agreed_of(options: Namespace, found: Verification, signers: Mapping[str, Signer] | None) -> Beyond:
    """What was agreed beforehand, and what stands against it."""
    from datetime import UTC, datetime

    from harness.agreed.chain import links
    from harness.agreed.verifying import beyond
    from harness.evidence.trust import Trust

    trust = Trust((), signers or {}, options.any_signer, datetime.now(UTC).date().isoformat())
    return beyond(
        options.bundle,
        found,
        trust,
        roles=options.require_role,
        ledger=None if options.ledger is None else read_bytes(options.ledger),
        book=None if options.challenges is None else links(options.challenges),
    )


def _until(each: Mapping[str, str]) -> str:
    said = [
        f"{word} {each[key]}"
        for key, word in (("expires", pick("到期", "expires")), ("revoked", pick("吊销", "revoked")))
        if each[key]
    ]
    return "，".join(said)


def _needed(value: Any, what: str) -> Any:
    if value is None:
        msg = f"{what} is missing."
        raise UsageError(msg, cure="name it behind the action.")
    return value


def _moment(time_ns: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_ns // 10**9))


def pages(kind: str, content: Mapping[str, Any], beside: Path, formats: Sequence[str] = ("html",)) -> list[str]:
    """The pages for people, in both languages and the asked formats, where a report plug-in offers this paper."""
    from harness import installed

    if not installed.has("yanshou.papers", kind):
        return []
    render = installed.load("yanshou.papers", kind)
    made = []
    for lang in ("zh", "en"):
        for extension, page in (page for each in formats for page in render(content, lang, each.strip()).items()):
            path = beside.with_name(f"{beside.name.removesuffix('.json')}.{lang}.{extension}")
            write_bytes(path, page)
            made.append(str(path))
    return made


def _place(given: Path, name: str) -> Path:
    return given / name if given.is_dir() or not given.suffix else given


def read_bytes(path: Path) -> bytes:
    """The content of a file that was named; UsageError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise UsageError(msg, cure="check the path.") from None


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file in one step."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}."
        raise UsageError(msg, cure="choose another place with --out.") from None
    replace_file(path, content, scratch=path.parent)


def tell(options: Namespace, value: Any, lines: list[Any]) -> None:
    """The result: as JSON where that was asked, else line by line."""
    if options.json:
        sys.stdout.write(printable_json(json.dumps(value, ensure_ascii=False, indent=2)) + "\n")
        return
    for line in _printed(lines):
        sys.stdout.write(line + "\n")


def _printed(lines: list[Any]) -> Iterator[str]:
    return (printable(str(line)) for line in lines)

# SPDX-License-Identifier: Apache-2.0
"""``yanshou completion bash|zsh``: what a shell needs to complete commands, options and files."""

from __future__ import annotations

import argparse
import sys
from argparse import Namespace

from harness.errors import Exit

_BASH = """\
_yanshou() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" command="${{COMP_WORDS[1]}}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then words="{commands}"; else case "$command" in
{cases}
  esac; fi
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$words --lang --help" -- "$word"));;
    *) COMPREPLY=($(compgen -W "$(printf '%s\\n' $words | grep -v '^-')" -- "$word") $(compgen -f -- "$word"));;
  esac
}}
complete -o filenames -F _yanshou yanshou
"""
_ZSH = """\
#compdef yanshou
_yanshou() {{
  local -a choices
  if (( CURRENT == 2 )); then
    compadd -- {commands}
    return
  fi
  case ${{words[2]}} in
{cases}
  esac
  if [[ $PREFIX == -* ]]; then
    compadd -- ${{(M)choices:#-*}} --lang --help
  else
    compadd -- ${{choices:#-*}}
    _files
  fi
}}
(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit -u; }}
compdef _yanshou yanshou
"""


def completion(options: Namespace) -> int:
    """Print the script: ``source <(yanshou completion bash)``, likewise in zsh; or keep it as ``_yanshou`` in zsh's $fpath."""
    from harness.cli import parser

    words = _words(parser())
    script, case = (_ZSH, "    {}) choices=({});;") if options.shell == "zsh" else (_BASH, '    {}) words="{}";;')
    cases = "\n".join(case.format(name, " ".join(each)) for name, each in words.items())
    sys.stdout.write(script.format(commands=" ".join(words), cases=cases))
    return Exit.PASS


def _words(parser: argparse.ArgumentParser) -> dict[str, list[str]]:
    """Command -> its long options and the words that its arguments may be."""
    found: dict[str, list[str]] = {}
    for action in parser._actions:  # noqa: SLF001 - argparse tells its commands nowhere else
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - likewise
            for name, each in action.choices.items():
                found[name] = [
                    word
                    for one in each._actions  # noqa: SLF001 - likewise
                    for word in (*one.option_strings, *map(str, one.choices or ()))
                    if len(word) > 2
                ]
    return found

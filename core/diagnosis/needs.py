r"""Which letters a cue's pattern cannot do without: most texts hold none of them, and are not searched any further.

Knows the patterns of `core.diagnosis.cues` and no others: letters and blanks, non-capturing groups, classes, `\\w`,
`\\b`, and the quantifiers `?`, `*`, `+` and `{m,n}`.
"""

import re

_QUANTIFIER = re.compile(r"[?*+]|\{(\d+),\d*\}")
_ESCAPED = re.compile(r"\\[bwd]|\[[^\]]*\]")
_LETTERS = re.compile(r"[a-z0-9 ]")


def needs(pattern: str) -> frozenset[str]:
    """Texts of which each match holds at least one; empty where no such texts can be told."""
    found: set[str] = set()
    for branch in _branches(pattern):
        best = _of_branch(branch)
        if not best:
            return frozenset()
        found |= best
    return frozenset(found)


def _branches(pattern: str) -> list[str]:
    depth, branches = 0, [""]
    for sign in pattern:
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            branches.append("")
        else:
            branches[-1] += sign
    return branches


def _of_branch(branch: str) -> frozenset[str]:
    """The piece of one alternative whose shortest text is the longest: it is the rarest."""
    choices: list[frozenset[str]] = []
    run, place = "", 0
    while place < len(branch):
        piece, place = _piece(branch, place)
        quantified = _QUANTIFIER.match(branch, place)
        place = quantified.end() if quantified else place
        is_certain = quantified is None or quantified[0] == "+" or bool(quantified[1] and int(quantified[1]))
        if _LETTERS.fullmatch(piece) and quantified is None:
            run += piece
            continue
        choices.append(frozenset({run}))
        run = ""
        if is_certain and piece.startswith("(?:"):
            choices.append(needs(piece[3:-1]))
    choices.append(frozenset({run}))
    return max(choices, key=lambda texts: (min(map(len, texts), default=0), -len(texts))) - {""}


def _piece(branch: str, place: int) -> tuple[str, int]:
    if branch[place] == "(":
        depth = 0
        for end in range(place, len(branch)):
            depth += (branch[end] == "(") - (branch[end] == ")")
            if depth == 0:
                return branch[place : end + 1], end + 1
    escaped = _ESCAPED.match(branch, place)
    end = escaped.end() if escaped else place + 1
    return branch[place:end], end

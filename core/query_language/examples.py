"""Queries with posts that must match and posts that must not: the tests an analyst writes for a keyword."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from core.posts import post_from
from core.query_language.matcher import matches
from core.query_language.parser import parse
from core.query_language.problems import QuerySyntaxError


@dataclass(frozen=True, slots=True)
class Outcome:
    """One query of the file: which of its posts came out otherwise than told, and the error codes it gave."""

    id: str
    query: str
    posts_checked: int
    missed: tuple[str, ...] = ()
    wrongly_matched: tuple[str, ...] = ()
    expected_error: str | None = None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        if self.expected_error is not None:
            return self.errors[:1] == (self.expected_error,)
        return not (self.errors or self.missed or self.wrongly_matched)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of every query, in the order of the file."""

    outcomes: tuple[Outcome, ...]

    @property
    def passed_count(self) -> int:
        return sum(outcome.passed for outcome in self.outcomes)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)

    @property
    def posts_checked(self) -> int:
        return sum(outcome.posts_checked for outcome in self.outcomes)

    @property
    def posts_wrong(self) -> int:
        return sum(len(outcome.missed) + len(outcome.wrongly_matched) for outcome in self.outcomes)

    @property
    def passed(self) -> bool:
        return not self.failed


def check_examples(document: Mapping[str, Any]) -> Report:
    """Run a file of examples: `queries` with `match` and `no_match` posts, `invalid_queries` with their error code.

    Raises:
        ValueError: when the document has neither list, or an example has no query.

    """
    if "queries" not in document and "invalid_queries" not in document:
        raise ValueError("The file has neither `queries` nor `invalid_queries`.")
    valid = [_checked(number, example) for number, example in enumerate(_list(document, "queries"), start=1)]
    invalid = [_refused(number, example) for number, example in enumerate(_list(document, "invalid_queries"), start=1)]
    return Report((*valid, *invalid))


def _list(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return cast("list[Mapping[str, Any]]", document.get(name) or [])


def _text(example: Mapping[str, Any]) -> str:
    query = example.get("query")
    if not isinstance(query, str):
        raise ValueError("An example has no `query` text.")  # noqa: TRY004 - the document is at fault, not the caller
    return query


def _checked(number: int, example: Mapping[str, Any]) -> Outcome:
    name, text = str(example.get("id", f"query {number}")), _text(example)
    good, bad = _list(example, "match"), _list(example, "no_match")
    count = len(good) + len(bad)
    try:
        query = parse(text)
    except QuerySyntaxError as error:
        codes = tuple(problem.code for problem in error.problems)
        return Outcome(name, text, count, missed=_names(good), errors=codes)
    missed = [post for post in good if matches(query, post_from(post)) is None]
    wrong = [post for post in bad if matches(query, post_from(post)) is not None]
    warnings = tuple(warning.code for warning in query.warnings)
    return Outcome(name, text, count, missed=_names(missed), wrongly_matched=_names(wrong), warnings=warnings)


def _refused(number: int, example: Mapping[str, Any]) -> Outcome:
    name, text = str(example.get("id", f"invalid query {number}")), _text(example)
    codes: tuple[str, ...] = ()
    try:
        parse(text)
    except QuerySyntaxError as error:
        codes = tuple(problem.code for problem in error.problems)
    return Outcome(name, text, 0, expected_error=str(example.get("error")), errors=codes)


def _names(posts: list[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(str(post.get("id") or post.get("text", "")) for post in posts)

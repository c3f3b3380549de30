"""A file of queries with posts they must and must not match, run and reported line by line."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from core.query_language.examples import Outcome, Report, check_examples
from siaga.refusals import Refusal

SHAPE = (
    "Write a JSON object with `queries`, each with `query`, `match` and `no_match` (lists of posts), "
    "and `invalid_queries`, each with `query` and `error`."
)


class _Example(msgspec.Struct):
    """A query with its posts."""

    query: str
    match: list[dict[str, Any]] = []
    no_match: list[dict[str, Any]] = []


class _Invalid(msgspec.Struct):
    """A query that must be refused, and the code of the refusal."""

    query: str
    error: str


class _File(msgspec.Struct):
    """What such a file must hold; more is passed over."""

    queries: list[_Example] = []
    invalid_queries: list[_Invalid] = []


def test(path: Path) -> bool:
    """Print how every query of a file comes out; False when one comes out otherwise than told.

    Raises: `Refusal` when the file cannot be read, or is not of that shape.
    """
    report = _report(path)
    for outcome in report.outcomes:
        click.echo(f"{'ok  ' if outcome.passed else 'FAIL'}  {outcome.id}: {_told(outcome)}")
    click.echo(totals(report))
    return report.passed


def totals(report: Report) -> str:
    """How many queries, posts and errors came out as told."""
    queries = [outcome for outcome in report.outcomes if outcome.expected_error is None]
    errors = [outcome for outcome in report.outcomes if outcome.expected_error is not None]
    right = report.posts_checked - report.posts_wrong
    return (
        f"{_passed(queries)} of {len(queries)} queries, {right} of {report.posts_checked} posts, "
        f"{_passed(errors)} of {len(errors)} errors as told"
    )


def _passed(outcomes: Iterable[Outcome]) -> int:
    return sum(outcome.passed for outcome in outcomes)


def _report(path: Path) -> Report:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}. Check the path.") from None
    try:
        shape = msgspec.json.decode(content, type=_File)
        report = check_examples(msgspec.json.decode(content))
    except (ValueError, TypeError) as error:  # of JSON, of the shape, or of a number in a post
        raise Refusal(f"{path} is not a file of example queries: {error}. {SHAPE}") from None
    if not shape.queries and not shape.invalid_queries:
        raise Refusal(f"{path} holds no query to test. {SHAPE}")
    return report


def _told(outcome: Outcome) -> str:
    if outcome.expected_error is not None:
        found = outcome.errors[0] if outcome.errors else "no error"
        return found if outcome.passed else f"{outcome.expected_error} expected, {found} found in: {outcome.query}"
    return "; ".join(_posts(outcome))


def _posts(outcome: Outcome) -> Iterator[str]:
    if outcome.errors:
        yield f"cannot be read ({', '.join(outcome.errors)}): {outcome.query}"
        return
    wrong = len(outcome.missed) + len(outcome.wrongly_matched)
    yield f"{outcome.posts_checked - wrong} of {outcome.posts_checked} posts as told"
    if outcome.missed:
        yield f"must match and does not: {', '.join(outcome.missed)}"
    if outcome.wrongly_matched:
        yield f"must not match and does: {', '.join(outcome.wrongly_matched)}"

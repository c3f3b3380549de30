"""A file of examples is run as told, and a wrong example is found."""

import json
import os
from pathlib import Path

import pytest

from core.query_language.examples import check_examples

SHARED = Path(os.environ.get("SIAGA_SHARED", Path(__file__).resolve().parents[3] / ".." / "shared"))
EXAMPLES = SHARED / "data" / "queries" / "examples.json"


def test_every_acceptance_example_comes_out_as_told():
    if not EXAMPLES.exists():
        pytest.skip("the shared examples are not beside this repository")
    report = check_examples(json.loads(EXAMPLES.read_text(encoding="utf-8")))
    assert (report.failed, report.posts_wrong) == ((), 0)
    assert report.posts_checked >= 200
    assert len(report.outcomes) >= 31


def test_well_written_queries_draw_no_warning():
    if not EXAMPLES.exists():
        pytest.skip("the shared examples are not beside this repository")
    report = check_examples(json.loads(EXAMPLES.read_text(encoding="utf-8")))
    assert {outcome.id: outcome.warnings for outcome in report.outcomes if outcome.warnings} == {}


def test_posts_that_come_out_otherwise_are_named():
    report = check_examples(
        {
            "queries": [
                {
                    "id": "Q",
                    "query": "bca",
                    "match": [{"id": "m", "text": "bri"}],
                    "no_match": [{"id": "n", "text": "BCA"}],
                }
            ]
        }
    )
    outcome = report.failed[0]
    assert (outcome.missed, outcome.wrongly_matched, report.posts_wrong) == (("m",), ("n",), 2)


def test_a_query_that_is_refused_fails_with_its_codes():
    report = check_examples({"queries": [{"id": "Q", "query": "in*", "match": [{"id": "m", "text": "indomie"}]}]})
    assert report.failed[0].errors == ("wildcard_prefix",)


@pytest.mark.parametrize(("query", "passed"), [("NOT bca", True), ("bca", False), ("in*", False)])
def test_an_invalid_query_must_give_its_own_code(query, passed):
    assert check_examples({"invalid_queries": [{"query": query, "error": "negation_only"}]}).passed is passed


def test_a_file_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="neither"):
        check_examples({"posts": []})

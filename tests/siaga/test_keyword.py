"""The command that tries a file of queries: what came out as told, what did not, and what is no such file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from siaga import keyword
from siaga.refusals import Refusal

SHARED = Path(os.environ.get("SIAGA_SHARED", Path(__file__).resolve().parents[2] / ".." / "shared"))
EXAMPLES = SHARED / "data" / "queries" / "examples.json"
RIGHT = {
    "queries": [
        {"id": "K1", "query": "kopi", "match": [{"id": "m1", "text": "Kopi pagi"}], "no_match": [{"text": "teh"}]},
    ],
    "invalid_queries": [{"query": "NOT kopi", "error": "negation_only"}],
}


@pytest.fixture
def run(tmp_path, capsys):
    def run_file(document: object) -> tuple[bool, list[str]]:
        path = tmp_path / "examples.json"
        path.write_text(json.dumps(document))
        return keyword.test(path), capsys.readouterr().out.splitlines()

    return run_file


def test_a_file_that_comes_out_as_told_passes(run):
    passed, lines = run(RIGHT)
    assert passed
    assert lines[0].startswith("ok")
    assert lines[-1] == "1 of 1 queries, 2 of 2 posts, 1 of 1 errors as told"


def test_each_post_that_comes_out_otherwise_is_named(run):
    posts = [{"id": "wrong", "text": "Teh"}, {"id": "right", "text": "Kopi"}]
    passed, lines = run({"queries": [{"id": "K1", "query": "kopi", "match": posts, "no_match": posts}]})
    assert not passed
    assert lines[0] == "FAIL  K1: 2 of 4 posts as told; must match and does not: wrong; must not match and does: right"
    assert lines[-1] == "0 of 1 queries, 2 of 4 posts, 0 of 0 errors as told"


def test_a_query_that_cannot_be_read_fails_with_its_code(run):
    passed, lines = run({"queries": [{"id": "K1", "query": "(kopi", "match": [{"text": "kopi"}]}]})
    assert not passed
    assert lines[0] == "FAIL  K1: cannot be read (unbalanced_parenthesis): (kopi"


@pytest.mark.parametrize(("query", "found"), [("(kopi", "unbalanced_parenthesis"), ("kopi", "no error")])
def test_an_error_other_than_told_is_named(run, query, found):
    passed, lines = run({"invalid_queries": [{"query": query, "error": "near_distance"}]})
    assert not passed
    assert f"near_distance expected, {found} found in: {query}" in lines[0]
    assert lines[-1] == "0 of 0 queries, 0 of 0 posts, 0 of 1 errors as told"


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"queries": []},
        {"queries": ["kopi"]},
        {"queries": [{"query": 3}]},
        {"queries": [{"query": "kopi", "match": ["Kopi"]}]},
        {"queries": [{"query": "kopi", "match": [{"text": "kopi", "likes": "banyak"}]}]},
        {"invalid_queries": [{"query": "kopi"}]},
    ],
)
def test_another_file_is_refused_in_a_sentence(run, document):
    with pytest.raises(Refusal, match="Write a JSON object"):
        run(document)


def test_what_is_no_json_or_is_not_there_is_refused(tmp_path):
    path = tmp_path / "queries.csv"
    with pytest.raises(Refusal, match="Check the path"):
        keyword.test(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(Refusal, match="not a file of example queries"):
        keyword.test(path)


@pytest.mark.parametrize(("name", "status"), [("right", 0), ("wrong", 1), ("other", 2), ("missing", 2)])
def test_the_command_ends_with_what_it_found(tmp_path, name, status):
    wrong = {"invalid_queries": [{"query": "kopi", "error": "near_distance"}]}
    for stem, document in {"right": RIGHT, "wrong": wrong, "other": {}}.items():
        (tmp_path / stem).write_text(json.dumps(document))
    command = [sys.executable, "-m", "siaga", "keyword", "test", str(tmp_path / name)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == status
    assert "Traceback" not in ended.stderr
    assert bool(ended.stderr) == (status == 2)


def test_all_shared_examples_come_out_as_told(capsys):
    if not EXAMPLES.exists():
        pytest.skip("the shared examples are not beside this repository")
    assert keyword.test(EXAMPLES)
    assert capsys.readouterr().out.splitlines()[-1] == ("20 of 20 queries, 200 of 200 posts, 11 of 11 errors as told")

"""Verifiers in other languages, the copied blocks and the libraries, and a reader of AsyncAPI: `npm ci` in this folder."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from core.event_bodies import EVENT_SHAPES
from tests import webhook_vectors as vectors

HERE = Path(__file__).parent
CASES = vectors.cases()
EXPECTED = [case["accept"] for case in CASES]

needs_npm = pytest.mark.skipif(
    not (HERE / "node_modules").is_dir() or shutil.which("node") is None,
    reason="the npm packages are not installed: npm ci --ignore-scripts in tests/node/webhooks",
)
needs_php = pytest.mark.skipif(shutil.which("php") is None, reason="there is no php on this machine")
needs_go = pytest.mark.skipif(shutil.which("go") is None, reason="there is no go on this machine")


def answer(*command, given, where=HERE):
    done = subprocess.run(command, cwd=where, input=given, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def wrong(verdicts):
    assert len(verdicts) == len(CASES)
    return sorted({case["name"] for case, taken in zip(CASES, verdicts, strict=True) if taken is not case["accept"]})


@needs_npm
def test_both_blocks_of_javascript_and_both_libraries_take_every_good_one_and_no_forged_one(tmp_path):
    # Beside the packages, where a program that copied them would stand.
    library, by_hand = vectors.blocks("javascript")
    # What a reader puts in: the secret, which differs from case to case here.
    assert 'const SECRET = "whsec_...";\n' in library
    library = library.replace('const SECRET = "whsec_...";\n', "")
    (tmp_path / "library.mjs").write_text(library, encoding="utf-8")
    (tmp_path / "by_hand.mjs").write_text(by_hand, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    paths = [str(tmp_path / name) for name in ("library.mjs", "by_hand.mjs")]
    told = answer("node", "verify.mjs", *paths, given=json.dumps({"cases": CASES}))
    assert {name: wrong(told[name]) for name in ("library", "svix", "byHand", "byItsClock")} == {
        "library": [], "svix": [], "byHand": [], "byItsClock": [],
    }  # fmt: skip
    assert told["remembered"] == EXPECTED.count(True)


PHP = """<?php
require $argv[1];
$verdicts = [];
foreach (json_decode(file_get_contents('php://stdin'), true)['cases'] as $case) {
    $body = base64_decode($case['body_b64'], true);
    $verdicts[] = is_from_siaga($case['secret'], $case['headers'], $body, $case['now']);
}
echo json_encode($verdicts);
"""


@needs_php
def test_the_block_of_php_by_hand_takes_every_good_one_and_no_forged_one(tmp_path):
    _, by_hand = vectors.blocks("php")
    (tmp_path / "by_hand.php").write_text(by_hand, encoding="utf-8")
    (tmp_path / "run.php").write_text(PHP, encoding="utf-8")
    verdicts = answer(
        "php", str(tmp_path / "run.php"), str(tmp_path / "by_hand.php"), given=json.dumps({"cases": CASES})
    )
    assert wrong(verdicts) == []


GO = """package receiver

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"
)

func TestCases(t *testing.T) {
	var told struct {
		Cases []struct {
			Secret  string
			Now     int64
			Headers map[string]string
			Body    []byte `json:"body_b64"`
		}
	}
	given, err := os.ReadFile("cases.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(given, &told); err != nil {
		t.Fatal(err)
	}
	verdicts := []bool{}
	for _, each := range told.Cases {
		header := http.Header{}
		for name, value := range each.Headers {
			header.Set(name, value)
		}
		found, err := IsFromSiaga(each.Secret, header, each.Body, time.Unix(each.Now, 0))
		if err != nil {
			t.Fatal(err)
		}
		verdicts = append(verdicts, found)
	}
	written, err := json.Marshal(verdicts)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("verdicts.json", written, 0o600); err != nil {
		t.Fatal(err)
	}
}
"""


@needs_go
def test_the_block_of_go_by_hand_takes_every_good_one_and_no_forged_one(tmp_path, monkeypatch):
    monkeypatch.setenv("GOCACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("CGO_ENABLED", "0")
    _, by_hand = vectors.blocks("go")
    folder = tmp_path / "receiver"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/receiver\n\ngo 1.19\n", encoding="utf-8")
    (folder / "by_hand.go").write_text(by_hand, encoding="utf-8")
    (folder / "by_hand_test.go").write_text(GO, encoding="utf-8")
    (folder / "cases.json").write_text(json.dumps({"cases": CASES}), encoding="utf-8")
    done = subprocess.run(["go", "test", "."], cwd=folder, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert wrong(json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))) == []


@needs_npm
def test_the_messages_are_valid_asyncapi_with_every_event():
    text = (vectors.ROOT / "openapi" / "asyncapi.json").read_text(encoding="utf-8")
    read = answer("node", "messages.mjs", given=text)
    assert (read["version"], read["found"]) == ("3.0.0", [])
    assert sorted(read["messages"]) == sorted(event.value for event in EVENT_SHAPES)


@needs_npm
def test_messages_that_are_not_asyncapi_are_found_out():
    broken = json.loads((vectors.ROOT / "openapi" / "asyncapi.json").read_text(encoding="utf-8"))
    broken["operations"]["send_webhook"]["action"] = "shout"
    assert answer("node", "messages.mjs", given=json.dumps(broken))["found"] != []

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
BY_KEY = vectors.cases_by_key()

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


def wrong(verdicts, cases=CASES):
    assert len(verdicts) == len(cases)
    return sorted({case["name"] for case, taken in zip(cases, verdicts, strict=True) if taken is not case["accept"]})


@needs_npm
def test_both_blocks_of_javascript_and_both_libraries_take_every_good_one_and_no_forged_one(tmp_path):
    # Beside the packages, where a program that copied them would stand.
    library, by_hand, by_key = vectors.blocks("javascript")
    # What a reader puts in: the secret, which differs from case to case here.
    assert 'const SECRET = "whsec_...";\n' in library
    library = library.replace('const SECRET = "whsec_...";\n', "")
    (tmp_path / "library.mjs").write_text(library, encoding="utf-8")
    (tmp_path / "by_hand.mjs").write_text(by_hand, encoding="utf-8")
    (tmp_path / "by_key.mjs").write_text(by_key, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    paths = [str(tmp_path / name) for name in ("library.mjs", "by_hand.mjs", "by_key.mjs")]
    told = answer("node", "verify.mjs", *paths, given=json.dumps({"cases": CASES, "byKey": BY_KEY}))
    assert {name: wrong(told[name]) for name in ("library", "svix", "byHand", "byItsClock")} == {
        "library": [], "svix": [], "byHand": [], "byItsClock": [],
    }  # fmt: skip
    assert wrong(told["byKey"], BY_KEY) == []
    assert told["remembered"] == EXPECTED.count(True)


PHP = """<?php
require $argv[1];
$verdicts = [];
foreach (json_decode(file_get_contents('php://stdin'), true)['cases'] as $case) {
    $body = base64_decode($case['body_b64'], true);
    $verify = isset($case['secret']) ? 'is_from_siaga' : 'is_signed_by_siaga';
    $verdicts[] = $verify($case['secret'] ?? $case['public_key'], $case['headers'], $body, $case['now']);
}
echo json_encode($verdicts);
"""


@needs_php
@pytest.mark.parametrize(("number", "cases"), [(1, CASES), (2, BY_KEY)], ids=["by_hand", "by_key"])
def test_the_block_of_php_takes_every_good_one_and_no_forged_one(tmp_path, number, cases):
    block, run = tmp_path / "block.php", tmp_path / "run.php"
    block.write_text(vectors.blocks("php")[number], encoding="utf-8")
    run.write_text(PHP, encoding="utf-8")
    assert wrong(answer("php", str(run), str(block), given=json.dumps({"cases": cases})), cases) == []


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
			Secret    string
			PublicKey string `json:"public_key"`
			Now       int64
			Headers   map[string]string
			Body      []byte `json:"body_b64"`
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
		verify, key := IsFromSiaga, each.Secret
		if key == "" {
			verify, key = IsSignedBySiaga, each.PublicKey
		}
		found, err := verify(key, header, each.Body, time.Unix(each.Now, 0))
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
def test_both_blocks_of_go_take_every_good_one_and_no_forged_one(tmp_path, monkeypatch):
    monkeypatch.setenv("GOCACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("CGO_ENABLED", "0")
    _, by_hand, by_key = vectors.blocks("go")
    folder = tmp_path / "receiver"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/receiver\n\ngo 1.19\n", encoding="utf-8")
    (folder / "by_hand.go").write_text(by_hand, encoding="utf-8")
    (folder / "by_key.go").write_text(by_key, encoding="utf-8")
    (folder / "by_hand_test.go").write_text(GO, encoding="utf-8")
    (folder / "cases.json").write_text(json.dumps({"cases": [*CASES, *BY_KEY]}), encoding="utf-8")
    done = subprocess.run(["go", "test", "."], cwd=folder, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert wrong(json.loads((folder / "verdicts.json").read_text(encoding="utf-8")), [*CASES, *BY_KEY]) == []


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

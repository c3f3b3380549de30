"""Contract and API agree, as an outsider finds who reads the one and calls the other."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest

from tests.hostile.attacks import Caller
from tests.operations import OPERATIONS
from tests.served import ROOT, Served

CONFIG = Path(__file__).parent / "schemathesis.toml"
EXAMPLES = os.environ.get("SIAGA_CONTRACT_EXAMPLES", "4")
LEFT_OUT = sum(each.get("enabled") is False for each in tomllib.loads(CONFIG.read_text())["operations"])
# What no link of the contract leads to, since posts and the worker make it.
MADE_BY_JOBS = ("mention_id", "incident_id", "delivery_id", "version_id")


@pytest.mark.timeout(3600)
def test_every_operation_answers_as_the_contract_says(attacker: Caller, served: Served, tmp_path: Path):
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    # From a file: an address from which the contract is read would not be tested itself.
    contract = tmp_path / "openapi.json"
    contract.write_bytes(httpx.get(f"{served.url}/openapi.json").content)
    command += [str(contract), "--url", served.url, "--header", f"Authorization: Bearer {attacker.key}"]
    # One worker: the parser of Python 3.11, which Hypothesis uses, is not safe with two.
    command += ["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful", "--workers", "1"]
    command += ["--max-examples", EXAMPLES, "--continue-on-failure", "--no-color"]
    ids = {f"SIAGA_{name.upper()}": attacker.ids[name] for name in (*MADE_BY_JOBS, "key_id")}
    environ = os.environ | ids | {"PYTHONPATH": str(ROOT)}
    # Asked nothing else, `requests` reads through the whole environment twice a call, a sixth of the client's time.
    environ |= {"no_proxy": "127.0.0.1"}
    # What Hypothesis works out of Unicode, in some seconds, is the same in every run.
    environ |= {"HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis")}
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
    assert re.search(r"Tested: (\d+)", done.stdout)[1] == str(len(OPERATIONS) - LEFT_OUT), done.stdout
    assert re.search(r"(\d+) generated, \1 passed", done.stdout), done.stdout
    sys.stdout.write(done.stdout)
    still = httpx.get(f"{served.url}/v1/clients", headers={"Authorization": f"Bearer {attacker.key}"})
    assert still.status_code == 200, "the key was ended on the way: what came after was refused for that alone"
    assert served.deaths == []

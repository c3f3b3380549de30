"""What tools that others wrote say of the published contract, one line a tool: `make contract`.

Linters, generators of clients and the compilers of what they make read openapi/openapi.json as a stranger would.
The npm packages stand in tests/node; the tests of our own, which need no Node, are the other files here.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "tests" / "node"
CONTRACT = ROOT / "openapi" / "openapi.json"
BIN = Path(sys.executable).parent
SHOWN_LINES = 60
# The slowest by far: `make test` asks for few examples, CI for more, and whoever names no number for all.
EXAMPLES = "SIAGA_CONTRACT_EXAMPLES"
FULL_EXAMPLES = 200

_STRICT = ("--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom,dom.iterable",
           "--module", "esnext", "--moduleResolution", "bundler")  # fmt: skip
_IMPORT_ALL = """
import importlib, pkgutil, siaga_client
for module in pkgutil.walk_packages(siaga_client.__path__, "siaga_client."):
    importlib.import_module(module.name)
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One tool's opinion: its commands in order, each of which has to end well."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    where: Path = ROOT


def checks(made: Path) -> Iterator[Check]:
    """Every tool, with what it is asked; clients are generated into `made`."""
    contract = str(CONTRACT)
    yield Check("openapi-spec-validator: valid OpenAPI 3.1", ((_python("openapi-spec-validator"), contract),))
    yield Check(
        "redocly: recommended-strict", ((_npm("redocly"), "lint", "--extends", "recommended-strict", contract),)
    )
    linted = (_npm("spectral"), "lint", contract, "--ruleset")
    oas, owasp = NODE / ".spectral.yaml", NODE / ".spectral-owasp.yaml"
    yield Check("spectral:oas, no error and no warning", ((*linted, str(oas), "--fail-severity", "warn"),))
    yield Check(
        "spectral: OWASP, our selection, no error and no warning", ((*linted, str(owasp), "--fail-severity", "warn"),)
    )
    yield Check(
        "openapi-typescript: types, and tsc --strict",
        (
            (_npm("openapi-typescript"), contract, "--output", str(made / "types.ts")),
            (_npm("tsc"), *_STRICT, str(made / "types.ts")),
        ),
    )
    yield Check(
        "orval: a client, and tsc --strict",
        (
            (_npm("orval"), "--input", contract, "--output", str(made / "orval.ts"), "--client", "fetch"),
            (_npm("tsc"), *_STRICT, str(made / "orval.ts")),
        ),
    )
    yield Check(
        "@hey-api/openapi-ts: a client, and tsc --strict",
        (
            (_npm("openapi-ts"), "-i", contract, "-o", str(made / "hey"), "-c", "@hey-api/client-fetch"),
            (_npm("tsc"), *_STRICT, str(made / "hey" / "index.ts")),
        ),
    )
    settings = ("--config", str(NODE / "python-client.yaml"), "--output-path", str(made / "python"))
    yield Check(
        "openapi-python-client: a client, and every module of it imported",
        (
            (_python("openapi-python-client"), "generate", "--path", contract, *settings, "--fail-on-warning"),
            (sys.executable, "-W", "error", "-c", _IMPORT_ALL),
        ),
        where=made / "python",
    )
    asked = (sys.executable, "-m", "pytest", "-q", "-n0", "tests/contract/test_schemathesis.py")
    yield Check(f"schemathesis: every check, {examples()} examples an operation", (asked,))


def examples() -> str:
    """How many examples schemathesis makes up for each operation."""
    return os.environ.get(EXAMPLES, str(FULL_EXAMPLES))


def _python(tool: str) -> str:
    return str(BIN / tool)


def _npm(tool: str) -> str:
    return str(NODE / "node_modules" / ".bin" / tool)


def examined(check: Check) -> str | None:
    """What is wrong, in the tool's own words; None when nothing is."""
    # The generator of the Python client formats what it made with the ruff that it finds on the path.
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
        EXAMPLES: examples(),
    }
    for command in check.commands:
        where = check.where if check.where.is_dir() else ROOT
        done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            return "\n".join((done.stdout + done.stderr).splitlines()[-SHOWN_LINES:]) or f"ended with {done.returncode}"
    return None


def main() -> int:
    """Ask every tool, and say how many were not content."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="siaga-contract-") as made:
        for check in checks(Path(made)):
            began = time.monotonic()
            wrong = examined(check)
            failed += wrong is not None
            print(f"{'ok  ' if wrong is None else 'FAIL'} {time.monotonic() - began:5.1f} s  {check.name}", flush=True)
            if wrong:
                print(wrong, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""The locked lists: nothing known to be unsafe, every package by its hash, no address, no place of one machine."""

import re
import tomllib
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EVERYTHING, TO_RUN = ROOT / "requirements.lock", ROOT / "requirements-run.lock"
LOCKS = pytest.mark.parametrize("lock", [EVERYTHING, TO_RUN], ids=lambda lock: lock.name)

# No service is asked; whoever learns of an advisory raises the floor, with the reason beside it.
FLOORS = {
    "pyjwt": ">=2.13.0",  # CVE-2026-48522 to -48526: key objects round the allow-list, a public JWK as HMAC secret
    "litestar": ">=2.22,<3",  # JWT claims, races and header spoofing in the limiter, AllowedHosts and CORS, log injection
    "redis": ">=5.2,<6",  # the queue does not work with 6
    "cryptography": ">=50",
    "aiohttp": ">=3.14",
    "h11": ">=0.16",  # CVE-2025-43859: chunked bodies read leniently
    "jinja2": ">=3.1.6",  # CVE-2025-27516: out of the sandbox
}
# In a second work tree `.git` is a file that names the first.
LEFT_OUT = {".git", "build", "var", "shared", "schemathesis-report", "node_modules", "__pycache__"}
# Invented people of our tests have a home too.
INVENTED = {"/home/ani/"}
MACHINE_PATH = re.compile(r"(?<![\w.:/}$-])/(?:(?:home|Users)/[\w.-]+|root|workspaces?|work|runner)/")


def pinned(lock: Path) -> dict[str, Version]:
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in found}


def asked(*extras: str) -> list[Requirement]:
    groups = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in extras)]
    return [Requirement(line) for group in groups for line in group]


@pytest.mark.parametrize(("name", "allowed"), FLOORS.items(), ids=FLOORS)
def test_nothing_is_locked_below_its_floor(name: str, allowed: str):
    for lock in (EVERYTHING, TO_RUN):
        version = pinned(lock).get(name)
        assert version is None or version in SpecifierSet(allowed), f"{lock.name} has {name} {version}"
    assert name in pinned(EVERYTHING), f"{name} is not used any longer: take its floor out"


@LOCKS
def test_a_list_holds_names_versions_and_hashes_and_nothing_else(lock: Path):
    line = re.compile(r"[A-Za-z0-9._-]+==[^\s;@/]+( ; [^:/@]+)?( \\)?|    --hash=sha256:[0-9a-f]{64}( \\)?")
    strangers = [each for each in lock.read_text(encoding="utf-8").splitlines() if not line.fullmatch(each)]
    assert strangers == []


@LOCKS
def test_every_package_of_a_list_is_known_by_its_hash(lock: Path):
    lines = lock.read_text(encoding="utf-8").splitlines()
    bare = [first for first, second in pairwise([*lines, ""]) if "==" in first and not second.startswith("    --hash=")]
    assert bare == []


@pytest.mark.parametrize(
    ("lock", "extras"), [(EVERYTHING, ("embedded", "dev")), (TO_RUN, ())], ids=["everything", "to run"]
)
def test_a_list_answers_what_the_project_asks_for(lock: Path, extras: tuple[str, ...]):
    versions = pinned(lock)
    unanswered = [
        str(each) for each in asked(*extras) if versions.get(canonicalize_name(each.name)) not in each.specifier
    ]
    assert unanswered == []


def test_what_the_image_runs_is_what_was_tested():
    tested = pinned(EVERYTHING)
    assert {name: version for name, version in pinned(TO_RUN).items() if tested.get(name) != version} == {}


def test_the_environment_holds_the_locked_versions():
    installed = {canonicalize_name(each.name): Version(each.version) for each in metadata.distributions()}
    locked = pinned(EVERYTHING)
    assert {
        name: (locked[name], installed[name])
        for name in locked.keys() & installed.keys()
        if locked[name] != installed[name]
    } == {}
    assert {canonicalize_name(each.name) for each in asked("embedded", "dev")} <= installed.keys()


def ours(folder: Path = ROOT):
    """Every file of the repository: nothing hidden but the CI's folder, nothing that is built."""
    for entry in sorted(folder.iterdir()):
        if entry.name in LEFT_OUT or entry.name.endswith(".egg-info"):
            continue
        if entry.is_dir():
            if entry.name == ".ci" or not entry.name.startswith("."):
                yield from ours(entry)
        elif not entry.is_symlink() and entry.name != ".git":  # a file, where the repository is a second work tree
            yield entry


def test_no_file_names_a_place_of_one_machine():
    found = {}
    for path in ours():
        places = set(MACHINE_PATH.findall(path.read_bytes().decode("utf-8", "ignore"))) - INVENTED
        if places and path.suffix not in {".bin", ".gz"}:
            found[str(path.relative_to(ROOT))] = places
    assert found == {}


@pytest.mark.parametrize("place", ["home/rina", "Users/rina", "root", "workspace"])
def test_a_place_of_one_machine_is_told_from_an_address(place: str):
    assert MACHINE_PATH.search(f"cd /{place}/siaga")
    assert MACHINE_PATH.search(f'"/{place}/data"')
    assert not MACHINE_PATH.search(f"https://example.com/{place}/ and docs/{place}/")

"""What can be set, sent, refused, run or typed is documented, and what is documented exists."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from api.edge.problems import KINDS
from core.event_bodies import EVENT_SHAPES
from core.events import PUBLIC_EVENTS, EventType
from core.query_language.problems import MESSAGES
from core.settings import VARIABLES
from jobs.schedule import CRON
from jobs.subscriptions import JOBS
from siaga.cli import main
from storage import tables
from storage.engine import Database

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md"), *ROOT.glob("[a-z]*/README.md")])
RECORDS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
FLOORS = ("core", "storage", "egress", "api", "jobs", "siaga", "migrations")
HEADINGS = ["Context", "Decision", "Consequences", "Rejected", "Enforced by"]


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """From this heading to the next of its rank or a higher one."""
    rank = heading.split(maxsplit=1)[0]
    found = re.search(rf"^{re.escape(heading)}$(.*?)(?=^#{{1,{len(rank)}}} |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading {heading!r}"
    return found[1]


def first_cells(part: str) -> list[str]:
    """The names in code quotes that stand in the first cells of a part's tables."""
    cells = re.findall(r"^\| (`[^|]*`) \|", part, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def test_every_setting_is_documented_and_every_container_sets_only_what_is_one():
    documented = first_cells(section(text("configuration.md"), "# Settings"))
    assert {variable.name for variable in VARIABLES} <= set(documented)
    block = re.search(r"^  environment:\n((?:    [A-Z_]+:.*\n)+)", (ROOT / "compose.yaml").read_text(), re.MULTILINE)
    assert block
    assert set(re.findall(r"^    ([A-Z_]+):", block[1], re.MULTILINE)) <= {variable.name for variable in VARIABLES}


def test_every_public_event_is_documented_and_has_a_body_and_no_other_is():
    documented = first_cells(section(text("webhooks.md"), "## The events"))
    public = {event.value for event in PUBLIC_EVENTS}
    assert sorted(documented) == sorted(public)
    assert {EventType(event).value for event in EVENT_SHAPES} == public


def test_every_kind_of_refusal_is_documented_with_its_status_and_no_other_is():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| .+ \| .+ \|$", section(text("errors.md"), "## Kinds"), re.MULTILINE)
    assert {kind: int(status) for kind, status in rows} == {name: kind.status for name, kind in KINDS.items()}


def told_codes() -> Iterator[str]:
    """Every code that our source names: `code="..."`, a class's `code`, the first word of a field's problem."""
    for floor in FLOORS:
        for source in sorted((ROOT / floor).rglob("*.py")):
            yield from codes_of(ast.parse(source.read_text(encoding="utf-8")))


def codes_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            named = [word.value for word in node.keywords if word.arg == "code"]
            first = node.args[:1] if called in {"FieldProblem", "_refusal"} else []
            yield from (each.value for each in [*named, *first] if is_text(each))
        elif isinstance(node, ast.Assign) and is_text(node.value):
            yield from (node.value.value for target in node.targets if getattr(target, "id", "") == "code")


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_every_code_of_a_refusal_is_documented_and_no_other_is():
    page = text("errors.md")
    documented = {
        code for heading in ("## Narrower codes", "## Codes of fields") for code in first_cells(section(page, heading))
    }
    told = set(told_codes())
    assert "query_syntax" in told, "the codes are no longer found where they were"
    beside = set(KINDS) | {"error"} | {"must_match_missed", "must_not_match_caught"}
    assert sorted(told - documented - beside) == []
    assert sorted(documented - told - beside) == []


def test_every_problem_of_a_query_is_documented_and_no_other_is():
    page = text("query-language.md")
    documented = [code for heading in ("## Refusals", "## Warnings") for code in first_cells(section(page, heading))]
    assert sorted(documented) == sorted(MESSAGES)


def test_every_file_of_the_grid_in_the_readme_stands_on_the_floor_that_it_is_told_of():
    grid = re.search(
        r"^\| \| (`core/` .+) \|\n\|[-|]+\|\n((?:\|.+\n)+)", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    assert grid
    floors = re.findall(r"`(\w+)/`", grid[1])
    rows = [line.split(" | ")[1:] for line in grid[2].splitlines()]
    told = [
        (floor, name)
        for row in rows
        for floor, cell in zip(floors, row, strict=False)
        for name in re.findall(r"`([^`]+)`", cell)
    ]
    assert len(told) > 2 * len(rows), "the grid is no longer read as it is written"
    assert [f"{floor}/{name}" for floor, name in told if not (ROOT / floor / name).exists()] == []


def test_every_subscription_stands_in_the_tour_with_its_job():
    told = re.findall(r"^\| `([\w.]+)` \| `(jobs/\w+\.py): (\w+)` \|", text("architecture.md"), re.MULTILINE)
    expected = {(event.value, f"{job.__module__.replace('.', '/')}.py", job.__name__) for event, job in JOBS.items()}
    assert set(told) == expected
    assert set(JOBS) == set(EventType)


def test_every_job_of_the_clock_stands_in_the_tour():
    told = re.findall(r"^\| every .* \| `(jobs/\w+\.py): (\w+)` \|", text("architecture.md"), re.MULTILINE)
    jobs = [job.coroutine for job in CRON]
    assert sorted(told) == sorted((f"{job.__module__.replace('.', '/')}.py", job.__name__) for job in jobs)


def test_every_table_stands_in_the_tour_with_its_file():
    rows = re.findall(
        r"^\| (`.+?)(?: \(by month\))? \| .+ \| `(storage/\w+\.py)` \|$", text("architecture.md"), re.MULTILINE
    )
    told = {(name, path) for cell, path in rows for name in re.findall(r"`(\w+)`", cell)}
    modules = {mapper.local_table.name: mapper.class_.__module__ for mapper in tables.Table.registry.mappers}
    assert told == {(name, f"{module.replace('.', '/')}.py") for name, module in modules.items()}


def commands(group: click.Group = main, before: str = "siaga") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}"


def test_every_command_is_documented_and_no_other_is():
    known = sorted(commands())
    documented = first_cells(section(text("operations.md"), "## Commands"))
    assert sorted(re.match(r"siaga( [a-z]+)+", command)[0] for command in documented) == known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_tells_to_type_exists(page: Path):
    known = list(commands())
    told = page.read_text(encoding="utf-8")
    for typed in re.findall(r"(?:^|`|--rm api |bin/)siaga ([a-z]+(?: [a-z]+)?)", told, re.MULTILINE):
        first = typed.split()[0]
        assert any(command.split()[1] == first for command in known), f"there is no command: siaga {typed}"
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^ *|`)make ([a-z]+)", told, re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_operation_that_a_page_names_stands_in_the_contract(page: Path):
    contract = json.loads((ROOT / "openapi" / "openapi.json").read_text(encoding="utf-8"))
    known = {(method.upper(), bare(path)) for path, item in contract["paths"].items() for method in item} | {
        ("GET", "/docs")
    }
    told = re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w{}./-]*\w\}?)", page.read_text(encoding="utf-8"))
    assert {(method, bare(path)) for method, path in told} <= known


def bare(path: str) -> str:
    """A path without the names of its parameters."""
    return re.sub(r"\{\w+\}", "{}", path)


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere_and_stays_inside_unless_it_is_an_address(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            assert target.startswith("https://"), target
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.is_relative_to(ROOT), f"{target} leads out of the repository"
        assert found.exists(), f"{target} leads nowhere"
        assert not anchor or anchor in anchors(found), f"{target} names no heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_and_function_that_a_page_names_exists(page: Path):
    for path, names in re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.\w+)(?:: ([\w., ]+))?`", prose(page)):
        if path.split("/")[0] not in {*FLOORS, "tests", "docs", "openapi", "benchmarks", "training", ".ci"}:
            continue
        assert (ROOT / path).is_file(), f"there is no {path}"
        source = (ROOT / path).read_bytes().decode("utf-8", "ignore")
        for name in re.findall(r"\w+", names):
            assert re.search(rf"\b{name}\b", source), f"{path} holds no {name}"


def test_every_decision_stands_in_the_index_under_its_title():
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\d{4})\]\((\d{4}-[\w-]+\.md)\) \| (.+?) \|", index, re.MULTILINE)
    titles = {record.name: record.read_text(encoding="utf-8").splitlines()[0] for record in RECORDS}
    assert [name for _, name, _ in listed] == [record.name for record in RECORDS]
    assert all(titles[name] == f"# {number} {title}" for number, name, title in listed)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_decision_says_why_what_follows_what_was_rejected_and_what_holds_it(record: Path):
    told = record.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", told, re.MULTILINE) == HEADINGS
    assert all(section(told, f"## {heading}").strip() for heading in HEADINGS)
    assert len(told.splitlines()) <= 60, "a record is about forty lines"


async def test_the_question_to_watch_can_be_asked_by_the_role_that_is_named(db: Database):
    (question,) = re.findall(r"^```sql\n(.*?)^```", text("operations.md"), re.MULTILINE | re.DOTALL)
    async with db.relay.acquire() as connection:
        answer = await connection.fetchrow(question)
    assert set(answer.keys()) == {"due", "oldest", "most_attempts"}

"""One straight line of migrations, each of which gives way instead of holding the house up."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

import migrations
from storage import readiness, tables

VERSIONS = sorted(Path(migrations.__file__).parent.glob("versions/[0-9]*.py"))
EACH = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.stem)


def assigned(version: Path, name: str) -> object:
    for node in ast.parse(version.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{version.name} does not say its {name}")


def function(version: Path, name: str) -> ast.FunctionDef:
    tree = ast.parse(version.read_text(encoding="utf-8"))
    return next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)


def test_the_revision_that_makes_the_service_ready_is_the_newest_one():
    assert migrations.head() == readiness.REVISION


def test_the_history_is_one_line_in_the_order_of_its_numbers():
    numbers = [assigned(version, "revision") for version in VERSIONS]
    assert numbers == [f"{number:04}" for number in range(1, len(VERSIONS) + 1)]
    assert [version.name[:4] for version in VERSIONS] == numbers
    assert [assigned(version, "down_revision") for version in VERSIONS] == [None, *numbers[:-1]]


def test_the_tool_that_runs_them_sees_the_same_line():
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    walked = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert walked == [assigned(version, "revision") for version in reversed(VERSIONS)]
    assert all(int(newer) - int(older) == 1 for newer, older in pairwise(walked))


@EACH
@pytest.mark.parametrize("way", ["upgrade", "downgrade"])
def test_a_migration_waits_for_a_lock_for_seconds_only(version: Path, way: str):
    first = ast.unparse(function(version, way).body[0])
    found = re.fullmatch(r'op\.execute\(["\']set local lock_timeout = \W*(\d+)s\W*\)', first.replace("\\", ""))
    assert found, f"{way} of {version.name} begins with {first}"
    assert 1 <= int(found[1]) <= 10


@EACH
def test_a_migration_closes_every_table_it_makes_to_other_agencies(version: Path):
    source = version.read_text(encoding="utf-8")
    made = set(re.findall(r"^create table (\w+)", source, re.MULTILINE))
    # Names of tables and the rule of their partitions, the same for every agency.
    shared = {"partitioned_tables"}
    assert made - shared <= set(re.findall(r'\bprotect\("(\w+)"', source))


def test_no_migration_makes_what_a_distributed_database_cannot_hold():
    """Sequences, triggers and views would stand across agencies; ids are made by us, in the order of time."""
    for version in VERSIONS:
        source = version.read_text(encoding="utf-8").lower()
        assert not re.search(
            r"\b(big)?serial\b|create (sequence|trigger|view|materialized)|generated .* as identity", source
        )


def test_every_key_of_a_tenant_table_begins_with_its_agency():
    for table in tables.metadata.sorted_tables:
        assert next(iter(table.primary_key.columns)).name == "agency_id", table.name

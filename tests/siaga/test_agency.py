"""Founding an agency from the command line: both agency and owner, or neither, and a sentence instead of a trace."""

import asyncio
import dataclasses
from uuid import uuid4

import httpx
import pytest

from siaga import agency
from siaga.refusals import Refusal
from storage import unscoped
from tests.conftest import calling, found_agency, issue_key

PASSWORD = "lima-kucing-di-atap"


def told(**changes) -> dict:
    name = f"Agensi Ünik {uuid4().hex[:8]}"
    given = {"name": name, "slug": None, "owner_email": "Rina@Unik.test", "owner_name": None, "password": PASSWORD}
    return given | changes


async def test_the_owner_of_a_new_agency_signs_in(app, settings, capsys):
    given = told()
    await agency.create(settings, **given)
    slug = given["name"].lower().replace("ü", "u").replace(" ", "-")
    assert f"its short name is {slug}" in capsys.readouterr().out
    transport = httpx.ASGITransport(app=app, client=("10.251.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as http:
        body = {"email": "rina@unik.test", "password": PASSWORD, "agency": slug}
        signed_in = await http.post("/v1/auth/token", json=body)
    async with calling(app, signed_in.json()["access_token"]) as owner:
        members = (await owner.get("/v1/members")).json()["data"]
        assert (await owner.get("/v1/agency")).json()["name"] == given["name"]
    assert [(row["email"], row["name"], row["role"]) for row in members] == [
        ("rina@unik.test", "rina@unik.test", "owner")
    ]


async def test_an_operator_gives_an_agency_another_plan_and_the_log_tells(app, settings, db, capsys):
    given = told(slug=f"rencana-{uuid4().hex[:8]}")
    await agency.create(settings, **given, plan="trial")
    await agency.put_on_plan(settings, given["slug"], "studio")
    assert f"{given['slug']} is on the plan studio" in capsys.readouterr().out
    agency_id = await unscoped.find_agency(db, given["slug"])
    async with calling(app, await issue_key(db, agency_id)) as http:
        assert (await http.get("/v1/limits")).json()["plan"] == "studio"
        latest = (await http.get("/v1/audit-entries?action=plan_agency")).json()["data"][0]
    assert (latest["actor_kind"], latest["target_kind"]) == ("operator", "agencies")
    with pytest.raises(Refusal, match="no agency with the short name"):
        await agency.put_on_plan(settings, "tidak-ada", "studio")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"slug": "Agensi"}, "--slug"),
        ({"slug": "-agensi"}, "--slug"),
        ({"slug": ""}, "--slug"),
        ({"name": "雨"}, "--slug"),
        ({"name": " "}, "--slug"),
        ({"name": "x" * 201}, "200"),
        ({"name": "a\0b"}, "printable"),
        ({"owner_name": "\n"}, "printable"),
        ({"owner_email": "rina"}, "e-mail"),
        ({"password": "pendek"}, "12 to 128"),
        ({"password": "passwordpassword"}, "unrelated words"),
        ({"password": "lima-kucing-\udcff-di-atap"}, "UTF-8"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_remedy_and_founds_nothing(settings, db, changes: dict, words: str):
    before = len(await unscoped.agency_ids(db))
    with pytest.raises(Refusal, match=words):
        await agency.create(settings, **told(**changes))
    assert len(await unscoped.agency_ids(db)) == before


async def test_a_short_name_is_one_agencys_only(settings, db):
    other = await found_agency(db)
    with pytest.raises(Refusal, match=other.slug):
        await agency.found(settings, **told(slug=other.slug))


async def test_of_two_who_found_at_once_one_gets_the_short_name(settings):
    slug = f"rebutan-{uuid4().hex[:8]}"
    tries = await asyncio.gather(*(agency.found(settings, **told(slug=slug)) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in tries) == ["Founded", "Refusal"]


@pytest.mark.parametrize("missing", ["tables", "roles"])
async def test_a_database_without_tables_or_roles_is_told_by_what_to_do(settings, missing: str):
    bare = {
        "tables": dataclasses.replace(settings, database_url=settings.database_url.replace("@/siaga?", "@/postgres?")),
        "roles": dataclasses.replace(settings, app_role="siaga_of_another_day"),
    }
    with pytest.raises(Refusal, match="siaga migrate"):
        await agency.found(bare[missing], **told())

"""What cannot wait is told at once and once, by a signed event that says nothing of who wrote it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from api.edge.gate import Gate
from core.settings import Settings
from jobs.alarms import watch_perception, watch_responses
from storage import alarms
from storage.engine import Database
from storage.session import tenant_connection
from tests.conftest import Caller, calling, found_agency
from tests.holdings import register
from tests.pipeline import drain, working

WORD = "kopialarm"
THREAT = f"awas ya kantor {WORD} kalian bakal gue bakar malam ini juga, tunggu saja"


def post(text: str, *, author: str, ago: timedelta = timedelta(minutes=2), **more: object) -> dict[str, object]:
    at = (datetime.now(UTC) - ago).isoformat()
    told = {"platform": "x", "native_id": uuid4().hex, "published_at": at, "text": text}
    return {**told, "author": {"handle": author, "followers": 10}, **more}


@pytest.fixture(scope="module")
async def watched(app: Gate, db: Database, settings: Settings):
    """An agency with one client, and a worker."""
    agency = await found_agency(db)
    async with calling(app, agency.key) as http, working(settings) as context:
        caller = Caller(http, agency)
        yield caller, await register(caller, "Kopi Alarm", WORD), context


async def told(caller: Caller, kind: str) -> list[dict]:
    return (await caller.get(f"/v1/events?types={kind}&limit=200")).json()["data"]


async def test_a_threat_is_told_at_once_and_once_a_day_and_an_innocent_or_an_old_one_never(watched):
    caller, ids, context = watched
    posts = [
        post(THREAT, author="a"),
        post(THREAT, author="b"),
        post(f"bom promo di {WORD}, sambil bunuh waktu nunggu hujan reda di kota", author="c"),
        post(f"{THREAT} lama", author="d", ago=timedelta(hours=30)),
    ]
    await caller.post("/v1/mentions", json={"items": posts})
    await drain(context)
    await caller.post("/v1/mentions", json={"items": [post(THREAT, author="e")]})
    await drain(context)
    (event,) = await told(caller, "mention.flagged")
    assert (event["data"]["kind"], event["data"]["client_id"]) == ("threat", ids["client_id"])
    mention = (await caller.get(event["data"]["links"]["mention"])).json()
    assert mention["text"] == THREAT
    assert "text" not in event["data"]
    assert "author" not in event["data"]


async def test_a_post_of_an_own_account_that_was_taken_is_told(watched):
    caller, _, context = watched
    own = post("Double your bitcoin now, airdrop for all at https://bit.ly/abc", author=f"resmi_{WORD}")
    await caller.post("/v1/mentions", json={"items": [own]})
    await drain(context)
    kinds = [event["data"]["kind"] for event in await told(caller, "mention.flagged")]
    assert kinds.count("account_takeover") == 1


async def test_a_statement_after_which_the_talk_turns_is_told_once_and_what_it_did_not_change_is_not(watched):
    caller, ids, context = watched
    declared = {"client_id": ids["client_id"], "title": "Keluhan layanan", "level": "watch"}
    incident = (await caller.post("/v1/incidents", json=declared)).json()
    good = [f"Ngopi di {WORD} enak banget, suka sama rasanya ke {n}" for n in range(40)]
    bad = [f"Parah, {WORD} mengecewakan, kapok, pelayanan buruk sekali nomor {n}" for n in range(40)]
    posts = [post(t, author=f"g{n}", ago=timedelta(minutes=110 - n)) for n, t in enumerate(good)]
    posts += [post(t, author=f"b{n}", ago=timedelta(minutes=50 - n)) for n, t in enumerate(bad)]
    posts.append(post("Kami sudah sesuai standar, mohon maklum", author=f"resmi_{WORD}", ago=timedelta(minutes=60)))
    await caller.post("/v1/mentions", json={"items": posts})
    await drain(context)
    for _ in range(2):
        await watch_responses({"context": context})
        await watch_perception({"context": context})
        await drain(context)
    (event,) = await told(caller, "response.backlash")
    assert event["data"]["share_after"] > event["data"]["share_before"] + 0.15
    assert await told(caller, "perception.drifting") == []
    lines = (await caller.get(f"/v1/incidents/{incident['id']}/timeline")).json()["data"]
    blamed = [line["detail"] for line in lines if line["kind"] == "backlash"]
    assert blamed == [{"mention_id": event["data"]["mention_id"]}]


async def test_a_slow_burn_in_the_counts_is_told_once_in_four_weeks(watched, db: Database):
    caller, ids, context = watched
    async with tenant_connection(db, caller.agency.id) as connection:
        for day in range(1, 57):
            at = (datetime.now(UTC) - timedelta(days=day)).replace(hour=5, minute=0, second=0, microsecond=0)
            await connection.execute("select ensure_month($1::date)", at.replace(day=1).date())
            negative = (24 if day <= 28 else 12) + day % 3
            await connection.execute(
                """insert into client_buckets (agency_id, client_id, bucket_at, mentions, voices, negative, negative_voices,
                neutral, positive, own, reach, engagement, toxic, threat, hoax, complaints, platforms)
                values ($1, $2, $3, 60, 60, $4, $4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1) on conflict do nothing""",
                caller.agency.id, UUID(ids["client_id"]), at, negative,
            )  # fmt: skip
        assert (
            len((await alarms.days(connection, caller.agency.id, until=datetime.now(UTC)))[UUID(ids["client_id"])])
            == 56
        )
    for _ in range(2):
        await watch_perception({"context": context})
        await drain(context)
    (event,) = await told(caller, "perception.drifting")
    assert event["data"]["share_now"] > event["data"]["share_before"] + 0.05
    forecast = (await caller.get(f"/v1/clients/{ids['client_id']}/forecast")).json()
    assert [each["hours"] for each in forecast["forecasts"]] == [1, 6, 24]
    assert all(each["low"] <= each["expected"] <= each["high"] for each in forecast["forecasts"])

"""Assessing a client: live and from history, forward and anew, a week at a time."""

from datetime import UTC, datetime, timedelta

from core.settings import Settings
from jobs import assessing
from jobs import scores as job
from jobs.context import Context
from jobs.runtime import run
from jobs.schedule import look_again_at
from storage import unscoped
from tests.api.test_mentions import item, send, watched_client
from tests.conftest import Caller
from tests.moment import began
from tests.pipeline import drain, working

PAST = datetime(2025, 3, 1, tzinfo=UTC)


def quiet(start: datetime, days: int) -> list[dict[str, object]]:
    return [
        item(
            text=f"ngopi di kopisenja hari {day} jam {hour}, enak",
            published_at=(start + timedelta(days=day, hours=hour * 3)).isoformat(),
            author={"handle": f"q{day}_{hour}"},
        )
        for day in range(days)
        for hour in range(8)
    ]


def storm(start: datetime, count: int = 60) -> list[dict[str, object]]:
    return [
        item(
            text=f"parah, kopisenja bikin sakit perut, korban ke-{n}, kecewa",
            published_at=(start + timedelta(seconds=n * 20)).isoformat(),
            author={"handle": f"s{n}_{start.timestamp():.0f}"},
        )
        for n in range(count)
    ]


async def incidents_of(caller: Caller, client_id: str) -> list[dict]:
    return (await caller.get(f"/v1/incidents?client_id={client_id}")).json()["data"]


async def test_a_storm_in_imported_history_is_an_incident_that_tells_nobody(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    async with working(settings) as context:
        await send(caller, *quiet(PAST, 14), *storm(PAST + timedelta(days=10, hours=5)))
        await drain(context)
    (incident,) = await incidents_of(caller, client_id)
    assert incident["is_silent"]
    assert (incident["status"], incident["peak_level"]) == ("closed", "crisis")
    assert incident["opened_at"].startswith("2025-03-11T05:")
    events = (await caller.get("/v1/webhook-deliveries")).json()["data"]
    assert events == []
    for verb, body in (("acknowledge", None), ("resolve", {"note": "selesai"})):
        answer = await caller.post(f"/v1/incidents/{incident['id']}/{verb}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "incident_state")


async def test_history_in_any_order_gives_the_same_scores_and_incidents(caller: Caller, settings: Settings):
    posts = [*quiet(PAST, 14), *storm(PAST + timedelta(days=10, hours=5))]
    seen = []
    for arrival in (posts, posts[::-1], posts[1::2] + posts[::2]):
        client_id = await watched_client(caller)
        async with working(settings) as context:
            for start in range(0, len(arrival), 50):
                batch = [
                    post | {"native_id": f"{client_id}-{post['native_id']}"} for post in arrival[start : start + 50]
                ]
                await send(caller, *batch)
                await drain(context)
        query = f"?at[gte]={PAST:%Y-%m-%d}T00:00:00Z&at[lt]=2025-03-16T00:00:00Z"
        curve = (await caller.get(f"/v1/clients/{client_id}/crisis-scores{query}")).json()["data"]
        told = [(i["opened_at"], i["peak_level"], i["closed_at"]) for i in await incidents_of(caller, client_id)]
        seen.append((curve[24:], told))
        await caller.delete(f"/v1/clients/{client_id}", headers={"If-Match": "*"})
    assert seen[0][1]
    assert seen[1:] == seen[:1] * 2


async def test_a_long_history_is_assessed_week_by_week(caller: Caller, settings: Settings, monkeypatch):
    spans: list[int] = []
    assess = assessing.assess
    monkeypatch.setattr(assessing, "assess", lambda *a, **k: spans.append(k["stop"] - k["start"]) or assess(*a, **k))
    client_id = await watched_client(caller)
    async with working(settings) as context:
        await send(caller, *quiet(PAST, 30), *storm(PAST + timedelta(days=25, hours=5)))
        await drain(context)
    assert max(spans) <= job.MOST_AT_ONCE
    assert len(spans) >= 4
    (incident,) = await incidents_of(caller, client_id)
    assert incident["opened_at"].startswith("2025-03-26T05:")


async def stood(caller: Caller, client_id: str) -> tuple[object, ...]:
    """Where the client stands, as the portfolio and its own score tell it."""
    (risk,) = (await caller.get("/v1/portfolio")).json()["data"]
    score = (await caller.get(f"/v1/clients/{client_id}/crisis-score")).json()
    return risk["level"], risk["score"], risk["at"], score["level"], score["score"], score["at"]


async def step_by_step(caller: Caller, context: Context, client_id: str) -> list[tuple[object, ...]]:
    """Follow up one row after the other; where the client stood after each."""
    seen = []
    while due := await unscoped.claim_outbox(context.db, now=context.clock(), lease=timedelta(seconds=30), limit=1):
        await run(context, due[0])
        seen.append(await stood(caller, client_id))
    return seen


async def test_history_never_passes_for_how_a_client_stands_now(caller: Caller, settings: Settings, monkeypatch):
    monkeypatch.setattr(job, "MOST_AT_ONCE", 288)
    client_id, now = await watched_client(caller), began().replace(microsecond=0)
    async with working(settings) as context:
        context.clock = lambda: now + timedelta(minutes=2)
        # Nothing but a past that ends in a crisis: it is told as the past, and not as the present.
        ended = now - timedelta(days=12)
        await send(caller, *quiet(ended - timedelta(days=4), 4), *storm(ended - timedelta(minutes=25)))
        seen = await step_by_step(caller, context, client_id)
        assert {each[:3] for each in seen} == {("normal", 0, None)}
        assert {each[3:] for each in seen[:-1]} == {("normal", 0, None)}
        assert seen[-1][3] == "crisis"
        assert str(seen[-1][5]) < ended.isoformat()
        # The present is not what was twelve days ago either, and nobody is woken about that.
        await send(caller, item(text="ngopi di kopisenja, enak"))
        await drain(context)
        present = await stood(caller, client_id)
        assert (present[0], present[3]) == ("normal", "normal")
        assert str(present[2]) > (now - timedelta(minutes=5)).isoformat()
        # Between the two a crisis becomes known, assessed day by day, a day ending within it.
        await send(caller, *quiet(now - timedelta(days=8), 4), *storm(now - timedelta(days=7, minutes=30)))
        seen = await step_by_step(caller, context, client_id)
        assert len(seen) >= 8
        assert set(seen) == {present}
        assert {each["is_silent"] for each in await incidents_of(caller, client_id)} == {True}
        assert (await caller.get("/v1/events")).json()["data"] == []
        # What happens now does become how the client stands.
        await send(caller, *storm(now - timedelta(minutes=25)))
        seen = await step_by_step(caller, context, client_id)
    assert (seen[-1][0], seen[-1][3]) == ("crisis", "crisis")


async def test_a_late_post_never_takes_back_what_people_were_told(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    async with working(settings) as context:
        await send(caller, *quiet(began() - timedelta(days=10), 10), *storm(began() - timedelta(minutes=25)))
        await drain(context)
        (before,) = await incidents_of(caller, client_id)
        assert (before["status"], before["is_silent"]) == ("open", False)
        late = item(text="kopisenja enak", published_at=(began() - timedelta(hours=5)).isoformat())
        await send(caller, late)
        await drain(context)
        (after,) = await incidents_of(caller, client_id)
        assert (after["status"], after["opened_at"], after["level"]) == ("open", before["opened_at"], before["level"])


async def test_a_crawl_that_was_cut_off_says_that_there_is_more(caller: Caller, settings: Settings):
    client_id, now = await watched_client(caller), began()
    async with working(settings) as context:
        await send(caller, *quiet(now - timedelta(days=10), 10))
        await drain(context)
        before = (await caller.get(f"/v1/clients/{client_id}/crisis-score")).json()
        await send(caller, *(post | {"is_capped": True} for post in storm(now - timedelta(minutes=25))))
        await drain(context)
    told = (await caller.get(f"/v1/clients/{client_id}/crisis-score")).json()
    assert (before["completeness"], before["guards"]) == (1.0, [])
    assert (told["level"], told["guards"]) == ("crisis", ["capped_crawl"])
    assert 0.8 < told["completeness"] < 0.9


async def test_a_crisis_eases_and_closes_when_it_stays_quiet(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    async with working(settings) as context:
        await send(caller, *quiet(began() - timedelta(days=10), 10), *storm(began() - timedelta(minutes=25)))
        await drain(context)
        for hours in range(1, 16):
            context.clock = lambda hours=hours: began() + timedelta(hours=hours)
            await look_again_at(context, caller.agency.id)
            await drain(context)
    (incident,) = await incidents_of(caller, client_id)
    assert incident["status"] == "closed"
    kinds = [line["kind"] for line in (await caller.get(f"/v1/incidents/{incident['id']}/timeline")).json()["data"]]
    assert kinds[-1] == "opened"
    assert kinds[0] == "closed"
    assert "eased" in kinds
    told = (await caller.get("/v1/events")).json()["data"]
    versions = [each["data"]["version"] for each in told if each["data"].get("incident_id") == incident["id"]]
    assert len(versions) == sum(each["type"].startswith("incident.") for each in told) > 2
    assert versions == sorted(set(versions)), "each event of an incident tells of a later version of it"
    assert [each["sequence"] for each in told] == list(range(1, len(told) + 1))


async def test_a_crisis_that_was_told_and_is_over_is_not_told_again(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    async with working(settings) as context:
        await send(caller, *quiet(began() - timedelta(days=10), 10), *storm(began() - timedelta(minutes=25)))
        await drain(context)
        for hours in range(1, 16):
            context.clock = lambda hours=hours: began() + timedelta(hours=hours)
            await look_again_at(context, caller.agency.id)
            await drain(context)
        late = item(text="kopisenja enak", published_at=(began() - timedelta(hours=8)).isoformat())
        await send(caller, late)
        await drain(context)
    (incident,) = await incidents_of(caller, client_id)
    assert (incident["status"], incident["is_silent"]) == ("closed", False)

"""The log of events: complete, in order, and silent about what is not the caller's."""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from api.edge import slots, streams
from api.edge.counters import Counters
from api.edge.slots import HELD_S, Slots
from core.access import Role
from core.events import EventType
from storage import events
from storage.notices import Notices
from storage.session import tenant_session
from storage.table import utc_now
from tests.api.test_limits import serving
from tests.conftest import calling, issue_key
from tests.jobs.webhook_desk import incident
from tests.streams import opened


@pytest.fixture
async def happens(db, agency):
    async def happen(client_id, event=EventType.INCIDENT_OPENED, *, agency_id=agency.id, now=None):
        now = now or utc_now()
        async with tenant_session(db, agency_id) as session:
            return await events.publish(session, event, client_id=client_id, data=incident(client_id, now), now=now)

    return happen


async def a_client(caller, name="Kopi Senja"):
    return UUID((await caller.post("/v1/clients", json={"kind": "company", "name": name})).json()["id"])


def bearer(key, **more):
    return {"authorization": f"Bearer {key}", **more}


async def test_the_log_tells_what_happened_in_order_and_counts_each_client_without_a_gap(caller, happens):
    coffee, tea = await a_client(caller), await a_client(caller, "Teh Pagi")
    told = [str(await happens(client_id)) for client_id in (coffee, tea, coffee, coffee, tea)]
    answer = (await caller.get("/v1/events")).json()
    assert [each["id"] for each in answer["data"]] == told
    assert [(each["client_id"], each["sequence"]) for each in answer["data"]] == [
        (str(coffee), 1), (str(tea), 1), (str(coffee), 2), (str(coffee), 3), (str(tea), 2),
    ]  # fmt: skip
    assert answer["data"][0]["data"]["version"] == 1
    assert (answer["has_more"], answer["next_cursor"]) == (False, None)


async def test_whoever_goes_on_from_the_last_page_hears_what_came_since_and_nothing_twice(caller, happens):
    client_id = await a_client(caller)
    empty = (await caller.get("/v1/events")).json()
    told = [str(await happens(client_id)) for _ in range(3)]
    first = await caller.get(f"/v1/events?limit=2&after={empty['resume_after']}")
    assert [each["id"] for each in first.json()["data"]] == told[:2]
    assert first.json()["next_cursor"] in first.headers["link"]
    second = (await caller.get(f"/v1/events?after={first.json()['next_cursor']}")).json()
    assert [each["id"] for each in second["data"]] == told[2:]
    assert (await caller.get(f"/v1/events?after={second['resume_after']}")).json()["data"] == []
    # What was received last as a webhook is a place, too.
    by_id = (await caller.get(f"/v1/events?after={told[0]}")).json()
    assert [each["id"] for each in by_id["data"]] == told[1:]


async def test_an_event_that_is_committed_late_comes_after_those_that_could_be_read_before(caller, happens, db, agency):
    client_id = await a_client(caller)
    published, go_on = asyncio.Event(), asyncio.Event()

    async def slowly():
        async with tenant_session(db, agency.id) as session:
            data = incident(client_id, utc_now())
            event_id = await events.publish(
                session, EventType.INCIDENT_OPENED, client_id=client_id, data=data, now=utc_now()
            )
            published.set()
            await go_on.wait()
        return str(event_id)

    late = asyncio.create_task(slowly())
    await published.wait()
    early = str(await happens(client_id))
    seen = (await caller.get("/v1/events")).json()
    assert [each["id"] for each in seen["data"]] == [early]
    go_on.set()
    after = (await caller.get(f"/v1/events?after={seen['resume_after']}")).json()["data"] if await late else []
    assert [(each["id"], each["sequence"]) for each in after] == [(await late, 2)]


async def test_many_who_publish_at_once_leave_no_gap_and_no_reader_misses_one(caller, happens, db, agency):
    clients = [await a_client(caller, f"Klien {n}") for n in range(3)]
    seen, place = [], (await caller.get("/v1/events")).json()["resume_after"]

    async def rolled_back(client_id):
        with suppress(ZeroDivisionError):
            async with tenant_session(db, agency.id) as session:
                data = incident(client_id, utc_now())
                await events.publish(session, EventType.INCIDENT_OPENED, client_id=client_id, data=data, now=utc_now())
                raise ZeroDivisionError

    work = [asyncio.create_task(happens(clients[n % 3])) for n in range(24)]
    work += [asyncio.create_task(rolled_back(clients[n % 3])) for n in range(6)]
    while not all(each.done() for each in work) or len(seen) < 24:
        page = (await caller.get(f"/v1/events?limit=5&after={place}")).json()
        seen += page["data"]
        place = page["resume_after"]
    assert {each["id"] for each in seen} == {str(each.result()) for each in work[:24]}
    for client_id in clients:
        assert [e["sequence"] for e in seen if e["client_id"] == str(client_id)] == list(range(1, 9))


async def test_filters_narrow_the_log_and_a_place_belongs_to_its_filters(caller, happens):
    coffee, tea = await a_client(caller), await a_client(caller, "Teh Pagi")
    await happens(coffee)
    closed = str(await happens(coffee, EventType.INCIDENT_CLOSED))
    await happens(tea, EventType.INCIDENT_CLOSED)
    path = f"/v1/events?types=incident.closed&client_id={coffee}"
    answer = (await caller.get(path)).json()
    assert [each["id"] for each in answer["data"]] == [closed]
    assert (await caller.get(f"{path}&after={answer['resume_after']}")).json()["data"] == []
    for wrong in (f"/v1/events?after={answer['resume_after']}", f"{path}&after={answer['resume_after'][:-1]}_"):
        refused = await caller.get(wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor")
    refused = await caller.get("/v1/events?types=incident.exploded")
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "types")


async def test_a_place_older_than_the_log_is_told_and_not_passed_over(caller, happens):
    client_id = await a_client(caller)
    old = await happens(client_id, now=utc_now() - events.KEPT - timedelta(minutes=1))
    within = await happens(client_id, now=utc_now() - events.KEPT + timedelta(minutes=1))
    refused = await caller.get(f"/v1/events?after={old}")
    assert (refused.status_code, refused.json()["code"]) == (400, "cursor_expired")
    assert (await caller.get(f"/v1/events?after={within}")).status_code == 200


async def test_a_portal_reads_its_own_clients_incidents_and_learns_nothing_of_others(
    caller, stranger, happens, app, db, agency
):
    ours, theirs = await a_client(caller), await a_client(caller, "Teh Pagi")
    endpoint = await caller.post(
        "/v1/webhook-endpoints", json={"url": "http://127.0.0.99:1025/", "event_types": ["*"], "client_id": str(ours)}
    )
    await caller.post(f"/v1/webhook-endpoints/{endpoint.json()['id']}/test")
    await happens(theirs)
    mine = str(await happens(ours))
    scopes = ("incidents:read",)
    key = await issue_key(db, agency.id, role=Role.PORTAL_VIEWER, scopes=scopes, client_id=ours)
    async with calling(app, key) as portal:
        answer = (await portal.get("/v1/events")).json()
        assert (await portal.get(f"/v1/events?client_id={theirs}")).json()["data"] == []
        assert (await portal.get("/v1/events?types=webhook_endpoint.tested")).json()["data"] == []
    assert [(each["id"], each["sequence"]) for each in answer["data"]] == [(mine, 1)]
    assert len((await caller.get("/v1/events")).json()["data"]) == 3
    for place in (mine, answer["resume_after"]):
        assert (await stranger.get(f"/v1/events?after={place}")).json()["code"] == "invalid_cursor"


async def test_a_stream_tells_events_as_they_are_committed(caller, happens, app):
    client_id = await a_client(caller)
    await happens(client_id)
    async with opened(app, "/v1/events/stream", bearer(caller.agency.key, accept="text/event-stream")) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert "no-store" in stream.headers["cache-control"]
        first = await stream.frame()
        assert first.keys() == {"retry", "id"}
        told = str(await happens(client_id))
        frame = await stream.event()
        data = json.loads(frame["data"])
        assert (data["id"], data["sequence"], frame["event"]) == (told, 2, "incident.opened")
        assert frame["id"] == data["cursor"]


async def test_a_reader_that_comes_back_misses_nothing_not_even_before_its_first_event(caller, happens, app):
    client_id = await a_client(caller)
    head = bearer(caller.agency.key)
    async with opened(app, "/v1/events/stream", head) as stream:
        begun = (await stream.frame())["id"]
    missed = [str(await happens(client_id)) for _ in range(2)]
    async with opened(app, "/v1/events/stream", {**head, "last-event-id": begun}) as stream:
        frames = [await stream.event(), await stream.event()]
    assert [json.loads(frame["data"])["id"] for frame in frames] == missed
    async with opened(app, f"/v1/events/stream?after={begun}", {**head, "last-event-id": frames[0]["id"]}) as stream:
        assert json.loads((await stream.event())["data"])["id"] == missed[1]
    async with opened(app, "/v1/events/stream", {**head, "last-event-id": "nonsense"}) as stream:
        refused = json.loads(await stream.rest())
    assert (stream.status_code, refused["errors"][0]["parameter"]) == (400, "Last-Event-ID")


async def test_a_portals_stream_tells_of_its_client_alone(caller, happens, app, db, agency):
    ours, theirs = await a_client(caller), await a_client(caller, "Teh Pagi")
    scopes = ("incidents:read",)
    key = await issue_key(db, agency.id, role=Role.PORTAL_VIEWER, scopes=scopes, client_id=ours)
    async with opened(app, "/v1/events/stream", bearer(key)) as stream:
        await stream.frame()
        await happens(theirs)
        mine = str(await happens(ours))
        assert json.loads((await stream.event())["data"])["id"] == mine


async def test_a_silent_stream_says_that_it_lives(caller, app, monkeypatch):
    monkeypatch.setattr(streams, "COMMENT_EVERY_S", 0.05)
    async with opened(app, "/v1/events/stream", bearer(caller.agency.key)) as stream:
        await stream.frame()
        assert await stream.frame() == {"": "still here"}


class Deaf:
    """A pool that gives no connection to listen on."""

    def acquire(self):
        raise OSError("nobody listens")


async def test_without_notices_a_stream_looks_by_itself(caller, happens, app, monkeypatch):
    monkeypatch.setattr(streams, "POLL_S", 0.05)
    client_id = await a_client(caller)
    deaf = Notices(SimpleNamespace(relay=Deaf()))
    monkeypatch.setattr(app.app.state.siaga.streams, "notices", deaf)
    async with opened(app, "/v1/events/stream", bearer(caller.agency.key)) as stream:
        await stream.frame()
        await asyncio.sleep(0.1)
        told = str(await happens(client_id))
        assert json.loads((await stream.event())["data"])["id"] == told
    await deaf.close()


@pytest.mark.parametrize("how", ["api-keys", "portal-tokens"])
async def test_a_stream_ends_when_its_credential_is_revoked(caller, app, how):
    client_id = str(await a_client(caller))
    body = {"name": "layar", "scopes": ["incidents:read"], "role": "analyst"}
    if how == "portal-tokens":
        body = {"name": "layar", "client_id": client_id}
    made = (await caller.post(f"/v1/{how}", json=body)).json()
    secret = made.get("key") or made.get("token") or made["secret"]
    async with (
        opened(app, "/v1/events/stream", bearer(secret)) as stream,
        opened(app, "/v1/events/stream", bearer(caller.agency.key)) as other,
    ):
        await stream.frame()
        await other.frame()
        assert (await caller.post(f"/v1/{how}/{made['id']}/revoke")).status_code == 200
        assert await stream.rest() == b""
        assert other.chunks.empty()
    async with opened(app, "/v1/events/stream", bearer(secret)) as stream:
        assert stream.status_code == 401


async def test_a_credential_is_looked_at_again_without_any_notice(caller, app, db, monkeypatch):
    monkeypatch.setattr(streams, "COMMENT_EVERY_S", 0.05)
    process = app.app.state.siaga
    key = await issue_key(db, caller.agency.id)
    async with opened(app, "/v1/events/stream", bearer(key)) as stream:
        await stream.frame()
        async with tenant_session(db, caller.agency.id) as session:
            await session.execute(events.text("update api_keys set revoked_at = now() where last_used_at is not null"))
        process.keys.clear()
        await stream.rest()


async def test_one_credential_has_so_many_streams_and_no_more(caller, app, monkeypatch):
    monkeypatch.setattr(streams, "EACH", 1)
    async with opened(app, "/v1/events/stream", bearer(caller.agency.key)) as stream:
        await stream.frame()
        async with opened(app, "/v1/events/stream", bearer(caller.agency.key)) as another:
            refused = json.loads(await another.rest())
        assert (another.status_code, refused["code"]) == (429, "too_many_requests")
        assert int(another.headers["retry-after"]) > 0
    async with opened(app, "/v1/events/stream", bearer(caller.agency.key)) as stream:
        assert stream.status_code == 200


async def test_the_streams_of_a_credential_are_counted_over_all_processes(caller, app, settings, stranger, monkeypatch):
    monkeypatch.setattr(streams, "EACH", 2)
    path, key = "/v1/events/stream", bearer(caller.agency.key)
    async with serving(settings) as elsewhere:
        async with opened(elsewhere, path, key) as there:
            await there.frame()
            async with opened(app, path, key) as here:
                await here.frame()
                for each in (app, elsewhere):
                    async with opened(each, path, key) as another:
                        refused = json.loads(await another.rest())
                    assert (another.status_code, refused["code"]) == (429, "too_many_requests")
                    assert refused["violated-policies"] == ["streams"]
                    assert another.headers["content-type"] == "application/problem+json"
                    assert int(another.headers["retry-after"]) > 0
                async with opened(app, path, bearer(stranger.agency.key)) as other:
                    assert other.status_code == 200
            async with opened(elsewhere, path, key) as again:
                assert again.status_code == 200
        async with opened(app, path, key, method="HEAD") as head:
            assert head.status_code == 200


async def test_a_killed_process_holds_its_slots_for_a_while_only(caller, app, settings, redis, monkeypatch):
    monkeypatch.setattr(streams, "EACH", 2)
    who, key = await owner_of(caller), bearer(caller.agency.key)
    killed = Slots(Counters(settings.redis_url))
    assert [await killed.take(*who, most=2) is not None for _ in range(3)] == [True, True, False]
    async with opened(app, "/v1/events/stream", key) as stream:
        assert stream.status_code == 429
    (held,) = [name async for name in redis.scan_iter(f"streams:{{{who[0].hex}}}:*")]
    assert 0 < await redis.pttl(held) <= HELD_S * 1000
    for name in await redis.zrange(held, 0, 0):
        await redis.zincrby(held, -HELD_S * 1000, name)
    async with opened(app, "/v1/events/stream", key) as stream:
        assert stream.status_code == 200
    await killed.counters.close()


async def test_an_open_stream_holds_its_slot_and_takes_it_back_when_redis_lost_it(caller, app, redis, monkeypatch):
    monkeypatch.setattr(slots, "RENEW_EVERY_S", 0.02)
    agency_id, _ = await owner_of(caller)
    held = Slots(app.app.state.siaga.counters)
    monkeypatch.setattr(app.app.state.siaga.streams, "slots", held)
    async with opened(app, "/v1/events/stream", bearer(caller.agency.key)) as stream:
        await stream.frame()
        (name,) = [name async for name in redis.scan_iter(f"streams:{{{agency_id.hex}}}:*")]
        await redis.delete(name)
        assert await redis.bzpopmin(name, timeout=4) is not None
    await held.close()
    assert await redis.zcard(name) == 0


async def test_without_redis_a_process_counts_its_own_streams(caller, app, monkeypatch):
    monkeypatch.setattr(streams, "EACH", 1)
    gone = Counters("redis://127.0.0.1:9")
    uncounted = Slots(gone)
    monkeypatch.setattr(app.app.state.siaga.streams, "slots", uncounted)
    key = bearer(caller.agency.key)
    async with opened(app, "/v1/events/stream", key) as stream:
        await stream.frame()
        async with opened(app, "/v1/events/stream", key) as another:
            assert another.status_code == 429
    await uncounted.close()
    assert gone.missed["stream"] > 0


async def owner_of(caller):
    """The agency and the credential of a caller."""
    (key,) = (await caller.get("/v1/api-keys")).json()["data"]
    return caller.agency.id, UUID(key["id"])


async def test_a_slow_reader_holds_no_connection_to_the_database(caller, happens, app):
    client_id = await a_client(caller)
    begun = (await caller.get("/v1/events")).json()["resume_after"]
    told = [str(await happens(client_id)) for _ in range(3)]
    faster, pool = asyncio.Event(), app.app.state.siaga.db.orm.pool
    idle = pool.checkedout()
    path = f"/v1/events/stream?after={begun}"
    async with opened(app, path, bearer(caller.agency.key), slow=faster) as stream:
        await asyncio.sleep(0.2)
        assert pool.checkedout() == idle
        faster.set()
        frames = [await stream.event() for _ in told]
    assert [json.loads(frame["data"])["id"] for frame in frames] == told


async def test_streams_end_when_the_server_leaves(caller, app):
    open_streams = app.app.state.siaga.streams
    async with opened(app, "/v1/events/stream", bearer(caller.agency.key)) as stream:
        await stream.frame()
        open_streams.leave()
        try:
            assert await stream.rest() == b""
            async with opened(app, "/v1/events/stream", bearer(caller.agency.key)) as late:
                assert late.status_code == 503
        finally:
            open_streams.is_leaving = False


async def test_the_gate_treats_a_stream_like_any_resource(caller, nobody, app):
    key = caller.agency.key
    async with opened(app, "/v1/events/stream", bearer(key), method="HEAD") as head:
        assert (head.status_code, await head.rest()) == (200, b"")
        assert head.headers["content-type"].startswith("text/event-stream")
    refused = await caller.get("/v1/events/stream", headers={"Accept": "application/json"})
    assert refused.status_code == 406
    assert (await caller.get("/v1/events", headers={"Accept": "text/event-stream"})).status_code == 406
    assert (await nobody.get("/v1/events/stream")).status_code == 401
    assert (await caller.post("/v1/events/stream")).headers["allow"] == "GET, HEAD, OPTIONS"

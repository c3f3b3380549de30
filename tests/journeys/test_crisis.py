"""From a keyword to an incident, through the public API and the jobs that follow."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from core.settings import Settings
from tests.conftest import Caller
from tests.pipeline import drain, working


def post(text: str, *, author: str, at: datetime, platform: str = "x", **more: object) -> dict[str, object]:
    return {
        "platform": platform,
        "native_id": uuid4().hex,
        "published_at": at.isoformat(),
        "text": text,
        "author": {"handle": author, "followers": 100},
        **more,
    }


async def client_with_keyword(caller: Caller, query: str = "kopisenja") -> str:
    client = await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})
    client_id = client.json()["id"]
    keyword = await caller.post(
        "/v1/keywords",
        json={"client_id": client_id, "name": "merek", "query": query, "must_match": [], "must_not_match": []},
    )
    assert keyword.status_code == 201, keyword.text
    activated = await caller.post(f"/v1/keywords/{keyword.json()['id']}/activate")
    assert activated.status_code == 200, activated.text
    return client_id


async def test_a_complaint_that_spreads_opens_an_incident_and_a_quiet_brand_has_none(
    caller: Caller, settings: Settings
):
    client_id = await client_with_keyword(caller)
    now = datetime.now(UTC)
    quiet = [
        post("Ngopi dulu di kopisenja, enak banget", author=f"q{day}_{n}", at=now - timedelta(days=day, hours=n * 3))
        for day in range(1, 10)
        for n in range(6)
    ]
    async with working(settings) as context:
        sent = await caller.post("/v1/mentions", json={"items": quiet})
        assert sent.json()["summary"]["created"] == len(quiet), sent.text
        await drain(context)
        assert (await caller.get(f"/v1/incidents?client_id={client_id}")).json()["data"] == []

        angry = [
            post(
                f"Parah, kopisenja bikin sakit perut, sudah {n} orang keracunan, tolong ditarik!",
                author=f"angry{n}", at=now - timedelta(seconds=600 - n * 10), platform=("x", "tiktok", "instagram")[n % 3],
            )
            for n in range(50)
        ]  # fmt: skip
        await caller.post("/v1/mentions", json={"items": angry})
        await drain(context)

    (incident,) = (await caller.get(f"/v1/incidents?client_id={client_id}")).json()["data"]
    assert incident["status"] == "open"
    assert incident["level"] in {"warning", "crisis"}
    assert incident["reasons"]["id"]
    assert incident["reasons"]["en"]
    score = (await caller.get(f"/v1/clients/{client_id}/crisis-score")).json()
    assert round(sum(part["points"] for part in score["contributions"]), 1) == score["score"]
    mentions = (await caller.get(f"/v1/mentions?client_id={client_id}&sentiment=negative&limit=200")).json()["data"]
    assert len(mentions) >= 40

"""The last part: what Siaga made of it, who was told and how fast, and what the client may see."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.crisis.policy import Level
from siaga.demo.checks import Checks
from siaga.demo.diagnosis import diagnosed
from siaga.demo.live import Watched
from siaga.demo.quiet import Quiet
from siaga.demo.stage import Stage
from siaga.story.posts import rfc3339

HEAR_TIMEOUT_S = 10.0
POLL_S = 0.1
# From the request that lifted the level to the verified webhook; most of it is matching and scoring.
PROMPT_MS = 10_000
FORBIDDEN, NOT_FOUND = 403, 404
SECRETS_IN_ROTATION = 2


@dataclass(frozen=True, slots=True)
class Findings:
    """What there is to show. `first_webhook_ms` counts from the request that lifted the level.

    `worst` is the mention of the crisis that reads worst.
    """

    incident: dict[str, Any] | None
    curve: list[dict[str, Any]]
    top_accounts: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    diagnosis: dict[str, Any] | None
    originators: dict[str, Any] | None
    first_webhook_ms: float | None
    worst: dict[str, Any] | None


async def find(stage: Stage, quiet: Quiet, watched: Watched, checks: Checks) -> Findings:
    """Look at the outcome as the agency does, take charge of the incident, and look again as the client.

    Raises: StoryEnded.
    """
    await _check_live(stage, watched, checks)
    incident = await _incident(stage, checks)
    first_webhook_ms = diagnosis = originators = None
    if incident is not None:
        first_webhook_ms = await _check_webhook(stage, watched, incident, checks)
        diagnosis, originators = await diagnosed(stage, incident, checks)
        await _acknowledge(stage, incident, checks)
        await _check_rotation(stage, checks)
    await _check_portal(stage, checks)
    span = {"at[gte]": rfc3339(quiet.begins), "step": "1h"}
    since = {"at[gte]": rfc3339(watched.begins - timedelta(minutes=1))}
    return Findings(
        incident,
        (await stage.agency.get(stage.of_client("/crisis-scores"), span))["data"],
        (await stage.agency.get(stage.of_client("/top-accounts"), since))["data"],
        await _deliveries(stage, checks),
        diagnosis,
        originators,
        first_webhook_ms,
        await _worst(stage, watched, checks),
    )


async def _check_live(stage: Stage, watched: Watched, checks: Checks) -> None:
    sent = len(watched.posts)
    checks.that(f"all {sent} posts of the crisis were taken in", watched.created == sent, f"{watched.created} were")
    checks.that("and were scored at once", watched.is_settled, "the score was still moving half a minute later")
    again = (await stage.agency.post("/v1/mentions", {"items": watched.posts}))["summary"]
    checks.that(
        "sent a second time, none counts again", again["duplicate"] == sent, f"{again['created']} were taken in twice"
    )


async def _incident(stage: Stage, checks: Checks) -> dict[str, Any] | None:
    listed = (await stage.agency.get("/v1/incidents", {"client_id": stage.client_id}))["data"]
    # What history was found to hold is silent: nobody was told of it.
    found = [each for each in listed if not each["is_silent"]]
    checks.that("one incident was opened", len(found) == 1, f"there are {len(found)}")
    if not found:
        return None
    incident = found[0]
    peak = Level(incident["peak_level"])
    checks.that(f"it reached the level {peak.value}", peak >= Level.WARNING, "that is below warning")
    reasons = incident["reasons"]
    is_kept = bool(reasons["id"]) and len(reasons["id"]) == len(reasons["en"])
    checks.that("and says why, in Indonesian and English", is_kept, f"it says {reasons}")
    return incident


async def _check_webhook(stage: Stage, watched: Watched, incident: dict[str, Any], checks: Checks) -> float | None:
    delivery = await _heard(stage, "incident.opened")
    is_kept = delivery is not None and delivery["data"]["incident_id"] == incident["id"]
    checks.that("a signed webhook told the client's own system", is_kept, "none arrived that the library verifies")
    if delivery is None:
        return None
    detected_at = datetime.fromisoformat(incident["detected_at"])
    lifted_at = max((at for at in watched.sent_at if at <= detected_at), default=watched.begins)
    waited_ms = (datetime.fromisoformat(delivery["received_at"]) - lifted_at) / timedelta(milliseconds=1)
    checks.that(f"within {PROMPT_MS // 1000} s of the post that did it", waited_ms <= PROMPT_MS, f"{waited_ms:,.0f} ms")
    return waited_ms


async def _acknowledge(stage: Stage, incident: dict[str, Any], checks: Checks) -> None:
    answer = await stage.owner.post(f"/v1/incidents/{incident['id']}/acknowledge")
    told = await _heard(stage, "incident.acknowledged")
    is_kept = answer["status"] == "acknowledged" and told is not None
    checks.that("its owner took charge, and the client was told", is_kept, f"it is {answer['status']}")
    incident.update(answer)


async def _check_rotation(stage: Stage, checks: Checks) -> None:
    """A new signing secret, and a delivery sent again: whoever has either secret verifies it."""
    opened = stage.recipient.received("incident.opened") or {}
    query = {"endpoint_id": stage.endpoint_id, "event_id": str(opened.get("webhook_id"))}
    logged = (await stage.agency.get("/v1/webhook-deliveries", query))["data"]
    rotated = await stage.agency.post(f"/v1/webhook-endpoints/{stage.endpoint_id}/rotate-secret")
    stage.recipient.trust(rotated["secret"])
    for each in logged:
        await stage.agency.post(f"/v1/webhook-deliveries/{each['id']}/resend", key=f"again-{each['id']}")
    again = await _heard_again(stage, opened)
    is_kept = again is not None and again["secrets"] == SECRETS_IN_ROTATION
    otherwise = "it did not come" if again is None else f"{again['secrets']} of 2 secrets verify it"
    checks.that("sent again after a rotation, old and new secret verify it", is_kept, otherwise)


async def _heard_again(stage: Stage, first: Mapping[str, Any]) -> dict[str, Any] | None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + HEAR_TIMEOUT_S
    while loop.time() < deadline:
        same = [each for each in stage.recipient.deliveries if each["webhook_id"] == first.get("webhook_id")]
        if len(same) > 1:
            return same[-1]
        await asyncio.sleep(POLL_S)
    return None


async def _check_portal(stage: Stage, checks: Checks) -> None:
    """The portal's token sees its client, no other one, no author, and nothing of the agency's."""
    seen = [each["id"] for each in (await stage.portal.get("/v1/clients"))["data"]]
    other, _ = await stage.portal.answer("GET", f"/v1/clients/{stage.other_client_id}")
    keys, _ = await stage.portal.answer("GET", "/v1/api-keys")
    mentions = (await stage.portal.get("/v1/mentions", {"limit": "50"}))["data"]
    authors = [each for each in mentions if "author" in each]
    is_kept = seen == [stage.client_id] and other == NOT_FOUND and keys == FORBIDDEN and bool(mentions) and not authors
    otherwise = f"it sees {len(seen)} clients, another one's answer is {other}, keys {keys}, {len(authors)} authors"
    checks.that("the client's portal sees its own name and nothing else", is_kept, otherwise)


async def _worst(stage: Stage, watched: Watched, checks: Checks) -> dict[str, Any] | None:
    """The mention of the crisis that is furthest from praise, of those first shown."""
    since = {"published_at[gte]": rfc3339(watched.begins - timedelta(minutes=1)), "limit": "50"}
    asked = {"client_id": stage.client_id, "sentiment": "negative", **since}
    told = [each for each in (await stage.agency.get("/v1/mentions", asked))["data"] if each["text"]]
    checks.that("posts of the crisis were read as negative", bool(told), "none were")
    return min(told, key=lambda each: each["polarity"], default=None)


async def _heard(stage: Stage, event_type: str) -> dict[str, Any] | None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + HEAR_TIMEOUT_S
    while True:
        delivery = stage.recipient.received(event_type)
        if delivery is not None or loop.time() > deadline:
            return delivery
        await asyncio.sleep(POLL_S)


async def _deliveries(stage: Stage, checks: Checks) -> list[dict[str, Any]]:
    """The agency's log of deliveries beside the receiver's own word, the oldest first."""
    logged = await _all_sent(stage)
    # The first time counts: one was sent again.
    heard = {each["webhook_id"]: each for each in reversed(stage.recipient.deliveries) if each["verified"]}
    shown = [
        {**each, "verified": each["event_id"] in heard, "latency_ms": heard.get(each["event_id"], {}).get("latency_ms")}
        for each in reversed(logged)
    ]
    bad = [str(each["event_type"]) for each in shown if each["status"] != "delivered" or not each["verified"]]
    forged = [each for each in stage.recipient.deliveries if not each["verified"]]
    is_kept = bool(shown) and not bad and not forged
    otherwise = f"not so: {', '.join(bad) or 'nothing was delivered'}; {len(forged)} bad signatures"
    checks.that(f"all {len(shown)} deliveries arrived with a good signature", is_kept, otherwise)
    return shown


async def _all_sent(stage: Stage) -> list[dict[str, Any]]:
    """The log once nothing is on its way any more; the receiver hears of a delivery before the log does."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + HEAR_TIMEOUT_S
    while True:
        logged = (await stage.agency.get("/v1/webhook-deliveries", {"endpoint_id": stage.endpoint_id}))["data"]
        if loop.time() > deadline or all(each["status"] != "pending" for each in logged):
            return logged
        await asyncio.sleep(POLL_S)

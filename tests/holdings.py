"""An agency with one of everything: what another agency, or a portal of another client, must never reach."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import time
from uuid import UUID, uuid4

from core.alarms.wording import AlarmKind
from core.plans import month_of
from core.settings import Settings
from storage import alarms, usage
from storage.alarms import Alarm
from storage.engine import Database
from storage.incidents import IncidentRow
from storage.session import tenant_connection, tenant_session
from storage.table import new_id
from storage.tables import metadata
from tests.conftest import PASSWORD, Caller
from tests.issuer import APPLICATION, SECRET, issuing
from tests.operations import months_ago
from tests.pipeline import drain, working

PLATFORMS = ("x", "tiktok", "instagram")
# Nobody listens there: the delivery has a failed attempt, and is due again.
DEAF = "http://127.0.0.99:1025/in"


@dataclass(frozen=True, slots=True)
class Holdings:
    """The ids of what an agency has, by the name of the path parameter that takes them."""

    ids: dict[str, str]
    refresh_token: str

    def __getitem__(self, name: str) -> str:
        return self.ids[name]


def post(text: str, *, author: str, ago: timedelta, n: int = 0) -> dict[str, object]:
    return {
        "platform": PLATFORMS[n % 3],
        "native_id": uuid4().hex,
        "published_at": (datetime.now(UTC) - ago).isoformat(),
        "text": text,
        "author": {"handle": author, "followers": 100},
    }


async def register(caller: Caller, name: str, word: str) -> dict[str, str]:
    """A client with a competitor, an account and a keyword in force; the word is what the keyword looks for."""
    client_id = await _made(caller, "clients", kind="company", name=name)
    competitor = await _made(caller, "competitors", client_id=client_id, name=f"Saingan {name}", note="dekat")
    account = await _made(
        caller, "monitored-accounts", client_id=client_id, platform="x", handle=f"resmi_{word}", kind="owned"
    )
    keyword = await _made(caller, "keywords", client_id=client_id, name="merek", query=word)
    answer = await caller.post(f"/v1/keywords/{keyword}/activate")
    span = {"starts_at": "2025-01-01T00:00:00Z", "ends_at": "2025-01-08T00:00:00Z", "words": ["#ulangtahun"]}
    campaign = await _made(caller, "campaigns", client_id=client_id, name=f"Ulang tahun {name}", **span)
    watching = {"kind": "volume", "threshold": 40, "name": f"Ramai {name}"}
    rule = await _made(caller, "alert-rules", client_id=client_id, **watching)
    token = await _made(caller, "portal-tokens", client_id=client_id, name="portal")
    return {
        "client_id": client_id,
        "competitor_id": competitor,
        "account_id": account,
        "keyword_id": keyword,
        "version_id": answer.json()["version_id"],
        "token_id": token,
        "campaign_id": campaign,
        "rule_id": rule,
    }


async def trouble(caller: Caller, settings: Settings, client_id: str, word: str) -> dict[str, str]:
    """Lead a client through quiet days into a crisis; what came of it."""
    quiet = [
        post(f"Ngopi dulu di {word}, enak banget", author=f"q{n}", ago=timedelta(days=1 + n // 6, hours=n % 6 * 3), n=n)
        for n in range(54)
    ]
    complaint = f"Parah, {word} bikin sakit perut, sudah %s orang keracunan, tolong ditarik!"
    # From the start of a bucket, so that the first sign has enough posts whatever the minute this runs at.
    began_ago = 600 + time() % 300
    angry = [post(complaint % n, author=f"angry{n}", ago=timedelta(seconds=began_ago - n * 10), n=n) for n in range(50)]
    tested = {"client_id": client_id, "rule": {"kind": "volume", "threshold": 5}, "days": 2}
    begun = (await caller.post("/v1/alert-rules/backtests", json=tested)).json()["id"]
    async with working(settings) as context:
        for items in (quiet, angry):
            answer = await caller.post("/v1/mentions", json={"items": items})
            assert answer.json()["summary"]["created"] == len(items), answer.text
            await drain(context)
    # Left undone, so that the outbox and the batches hold something.
    await caller.post("/v1/mentions", json={"items": [post(f"{word} lagi", author="nanti", ago=timedelta(seconds=5))]})
    backtest = (await caller.get(f"/v1/operations/{begun}")).json()["result"]
    return {
        "backtest_id": backtest.rpartition("/")[2],
        "mention_id": await _first(caller, f"mentions?client_id={client_id}&limit=1"),
        "incident_id": await _first(caller, f"incidents?client_id={client_id}"),
    }


async def plant_incident(db: Database, agency_id: UUID, client_id: str, *, status: str = "open") -> str:
    """An incident as it would stand, for tests that ask who may see one and not how it came about."""
    now = datetime.now(UTC)
    level = "normal" if status == "closed" else "warning"
    values = {"level": level, "peak_level": "warning", "score": 60.0, "peak_score": 60.0, "first_seen_at": now}
    values |= {"opened_at": now, "detected_at": now, "last_alert_score": 0.0, "is_silent": False, "reasons": {}}
    async with tenant_session(db, agency_id) as session:
        row = IncidentRow(
            agency_id=agency_id, id=new_id(), client_id=UUID(client_id), status=status, **values, created_at=now,
            updated_at=now, version=1,
        )  # fmt: skip
        session.add(row)
    return str(row.id)


_LIKE_POST = """
    insert into posts select (jsonb_populate_record(
        p, jsonb_build_object('id', $3::uuid, 'native_id', $3::uuid, 'published_at', $4::timestamptz)
    )).* from mentions m join posts p on p.published_at = m.published_at and p.id = m.post_id
    where m.agency_id = $1 and m.id = $2
"""
_LIKE_MENTION = """
    insert into mentions select (jsonb_populate_record(
        m, jsonb_build_object('id', $3::uuid, 'post_id', $3::uuid, 'published_at', $4::timestamptz)
    )).* from mentions m where m.agency_id = $1 and m.id = $2
"""


async def plant_past(settings: Settings, agency_id: UUID, mention_id: str) -> None:
    """A mention like this one in the middle of each of the last two months, as if it had come then."""
    async with working(settings) as context:
        for count in (1, 2):
            at = datetime.fromisoformat(f"{months_ago(count)}-15T05:00:00+00:00")
            await context.months.ensure(context.db, agency_id, [at])
            async with tenant_connection(context.db, agency_id) as connection:
                values = (agency_id, UUID(mention_id), new_id(), at)
                await connection.execute(_LIKE_POST, *values)
                await connection.execute(_LIKE_MENTION, *values)


async def signed_in_elsewhere(caller: Caller) -> str:
    """An identity provider through which the owner has signed in once."""
    async with issuing() as issuer:
        values = {"name": "Masuk", "issuer": issuer.url, "application_id": APPLICATION, "application_secret": SECRET}
        provider = await _made(caller, "identity-providers", **values, redirect_uris=["https://app.example.com/masuk"])
        query = {"redirect_uri": "https://app.example.com/masuk"}
        begun = (await caller.get(f"/v1/auth/oidc/{provider}/start", params=query)).json()
        code, state = issuer.log_in(begun["authorization_url"], sub="1", email=caller.agency.email, email_verified=True)
        body = {"transaction": begun["transaction"], "code": code, "state": state}
        answer = await caller.post("/v1/auth/oidc/token", json=body)
        assert answer.status_code == 200, answer.text
    return provider


async def fill(caller: Caller, settings: Settings) -> Holdings:
    """One of everything, made through the API and by the jobs that follow."""
    word = "kopisenja"
    ids = await register(caller, "Kopi Senja", word)
    ids["endpoint_id"] = await _made(
        caller, "webhook-endpoints", url=DEAF, event_types=["*"], client_id=ids["client_id"], description="pager"
    )
    ids |= await trouble(caller, settings, ids["client_id"], word)
    confirmed = await caller.http.put(
        f"/v1/incidents/{ids['incident_id']}/cause", json={"cause": "product_quality"}, headers={"If-Match": '"0"'}
    )
    assert confirmed.status_code == 200, confirmed.text
    await _warned(settings, caller.agency.id)
    await _alarmed(settings, caller.agency.id, ids["client_id"])
    sentiment = f"/v1/mentions/{ids['mention_id']}/sentiment"
    said = await caller.put(sentiment, json={"sentiment": "negative"}, headers={"If-Match": "*"})
    assert said.status_code == 200, said.text
    terms = {"terms": [{"term": "Teh Murka", "polarity": "neutral"}]}
    written = await caller.put(f"/v1/clients/{ids['client_id']}/lexicon", json=terms, headers={"If-Match": "*"})
    assert written.status_code == 200, written.text
    await plant_past(settings, caller.agency.id, ids["mention_id"])
    sample = await caller.post("/v1/sentiment-samples", json={"client_id": ids["client_id"], "month": months_ago(1)})
    assert sample.status_code == 201, sample.text
    ids |= {"sample_id": sample.json()["id"], "item_id": sample.json()["items"][0]["id"]}
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    ids["expert_id"] = await _made(
        caller, "expert-tokens", incident_id=ids["incident_id"], name="ahli", expires_at=until
    )
    ids["delivery_id"] = await _first(caller, "webhook-deliveries")
    ids["event_id"] = (await caller.get(f"/v1/webhook-deliveries/{ids['delivery_id']}")).json()["event_id"]
    # Of a keyword of its own, so that the first one's is still to be begun.
    late = await _made(caller, "keywords", client_id=ids["client_id"], name="rasa", query="robusta")
    await caller.post(f"/v1/keywords/{late}/activate")
    key = {"Idempotency-Key": f'"{uuid4()}"'}
    started = await caller.post(f"/v1/keywords/{late}/backfill", json={"days": 2}, headers=key)
    ids["operation_id"] = started.json()["id"]
    person = {"email": f"{uuid4().hex}@uji.test", "name": "Analis", "role": "analyst", "password": PASSWORD}
    ids["member_id"] = await _made(caller, "members", **person)
    ids["key_id"] = await _made(caller, "api-keys", name="skrip", role="analyst", scopes=["clients:read"])
    ids["invitation_id"] = await _made(caller, "invitations", email=f"{uuid4().hex}@uji.test", role="analyst")
    ids["provider_id"] = await signed_in_elsewhere(caller)
    asked = {"kind": "restriction", "platform": "x", "handle": "tidak_mau"}
    restricted = await _made(caller, "data-subject-requests", **asked)
    assert (await caller.post(f"/v1/data-subject-requests/{restricted}/fulfil", json={})).status_code == 200
    ids["request_id"] = await _made(caller, "data-subject-requests", **asked)
    ids["breach_id"] = await _made(caller, "data-breaches", data="nama dan akun 3 orang")
    signed_in = await caller.post("/v1/auth/token", json={"email": person["email"], "password": PASSWORD})
    return Holdings(ids, signed_in.json()["refresh_token"])


async def _alarmed(settings: Settings, agency_id: UUID, client_id: str) -> None:
    """Somebody was told of a post that could not wait."""
    async with working(settings) as context, tenant_connection(context.db, agency_id) as connection:
        now = context.clock()
        alarm = Alarm(UUID(client_id), AlarmKind.THREAT, 1, now, mention_id=new_id())
        await alarms.raise_all(connection, agency_id, [alarm], now=now)


async def _warned(settings: Settings, agency_id: UUID) -> None:
    """Somebody was told how much of a month is used."""
    async with working(settings) as context, tenant_session(context.db, agency_id) as session:
        await usage.warn(session, month_of(context.clock()), 100, [50], now=context.clock())


@asynccontextmanager
async def undisturbed(db: Database, agency_id: UUID) -> AsyncIterator[None]:
    """Within the block nobody changes a row of this agency."""
    before = await _digests(db, agency_id)
    yield
    assert await _digests(db, agency_id) == before


# What was seen of an agency last, and where the log of all writes stood just before: while it stands there, nobody
# has written anything, and what was seen is what there is.
_SEEN: dict[UUID, tuple[str, dict[str, str]]] = {}


async def _digests(db: Database, agency_id: UUID) -> dict[str, str]:
    """What each table holds of an agency, in short; that a key was used, or a refusal kept, is no change of anything.

    How many rows, and which transactions wrote them: whoever writes or deletes one changes it.
    """
    async with tenant_connection(db, agency_id) as connection:
        stands: str = await connection.fetchval("select pg_current_wal_insert_lsn()::text")
        if _SEEN.get(agency_id, ("", {}))[0] != stands:
            _SEEN[agency_id] = stands, dict(await connection.fetch(_HELD))
    return _SEEN[agency_id][1]


_HELD = " union all ".join(
    f"select '{name}' as name, concat(count(*), ' ', sum(xmin::text::bigint)) as held from {name}"
    for name, table in metadata.tables.items()
    if "agency_id" in table.columns and name not in {"remembered_answers", "api_keys"}
) + (
    " union all "
    "select 'api_keys', md5(string_agg((to_jsonb(t) - 'last_used_at')::text, ' ' order by id)) from api_keys t"
)


async def _made(caller: Caller, noun: str, **values: object) -> str:
    key = {"Idempotency-Key": f'"{uuid4()}"'}
    answer = await caller.post(f"/v1/{noun}", json=values, headers=key)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def _first(caller: Caller, path: str) -> str:
    data = (await caller.get(f"/v1/{path}")).json()["data"]
    assert data, f"nothing at {path}"
    return data[0]["id"]

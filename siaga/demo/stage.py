"""Before the story begins: an agency, its key, the brand with all that is watched for it, and who is told."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from rich.console import Console

from core.access import Role, scopes_of
from core.settings import Settings
from siaga import agency, drawing
from siaga.demo.calls import Api, address_of
from siaga.demo.checks import Checks
from siaga.demo.recipient import Recipient
from siaga.story import brand

AGENCY = "Agensi Payung"
OWNER = "Rina Wulandari"
OTHER_CLIENT = {"name": "Kopi Lereng", "kind": "company"}


@dataclass(frozen=True, slots=True)
class Stage:
    """Who is who. `agency` calls with the API key, `owner` is signed in, `portal` sees one client."""

    slug: str
    email: str
    client_id: str
    other_client_id: str
    endpoint_id: str
    owner: Api
    agency: Api
    portal: Api
    recipient: Recipient
    password: str = field(repr=False)
    key: str = field(repr=False)
    portal_token: str = field(repr=False)

    def of_client(self, path: str) -> str:
        """A path below the client of the story."""
        return f"/v1/clients/{self.client_id}{path}"


async def prepare(
    settings: Settings, http: aiohttp.ClientSession, recipient: Recipient, console: Console, checks: Checks
) -> Stage:
    """Set everything up as an agency would; only its founding is the operator's, by command.

    Raises: StoryEnded, Refusal.
    """
    anyone = Api(http, address_of(settings))
    slug = f"payung-{secrets.token_hex(3)}"
    password = secrets.token_urlsafe(12)
    with drawing.step(console, f"Agensi didirikan · Founding the agency {AGENCY} ({slug})"):
        founded = await agency.found(
            settings, name=AGENCY, slug=slug, owner_email=f"rina@{slug}.example", owner_name=OWNER, password=password
        )
    with drawing.step(console, "Masuk, buat kunci API · Signing in, making an API key"):
        asked = {"email": founded.owner_email, "password": password}
        owner = anyone.with_credential((await anyone.post("/v1/auth/token", asked))["access_token"])
        key = await _key(owner)
    caller = anyone.with_credential(key)
    with drawing.step(console, f"Daftarkan {brand.NAME} · Registering the brand, its accounts, rival and queries"):
        client_id = (await caller.post("/v1/clients", brand.CLIENT))["id"]
        other_client_id = (await caller.post("/v1/clients", OTHER_CLIENT))["id"]
        await _accounts(caller, client_id)
        statuses = [await _keyword(caller, client_id, keyword) for keyword in brand.KEYWORDS]
    told = "every keyword passed its own examples and is in force"
    checks.that(told, all(status == "active" for status in statuses), f"they are {', '.join(statuses)}")
    with drawing.step(console, "Daftarkan webhook · Registering a webhook of the client's own system"):
        endpoint_id = await _endpoint(caller, client_id, recipient)
        portal_token = (await owner.post("/v1/portal-tokens", {"client_id": client_id, "name": "Portal klien"}))[
            "secret"
        ]
    return Stage(
        slug=slug,
        email=founded.owner_email,
        client_id=client_id,
        other_client_id=other_client_id,
        endpoint_id=endpoint_id,
        owner=owner,
        agency=caller,
        portal=anyone.with_credential(portal_token),
        recipient=recipient,
        password=password,
        key=key,
        portal_token=portal_token,
    )


async def _key(owner: Api) -> str:
    asked = {"name": "Demo", "role": Role.ADMIN.value, "scopes": sorted(scopes_of(Role.ADMIN))}
    return (await owner.post("/v1/api-keys", asked))["secret"]


async def _accounts(caller: Api, client_id: str) -> None:
    competitor = await caller.post("/v1/competitors", {"client_id": client_id, "name": brand.RIVAL})
    for account in (*brand.ACCOUNTS, *brand.COMPETITOR_ACCOUNTS):
        told: dict[str, Any] = {"platform": account.platform, "handle": account.handle, "kind": account.role}
        if account.role == "competitor":
            told["competitor_id"] = competitor["id"]
        await caller.post("/v1/monitored-accounts", {"client_id": client_id, **told})


async def _keyword(caller: Api, client_id: str, keyword: brand.Keyword) -> str:
    told = {
        "client_id": client_id,
        "name": keyword.name,
        "query": keyword.query,
        "must_match": list(keyword.must_match),
        "must_not_match": list(keyword.must_not_match),
    }
    draft = await caller.post("/v1/keywords", told)
    return (await caller.post(f"/v1/keywords/{draft['id']}/activate"))["status"]


async def _endpoint(caller: Api, client_id: str, recipient: Recipient) -> str:
    told = {"url": recipient.url, "event_types": ["*"], "client_id": client_id, "description": "Sistem klien"}
    endpoint = await caller.post("/v1/webhook-endpoints", told)
    recipient.trust(endpoint["secret"])
    return endpoint["id"]

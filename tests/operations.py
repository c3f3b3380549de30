"""Every operation of the contract as something that can be called."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from siaga import contract
from tests.conftest import PASSWORD
from tests.streams import beginning

CONTRACT: dict[str, Any] = json.loads(contract.text())
WRITES = {"post", "put", "patch", "delete"}
Ids = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    id: str
    method: str
    path: str
    told: dict[str, Any]

    @property
    def parameters(self) -> list[str]:
        """Names of its path parameters."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def filters(self) -> list[str]:
        """Names of the query parameters that take the id of something."""
        return [p["name"] for p in self.told.get("parameters", []) if p["in"] == "query" and p["name"].endswith("_id")]

    @property
    def is_open(self) -> bool:
        return self.told.get("security") == []

    @property
    def is_stream(self) -> bool:
        return "text/event-stream" in self.told["responses"].get("200", {}).get("content", {})

    @property
    def scope(self) -> str:
        return self.told["x-scope"]

    @property
    def has_body(self) -> bool:
        return "requestBody" in self.told

    @property
    def needs_body(self) -> bool:
        return self.has_body and self.told["requestBody"]["required"]

    async def call(
        self, http: Any, ids: Ids, *, query: Ids | None = None, body: Any = None, headers: Ids | None = None
    ) -> httpx.Response:
        """Call it with these ids; `body` and `headers` in place of those that would be good."""
        path = re.sub(r"{(\w+)}", lambda found: ids[found[1]], self.path)
        if headers is None:
            needed = {"If-Match": "*", "Idempotency-Key": f'"{uuid4()}"'}
            told = {p["name"] for p in self.told.get("parameters", []) if p.get("required")}
            headers = {name: value for name, value in needed.items() if name in told}
        content = body if body is not None else self.body(ids)
        if self.is_stream:
            address = str(http.build_request("GET", path, params=query).url.raw_path, "ascii")
            return await beginning(http._transport.app, address, {**http.headers, **headers})
        return await http.request(self.method.upper(), path, params=query, headers=headers, json=content)

    def body(self, ids: Ids) -> Any:
        """A body that would be good for one who may use these ids; None where none is read."""
        if not self.has_body:
            return None
        assert self.id in BODIES, f"{self.id} reads a body that nobody told here: add it to BODIES"
        return BODIES[self.id](ids)


OPERATIONS = [
    Operation(told["operationId"], method, path, told)
    for path, item in CONTRACT["paths"].items()
    for method, told in item.items()
]


def months_ago(count: int) -> str:
    """The month that was so many months ago, in UTC: `2026-10`."""
    month = datetime.now(UTC).replace(day=1)
    for _ in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
    return f"{month:%Y-%m}"


def _email() -> str:
    return f"{uuid4().hex}@uji.test"


BODIES: dict[str, Callable[[Ids], dict[str, Any]]] = {
    "sign_in": lambda _: {"email": _email(), "password": PASSWORD},
    "renew_sign_in": lambda _: {"refresh_token": "rt_unknown"},
    "sign_out": lambda _: {"refresh_token": "rt_unknown"},
    "change_password": lambda _: {"current_password": PASSWORD, "new_password": "kata-sandi-yang-baru-89"},
    "change_agency": lambda _: {"name": "Agensi Lain"},
    "create_member": lambda _: {"email": _email(), "name": "Orang", "role": "analyst", "password": PASSWORD},
    "create_invitation": lambda _: {"email": _email(), "role": "analyst"},
    "accept_invitation": lambda _: {"token": "it_unknown", "name": "Orang", "password": PASSWORD},
    "create_identity_provider": lambda _: {
        "name": "Masuk",
        "issuer": "http://127.0.0.99:1025/masuk",
        "application_id": "siaga",
        "application_secret": "rahasia",
        "redirect_uris": ["https://app.example.com/masuk"],
    },
    "change_identity_provider": lambda _: {"name": "Masuk Lain"},
    "finish_oidc_log_in": lambda _: {"transaction": "unknown", "state": "x", "code": "y"},
    "change_member": lambda _: {"name": "Orang Lain"},
    "create_api_key": lambda ids: {
        "name": "skrip",
        "role": "analyst",
        "scopes": ["clients:read"],
        "client_id": ids["client_id"],
        "allowed_networks": ["203.0.113.0/24"],
    },
    "change_api_key": lambda _: {"name": "skrip lain", "allowed_networks": []},
    "rotate_api_key": lambda _: {"overlap_hours": 1},
    "create_expert_token": lambda ids: {
        "incident_id": ids["incident_id"],
        "name": "ahli",
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    },
    "create_portal_token": lambda ids: {"client_id": ids["client_id"], "name": "portal"},
    "create_client": lambda _: {"kind": "company", "name": "Klien"},
    "change_client": lambda _: {"name": "Klien Lain", "sector": "makanan", "retention_days": 3000},
    "create_competitor": lambda ids: {"client_id": ids["client_id"], "name": "Saingan", "note": "catatan"},
    "change_competitor": lambda _: {"name": "Saingan Lain", "note": "catatan"},
    "create_monitored_account": lambda ids: {
        "client_id": ids["client_id"],
        "competitor_id": ids["competitor_id"],
        "platform": "x",
        "handle": f"akun{uuid4().hex[:8]}",
        "kind": "competitor",
    },
    "change_monitored_account": lambda ids: {"kind": "competitor", "competitor_id": ids["competitor_id"]},
    "create_keyword": lambda ids: {
        "client_id": ids["client_id"],
        "name": "merek",
        "query": "kopi",
        "must_match": [{"text": "kopi enak"}],
    },
    "change_keyword": lambda _: {"name": "merek lain", "query": "teh", "must_not_match": [{"text": "kopi"}]},
    "start_keyword_backfill": lambda _: {"days": 30},
    "preview_keyword": lambda _: {"query": "kopi", "posts": [{"text": "kopi enak", "title": "judul"}]},
    "create_mentions": lambda _: {
        "items": [{"platform": "x", "native_id": uuid4().hex, "published_at": "2026-01-01T00:00:00Z", "text": "kopi"}]
    },
    "analyse_texts": lambda _: {"items": [{"id": "a1", "text": "kopinya enak, suka banget"}]},
    "write_lexicon": lambda _: {"terms": [{"term": "Kopi Murka", "polarity": "neutral"}]},
    "preview_lexicon": lambda _: {"terms": [{"term": "Murka", "polarity": "neutral"}]},
    "start_rereading": lambda _: {"since": (datetime.now(UTC) - timedelta(days=1)).isoformat()},
    "create_sentiment_sample": lambda ids: {"client_id": ids["client_id"], "month": months_ago(2)},
    "label_sentiment_sample": lambda ids: {"labels": [{"item_id": ids["item_id"], "label": "negative"}]},
    "correct_sentiment": lambda _: {"sentiment": "neutral"},
    "create_data_subject_request": lambda _: {"kind": "access", "platform": "x", "handle": "nobody_known"},
    "fulfil_data_subject_request": lambda _: {"note": "dikirim"},
    "refuse_data_subject_request": lambda _: {"note": "bukan orangnya"},
    "create_data_breach": lambda _: {"data": "nama dan akun", "cause": "ekspor salah kirim", "affected_subjects": 3},
    "change_data_breach": lambda _: {"measures": "tautan ditutup", "closed_at": "2026-01-02T00:00:00Z"},
    "confirm_incident_cause": lambda _: {"cause": "product_quality", "note": "menurut toko"},
    "create_alert_rule": lambda ids: {
        "client_id": ids["client_id"],
        "name": "Rasa",
        "kind": "keyword",
        "keyword_id": ids["keyword_id"],
        "threshold": 30,
    },
    "change_alert_rule": lambda _: {"threshold": 40, "is_enabled": False},
    "start_backtest": lambda ids: {
        "client_id": ids["client_id"],
        "rule": {"kind": "volume", "threshold": 5},
        "days": 2,
    },
    "declare_incident": lambda ids: {"client_id": ids["client_id"], "title": "Produk ditarik", "level": "crisis"},
    "contain_incident": lambda _: {"note": "pernyataan sudah tayang"},
    "dismiss_incident": lambda _: {"reason": "akun tiruan"},
    "change_alerting": lambda _: {
        "sensitivity": "high",
        "cooldown_minutes": 30,
        "quiet_hours": {"start": "22:00", "end": "06:00", "up_to": "warning"},
    },
    "create_campaign": lambda ids: {
        "client_id": ids["client_id"],
        "name": "Ulang tahun",
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": "2026-01-08T00:00:00Z",
        "words": ["#senja10"],
    },
    "change_campaign": lambda _: {"ends_at": "2027-01-09T00:00:00Z"},
    "resolve_incident": lambda _: {"note": "selesai"},
    "create_webhook_endpoint": lambda ids: {
        "url": "http://127.0.0.99:1025/in",
        "event_types": ["*"],
        "client_id": ids["client_id"],
        "description": "pager",
    },
    "change_webhook_endpoint": lambda _: {"description": "pager lain", "headers": {"x-team": "malam"}},
    "rotate_webhook_secret": lambda _: {"end_previous": True},
    "recover_webhook_endpoint": lambda _: {"since": (datetime.now(UTC) - timedelta(days=1)).isoformat()},
    "replay_to_webhook_endpoint": lambda _: {
        "after": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
        "before": datetime.now(UTC).isoformat(),
        "event_types": ["incident.opened"],
    },
}

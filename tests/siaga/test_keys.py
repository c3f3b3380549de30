"""Keys from the command line: shown without anything private, and secrets sealed anew after a change."""

import dataclasses
import secrets
from uuid import UUID

import pytest

from core import sealing, webhook_headers, webhook_keys
from core.sealing import Purpose
from core.signing_keys import KeySet
from siaga import keys
from siaga.refusals import Refusal
from storage import versions
from storage.engine import Database
from storage.session import tenant_session
from storage.table import utc_now
from storage.webhooks import EndpointRow
from tests.conftest import Caller

ENDPOINT = {"url": "http://127.0.0.99:1025/in", "event_types": ["*"]}


def test_the_keys_are_shown_by_their_names_and_nothing_private(settings, capsys):
    changed = dataclasses.replace(settings, other_secret_keys=(b"o" * 32,))
    keys.show(changed)
    told = capsys.readouterr().out.split()
    known = KeySet.at(utc_now(), *changed.secret_keys)
    assert [word for word in told if word in {key.kid for key in known.every}] == [key.kid for key in known.every]
    assert (told[0], told.count("other")) == ("signing", 3)


async def test_after_a_change_of_the_secret_what_was_sealed_opens_under_the_new_one(
    settings, db: Database, caller: Caller
):
    made = (await caller.post("/v1/webhook-endpoints", json=ENDPOINT)).json()
    await caller.post(f"/v1/webhook-endpoints/{made['id']}/rotate-secret")
    new = dataclasses.replace(settings, secret_key=secrets.token_bytes(32), other_secret_keys=(settings.secret_key,))
    try:
        for _ in range(2):  # it may run again
            await keys.reseal(new, agency_id=caller.agency.id)
            row = await endpoint(db, caller, made["id"])
            opened = sealing.unseal(
                [new.secret_key], row.previous_secret_sealed or b"", agency_id=row.agency_id, row_id=row.id
            )
            assert opened == made["secret"]
        with pytest.raises(sealing.SealBroken):
            sealing.unseal([settings.secret_key], row.secret_sealed, agency_id=row.agency_id, row_id=row.id)
        # Told no other key, nobody opens it: that is said, with the remedy.
        with pytest.raises(Refusal, match="OTHER_SECRET_KEYS"):
            await keys.reseal(settings, agency_id=caller.agency.id)
    finally:
        back = dataclasses.replace(settings, other_secret_keys=(new.secret_key,))
        await keys.reseal(back, agency_id=caller.agency.id)


async def test_replaced_secrets_keys_and_headers_are_sealed_anew_as_well(settings, db: Database, caller: Caller):
    asked = {**ENDPOINT, "signatures": ["v1", "v1a"], "headers": {"x-key": "geheim"}}
    made = (await caller.post("/v1/webhook-endpoints", json=asked)).json()
    for _ in range(2):
        await caller.post(f"/v1/webhook-endpoints/{made['id']}/rotate-secret")
    new = dataclasses.replace(settings, secret_key=secrets.token_bytes(32), other_secret_keys=(settings.secret_key,))
    try:
        await keys.reseal(new, agency_id=caller.agency.id)
        row = await endpoint(db, caller, made["id"])
        bound = {"agency_id": row.agency_id, "row_id": row.id}
        (oldest,) = row.older_secrets_sealed
        assert sealing.unseal([new.secret_key], oldest, **bound) == made["secret"]
        private = sealing.unseal([new.secret_key], row.signing_key_sealed, **bound, purpose=Purpose.WEBHOOK_SIGNING_KEY)
        assert webhook_keys.public_key(private) == made["public_key"]
        headers = sealing.unseal([new.secret_key], row.headers_sealed, **bound, purpose=Purpose.WEBHOOK_HEADERS)
        assert webhook_headers.unpacked(headers) == {"x-key": "geheim"}
        for sealed, purpose in ((row.signing_key_sealed, Purpose.WEBHOOK_HEADERS), (oldest, Purpose.WEBHOOK_HEADERS)):
            with pytest.raises(sealing.SealBroken):
                sealing.unseal([new.secret_key], sealed, **bound, purpose=purpose)
    finally:
        await keys.reseal(
            dataclasses.replace(settings, other_secret_keys=(new.secret_key,)), agency_id=caller.agency.id
        )


async def endpoint(db: Database, caller: Caller, endpoint_id: str) -> EndpointRow:
    async with tenant_session(db, caller.agency.id) as session:
        return await versions.get(session, EndpointRow, UUID(endpoint_id))

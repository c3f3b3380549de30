"""What a try carries: signatures of every secret that is good, Ed25519 on request, and the owner's own headers."""

import base64
import secrets

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core import sealing, webhook_headers, webhook_keys
from core import webhooks as rules
from core.ids import EndpointId
from core.sealing import Purpose
from storage import webhooks as endpoints
from storage.table import new_id
from storage.webhooks import DeliveryRow
from tests.jobs.webhook_desk import receiving, working


@pytest.fixture
async def desk(db, settings, agency):
    async with working(db, settings, agency.id) as desk:
        yield desk


def sealed(desk, endpoint_id, text, purpose):
    bound = {"agency_id": desk.agency_id, "row_id": endpoint_id}
    return sealing.seal(desk.context.settings.secret_key, text, nonce=secrets.token_bytes(12), **bound, purpose=purpose)


async def rotated(desk, endpoint_id, *, end_previous=False):
    new = rules.new_secret(secrets.token_bytes(32))
    async with desk.session() as session:
        row = await endpoints.find_locked(session, endpoint_id)
        one = desk.sealed(endpoint_id, new)
        await endpoints.rotate_secret(session, row, secret_sealed=one, end_previous=end_previous, now=desk.clock())
    return new


async def changed(desk, endpoint_id, **columns):
    async with desk.session() as session:
        row = await endpoints.find_locked(session, endpoint_id)
        for name, value in columns.items():
            setattr(row, name, value)


async def test_both_secrets_sign_for_a_day_after_a_rotation(desk):
    client_id = await desk.client()
    async with receiving() as receiver:
        endpoint_id, old = await desk.endpoint(receiver.url)
        new = await rotated(desk, endpoint_id)
        await desk.happens(client_id)
        await desk.work()
        desk.clock.forward(hours=24)
        await desk.happens(client_id)
        await desk.work()
    during, after = receiver.received
    assert (during.verifies(new), during.verifies(old)) == (True, True)
    assert (after.is_signed_by(new), after.is_signed_by(old)) == (True, False)


async def test_three_replaced_secrets_sign_each_for_its_own_day(desk):
    client_id = await desk.client()
    async with receiving() as receiver:
        endpoint_id, first = await desk.endpoint(receiver.url)
        known = [first]
        for _ in range(4):
            desk.clock.forward(hours=1)
            known.append(await rotated(desk, endpoint_id))
        for hours in (0, 22, 1):
            desk.clock.forward(hours=hours)
            await desk.happens(client_id)
            await desk.work()
    signed = [[each.is_signed_by(secret) for secret in known] for each in receiver.received]
    # After the fourth rotation the first is gone; 22 hours later the second, replaced at the second hour, still signs.
    assert signed[0] == [False, True, True, True, True]
    assert signed[1] == [False, False, True, True, True] or signed[1] == [False, True, True, True, True]
    assert signed[2] == [False, False, False, True, True]


async def test_a_leaked_secret_signs_no_more(desk):
    async with receiving() as receiver:
        endpoint_id, leaked = await desk.endpoint(receiver.url)
        new = await rotated(desk, endpoint_id, end_previous=True)
        await desk.happens(await desk.client())
        await desk.work()
    (only,) = receiver.received
    assert (only.verifies(new), only.verifies(leaked)) == (True, False)


async def test_ed25519_signs_beside_the_secret_on_request(desk):
    async with receiving() as receiver:
        endpoint_id, secret = await desk.endpoint(receiver.url)
        private = webhook_keys.new_signing_key(secrets.token_bytes(32))
        closed = sealed(desk, endpoint_id, private, Purpose.WEBHOOK_SIGNING_KEY)
        await changed(desk, endpoint_id, signatures=["v1", "v1a"], signing_key_sealed=closed)
        await desk.happens(await desk.client())
        await desk.work()
    (only,) = receiver.received
    assert only.verifies(secret), "the official library passes over what it does not know"
    schemes = dict(each.split(",", 1) for each in only.headers["webhook-signature"].split())
    assert sorted(schemes) == ["v1", "v1a"]
    public = base64.b64decode(webhook_keys.public_key(private).removeprefix("whpk_"))
    signed = f"{only.id}.{only.headers['webhook-timestamp']}.".encode() + only.body
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(schemes["v1a"]), signed)


async def test_own_headers_go_along_and_an_echo_of_them_is_not_shown(desk):
    own = {"authorization": "Bearer s3cr3t-t0ken", "x-team": "night-shift"}
    echo = web.Response(status=500, text="you sent s3cr3t-t0ken", headers={"x-echo": "Bearer s3cr3t-t0ken"})
    async with receiving(echo) as receiver:
        endpoint_id, secret = await desk.endpoint(receiver.url)
        closed = sealed(desk, endpoint_id, webhook_headers.packed(own), Purpose.WEBHOOK_HEADERS)
        await changed(desk, endpoint_id, headers_sealed=closed, header_names=sorted(own))
        await desk.happens(await desk.client())
        await desk.work()
    (only,) = receiver.received
    assert only.verifies(secret)
    assert {name: only.headers[name] for name in own} == own
    attempt = await desk.attempt()
    assert (attempt.response, attempt.response_headers["x-echo"]) == ("you sent ***", "***")


@pytest.mark.parametrize(
    ("column", "purpose"),
    [
        ("headers_sealed", Purpose.WEBHOOK_HEADERS),
        ("signing_key_sealed", Purpose.WEBHOOK_SIGNING_KEY),
        # Sealed for the row, and for another purpose.
        ("headers_sealed", Purpose.WEBHOOK_SECRET),
    ],
)
async def test_what_cannot_be_opened_is_told_and_nothing_is_sent_without_it(desk, column, purpose):
    async with receiving() as receiver:
        endpoint_id, _ = await desk.endpoint(receiver.url)
        row_id = endpoint_id if purpose is Purpose.WEBHOOK_SECRET else EndpointId(new_id())
        await changed(desk, endpoint_id, **{column: sealed(desk, row_id, "{}", purpose)})
        await desk.happens(await desk.client())
        await desk.work()
    assert receiver.received == []
    assert (await desk.attempt()).error == "secret_unreadable"
    assert (await desk.only(DeliveryRow)).status == "pending"

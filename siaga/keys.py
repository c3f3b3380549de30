"""Keys from the command line: which sign now and next, and secrets sealed anew after SECRET_KEY was changed."""

import secrets
from functools import partial
from uuid import UUID

import click

from core import sealing
from core.sealing import Purpose, SealBroken
from core.settings import Settings
from core.signing_keys import KeySet, period_of, turns_at
from siaga.refusals import Refusal
from storage import identities, unscoped, webhooks
from storage.engine import Database, open_database
from storage.session import tenant_session
from storage.table import utc_now

SHOWN = 10


def show(settings: Settings) -> None:
    """Say which keys are published and when they turn; nothing private is told."""
    now = utc_now()
    keys, turn = KeySet.at(now, *settings.secret_keys), turns_at(period_of(now) + 1)
    click.echo(f"signing  {keys.signing.kid}  until {turn:%Y-%m-%d %H:%M} UTC")
    click.echo(f"next     {keys.next.kid}  from {turn:%Y-%m-%d %H:%M} UTC")
    click.echo(f"old      {keys.old.kid}  checks until {turn:%Y-%m-%d %H:%M} UTC")
    for key in keys.others:
        click.echo(f"other    {key.kid}  checks while its secret stands in OTHER_SECRET_KEYS")


async def reseal(settings: Settings, *, agency_id: UUID | None = None) -> None:
    """Seal every stored secret under SECRET_KEY, opening each under it or one of OTHER_SECRET_KEYS.

    Of one agency, or of all. May run again, and beside API and workers.
    Raises: Refusal, where secrets open under none of the keys; they stay as they are, the others are sealed anew.
    """
    count, unopened = 0, list[UUID]()
    async with open_database(settings) as db:
        for known in [agency_id] if agency_id else await unscoped.agency_ids(db):
            count += await _reseal_agency(db, settings, known, unopened)
    click.echo(f"{count - len(set(unopened))} webhook endpoints and identity providers are sealed under SECRET_KEY.")
    if unopened:
        told = ", ".join(sorted(str(each) for each in set(unopened))[:SHOWN])
        raise Refusal(
            f"{len(set(unopened))} open under none of the keys: {told}. "
            "Name the key before in OTHER_SECRET_KEYS, or rotate these secrets."
        )


async def _reseal_agency(db: Database, settings: Settings, agency_id: UUID, unopened: list[UUID]) -> int:
    def again(sealed: bytes, row_id: UUID, purpose: Purpose) -> bytes:
        bound = {"agency_id": agency_id, "row_id": row_id}
        try:
            secret = sealing.unseal(settings.secret_keys, sealed, **bound, purpose=purpose)
        except SealBroken:
            unopened.append(row_id)
            return sealed
        nonce = secrets.token_bytes(sealing.NONCE_BYTES)
        return sealing.seal(settings.secret_key, secret, nonce=nonce, **bound, purpose=purpose)

    async with tenant_session(db, agency_id) as session:
        endpoints = await webhooks.reseal(session, again)
        providers = await identities.reseal(session, partial(again, purpose=Purpose.IDENTITY_PROVIDER))
    return endpoints + providers

"""Agencies from the command line: there is no open sign-up, so the operator founds each with its first owner."""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from uuid import UUID

import click
from sqlalchemy.exc import DBAPIError

from core import access, passwords
from core.audit import Act
from core.errors import Conflict
from core.plans import DEFAULT_PLAN
from core.settings import Settings
from siaga.refusals import Refusal
from storage import agencies, unscoped
from storage.engine import open_database
from storage.session import tenant_session
from storage.table import utc_now

LONGEST_NAME = 200
LONGEST_SLUG = 63
# No such table, and no such role to take.
_NOT_MIGRATED = frozenset({"42P01", "22023"})
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Founded:
    """An agency that was just founded, and who signs in to it first."""

    agency_id: UUID
    slug: str
    owner_email: str


async def create(
    settings: Settings,
    *,
    name: str,
    slug: str | None,
    owner_email: str,
    owner_name: str | None,
    password: str,
    plan: str = DEFAULT_PLAN,
) -> None:
    """Found an agency and say so.

    Raises: Refusal.
    """
    founded = await found(
        settings, name=name, slug=slug, owner_email=owner_email, owner_name=owner_name, password=password, plan=plan
    )
    click.echo(f"{name.strip()} is founded; its short name is {founded.slug}, its id {founded.agency_id}.")
    click.echo(f"{founded.owner_email} signs in as its owner with POST {settings.public_url}/v1/auth/token.")


async def found(
    settings: Settings,
    *,
    name: str,
    slug: str | None,
    owner_email: str,
    owner_name: str | None,
    password: str,
    plan: str = DEFAULT_PLAN,
) -> Founded:
    """An agency with its first owner: both or neither.

    Raises: Refusal, with what is wrong and what to do.
    """
    email = access.address(owner_email)
    chosen = _checked_slug(slug, name)
    _check(name, "name")
    _check(owner_name or email, "owner's name")
    if len(email) > access.LONGEST_ADDRESS or not re.fullmatch(access.ADDRESS, email):
        raise Refusal(f"{owner_email!r} is no e-mail address. Give one such as rina@agensi.co.id.")
    if not password.isprintable():
        raise Refusal(
            "The password holds something that cannot be typed. Send it as UTF-8, without control characters."
        )
    if weakness := passwords.weakness(password):
        raise Refusal(weakness)
    kept = passwords.keep(password, secrets.token_bytes(passwords.SALT_BYTES))
    owner = agencies.NewOwner(email=email, name=_clean(owner_name or email), password_hash=kept)
    try:
        async with open_database(settings) as db:
            agency_id = await agencies.found(db, _clean(name), chosen, now=utc_now(), owner=owner, plan=plan)
    except Conflict:
        raise Refusal(f"Another agency has the short name {chosen}. Choose another with --slug.") from None
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _NOT_MIGRATED:
            raise
        raise Refusal("The database has no tables of Siaga yet. Type `siaga migrate` first.") from None
    return Founded(agency_id, chosen, email)


async def put_on_plan(settings: Settings, agency: str, plan: str) -> None:
    """Give an agency another plan and say so. What it has beyond the new quotas stays.

    Raises: Refusal.
    """
    async with open_database(settings) as db:
        agency_id = await unscoped.find_agency(db, agency)
        if agency_id is None:
            raise Refusal(f"There is no agency with the short name {agency}.")
        act = Act("plan_agency", "operator", utc_now())
        async with tenant_session(db, agency_id, act=act) as session:
            await agencies.change(session, {"plan": plan}, version=None, now=act.at)
    click.echo(f"{agency} is on the plan {plan}. Every process knows it within a minute.")


def _checked_slug(slug: str | None, name: str) -> str:
    chosen = slug if slug is not None else _slug_of(name)
    if not _SLUG.fullmatch(chosen):
        told = f"{slug!r} is no short name" if slug is not None else f"No short name can be made of {name!r}"
        raise Refusal(f"{told}. Give --slug with 1 to {LONGEST_SLUG} of a-z, 0-9 and hyphens between them.")
    return chosen


def _slug_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-")


def _check(text: str, what: str) -> None:
    if not 1 <= len(_clean(text)) <= LONGEST_NAME or not text.isprintable():
        raise Refusal(f"The {what} has 1 to {LONGEST_NAME} printable characters.")


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()

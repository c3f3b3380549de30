"""Identity providers as they are asked, through egress: configuration and keys kept for a while, codes exchanged."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import jwt

from core import oidc
from core.errors import Unavailable
from core.oidc import Application, Metadata, NotProved, Person, ProviderWrong
from egress.client import Answer, Egress, EgressFailed, Limits

log = logging.getLogger("siaga.api")

LIMITS = Limits(total_s=10.0, connect_s=5.0, body_bytes=256 * 1024)
USER_AGENT = "Siaga-Sign-In/1"
KEPT_FOR = timedelta(minutes=10)
# A key that the kept set does not hold is looked for at most so often, whoever asks for whatever key.
KEYS_ASKED_EVERY = timedelta(seconds=30)
MOST_KEPT = 1000
_JSON = {"accept": "application/json"}


@dataclass(slots=True)
class Known:
    """What a provider said of itself, and when that was asked."""

    metadata: Metadata
    metadata_at: datetime
    keys: list[jwt.PyJWK] = field(default_factory=list[jwt.PyJWK])
    keys_at: datetime | None = None


class Providers:
    """What one process knows of the identity providers of all agencies."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._known: dict[tuple[UUID, str], Known] = {}
        self._asking = asyncio.Semaphore(8)

    async def metadata(self, provider_id: UUID, issuer: str, now: datetime) -> Metadata:
        """A provider's description of itself, ten minutes old at most.

        Raises: `Unavailable`, where it does not answer as one.
        """
        return (await self._of(provider_id, issuer, now)).metadata

    async def person(
        self,
        provider_id: UUID,
        issuer: str,
        application: Application,
        *,
        code: str,
        redirect_uri: str,
        verifier: str,
        nonce: str,
        now: datetime,
    ) -> Person:
        """Who logged in at the provider with this code.

        Raises: `NotProved`; `Unavailable`, where the provider does not answer as one.
        """
        known = await self._of(provider_id, issuer, now)
        body, headers = oidc.token_request(
            known.metadata, application, code=code, redirect_uri=redirect_uri, verifier=verifier
        )
        try:
            answer = await self._egress.post(known.metadata.token_endpoint, body, headers)
            if 400 <= answer.status < 500:
                # The code is used, over or somebody else's, or the owner's settings are wrong: the provider says which.
                raise NotProved(f"the token endpoint answered {answer.status}")
            token = oidc.read_token_answer(_document(answer))
            key = await self._key(known, token, now)
        except (EgressFailed, ProviderWrong) as failure:
            raise _unavailable(failure) from None
        return oidc.read_id_token(key, token, issuer=issuer, application=application, nonce=nonce, now=now)

    async def _of(self, provider_id: UUID, issuer: str, now: datetime) -> Known:
        found = self._known.get((provider_id, issuer))
        if found and now - found.metadata_at < KEPT_FOR:
            return found
        async with self._asking:
            try:
                answer = await self._egress.get(issuer.rstrip("/") + oidc.WELL_KNOWN, _JSON)
                metadata = oidc.read_metadata(_document(answer), issuer)
            except (EgressFailed, ProviderWrong) as failure:
                raise _unavailable(failure) from None
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        self._known[provider_id, issuer] = known = Known(metadata, now)
        return known

    async def _key(self, known: Known, token: str, now: datetime) -> jwt.PyJWK:
        """The provider's key that signed a token; its set is asked again where the key is new.

        Raises: `NotProved`; `EgressFailed`; `ProviderWrong`.
        """
        is_fresh = known.keys_at is not None and now - known.keys_at < KEPT_FOR
        key = oidc.find_key(known.keys, token) if is_fresh else None
        if key is None and (known.keys_at is None or now - known.keys_at >= KEYS_ASKED_EVERY):
            # Found to be a token first, so that rubbish costs the provider nothing.
            oidc.find_key(known.keys, token)
            answer = await self._egress.get(known.metadata.jwks_uri, _JSON)
            known.keys, known.keys_at = list(oidc.read_keys(_document(answer))), now
            key = oidc.find_key(known.keys, token)
        if key is None:
            raise NotProved("signed with a key that the provider does not publish")
        return key


def _document(answer: Answer) -> bytes:
    """The body of an answer that is whole and well.

    Raises: `ProviderWrong`.
    """
    if answer.status != 200 or answer.is_cut:
        raise ProviderWrong(f"The provider answered with status {answer.status}.")
    return answer.body_cut


def _unavailable(failure: EgressFailed | ProviderWrong) -> Unavailable:
    detail = failure.detail if isinstance(failure, EgressFailed) else str(failure)
    log.warning("an identity provider cannot be used: %s", detail)
    return Unavailable(f"The identity provider cannot be used now: {detail}", code="provider_unavailable")

"""What belongs to one webhook endpoint and is never shown again: made, sealed for its row, and changed."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.edge.process import Process
from core import sealing, webhook_headers, webhook_keys
from core import webhooks as rules
from core.egress_rules import ForbiddenHeader
from core.errors import FieldProblem, Invalid
from core.ids import EndpointId
from core.sealing import Purpose
from storage.webhooks import EndpointRow


@dataclass(frozen=True, slots=True)
class Safe:
    """Makes and seals what belongs to one endpoint and is never shown again."""

    process: Process
    agency_id: UUID
    endpoint_id: EndpointId

    def new_secret(self) -> tuple[str, bytes]:
        """A fresh signing secret, and the same sealed for its row."""
        secret = rules.new_secret(secrets.token_bytes(rules.SECRET_BYTES))
        return secret, self._sealed(secret, Purpose.WEBHOOK_SECRET)

    def signing(self, wanted: Collection[str], before: EndpointRow | None) -> dict[str, Any]:
        """The columns of these signatures, with a key where one is wanted and there is none yet.

        Raises: `Invalid`.
        """
        if webhook_keys.SYMMETRIC not in wanted or len(set(wanted)) < len(wanted):
            detail = 'Say ["v1"] or ["v1", "v1a"]: v1 is always there, and each once.'
            raise _refused(FieldProblem("invalid_signatures", detail, pointer="/signatures"))
        columns: dict[str, Any] = {"signatures": sorted(wanted)}
        if webhook_keys.ASYMMETRIC not in wanted:
            return columns | {"public_key": None, "signing_key_sealed": None}
        if before is not None and before.public_key is not None:
            return columns
        key = webhook_keys.new_signing_key(secrets.token_bytes(webhook_keys.SEED_BYTES))
        sealed = self._sealed(key, Purpose.WEBHOOK_SIGNING_KEY)
        return columns | {"public_key": webhook_keys.public_key(key), "signing_key_sealed": sealed}

    def headers(self, changes: Mapping[str, str | None] | None, before: EndpointRow | None) -> dict[str, Any]:
        """The columns of the own headers after these changes; None takes all away.

        Raises: `Invalid`.
        """
        try:
            after = webhook_headers.merged(self._headers_of(before), changes) if changes is not None else {}
        except ForbiddenHeader as refusal:
            raise _refused(FieldProblem("forbidden_header", refusal.reason, pointer="/headers")) from None
        sealed = self._sealed(webhook_headers.packed(after), Purpose.WEBHOOK_HEADERS) if after else None
        return {"header_names": sorted(after), "headers_sealed": sealed}

    def _headers_of(self, before: EndpointRow | None) -> dict[str, str]:
        """What is sent so far; nothing where it can no longer be read, so that it can be set anew."""
        if before is None or before.headers_sealed is None:
            return {}
        keys, bound = self.process.settings.secret_keys, {"agency_id": self.agency_id, "row_id": self.endpoint_id}
        try:
            opened = sealing.unseal(keys, before.headers_sealed, **bound, purpose=Purpose.WEBHOOK_HEADERS)
        except sealing.SealBroken:
            return {}
        return webhook_headers.unpacked(opened)

    def _sealed(self, text: str, purpose: Purpose) -> bytes:
        nonce, key = secrets.token_bytes(sealing.NONCE_BYTES), self.process.settings.secret_key
        bound = {"agency_id": self.agency_id, "row_id": self.endpoint_id}
        return sealing.seal(key, text, nonce=nonce, **bound, purpose=purpose)


def _refused(problem: FieldProblem) -> Invalid:
    return Invalid("A field is refused.", problems=[problem])

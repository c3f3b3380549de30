"""Where webhooks may be sent, judged when an address is registered: its spelling, and where its name leads."""

from typing import Any

from api.edge.process import Process
from core.egress_rules import ForbiddenTarget, Target, check_url
from core.errors import FieldProblem, Invalid

LOOKUP_S = 1.0
"""How long a registration waits to learn where a name leads; each try at it judges the name again."""


def spelt(process: Process, url: str) -> Target:
    """The address in its one spelling.

    Raises: `Invalid`.
    """
    settings = process.settings
    allowed = settings.allow_private_webhook_targets
    try:
        return check_url(url, allowed_networks=allowed, production=settings.is_production)
    except ForbiddenTarget as refusal:
        raise _invalid(refusal) from None


async def judge(process: Process, url: Any) -> None:
    """Refuse an address that may not be sent to, by its spelling or by where its name leads. No text, nothing to judge.

    Before any SQL of the request: what others' name servers take must hold no transaction open.
    Raises: `Invalid`.
    """
    if not isinstance(url, str):
        return
    target = spelt(process, url)
    if target.address is None:
        try:
            await process.egress.check_name(target.host, timeout_s=LOOKUP_S)
        except ForbiddenTarget as refusal:
            raise _invalid(refusal) from None


def _invalid(refusal: ForbiddenTarget) -> Invalid:
    problem = FieldProblem("forbidden_target", refusal.reason, pointer="/url")
    return Invalid("Webhooks are not sent to this address.", code="forbidden_target", problems=[problem])

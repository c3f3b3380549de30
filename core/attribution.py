"""Which clients a post concerns, and why: their keywords caught it, or a monitored account is part of it.

A post that comes from, mentions or answers a monitored account reaches that account's client without any
keyword. A post of an owned account is the client's own: no opinion about it. What only a competitor's account
brought is kept for comparison and not counted among the talk about the client.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core.intake import fold_handle
from core.posts import Post

_HANDLE = re.compile(r"(?<![\w@.])@([A-Za-z0-9_](?:[A-Za-z0-9_.]{0,98}[A-Za-z0-9_])?)")


@dataclass(frozen=True, slots=True)
class WatchedAccount:
    """A monitored account: `handle` is folded, `kind` is owned, competitor, executive or watched."""

    id: UUID
    client_id: UUID
    platform: str
    handle: str
    kind: str


@dataclass(frozen=True, slots=True)
class Caught:
    """A keyword whose query matched, in the version that did."""

    client_id: UUID
    keyword_id: UUID
    version_id: UUID


@dataclass(slots=True)
class Attribution:
    """Why a post concerns one client.

    `is_own` marks the client's own post. `is_counted` says whether it is talk about the client at all.
    """

    client_id: UUID
    keywords: list[Caught] = field(default_factory=list[Caught])
    account_ids: list[UUID] = field(default_factory=list[UUID])
    is_own: bool = False
    is_counted: bool = False


class AccountIndex:
    """The monitored accounts of one agency, found by platform and handle."""

    def __init__(self, accounts: Iterable[WatchedAccount]) -> None:
        self._by_handle: dict[tuple[str, str], list[WatchedAccount]] = {}
        for account in accounts:
            self._by_handle.setdefault((account.platform, account.handle), []).append(account)

    def authors(self, post: Post) -> list[WatchedAccount]:
        """The monitored accounts that wrote the post."""
        if not self._by_handle or not post.author:
            return []
        return self._by_handle.get((post.source, fold_handle(post.author)), [])

    def addressed(self, post: Post) -> list[WatchedAccount]:
        """The monitored accounts that the post mentions or answers."""
        if not self._by_handle:
            return []
        handles = {fold_handle(handle) for handle in _HANDLE.findall(post.text)} if "@" in post.text else set[str]()
        if post.reply_to:
            handles.add(fold_handle(post.reply_to))
        return [account for handle in sorted(handles) for account in self._by_handle.get((post.source, handle), [])]


def attribute(post: Post, caught: Iterable[Caught], accounts: AccountIndex) -> Mapping[UUID, Attribution]:
    """The clients that a post concerns, each with its reasons."""
    found: dict[UUID, Attribution] = {}
    for each in caught:
        attribution = _of(found, each.client_id)
        attribution.keywords.append(each)
        attribution.is_counted = True
    for account in accounts.addressed(post):
        _by_account(_of(found, account.client_id), account)
    for account in accounts.authors(post):
        _by_account(_of(found, account.client_id), account)
        if account.kind == "owned":
            found[account.client_id].is_own = True
    for attribution in found.values():
        attribution.is_counted = attribution.is_counted and not attribution.is_own
    return found


def _of(found: dict[UUID, Attribution], client_id: UUID) -> Attribution:
    return found.setdefault(client_id, Attribution(client_id))


def _by_account(attribution: Attribution, account: WatchedAccount) -> None:
    if account.id not in attribution.account_ids:
        attribution.account_ids.append(account.id)
    if account.kind != "competitor":
        attribution.is_counted = True

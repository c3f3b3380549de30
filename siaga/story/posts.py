"""From a phrase to a post, in the shape of one item of `POST /v1/mentions`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from random import Random
from typing import Any

from siaga.story import brand
from siaga.story.people import Person, Public
from siaga.story.wording import filled, typed

VIEWS_PER_FOLLOWER = 0.45
SHARE_OF_VIEWS = {"likes": 0.035, "comments": 0.004, "shares": 0.003}
ANSWER_KIND = {"x": "reply", "instagram": "comment", "tiktok": "comment", "facebook": "comment", "youtube": "comment"}
# Collectors tell the language of about two posts in three; a dialect is nobody's `id`.
LANG_KNOWN = 0.65
TRIES_FOR_A_NEW_TEXT = 12


@dataclass(frozen=True)
class Told:
    """A post with what only the story knows: `mood` (its true sentiment) and `part` (which thread it is of)."""

    post: dict[str, Any]
    mood: str
    part: str


class Pen:
    """Writes posts: one source of chance, one public, and a memory of what was said, so that texts do not repeat."""

    def __init__(self, seed: int, edition: str) -> None:
        # A story needs chance that can be repeated, not secrecy.
        self.dice = Random(seed)  # noqa: S311
        self.public = Public(self.dice)
        self._edition = f"{edition}:{seed}"
        self._serial = 0
        self._said: set[str] = set()

    def text(self, phrases: Sequence[str], mood: str, *, account: str, english: bool = False) -> tuple[str, bool]:
        """A text nobody wrote before, and whether it names the brand (else it makes sense only as an answer)."""
        text, names_brand = "", True
        for _ in range(TRIES_FOR_A_NEW_TEXT):
            phrase = self.dice.choice(phrases)
            text = typed(filled(phrase, self.dice, account=account), mood, self.dice, english=english)
            names_brand = "{b}" in phrase or "rintik" in text.lower()
            if text.casefold() not in self._said:
                break
        self._said.add(text.casefold())
        return text, names_brand

    def post(
        self, platform: str, author: Person, text: str, *, kind: str = "post", reply_to: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """A post with an id of its own; `more` are further fields as they are, `None` meaning unknown."""
        fields: dict[str, Any] = {
            "platform": platform,
            "native_id": self._native_id(),
            "author": author.shape(),
            "text": text,
            "kind": kind,
            "reply_to": reply_to,
            "engagement": self._engagement(platform, author, kind),
            **more,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def said(
        self, platform: str, phrases: Sequence[str], mood: str, *, author: Person | None = None, english: bool = False
    ) -> dict[str, Any]:
        """What somebody of the public says, about the brand or straight to it."""
        if platform not in ANSWER_KIND:
            raise KeyError(platform)
        account = brand.owned(platform).handle
        text, names_brand = self.text(phrases, mood, account=account, english=english)
        # On YouTube people speak under videos; elsewhere a post that names the brand stands on its own.
        answers = not names_brand or platform == "youtube"
        lang = ("en" if english else "id") if self.dice.random() < LANG_KNOWN else None
        kind, reply_to = (ANSWER_KIND[platform], account) if answers else ("post", None)
        return self.post(
            platform, author or self.public.somebody(platform), text, kind=kind, reply_to=reply_to, lang=lang
        )

    def article(self, headline: str, lead: str) -> dict[str, Any]:
        """A news article on one of the invented media sites, which are under `.example`."""
        author = self.public.somebody("news")
        title, text = filled(headline, self.dice), filled(lead, self.dice)
        slug = "-".join(title.lower().replace(",", "").replace("'", "").split())
        url = f"https://{author.handle}.example/{slug}-{self._serial}"
        return self.post("news", author, text, title=title, url=url, lang="id")

    def _native_id(self) -> str:
        self._serial += 1
        return blake2b(f"{self._edition}:{self._serial}".encode(), digest_size=10).hexdigest()

    def _engagement(self, platform: str, author: Person, kind: str) -> dict[str, int] | None:
        if author.followers is None or kind == "repost":
            return None
        views = author.followers * VIEWS_PER_FOLLOWER * self.dice.lognormvariate(0, 0.8)
        if kind in {"reply", "comment"}:
            views *= 0.1
        counts = {name: round(views * share * self.dice.uniform(0.4, 1.6)) for name, share in SHARE_OF_VIEWS.items()}
        # Comments and Facebook posts show no views.
        return counts if kind == "comment" or platform == "facebook" else {**counts, "views": round(views)}


def rfc3339(moment: datetime) -> str:
    """A moment as the API takes it: UTC with `Z`, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def as_person(account: brand.Account) -> Person:
    """A brand's own account as an author."""
    return Person(account.platform, account.handle, account.name, account.followers, is_verified=True)

"""Posts to mentions: whom each concerns, how it reads, and whose voice it is."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from core.attribution import Attribution
from core.crisis import bucket_of, starts_at
from core.intake import fold_handle, mention_id, voice_key
from core.lexicons import read_many
from core.posts import Post, whole_text
from core.sentiment import Reading
from core.text import fold
from core.towards import towards
from core.watch import Watch
from jobs.context import Context
from storage.mentions import NewMention
from storage.stored_posts import is_capped, post_of

if TYPE_CHECKING:
    from asyncpg import Record

COPY_LENGTH = 25
"""Characters of folded text from which two equal texts are copies; shorter ones ("error lagi") are just alike."""


def read(
    context: Context,
    posts: "Iterable[Record]",
    concerning: Callable[[Post], Mapping[UUID, Attribution]],
    *,
    watched: Watch,
    beside: Callable[[Post], Collection[UUID]] | None = None,
) -> list[NewMention]:
    """The mentions that posts are: one for each client they concern.

    Posts are read once for all clients, and once more for one whose lexicon has a word that stands in them. Where one
    names several brands, its sentiment is towards each client. `beside` tells whom else a post concerns, where
    `concerning` is asked for one client alone.
    """
    concerned: list[tuple[Record, Post, Mapping[UUID, Attribution]]] = []
    for row in posts:
        post = post_of(row)
        attributions = concerning(post)
        if attributions:
            concerned.append((row, post, attributions))
    texts = [whole_text(post.title, post.text) for _, post, _ in concerned]
    readings = context.reader.read_many(texts)
    version = context.reader.version
    otherwise: dict[UUID, dict[int, Reading]] = {}
    for client_id, lexicon in watched.lexicons.items():
        own = [place for place, (_, _, attributions) in enumerate(concerned) if client_id in attributions]
        told = read_many(context.reader, lexicon, [texts[n] for n in own], [readings[n] for n in own])
        otherwise[client_id] = dict(zip(own, told, strict=True))
    versions = {client_id: lexicon.named(version) for client_id, lexicon in watched.lexicons.items()}
    found: list[NewMention] = []
    for place, ((row, post, attributions), reading) in enumerate(zip(concerned, readings, strict=True)):
        author_key, text_key = _voice(row, post)
        wholes = {client_id: otherwise.get(client_id, {}).get(place, reading) for client_id in attributions}
        others = beside(post) if beside else None
        for client_id, read_as in towards(context.reader, watched, post, wholes, others).items():
            voice, why = (author_key, text_key), attributions[client_id]
            found.append(_mention(row, post, read_as, why, voice, versions.get(client_id, version)))
    return found


def _voice(row: "Record", post: Post) -> tuple[int, int]:
    """Hashes of author and text; what has neither is a voice of its own."""
    own = str(row["id"])
    author = voice_key(post.source, fold_handle(post.author)) if post.author else voice_key(own)
    folded = fold(post.text)
    return author, voice_key(folded) if len(folded) >= COPY_LENGTH else voice_key(own, "text")


def _mention(
    row: "Record", post: Post, reading: Reading, why: Attribution, voice: tuple[int, int], reader_version: str
) -> NewMention:
    """One client's mention; the client's own post holds no opinion about it."""
    author_key, text_key = voice
    return NewMention(
        id=mention_id(row["id"], why.client_id),
        published_at=row["published_at"],
        client_id=why.client_id,
        post_id=row["id"],
        platform=post.source,
        author_key=author_key,
        text_key=text_key,
        sentiment="neutral" if why.is_own else reading.label.value,
        polarity=0.0 if why.is_own else reading.polarity,
        p_neutral=None if why.is_own else reading.p_neutral,
        toxicity=reading.toxicity,
        complaint=reading.complaint,
        hoax_cue=reading.hoax_cue,
        is_threat=reading.threat,
        language=reading.language,
        # Where the source gives no reach, the author's followers are the most who can have seen it.
        reach=post.reach or post.views or post.followers,
        engagement=post.total_engagement,
        is_own=why.is_own,
        is_counted=why.is_counted,
        is_capped=is_capped(row),
        keyword_ids=_array(caught.keyword_id for caught in why.keywords),
        keyword_version_ids=_array(caught.version_id for caught in why.keywords),
        account_ids=_array(why.account_ids),
        reader_version=reader_version,
    )


def _array(ids: Iterable[UUID]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"


def touched_by(found: Iterable[NewMention]) -> dict[UUID, tuple[datetime, datetime]]:
    """The first and the last bucket that mentions touch, by client."""
    touched: dict[UUID, tuple[datetime, datetime]] = {}
    for mention in found:
        bucket = starts_at(bucket_of(mention.published_at.astimezone(UTC)))
        first, last = touched.get(mention.client_id, (bucket, bucket))
        touched[mention.client_id] = (min(first, bucket), max(last, bucket))
    return touched

"""Lexicons: what words mean to one client, and what would change before they do."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post, put
from litestar.params import JSONBody

from api.edge.mentions import Sentiment
from api.edge.schema import PERSONAL, Count, Input, Output, PathId, clean, identifier
from api.edge.tenancy import AnyRequest, Caller, Held, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core import lexicons as rules
from core.errors import FieldProblem, Invalid
from core.lexicons import MOST_TERMS, Lexicon, Term
from core.posts import Post, whole_text
from core.sentiment import Label, Reading
from core.sentiment.backend import PostReader
from core.towards import towards
from core.watch import Watch
from storage import lexicons as records
from storage import mentions
from storage.lexicons import ClientLexiconRow
from storage.session import driver_of
from storage.stored_posts import post_of

LATEST = 2_000
"""Mentions that a preview reads."""
MOST_EXAMPLES = 20
LONGEST_SHOWN = 500

_TERM = r"^[^\x00-\x1f\x7f]*[^\W_][^\x00-\x1f\x7f]*$"
TermText = Annotated[
    str,
    msgspec.Meta(
        min_length=2, max_length=100, pattern=_TERM, description="A word or a phrase.", examples=["Kopi Murka"]
    ),
]


class LexiconTerm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word or phrase and how it is to be read: `neutral` as a name, which decides nothing, else as good or bad."""

    term: TermText
    polarity: Sentiment


Terms = Annotated[list[LexiconTerm], msgspec.Meta(max_length=MOST_TERMS)]


class ClientLexicon(Output, frozen=True):
    """What words mean to a client. `updated_at` is null where nothing was ever written."""

    client_id: UUID
    terms: Terms
    updated_at: datetime | None
    updated_by: UUID | None


class NewLexicon(Input, frozen=True):
    """All terms, in the place of those there were; none takes the lexicon out of force."""

    terms: Terms


class LexiconChange(Output, frozen=True):
    """How many mentions would go from one label to another."""

    before: Sentiment
    after: Sentiment
    count: Count


class LexiconExample(Output, frozen=True):
    """A mention that would read otherwise; `text` is cut after 500 characters."""

    mention_id: UUID
    text: Annotated[str, msgspec.Meta(max_length=LONGEST_SHOWN), PERSONAL]
    before: Sentiment
    after: Sentiment


class LexiconPreview(Output, frozen=True):
    """What a lexicon would change: how many of the latest mentions hold a term, and how many would read otherwise."""

    mentions_read: Count
    mentions_with_terms: Count
    labels_changed: Count
    changes: Annotated[list[LexiconChange], msgspec.Meta(max_length=6)]
    examples: Annotated[list[LexiconExample], msgspec.Meta(max_length=MOST_EXAMPLES)]


@get("/clients/{client_id:str}/lexicon", scope="sentiment:read", summary="Read a client's lexicon")
async def get_lexicon(request: AnyRequest, session: Session, client_id: PathId) -> Response[ClientLexicon]:
    """What words mean to this client; without terms, and with the ETag `"0"`, where nothing was ever written."""
    found = identifier(client_id)
    row = await records.find(session, found)
    return tagged(request, _shape(found, row), row.version if row else 0)


@put("/clients/{client_id:str}/lexicon", scope="sentiment:write", summary="Write a client's lexicon", status_code=200)
async def write_lexicon(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    now: Now,
    client_id: PathId,
    data: JSONBody[NewLexicon],
    if_match: IfMatch = None,
) -> Response[ClientLexicon]:
    """Say how words are to be read in posts that concern this client, from now on.

    Try it first with its preview, and have past mentions read again afterwards: neither happens by itself.
    """
    version, found, terms = expected_version(if_match), identifier(client_id), _checked(data)
    kept = [{"term": term.text, "polarity": term.polarity.value} for term in terms]
    row = await records.write(session, found, kept, version=version, by=principal.id, now=now)
    return tagged(request, _shape(found, row), row.version)


@post(
    "/clients/{client_id:str}/lexicon/preview",
    scope="sentiment:read",
    summary="Try a lexicon",
    status_code=200,
    key="none",
    unaudited="nothing is stored",
)
async def preview_lexicon(
    session: Session, process: Held, client_id: PathId, data: JSONBody[NewLexicon]
) -> LexiconPreview:
    """What these terms would change in the client's latest 2,000 mentions, against the lexicon in force.

    Nothing is stored. Labels are the reader's, of today's model: corrections would stay as they are.
    """
    found, terms = identifier(client_id), _checked(data)
    await records.find(session, found)
    latest = await mentions.latest(await driver_of(session), session.info["agency_id"], found, limit=LATEST)
    watch = await process.watches.on(session)
    posts = [post_of(each) for each in latest]
    return await asyncio.to_thread(
        _preview, process.reader, watch, found, [each["id"] for each in latest], posts, Lexicon(terms, 1)
    )


def _checked(data: NewLexicon) -> list[Term]:
    terms = [Term(" ".join(clean(each.term).split()), Label(each.polarity)) for each in data.terms]
    twice = rules.repeated(terms)
    if twice:
        detail = "This term is told twice, in upper or lower case. Tell each once."
        problems = [FieldProblem("repeated_term", detail, pointer=f"/terms/{place}/term") for place in twice]
        raise Invalid("A field is refused.", problems=problems)
    return terms


def _shape(client_id: UUID, row: ClientLexiconRow | None) -> ClientLexicon:
    return ClientLexicon(
        client_id=client_id,
        terms=msgspec.convert(row.terms, list[LexiconTerm]) if row else [],
        updated_at=row.updated_at if row else None,
        updated_by=row.updated_by if row else None,
    )


def _preview(
    reader: PostReader, watch: Watch, client_id: UUID, ids: Sequence[UUID], posts: Sequence[Post], after: Lexicon
) -> LexiconPreview:
    texts = [whole_text(post.title, post.text) for post in posts]
    before = watch.lexicons.get(client_id) or Lexicon([], 0)
    # A post in which no term of either stands reads the same.
    worded = [n for n, text in enumerate(texts) if before.rewrite(text) or after.rewrite(text)]
    plain = reader.read_many([texts[n] for n in worded])
    old, new = (
        _labels(reader, watch, client_id, lexicon, [posts[n] for n in worded], plain) for lexicon in (before, after)
    )
    changes = [(n, a, b) for n, a, b in zip(worded, old, new, strict=True) if a != b]
    counts = Counter((a, b) for _, a, b in changes)
    return LexiconPreview(
        mentions_read=len(texts),
        mentions_with_terms=sum(after.rewrite(texts[n]) is not None for n in worded),
        labels_changed=len(changes),
        changes=[LexiconChange(before=a.value, after=b.value, count=n) for (a, b), n in counts.most_common()],
        examples=[
            LexiconExample(mention_id=ids[n], text=texts[n][:LONGEST_SHOWN], before=a.value, after=b.value)
            for n, a, b in changes[:MOST_EXAMPLES]
        ],
    )


def _labels(
    reader: PostReader,
    watch: Watch,
    client_id: UUID,
    lexicon: Lexicon,
    posts: Sequence[Post],
    plain: Sequence[Reading],
) -> list[Label]:
    """How posts read towards the client with this lexicon, as the label of a mention is made."""
    worded = replace(watch, lexicons={**watch.lexicons, client_id: lexicon})
    texts = [whole_text(post.title, post.text) for post in posts]
    readings = rules.read_many(reader, lexicon, texts, plain)
    return [
        towards(reader, worded, post, {client_id: reading}, watch.concerned(post))[client_id].label
        for post, reading in zip(posts, readings, strict=True)
    ]


router = Router("/v1", route_handlers=[get_lexicon, write_lexicon, preview_lexicon], tags=["Sentiment"])

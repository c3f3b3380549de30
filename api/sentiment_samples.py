"""Blind samples: people label a month's mentions without seeing the reader's labels, and so say how good it is."""

import asyncio
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, Router, get, patch, post
from litestar.params import JSONBody

from api.edge.lists import Asked, Listed, Listing, listed, of_id
from api.edge.mentions import Sentiment, Share
from api.edge.schema import PERSONAL, Count, Input, Output, PathId, identifier, shape
from api.edge.tenancy import AnyRequest, Caller, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core import sentiment_samples as rules
from core.errors import FieldProblem, Invalid
from core.posts import whole_text
from core.sentiment.tokens import READ_LIMIT
from storage import clients, versions
from storage import sentiment_samples as records
from storage.clients import ClientRow
from storage.posts import PostRow
from storage.sentiment_samples import SentimentSampleItemRow, SentimentSampleRow

MOST_ITEMS = 500

Month = Annotated[
    str,
    msgspec.Meta(
        min_length=7,
        max_length=7,
        pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$",
        description="Year and month, in the client's time zone.",
        examples=["2026-10"],
    ),
]
Size = Annotated[int, msgspec.Meta(ge=rules.FEWEST, le=MOST_ITEMS, examples=[200])]
SampleLabel = Literal["negative", "neutral", "positive", "unclear"]


class SampleFigure(msgspec.Struct, frozen=True):
    """A share, and the interval from `low` to `high` that holds the true one in 95 of 100 samples."""

    value: Annotated[Share, msgspec.Meta(examples=[0.84])]
    low: Annotated[Share, msgspec.Meta(examples=[0.78])]
    high: Annotated[Share, msgspec.Meta(examples=[0.89])]


class ConfusionCell(msgspec.Struct, frozen=True):
    """How many mentions people gave one label, and the reader the other."""

    person: Sentiment
    reader: Sentiment
    count: Count


class SampleResult(msgspec.Struct, frozen=True):
    """How good the reader was. `macro_f1` is the mean over the labels that occur; that of one that does not is null.

    `judged` are the items with a label, less those that nobody can tell.
    """

    judged: Count
    macro_f1: SampleFigure
    accuracy: SampleFigure
    f1_negative: SampleFigure | None
    f1_neutral: SampleFigure | None
    f1_positive: SampleFigure | None
    confusion: Annotated[list[ConfusionCell], msgspec.Meta(max_length=9)]


class SentimentSample(Output, frozen=True):
    """A blind sample of one client's month.

    `result` is null until every item is labelled, and where fewer than 30 of them tell. `seed` is what drew them.
    """

    id: UUID
    client_id: UUID
    month: Month
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
    size: Count
    labelled: Count
    result: SampleResult | None
    created_at: datetime
    updated_at: datetime


class SampleItem(msgspec.Struct, frozen=True):
    """One mention to be labelled, without anything the reader said of it. A post that was deleted since has no text."""

    id: UUID
    published_at: datetime
    text: Annotated[str, msgspec.Meta(max_length=READ_LIMIT), PERSONAL] | None
    label: SampleLabel | None


class SentimentSampleWithItems(SentimentSample, frozen=True, kw_only=True):
    """A blind sample with its items; of each text as much is shown as is read."""

    items: Annotated[list[SampleItem], msgspec.Meta(max_length=MOST_ITEMS)]


class NewSentimentSample(Input, frozen=True):
    """Whose mentions of which month, and how many of them; all where there are fewer. The month has to be over."""

    client_id: UUID
    month: Month
    size: Size = 200


class GivenLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says of one item; null takes it back, `unclear` where nobody could tell."""

    item_id: UUID
    label: SampleLabel | None


class SentimentSampleChanges(Input, frozen=True):
    """Labels to add, to change or to take back; those of other items stay."""

    labels: Annotated[list[GivenLabel], msgspec.Meta(min_length=1, max_length=MOST_ITEMS)]


class SentimentSampleList(Listed, frozen=True, kw_only=True):
    """A page of samples, newest first."""

    data: Annotated[list[SentimentSample], msgspec.Meta(max_length=200)]


_LISTING = Listing(filters={"client_id": of_id("Only samples of this client's mentions.")})


@post("/sentiment-samples", scope="sentiment:write", summary="Draw a blind sample")
async def create_sentiment_sample(
    request: AnyRequest, session: Session, principal: Caller, now: Now, data: JSONBody[NewSentimentSample]
) -> Response[SentimentSampleWithItems]:
    """Draw mentions of a past month by lot, each as likely as any other, for people to label.

    A month is drawn once, and what the reader said then is kept: nobody draws until the result pleases.
    """
    await clients.require(session, data.client_id)
    client = await versions.get(session, ClientRow, data.client_id)
    month = date.fromisoformat(f"{data.month}-01")
    span = _span(month, ZoneInfo(client.time_zone))
    if span[1] > now:
        problem = FieldProblem("in_the_future", "Say a month that is over.", pointer="/month")
        raise Invalid("A field is refused.", problems=[problem])
    row = await records.draw(
        session, client.id, month, span, seed=secrets.randbits(53), size=data.size, by=principal.id, now=now
    )
    content = await _whole(session, row, await records.items_of(session, row.id))
    return tagged(request, content, row.version, status=201, location=f"/v1/sentiment-samples/{row.id}")


@get("/sentiment-samples", scope="sentiment:read", summary="List blind samples", listing=_LISTING)
async def list_sentiment_samples(request: AnyRequest, session: Session, asked: Asked) -> Response[SentimentSampleList]:
    """The agency's samples with their results, newest first: how good the reader was, month by month."""
    page = await records.page(session, asked)
    data = [shape(row, SentimentSample, month=_month(row), result=_result(row)) for row in page.rows]
    return listed(request, SentimentSampleList, data, page)


@get("/sentiment-samples/{sample_id:str}", scope="sentiment:read", summary="Read a blind sample")
async def get_sentiment_sample(
    request: AnyRequest, session: Session, sample_id: PathId
) -> Response[SentimentSampleWithItems]:
    """One sample: its items to be labelled, and what they say of the reader once all are."""
    row = await versions.get(session, SentimentSampleRow, identifier(sample_id))
    return tagged(request, await _whole(session, row, await records.items_of(session, row.id)), row.version)


@patch("/sentiment-samples/{sample_id:str}", scope="sentiment:write", summary="Label a blind sample")
async def label_sentiment_sample(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    now: Now,
    sample_id: PathId,
    data: JSONBody[SentimentSampleChanges],
    if_match: IfMatch = None,
) -> Response[SentimentSampleWithItems]:
    """Say how items read, one at a time or many. Once all are labelled the result is there.

    A label that is changed later changes it, and one that is taken back takes it away.
    """
    row = await records.lock(session, identifier(sample_id), version=expected_version(if_match))
    labels = {each.item_id: each.label for each in data.labels}
    items = await records.label(session, row, labels, by=principal.id, now=now)
    judged = None
    if row.labelled == row.size:
        judged = await asyncio.to_thread(rules.judge, records.pairs_of(items), seed=row.seed)
    await records.settle(session, row, judged)
    return tagged(request, await _whole(session, row, items), row.version)


def _span(month: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the month's first instant at the client's to that of the next."""
    following = (month + timedelta(days=32)).replace(day=1)
    first, last = (datetime(day.year, day.month, 1, tzinfo=zone).astimezone(UTC) for day in (month, following))
    return first, last


async def _whole(session: Session, row: SentimentSampleRow, items: records.Items) -> SentimentSampleWithItems:
    posts = await records.posts_of(session, items)
    shown = [_item(each, posts.get(each.post_id)) for each in items]
    return shape(row, SentimentSampleWithItems, month=_month(row), result=_result(row), items=shown)


def _item(row: SentimentSampleItemRow, found: PostRow | None) -> SampleItem:
    text = None if found is None else whole_text(found.title, found.text)[:READ_LIMIT]
    return shape(row, SampleItem, text=text)


def _month(row: SentimentSampleRow) -> str:
    return f"{row.month:%Y-%m}"


def _result(row: SentimentSampleRow) -> SampleResult | None:
    if row.result is None:
        return None
    told = row.result
    cells = [
        {"person": person, "reader": reader, "count": told["confusion"][line][column]}
        for line, person in enumerate(rules.LABELS)
        for column, reader in enumerate(rules.LABELS)
    ]
    of_labels = {f"f1_{label}": figure for label, figure in zip(rules.LABELS, told["f1"], strict=True)}
    figures = {name: told[name] for name in ("macro_f1", "accuracy")} | of_labels
    return msgspec.convert({"judged": told["size"], "confusion": cells, **figures}, SampleResult)


router = Router(
    "/v1",
    route_handlers=[
        create_sentiment_sample,
        list_sentiment_samples,
        get_sentiment_sample,
        label_sentiment_sample,
    ],
    tags=["Sentiment"],
)

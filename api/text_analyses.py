"""Texts read on demand: what the reader says of them, and why. Nothing is stored."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated, Literal

import msgspec
from litestar import Response, Router, post

from api.edge.bulk import items_of
from api.edge.intake import Refusal, decoded_item
from api.edge.readings import TextReading, reading_shape
from api.edge.schema import MAY_GROW
from api.edge.tenancy import AnyRequest, Held
from core.errors import Unreadable
from core.sentiment.backend import PostReader

MOST_TEXTS = 1_000
LONGEST_TEXT = 20_000
LONGEST_S = 10
"""After so long what is left of a request is not read any more: texts told one by one."""
_AT_ONCE = 50

Index = Annotated[int, msgspec.Meta(ge=0, le=MOST_TEXTS - 1)]
OwnId = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00]*$")]


class NewTextAnalysis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text to be read, and what its sender calls it. Of a long text the first 5,000 characters are read."""

    text: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
    id: OwnId | None = None


class NewTextAnalyses(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """1 to 1,000 texts, each read or refused on its own."""

    items: Annotated[list[NewTextAnalysis], msgspec.Meta(min_length=1, max_length=MOST_TEXTS)]


class TextAnalysis(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one text: its place in what was sent, its sender's id, and the reading or the refusal."""

    index: Index
    status: Annotated[Literal["read", "refused"], MAY_GROW]
    id: OwnId | None = None
    reading: TextReading | None = None
    error: Refusal | None = None


class TextAnalyses(msgspec.Struct, frozen=True):
    """One result for each text, in order, and the reader that read them."""

    results: Annotated[list[TextAnalysis], msgspec.Meta(max_length=MOST_TEXTS)]
    reader_version: Annotated[str, msgspec.Meta(max_length=200)]


_WHOLE = msgspec.json.Decoder(NewTextAnalyses, strict=True)
_ITEM = msgspec.json.Decoder(NewTextAnalysis, strict=True)
_ENCODER = msgspec.json.Encoder()
_LATE = Refusal(
    code="out_of_time", detail="The texts before it took all of the time. Send it again, with fewer.", errors=[]
)


@post(
    "/text/analyses",
    scope="sentiment:read",
    summary="Read texts",
    status_code=200,
    request_shape=NewTextAnalyses,
    answer_shape=TextAnalyses,
    key="none",
    unaudited="nothing is stored",
)
async def analyse_texts(request: AnyRequest, process: Held) -> Response[bytes]:
    """Read up to 1,000 texts: sentiment with probabilities and strengths, and the words that decided.

    A text that is refused never loses its neighbours. Nothing is stored. Reading ends after ten seconds; what is left
    is refused with `out_of_time`, to be sent again.
    """
    items = items_of(await request.body(), lambda body: _WHOLE.decode(body).items, most=MOST_TEXTS)
    if not items:
        raise Unreadable("There is nothing in the body. Send at least one text.", code="empty")
    results: list[TextAnalysis] = []
    async with process.reading:
        end = time.monotonic() + LONGEST_S
        for part in _parts(items):
            results += await asyncio.to_thread(_read, process.reader, part, len(results), end)
    answer = TextAnalyses(results, process.reader.version)
    return Response(await asyncio.to_thread(_ENCODER.encode, answer), media_type="application/json")


def _parts(items: Sequence[NewTextAnalysis | msgspec.Raw]) -> Iterator[list[NewTextAnalysis | msgspec.Raw]]:
    rest = iter(items)
    while part := list(islice(rest, _AT_ONCE)):
        yield part


def _read(
    reader: PostReader, items: Sequence[NewTextAnalysis | msgspec.Raw], first: int, end: float
) -> list[TextAnalysis]:
    """The results of some items; of none when the time is over."""
    if time.monotonic() >= end:
        return [TextAnalysis(index, "refused", error=_LATE) for index in range(first, first + len(items))]
    found = [item if isinstance(item, NewTextAnalysis) else decoded_item(_ITEM, item) for item in items]
    told = iter(reader.explain_many([each.text for each in found if isinstance(each, NewTextAnalysis)]))
    return [
        TextAnalysis(index, "refused", error=each)
        if isinstance(each, Refusal)
        else TextAnalysis(index, "read", each.id, reading_shape(next(told)))
        for index, each in enumerate(found, start=first)
    ]


router = Router("/v1", route_handlers=[analyse_texts], tags=["Sentiment"])

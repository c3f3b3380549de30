"""How a shape is declared: text with limits, ids, and how a row becomes a shape."""

import unicodedata
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from litestar.params import PathParameter

from core.errors import FieldProblem, Invalid, NotFound

# No NUL, which PostgreSQL cannot store; unpaired surrogates never pass the JSON reader.
_NO_NUL = r"^[^\x00]*$"
# What is blank to one reader of patterns and not to another (U+0085, U+FEFF) is blank to all when spelt out.
_BLANK = r"\s\x00-\x1f\x7f-\x9f\ufeff"
NO_NUL_SOME = rf"^[^\x00]*[^{_BLANK}][^\x00]*$"

PERSONAL = msgspec.Meta(extra_json_schema={"x-personal-data": True})
"""Marks a field that tells of a person: no log, event or problem document ever holds its value."""

Name = Annotated[
    str, msgspec.Meta(min_length=1, max_length=200, pattern=NO_NUL_SOME, description="1 to 200 characters.")
]
ShortText = Annotated[str, msgspec.Meta(max_length=200, pattern=_NO_NUL)]
LongText = Annotated[str, msgspec.Meta(max_length=10_000, pattern=_NO_NUL)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]
Handle = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=rf"^@?[^{_BLANK}@]+$")]
Platform = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=30,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="x, instagram, tiktok, facebook, ...",
        examples=["x"],
    ),
]

MAY_GROW = msgspec.Meta(extra_json_schema={"x-extensible-enum": True})
"""Marks the words of an answer that later releases may add to: programs take one they do not know as it comes."""

PathId = Annotated[str, PathParameter(description="Id of the resource.")]

PLATFORMS = (
    "x", "facebook", "instagram", "tiktok", "youtube", "threads", "reddit", "forum", "news", "blog", "review", "web",
    "telegram", "whatsapp", "mastodon", "bluesky", "google_play", "app_store",
)  # fmt: skip

Shape = TypeVar("Shape")


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a caller sends: closed, so that a mistyped field is told and not ignored."""


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What the API answers."""


def clean(text: str) -> str:
    """Text as it is stored: NFC, no white space at either end."""
    return unicodedata.normalize("NFC", text).strip()


def changed(data: Input) -> dict[str, Any]:
    """The fields of an input as columns: text cleaned, what is absent left out."""
    values = {name: getattr(data, name) for name in data.__struct_fields__}
    return {name: clean(v) if isinstance(v, str) else v for name, v in values.items() if v is not msgspec.UNSET}


def shape(row: Any, kind: type[Shape], **more: Any) -> Shape:
    """A row as the shape of the same field names; `more` gives the fields the row has not."""
    names: tuple[str, ...] = kind.__struct_fields__  # type: ignore[attr-defined]
    return kind(**{name: more[name] if name in more else getattr(row, name) for name in names})


def identifier(text: str) -> UUID:
    """The id in a path; a malformed one is as unknown as any other.

    Raises: `NotFound`.
    """
    try:
        parsed = UUID(text)
    except ValueError:
        raise NotFound from None
    if str(parsed) != text:
        raise NotFound
    return parsed


def platform(text: str, pointer: str) -> str:
    """A platform we know.

    Raises: `Invalid`.
    """
    if text not in PLATFORMS:
        detail = f"Unknown platform. Known: {', '.join(PLATFORMS)}."
        raise Invalid("A field is refused.", problems=[FieldProblem("unknown_platform", detail, pointer=pointer)])
    return text

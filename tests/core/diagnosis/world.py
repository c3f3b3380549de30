"""Remarks, made with few words."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from core.diagnosis.remarks import Remark

START = datetime(2026, 3, 2, 5, tzinfo=UTC)


def said(
    text: str, *, minute: float = 0, author: int | None = None, number: int | None = None, **more: object
) -> Remark:
    """A post that speaks against the client unless told otherwise."""
    number = round(minute * 1000) if number is None else number
    known = {"sentiment": "negative", "platform": "x", "voice": number if author is None else author, **more}
    return Remark(id=UUID(int=number), at=START + timedelta(minutes=minute), text=text, **known)  # type: ignore[arg-type]

"""What every table shares: naming of constraints, the agency column, ids in the order of time."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.ids import uuid7, uuid7_text


class Table(DeclarativeBase):
    """All tables of Siaga; constraint names are predictable so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "ck": "%(table_name)s_%(constraint_name)s_check",
        }
    )
    type_annotation_map: Mapping[Any, Any] = {
        str: Text(),
        int: BigInteger(),
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text()),
        list[UUID]: ARRAY(Uuid()),
        dict[str, Any]: JSONB(),
    }


class TenantTable(Table):
    """A table whose rows belong to one agency; `agency_id` leads its primary key."""

    __abstract__ = True

    agency_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-3)
    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)


def utc_now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A fresh identifier, later than all before it to the millisecond."""
    return uuid7(time.time_ns() // 1_000_000, os.urandom(10))


def new_id_texts(count: int) -> list[str]:
    """Fresh identifiers as 32 digits each, for rows that are written many at a time."""
    unix_ms, entropy = time.time_ns() // 1_000_000, os.urandom(10 * count)
    return [uuid7_text(unix_ms, entropy[place : place + 10]) for place in range(0, 10 * count, 10)]

"""Every table, gathered: what migrations are compared with."""

from storage import (  # noqa: F401 - imported for the tables they declare
    accounts,
    agencies,
    buckets,
    clients,
    credentials,
    incidents,
    keywords,
    mentions,
    outbox,
    posts,
    scores,
    webhooks,
)
from storage.table import Table

metadata = Table.metadata

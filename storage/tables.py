"""Every table, gathered: what migrations are compared with."""

from storage import (
    accounts,
    agencies,
    audit,
    buckets,
    clients,
    credentials,
    data_breaches,
    data_subjects,
    events,
    idempotency,
    identities,
    incident_causes,
    incidents,
    invitations,
    keywords,
    mentions,
    operations,
    outbox,
    posts,
    scores,
    sentiment_corrections,
    usage,
    webhooks,
)
from storage.table import Table

NOUNS = (
    accounts,
    agencies,
    audit,
    buckets,
    clients,
    credentials,
    data_breaches,
    data_subjects,
    events,
    idempotency,
    identities,
    incident_causes,
    incidents,
    invitations,
    keywords,
    mentions,
    operations,
    outbox,
    posts,
    scores,
    sentiment_corrections,
    usage,
    webhooks,
)
"""Imported for the tables they declare."""

metadata = Table.metadata

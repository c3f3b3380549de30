"""The moment a test began: what its posts and its driven clocks count from, however long the suite has run by then."""

from datetime import UTC, datetime

_begun = [datetime.now(UTC)]


def began() -> datetime:
    """When the test that runs now began: the same whenever it asks."""
    return _begun[0]


def begin() -> None:
    """A test begins."""
    _begun[0] = datetime.now(UTC)

"""What one worker process holds, handed to every job."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from core.sentiment.backend import PostReader
from core.settings import Settings
from egress.client import Egress
from jobs.watchlist import Watchlist
from storage.engine import Database
from storage.months import Months
from storage.table import utc_now


@dataclass(slots=True)
class Context:
    """Settings, pools, the reader, the watch list, the one guarded client, and the clock."""

    settings: Settings
    db: Database
    egress: Egress
    reader: PostReader
    watchlist: Watchlist
    clock: Callable[[], datetime] = utc_now
    months: Months = field(default_factory=Months)

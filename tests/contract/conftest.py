"""The API behind its real server, and somebody who has one of everything to call it with."""

from collections.abc import Iterator

import pytest

from api.edge.gate import Gate
from core.settings import Settings
from siaga.embedded import Servers
from storage.engine import Database
from tests.hostile.attacks import Caller
from tests.hostile.setting import prepared
from tests.served import Served, serving


@pytest.fixture(scope="session")
def served(servers: Servers, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(servers, settings, tmp_path_factory.mktemp("logs")) as running:
        yield running


@pytest.fixture(scope="session")
async def attacker(app: Gate, db: Database, settings: Settings, served: Served) -> Caller:
    return await prepared(app, db, settings, served.url)

"""Everything hostile against everything that answers, over TCP, with real servers: `make hostile`.

Sends the corpora of bad input to every operation that takes such a thing, then bytes that are not quite HTTP, and
counts what may never happen. Ends with status 1 if anything of it did.
"""

import asyncio
import base64
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import uvloop

import migrations
from api.app import create_app
from core.settings import Settings
from siaga.embedded import Embedded, Servers
from storage.engine import open_database
from tests.hostile import corpora, judging, raw
from tests.hostile.attacks import Caller, every
from tests.hostile.sending import Line, send_all
from tests.hostile.setting import prepared
from tests.served import Served, running, serving

TOLD_EVERY_S = 2.0
WORKER_LOOKS = 300  # a fifth of a second between
DIED = "process that ended"
FAILED = "job that failed"
FORBIDDEN = list(dict.fromkeys([*judging.FORBIDDEN, *raw.FORBIDDEN, DIED, FAILED]))
SHOWN_OF_EACH = 5


@dataclass(slots=True)
class Tally:
    """What was sent, what came back, and what should not have."""

    requests: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    forbidden: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def note(self, corpus: str, statuses: list[int], outcomes: list[str], what: str) -> None:
        self.requests[corpus] += 1
        for status in statuses:
            self.statuses[f"{status // 100}xx" if status else "none"] += 1
        for outcome in outcomes:
            self.forbidden[outcome] += 1
            if self.forbidden[outcome] <= SHOWN_OF_EACH:
                self.examples.append(f"{outcome}: {what}"[:700])


def main() -> int:
    """Run it all; the exit status."""
    if not corpora.are_here():
        sys.stderr.write(f"The corpora are not in {corpora.CORPORA}. Name the folder of shared data in SIAGA_SHARED.\n")
        return 2
    started = time.monotonic()
    tally = uvloop.run(_attack())
    _tell(tally, time.monotonic() - started)
    return 1 if tally.forbidden else 0


async def _attack() -> Tally:
    tally = Tally()
    _say("Starting PostgreSQL, Redis, the API and a worker ...")
    with _house() as (servers, settings, logs):
        await migrations.upgrade(servers.database_url)
        gate = create_app(settings)
        async with open_database(settings) as db:
            with serving(servers, settings, logs) as served:
                async with gate.app.lifespan():
                    caller = await prepared(gate, db, settings, served.url)
                # The worker reads what is sent, while it is sent.
                with running(served, "worker"):
                    await _send_corpora(served, caller, tally)
                    await _send_bytes(served, tally)
                    await _drained(servers)
                await _is_alive(served, tally)
        _count_failures(served, tally)
    return tally


@contextmanager
def _house() -> Iterator[tuple[Servers, Settings, Path]]:
    with tempfile.TemporaryDirectory(prefix="siaga-hostile-") as home, Embedded.start(Path(home), durable=False) as own:
        settings = Settings.parse(
            {
                "DATABASE_URL": own.database_url,
                "REDIS_URL": own.redis_url,
                "SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
                "ALLOW_PRIVATE_WEBHOOK_TARGETS": "127.0.0.0/8",
                "PUBLIC_URL": "http://api.test",
            }
        )
        yield own.servers, settings, Path(home) / "logs"


async def _send_corpora(served: Served, caller: Caller, tally: Tally) -> None:
    attacks = list(every(caller))
    _say(f"{len(attacks)} requests of {len(corpora.names()) - len(corpora.ELSEWHERE)} corpora, to every operation:")
    started = told = time.monotonic()
    sent = 0
    async for attack, answer in send_all(served.port, attacks):
        sent += 1
        tally.note(attack.corpus, [answer.status], list(judging.judge(attack, answer)), f"{attack} {answer}")
        if time.monotonic() - told >= TOLD_EVERY_S or sent == len(attacks):
            told = time.monotonic()
            left = (told - started) / sent * (len(attacks) - sent)
            _say(f"  {sent:>6} of {len(attacks)}, {tally.forbidden.total()} forbidden, {left:3.0f} s left", again=True)
    _say("")


async def _send_bytes(served: Served, tally: Tally) -> None:
    attacks = list(raw.every())
    _say(f"{len(attacks)} connections of bytes that are not quite HTTP, up to {raw.PATIENCE_S:.0f} s each ...")
    for attack, answers, outcomes in await raw.run(served.port, attacks):
        statuses = [answer.status for answer in answers]
        tally.note("raw bytes", statuses or [0], outcomes, f"{attack} {answers}")


async def _drained(servers: Servers) -> None:
    """Wait until the worker has read all posts that were sent."""
    _say("Waiting until the worker has read what was sent ...")
    connection = await asyncpg.connect(servers.database_url)
    due = "select count(*) from outbox where type in ('posts.received', 'client.touched')"
    for _ in range(WORKER_LOOKS):
        if not await connection.fetchval(due):
            break
        await asyncio.sleep(0.2)
    await connection.close()


async def _is_alive(served: Served, tally: Tally) -> None:
    line = Line(served.port)
    answer = await line.send(raw.request())
    await line.close()
    if answer.status != 200:
        tally.note("at the end", [answer.status], [judging.HANG], str(answer))


def _count_failures(served: Served, tally: Tally) -> None:
    for sentence in served.deaths:
        tally.note("at the end", [], [DIED], sentence)
    for line in served.log("worker").splitlines():
        if '"job failed"' in line:
            # How it ended tells more than how it began.
            tally.note("at the end", [], [FAILED], line[-600:])


def _tell(tally: Tally, seconds: float) -> None:
    _say(f"\n{tally.requests.total()} requests in {seconds:.0f} s")
    for corpus, count in sorted(tally.requests.items()):
        _say(f"  {count:>7}  {corpus}")
    _say("Answers")
    for status, count in sorted(tally.statuses.items()):
        _say(f"  {count:>7}  {status}")
    _say("What may never happen")
    for outcome in FORBIDDEN:
        _say(f"  {tally.forbidden[outcome]:>7}  {outcome}")
    for example in tally.examples:
        _say(f"\n{example}")


def _say(text: str, *, again: bool = False) -> None:
    """A line on the terminal; `again` writes over the last one where a person looks on."""
    end = "\r" if again and sys.stdout.isatty() else "\n"
    sys.stdout.write(text + end)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

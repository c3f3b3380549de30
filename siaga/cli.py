"""The `siaga` command: what a person types. Each command is thin; what it does is imported only when it runs."""

import inspect
import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module, metadata
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, ParamSpec

import click

from core.errors import DomainError
from core.logs import JsonLines
from core.plans import DEFAULT_PLAN, PLANS
from core.settings import Settings, SettingsError
from siaga.refusals import Refusal

CANNOT = 2  # exit status: told why and what to do; trying again changes nothing
NOT_SO = 1  # exit status: it ran, and the answer is no
LOOPBACK = "127.0.0.0/8,::1/128"

P = ParamSpec("P")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "UTC")


def _told(command: Callable[P, object]) -> Callable[P, None]:
    """Run a command: a refusal becomes its sentence and status 2, an answer that is False becomes status 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            answer = command(*args, **kwargs)
            if inspect.iscoroutine(answer):
                answer = _module("uvloop").run(answer)
        except (SettingsError, Refusal, DomainError) as refusal:
            click.echo(str(refusal), err=True)
            sys.exit(CANNOT)
        except KeyboardInterrupt:
            sys.exit(128 + signal.SIGINT)
        if answer is False:
            sys.exit(NOT_SO)

    return run


def _version() -> str:
    try:
        return metadata.version("siaga")
    except metadata.PackageNotFoundError:  # run from its folder, as in the image
        return "of this folder"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version())
def main() -> None:
    """Siaga notices when a client comes under fire, says why, and tells whoever must know.

    Settings are environment variables (docs/configuration.md). Without DATABASE_URL and REDIS_URL, PostgreSQL and
    Redis are started from their packages, and keep their data in SIAGA_HOME.
    """


@main.command()
@_told
def up() -> None:
    """Serve everything on this machine until Ctrl-C."""
    _module("siaga.up").serve(os.environ, click.echo)


@main.command()
@click.option("--once", is_flag=True, help="End after the story; status 1 if any step of it did not happen.")
@_told
def demo(*, once: bool) -> bool:
    """Serve everything and tell a story: two quiet weeks, a viral moment, a crisis."""
    # The story is told by one program in minutes, so it looks more often than a program should.
    limits = {"RATE_LIMIT_CREDENTIAL": "60000", "RATE_LIMIT_AGENCY": "60000"}
    environ = {"ALLOW_PRIVATE_WEBHOOK_TARGETS": LOOPBACK, **limits, **os.environ}
    click.echo("Starting PostgreSQL, Redis, the API and a worker ...")
    with _module("siaga.up").house(environ, click.echo) as house:
        happened: bool = _awaited(_module("siaga.demo").run(house.settings, once=once)) is not False
        if happened and not once:
            house.wait()
    return happened


@main.command()
@_told
def api() -> Any:
    """Serve the HTTP API alone."""
    settings = _settings_of_this_process()
    listening = _module("siaga.reach").listen(settings)
    # The server raises a signal again once it has shut down in order: that is then the end, not a death.
    signal.signal(signal.SIGTERM, _nothing_more)
    return _module("siaga.serving").serve_api(settings, listening)


@main.command()
@_told
def worker() -> Any:
    """Run the jobs alone."""
    settings = _settings_of_this_process()
    return _module("siaga.serving").serve_worker(settings)


@main.command()
@click.option("--check", is_flag=True, help="Compare the migrations with the models, on a database of its own.")
@_told
def migrate(*, check: bool) -> bool:
    """Bring the database to the newest revision."""
    up_module = _module("siaga.up")
    if not check:
        with up_module.installation(os.environ) as found:
            up_module.migrate(found.settings)
        click.echo("The database is at the newest revision.")
        return True
    found = _module("siaga.in_step").differences()
    for difference in found:
        click.echo(difference, err=True)
    click.echo("Migrations and models differ." if found else "Migrations and models are in step.")
    return not found


@main.command()
@click.option("--check", is_flag=True, help="Compare the published contract with the app; write nothing.")
@click.option("--release", is_flag=True, help="Keep the contract as what a release promises, openapi/released.json.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=Path("openapi/openapi.json"))
@_told
def openapi(*, check: bool, release: bool, output: Path) -> Any:
    """Write the published contract: openapi/openapi.json, and asyncapi.json beside it."""
    contract = _module("siaga.contract")
    if check:
        contract.check(output)
        return contract.check_release()
    if release:
        contract.release()
    return contract.write(output)


@main.group()
def agency() -> None:
    """Agencies, the tenants of this installation."""


@agency.command("create")
@click.option("--name", required=True, help="What the agency is called.")
@click.option("--slug", help="Its short name in addresses; made from the name if left out.")
@click.option("--owner-email", required=True, help="The address its owner signs in with.")
@click.option("--owner-name", help="What its owner is called; the address if left out.")
@click.option("--plan", type=click.Choice(list(PLANS)), default=DEFAULT_PLAN, help="What it may have (docs/limits.md).")
@click.option("--password-stdin", is_flag=True, help="Read the owner's password from standard input.")
@_told
def create_agency(
    *, name: str, slug: str | None, owner_email: str, owner_name: str | None, plan: str, password_stdin: bool
) -> Any:
    """Make an agency and its owner."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password of the owner", hide_input=True, confirmation_prompt=True)
    with _module("siaga.up").installation(os.environ) as found:
        create = _module("siaga.agency").create
        answer = create(
            found.settings,
            name=name,
            slug=slug,
            owner_email=owner_email,
            owner_name=owner_name,
            password=password,
            plan=plan,
        )
        return _awaited(answer)


@agency.command("plan")
@click.argument("slug")
@click.argument("plan", type=click.Choice(list(PLANS)))
@_told
def plan_agency(*, slug: str, plan: str) -> Any:
    """Put an agency on another plan."""
    with _module("siaga.up").installation(os.environ) as found:
        return _awaited(_module("siaga.agency").put_on_plan(found.settings, slug, plan))


@main.group()
def audit() -> None:
    """The audit logs of this installation's agencies."""


@audit.command("verify")
@click.option("--agency", help="The agency's short name or id; all of them if left out.")
@click.option(
    "--heads",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Signed heads that were kept elsewhere: the chain must pass through each.",
)
@_told
def verify_audit(*, agency: str | None, heads: Path | None) -> Any:
    """Follow every chain, and name the first entry that was changed, moved or removed."""
    with _module("siaga.up").installation(os.environ) as found:
        return _awaited(_module("siaga.audit").verify(found.settings, agency=agency, heads=heads))


@audit.command("head")
@click.option("--agency", help="The agency's short name or id; all of them if left out.")
@_told
def audit_head(*, agency: str | None) -> Any:
    """Print where every chain stands, signed: one line an agency, to be kept away from the database."""
    with _module("siaga.up").installation(os.environ) as found:
        return _awaited(_module("siaga.audit").head(found.settings, agency=agency))


@main.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--agency", "agency_slug", required=True, help="The agency's short name or id.")
@click.option("--client", required=True, help="The client's name or id.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["auto", "csv", "ndjson", "timeline"]),
    default="auto",
    help="What the file holds; told by its name if left out. Each may be compressed with gzip.",
)
@click.option("--refused", type=click.Path(dir_okay=False, path_type=Path), help="Write the refused rows here.")
@click.option("--brand", help="Of a timeline that tells of several brands, take this one only.")
@_told
def import_posts(
    *, path: Path, agency_slug: str, client: str, form: str, refused: Path | None, brand: str | None
) -> Any:
    """Load posts from a CSV, NDJSON or timeline file as history."""
    with _module("siaga.up").installation(os.environ) as found:
        run = _module("siaga.imports").run
        answer = run(found.settings, path, agency=agency_slug, client=client, form=form, refused=refused, brand=brand)
        return _awaited(answer)


@main.group()
def keys() -> None:
    """The keys of this installation."""


@keys.command("show")
@_told
def show_keys() -> None:
    """Say which keys sign access tokens now and next, and when they turn."""
    with _module("siaga.up").installation(os.environ) as found:
        _module("siaga.keys").show(found.settings)


@keys.command("reseal")
@_told
def reseal_secrets() -> Any:
    """Seal stored secrets under SECRET_KEY, opening each under it or one of OTHER_SECRET_KEYS."""
    with _module("siaga.up").installation(os.environ) as found:
        return _awaited(_module("siaga.keys").reseal(found.settings))


@main.group()
def crisis() -> None:
    """The crisis score, on recorded files."""


@crisis.command("replay")
@click.option("--counts", type=_FILE, help="A CSV with the columns timestamp and value, in any regular step.")
@click.option("--posts", type=_FILE, help="Recorded posts, JSON lines, plain or gzip.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The result.")
@click.option("--brand", help="Of posts of several brands, take these only.")
@click.option(
    "--own", "own_accounts", multiple=True, metavar="HANDLE", help="An account of the brand: it does not count."
)
@click.option(
    "--zone", type=click.Choice(_ZONES), default=_ZONES[0], show_default=True, help="By whose clock days run."
)
@_told
def replay_crisis(
    *, counts: Path | None, posts: Path | None, out: Path, brand: str | None, own_accounts: tuple[str, ...], zone: str
) -> Any:
    """Live through recorded counts or posts again, as if they came in now: score, level and alerts.

    Counts: the same rows with score (0 to 100), level and alert (1 where people would be told). Posts: a JSON line for
    each change of level, with the time at which it could be known, and the reasons.
    """
    if (counts is None) == (posts is None):
        raise Refusal("Name one file, with --counts or with --posts.")
    offset = _offset_of(zone)
    if counts is not None:
        return _module("siaga.crisis.counts").replay(counts, out, utc_offset_minutes=offset)
    run = _module("siaga.crisis.posts").replay
    return run(posts, out, brand=brand, own_accounts=own_accounts, utc_offset_minutes=offset)


@crisis.command("benchmark")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--zone", type=click.Choice(_ZONES), default=_ZONES[0], show_default=True, help="By whose clock days run."
)
@click.option(
    "--brands", type=click.IntRange(1, 1000), default=32, show_default=True, help="How many, where they are made up."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Which brands are made up.")
@_told
def benchmark_crisis(*, folder: Path | None, zone: str, brands: int, seed: int) -> Any:
    """Compare the formula with what is known to have happened: labels.json beside counts, truth.json beside posts.

    Without FOLDER, with brands made up by chance.
    """
    if folder is None:
        return _module("siaga.crisis.benchmark").run_by_chance(brands, seed=seed)
    return _module("siaga.crisis.benchmark").run(folder, utc_offset_minutes=_offset_of(zone))


@main.group()
def text() -> None:
    """Reading posts: sentiment, what else they are, and the words that decided."""


_weights = click.option(
    "--weights", default="", envvar="SENTIMENT_WEIGHTS", metavar="FILE", help="Another reader's weights."
)


@text.command("score")
@_weights
@_told
def score_text(*, weights: str) -> Any:
    """Read posts, JSON lines with `id` and `text`, from standard input; write a line for each to standard output.

    Lines that hold no post are told on standard error by their number, and the others are read all the same; status 1.
    """
    return _module("siaga.text.score").run(weights)


@text.command("explain")
@click.argument("post")
@_weights
@_told
def explain_text(*, post: str, weights: str) -> Any:
    """Show how POST is read, and the words that decided; `-` takes it from standard input."""
    return _module("siaga.text.explain").run(post, weights=weights)


@text.command("evaluate")
@click.option("--gold", type=_FOLDER, required=True, help="Labelled texts, a set a file: *.jsonl or *.jsonl.gz.")
@click.option("--held-out", is_flag=True, help="Only the tenth of each set that no training sees.")
@_weights
@_told
def evaluate_text(*, gold: Path, held_out: bool, weights: str) -> Any:
    """Measure the reader: accuracy, macro-F1 with its interval, confusion, calibration, by language and domain."""
    return _module("siaga.text.evaluate").run(gold, held_out=held_out, weights=weights)


@text.command("train")
@click.option("--data", type=_FOLDER, required=True, help="The sets: sentiment/, toxicity/, complaint/, lexicons/ ...")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where the weights go.")
@click.option("--edition", type=click.Choice(["open", "full"]), default="open", show_default=True, help="Which sets.")
@click.option("--own", type=_FILE, help="Corrected posts of yours, JSON lines with `text` and `label`.")
@_told
def train_text(*, data: Path, out: Path, edition: str, own: Path | None) -> Any:
    """Train a reader: minutes on two cores, and the same bytes from the same data."""
    return _module("siaga.text.train").run(data, out, edition=edition, own=own)


@main.group()
def webhook() -> None:
    """Try out what receives webhooks."""


@webhook.command("listen")
@click.option("--port", default=9000, type=click.IntRange(0, 65535), show_default=True, help="0 takes a free one.")
@click.option("--secret", multiple=True, help="The endpoint's signing secret; may be given more than once.")
@click.option("--fail", help="Fail instead: a status from 300 to 599, hang, drop, or delay:SECONDS.")
@click.option("--times", type=click.IntRange(1), help="Fail so many deliveries, then take them; all if left out.")
@_told
def listen(*, port: int, secret: tuple[str, ...], fail: str | None, times: int | None) -> Any:
    """Receive webhooks on this machine until Ctrl-C: verify each, and show what it says."""
    return _module("siaga.listen").run(port, secret, fail, times)


@webhook.command("trigger")
@click.argument("event_type", metavar="TYPE")
@click.option("--url", required=True, help="Where to send it.")
@click.option("--secret", required=True, help="The secret to sign it with.")
@_told
def trigger(*, event_type: str, url: str, secret: str) -> Any:
    """Send a signed example event of TYPE, and print the answer; status 1 where it is not taken."""
    return _module("siaga.trigger").run(event_type, url, secret)


@main.group()
def keyword() -> None:
    """Keyword queries."""


@keyword.command("test")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_told
def test_keywords(*, path: Path) -> Any:
    """Run a file of queries with posts they must and must not match, and print how many came out as told."""
    return _module("siaga.keyword").test(path)


def _module(name: str) -> ModuleType:
    """A module imported now and not before: `siaga --help` stays quick."""
    return import_module(name)


def _offset_of(zone: str) -> int:
    return 0 if zone == "UTC" else int(_module("core.clients").UTC_OFFSET_MINUTES[zone])


def _awaited(answer: Any) -> Any:
    return _module("uvloop").run(answer) if inspect.iscoroutine(answer) else answer


def _nothing_more(_number: int, _frame: FrameType | None) -> None:
    pass


def _settings_of_this_process() -> Settings:
    """Settings of a process that serves: written back to its environment, where the app reads them, and logged by."""
    found = _module("siaga.up").without_starting(os.environ)
    settings: Settings = found.settings
    _module("storage.models").reader_of(settings)
    os.environ.update(found.environ)
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLines())
    lines.addFilter(_module("storage.provenance").mark)
    logging.basicConfig(handlers=[lines], level=settings.log_level.upper(), force=True)
    return settings


if __name__ == "__main__":
    main()

"""Backtests: what a rule or a sensitivity would have done on a client's past."""

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import JSONBody

from api.edge.operations import Operation, accepted
from api.edge.schema import MAY_GROW, Count, Input, Output, PathId, identifier, shape
from api.edge.tenancy import AnyRequest, Caller, Now, Session
from api.edge.versions import tagged, tagged_as_it_reads
from core import alert_rules
from core.alerting import SENSITIVITIES
from core.errors import FieldProblem, Invalid
from core.operations import OperationKind
from storage import alert_rules as rules
from storage import backtests as records
from storage import clients, operations, versions
from storage.backtests import BacktestRow
from storage.clients import ClientRow

Kind = Literal["volume", "negative_count", "negative_share", "reach", "keyword", "author", "score"]
Sensitivity = Literal["low", "normal", "high"]
LevelName = Literal["watch", "warning", "crisis"]
Verdict = Literal["caught", "false", "undecided"]
Threshold = Annotated[float, msgspec.Meta(ge=0.001, le=1e12, examples=[30.0])]
WindowMinutes = Annotated[int, msgspec.Meta(ge=5, le=1440, multiple_of=5, examples=[60])]
CooldownMinutes = Annotated[int, msgspec.Meta(ge=5, le=10_080, examples=[120])]
Observed = Annotated[float, msgspec.Meta(ge=0, le=1e15, examples=[42.0])]
Rate = Annotated[float, msgspec.Meta(ge=0, le=1e6, examples=[0.3])]
Share = Annotated[float, msgspec.Meta(ge=0, le=1, examples=[0.8])]
Points = Annotated[float, msgspec.Meta(ge=0, le=100, examples=[45])]


class TestedRule(Input, frozen=True):
    """A rule as it might be set up."""

    kind: Kind
    threshold: Threshold
    keyword_id: UUID | None = None
    account_id: UUID | None = None
    window_minutes: WindowMinutes = 60
    cooldown_minutes: CooldownMinutes = 120


class NewBacktest(Input, frozen=True):
    """What to hold against the last `days` of a client: a rule, or a sensitivity of its score."""

    client_id: UUID
    rule: TestedRule | None = None
    sensitivity: Sensitivity | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=90, examples=[28])] = 28


class TestedAlert(msgspec.Struct, frozen=True):
    """An alert that would have been given.

    It is `caught` where it is of an incident that was true, `false` where of none or of a false alarm, and `undecided`
    where that incident still goes on.
    """

    at: datetime
    observed: Observed
    level: LevelName | None
    verdict: Annotated[Verdict, MAY_GROW]
    incident_id: UUID | None


class TestedIncident(msgspec.Struct, frozen=True):
    """A true incident of that time. The first alert came `lead_minutes` before it opened, after it where negative."""

    incident_id: UUID
    opened_at: datetime
    lead_minutes: Annotated[float, msgspec.Meta(ge=-1e6, le=1e6, examples=[15])] | None


class LevelRates(msgspec.Struct, frozen=True):
    """How often a week each level was risen to."""

    watch: Rate
    warning: Rate
    crisis: Rate


class BacktestResult(msgspec.Struct, frozen=True):
    """What would have happened. A true incident was resolved or has closed, and nobody called it a false alarm.

    `precision` is the share of decided alerts that caught something, `recall` the share of true incidents caught; null
    where there is nothing to tell it from. All alerts are counted, a thousand of them listed.
    """

    alert_count: Count
    false_count: Count
    per_week: Rate
    precision: Share | None
    recall: Share | None
    levels_per_week: LevelRates | None
    alerts: Annotated[list[TestedAlert], msgspec.Meta(max_length=1000)]
    incidents: Annotated[list[TestedIncident], msgspec.Meta(max_length=10_000)]


class Backtest(Output, frozen=True):
    """A rule or a sensitivity held against a client's past. `result` is null until it has run."""

    id: UUID
    client_id: UUID
    rule: TestedRule | None
    sensitivity: Sensitivity | None
    since: datetime
    until: datetime
    result: BacktestResult | None
    created_at: datetime
    finished_at: datetime | None


class SensitivityPrice(msgspec.Struct, frozen=True):
    """What a sensitivity has cost over a past time: rises to each level and alerts a week."""

    since: datetime
    until: datetime
    levels_per_week: LevelRates
    alerts_per_week: Rate
    false_count: Count
    recall: Share | None
    backtest_id: UUID


class SensitivityChoice(msgspec.Struct, frozen=True):
    """A sensitivity, the points at which its levels begin, and its price; null until it was tested."""

    sensitivity: Sensitivity
    is_chosen: bool
    watch_score: Points
    warning_score: Points
    crisis_score: Points
    price: SensitivityPrice | None


class SensitivityChoices(Output, frozen=True):
    """The sensitivities that can be chosen for a client."""

    data: Annotated[list[SensitivityChoice], msgspec.Meta(max_length=10)]


@post(
    "/alert-rules/backtests",
    scope="clients:write",
    summary="Test a rule or a sensitivity on the past",
    status_code=202,
    polled=True,
)
async def start_backtest(
    request: AnyRequest, session: Session, principal: Caller, now: Now, data: JSONBody[NewBacktest]
) -> Response[Operation]:
    """Say how often a rule or sensitivity would have alerted, what it would have caught, how early, and what was false.

    The same evaluation as live, with the quiet hours, cooldown and campaigns that are set now; nobody is told. The
    operation's result is the backtest.
    """
    await clients.require(session, data.client_id)
    if (data.rule is None) == (data.sensitivity is None):
        problem = FieldProblem("one_of_two", "Send either rule or sensitivity.", pointer="/rule")
        raise Invalid("A field is refused.", problems=[problem])
    if data.rule is not None:
        watched = (data.rule.keyword_id, data.rule.account_id)
        alert_rules.require_sense(data.rule.kind, data.rule.threshold, *watched, below="/rule")
        await rules.require_watched(session, data.client_id, *watched, below="/rule")
    values = {
        "client_id": data.client_id,
        "rule": None if data.rule is None else _written(data.rule),
        "sensitivity": data.sensitivity,
        "since": now - timedelta(days=data.days),
        "until": now,
    }
    row = await records.add(session, values, now=now)
    parameters = {"backtest_id": str(row.id)}
    begun = await operations.start(
        session, OperationKind.BACKTEST, parameters, subject_id=data.client_id, by=principal.id, now=now
    )
    return accepted(request, begun)


@get("/alert-rules/backtests/{backtest_id:str}", scope="clients:read", summary="Read a backtest")
async def get_backtest(request: AnyRequest, session: Session, backtest_id: PathId) -> Response[Backtest]:
    """What was tested, and what came out. It is kept for 90 days."""
    row = await versions.get(session, BacktestRow, identifier(backtest_id))
    return tagged(request, _shape(row), row.version)


@get(
    "/clients/{client_id:str}/sensitivities",
    scope="clients:read",
    summary="Read what each sensitivity of a client costs",
)
async def list_sensitivities(request: AnyRequest, session: Session, client_id: PathId) -> Response[SensitivityChoices]:
    """Each sensitivity with its price on the client's own past, from the last backtest of it."""
    client = await versions.get(session, ClientRow, identifier(client_id))
    tested = {row.sensitivity: row for row in await records.latest(session, client.id)}
    choices = [_choice(name, client, tested.get(name)) for name in SENSITIVITIES]
    return tagged_as_it_reads(request, SensitivityChoices(data=choices))


def _written(rule: TestedRule) -> dict[str, object]:
    written: dict[str, object] = msgspec.to_builtins(msgspec.structs.asdict(rule))
    return written


def _shape(row: BacktestRow) -> Backtest:
    rule = msgspec.convert(row.rule, TestedRule | None)
    return shape(row, Backtest, rule=rule, result=msgspec.convert(row.result, BacktestResult | None))


def _choice(name: str, client: ClientRow, tested: BacktestRow | None) -> SensitivityChoice:
    policy = SENSITIVITIES[name]
    chosen = {"low": "low", "standard": "normal", "high": "high"}[client.risk_tier]
    return msgspec.convert(
        {
            "sensitivity": name,
            "is_chosen": name == (client.sensitivity or chosen),
            "watch_score": policy.watch_score,
            "warning_score": policy.warning_score,
            "crisis_score": policy.crisis_score,
            "price": None if tested is None else _price(tested),
        },
        SensitivityChoice,
    )


def _price(tested: BacktestRow) -> dict[str, object]:
    result = tested.result or {}
    return {
        "since": tested.since,
        "until": tested.until,
        "levels_per_week": result["levels_per_week"],
        "alerts_per_week": result["per_week"],
        "false_count": result["false_count"],
        "recall": result["recall"],
        "backtest_id": tested.id,
    }


router = Router("/v1", route_handlers=[start_backtest, get_backtest, list_sensitivities], tags=["Alerting"])

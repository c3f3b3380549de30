"""The course of a client's incidents under a row of assessments: the same live and over the past."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from core.alerting import Circumstances
from core.crisis import Assessment, starts_at
from core.ids import ClientId, IncidentId
from core.incidents import Decision, Incident, Policy, decide

Step = tuple[Decision, Assessment]


def follow(
    current: Incident | None,
    assessments: Iterable[Assessment],
    *,
    client_id: ClientId,
    new_id: Callable[[], IncidentId],
    now_at: Callable[[datetime], datetime],
    policy: Policy,
    circumstances: Circumstances,
) -> Iterator[Step]:
    """Each decision in turn, with its assessment; what people are told is reckoned with from there on.

    `now_at` says when an instant is judged: live that is now, over the past it is when it could have been known.
    """
    for assessment in assessments:
        at = starts_at(assessment.bucket)
        again = True
        while again:
            decision = decide(
                current,
                assessment,
                client_id=client_id,
                new_id=new_id(),
                at=at,
                now=now_at(at),
                policy=policy,
                circumstances=circumstances,
            )
            yield decision, assessment
            if decision.alert and decision.incident is not None:
                circumstances = circumstances.told(decision.incident.level, now_at(at))
            current = None if decision.action == "close" else decision.incident
            again = decision.decide_again

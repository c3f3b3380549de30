"""Why a client is talked about, who began and carried it, and the evidence of it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import astuple
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get
from litestar.response import Stream

from api.edge.causes import CauseName
from api.edge.schema import MAY_GROW, PERSONAL, Output, PathId, identifier
from api.edge.tenancy import AnyRequest, Caller, Now, Session
from api.edge.versions import tagged_as_it_reads
from core.access import sees_people
from core.diagnosis import findings, response
from core.diagnosis import origins as rules
from core.diagnosis.causes import Cause
from core.diagnosis.evidence import pack
from core.diagnosis.examples import Representative
from core.diagnosis.findings import Background, Diagnosis, Origins, Span
from core.diagnosis.phrases import Phrase
from core.diagnosis.remarks import MOST_READ, Remark
from storage import diagnosis as records
from storage import incident_causes, versions
from storage.incidents import IncidentRow
from storage.session import driver_of

Figure = Annotated[int, msgspec.Meta(ge=0)]
Amount = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Words = Annotated[str, msgspec.Meta(max_length=200)]
Sentence = Annotated[str, msgspec.Meta(max_length=1000)]
Sentences = Annotated[list[Sentence], msgspec.Meta(max_length=20)]
Excerpt = Annotated[str, msgspec.Meta(max_length=1000), PERSONAL]
Handle = Annotated[str, msgspec.Meta(max_length=200), PERSONAL]
_EXCERPT = 1000
_MEDIA_TYPE = "application/x-ndjson"
_EXAMPLE = (
    '{"line":"post","mention_id":"019ab0f0-0000-7000-8000-000000000001","platform":"x","text":"Kopi Senja basi",'
    '"sha256":"9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65"}\n'
)


class InWords(msgspec.Struct, frozen=True):
    """Plain sentences, Indonesian and English."""

    id: Sentences
    en: Sentences


class TellingPhrase(msgspec.Struct, frozen=True):
    """Words or a hashtag heard more than before: posts, voices (a copied text once), those expected, and how surely."""

    text: Words
    is_hashtag: bool
    posts: Figure
    voices: Figure
    expected: Amount
    z: Amount


class RepresentativePost(msgspec.Struct, frozen=True):
    """A post that stands for others; `copies` posts say about the same, itself counted."""

    mention_id: UUID
    platform: Words
    published_at: datetime
    text: Excerpt
    engagement: Figure
    copies: Figure
    phrases: Annotated[list[Words], msgspec.Meta(max_length=20)]


class PlatformReached(msgspec.Struct, frozen=True):
    """A platform, when the talk reached it, and how much of it there is."""

    platform: Words
    first_at: datetime
    first_negative_at: datetime | None
    posts: Figure
    negative: Figure
    voices: Figure
    reach: Figure


class Conversation(msgspec.Struct, frozen=True):
    """A thread of five answers and more, of which `mention_id` is the earliest post that we hold.

    `depth` is the longest chain of answers to answers, `pace` the answers of its last hour. `slope` says how the
    answers an hour change with each hour, from the first to the last: above 0 it escalates; null within half an hour.
    """

    mention_id: UUID
    platform: Words
    first_at: datetime
    last_at: datetime
    posts: Figure
    voices: Figure
    negative: Figure
    depth: Figure
    pace: Figure
    slope: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)] | None


class SuggestedCause(msgspec.Struct, frozen=True):
    """A cause with its share of the voices, those expected by the week before, and posts that speak for it."""

    cause: Annotated[CauseName, MAY_GROW]
    weight: Share
    voices: Figure
    expected: Amount
    first_at: datetime
    mention_ids: Annotated[list[UUID], msgspec.Meta(max_length=20)]


class Aspect(msgspec.Struct, frozen=True):
    """What of a product or service is complained about, and by how many."""

    name: Annotated[str, msgspec.Meta(max_length=100, examples=["safety"])]
    voices: Figure


class Advice(msgspec.Struct, frozen=True):
    """What a cause asks for: its cluster, the one to answer as after earlier crises, and what to do first."""

    cause: Annotated[CauseName, MAY_GROW]
    is_confirmed: bool
    cluster: Literal["victim", "accidental", "preventable"]
    answered_as: Literal["victim", "accidental", "preventable"]
    earlier_crises: Figure
    sentences: InWords


class IncidentDiagnosis(Output, frozen=True):
    """Why, and what kind: what is said in an incident and was not in the week before, where, and which cause it names.

    At most 5,000 posts of the incident's first week are read, the earliest, and 400 a day of the week before. The
    weights of `causes` and `unclear` make 1. Advice follows the confirmed cause, or the first suggestion.
    """

    incident_id: UUID
    client_id: UUID
    since: datetime
    until: datetime
    posts_read: Figure
    is_capped: bool
    summary: InWords
    phrases: Annotated[list[TellingPhrase], msgspec.Meta(max_length=20)]
    representative_posts: Annotated[list[RepresentativePost], msgspec.Meta(max_length=20)]
    platforms: Annotated[list[PlatformReached], msgspec.Meta(max_length=50)]
    threads: Annotated[list[Conversation], msgspec.Meta(max_length=5)]
    causes: Annotated[list[SuggestedCause], msgspec.Meta(max_length=30)]
    unclear: Share
    began_as: Annotated[CauseName, MAY_GROW] | None
    aspects: Annotated[list[Aspect], msgspec.Meta(max_length=20)]
    advice: Advice | None
    completeness: Share | None
    last_as_high_at: datetime | None
    known_since: datetime | None


class FirstPost(msgspec.Struct, frozen=True):
    """One of the earliest posts of the matter that we hold."""

    mention_id: UUID
    platform: Words
    handle: Handle | None
    published_at: datetime
    text: Excerpt
    reach: Figure
    account_since: datetime | None


class Amplifier(msgspec.Struct, frozen=True):
    """An account that carried the matter: its reach, copies by others, and voices that followed within half an hour."""

    platform: Words
    handle: Handle | None
    posts: Figure
    reach: Figure
    followers: Figure
    engagement: Figure
    copies: Figure
    followed: Figure
    first_at: datetime
    account_since: datetime | None
    mention_id: UUID


class Account(msgspec.Struct, frozen=True):
    """An account of a cluster."""

    platform: Words
    handle: Handle | None


class Cluster(msgspec.Struct, frozen=True):
    """Accounts that wrote about the same text; `is_in_step` where most copies came within ten minutes of another.

    `sparse_share` is the share of these accounts that are younger than 30 days or have fewer than 50 followers.
    """

    text: Excerpt
    account_count: Figure
    accounts: Annotated[list[Account], msgspec.Meta(max_length=50)]
    posts: Figure
    first_at: datetime
    last_at: datetime
    median_gap_s: Amount
    is_in_step: bool
    sparse_share: Share
    platforms: Annotated[list[Words], msgspec.Meta(max_length=50)]


class Originators(Output, frozen=True):
    """Who: the first posts, the accounts that carried the matter, and clusters of accounts with one text.

    Observations of posts, and no verdict on a person. A portal sees none: authors are personal data.
    """

    incident_id: UUID
    client_id: UUID
    posts_read: Figure
    is_capped: bool
    first_posts: Annotated[list[FirstPost], msgspec.Meta(max_length=20)]
    amplifiers: Annotated[list[Amplifier], msgspec.Meta(max_length=20)]
    clusters: Annotated[list[Cluster], msgspec.Meta(max_length=20)]


@get("/incidents/{incident_id:str}/diagnosis", scope="mentions:read", summary="Diagnose an incident")
async def get_incident_diagnosis(
    request: AnyRequest, session: Session, now: Now, incident_id: PathId
) -> Response[IncidentDiagnosis]:
    """What is said now and was not before, by which posts and where; causes ranked by voices, and what they ask for.

    A cause is a suggestion from the wording of posts: confirm it, or another, with `PUT /v1/incidents/{id}/cause`.
    """
    incident = await versions.get(session, IncidentRow, identifier(incident_id))
    connection = await driver_of(session)
    span = await records.read(session, connection, incident, now=now)
    behind = await records.background(connection, incident, now=now)
    found = await asyncio.to_thread(findings.diagnose, span)
    confirmed = await incident_causes.find(session, incident.id)
    earlier = await records.earlier_crises(session, incident)
    advice = _advice(Cause(confirmed.cause) if confirmed else None, found, earlier)
    return tagged_as_it_reads(request, _diagnosis(incident, span, found, behind, advice))


@get("/incidents/{incident_id:str}/originators", scope="mentions:read", summary="Trace where an incident comes from")
async def get_incident_originators(
    request: AnyRequest, session: Session, principal: Caller, now: Now, incident_id: PathId
) -> Response[Originators]:
    """First posts, amplifiers and clusters, of the incident and the six hours before it.

    Who was first to be seen here need not have been the first to speak, and people copy a slogan out of anger too.
    """
    incident = await versions.get(session, IncidentRow, identifier(incident_id))
    span = await records.read(session, await driver_of(session), incident, now=now)
    shown = Origins((), (), ())
    if sees_people(principal):
        shown = await asyncio.to_thread(findings.trace, span)
    content = Originators(
        incident_id=incident.id,
        client_id=incident.client_id,
        posts_read=len(span.now) + len(span.lead_in),
        is_capped=span.is_capped,
        first_posts=[_first(each) for each in shown.first],
        amplifiers=[_amplifier(each) for each in shown.amplifiers],
        clusters=[_cluster(each) for each in shown.clusters],
    )
    return tagged_as_it_reads(request, content)


@get(
    "/incidents/{incident_id:str}/evidence",
    scope="incidents:write",
    summary="Export the evidence of an incident",
    downloads={_MEDIA_TYPE: _EXAMPLE},
)
async def export_incident_evidence(session: Session, now: Now, incident_id: PathId) -> Stream:
    """The posts of an incident as they are held, one a line with its SHA-256; the last line has that of the whole.

    At most 5,000 posts, the earliest, from six hours before the first sign on; `is_capped` in the last line says so.
    """
    incident = await versions.get(session, IncidentRow, identifier(incident_id))
    posts = await records.evidence(await driver_of(session), incident, now=now)
    manifest = {
        "incident_id": incident.id,
        "client_id": incident.client_id,
        "until": records.end_of(incident, now),
        "made_at": now,
        "is_capped": len(posts) > MOST_READ,
    }
    lines = list(pack(posts[:MOST_READ], manifest))

    async def told() -> AsyncGenerator[bytes, None]:
        for line in lines:
            yield line

    headers = {"Content-Disposition": f'attachment; filename="incident-{incident.id}.ndjson"'}
    return Stream(told(), media_type=_MEDIA_TYPE, headers=headers)


def _advice(confirmed: Cause | None, found: Diagnosis, earlier: int) -> Advice | None:
    suggested = next((each.cause for each in found.ranking.suggestions), None)
    cause = confirmed or suggested
    if cause is None:
        return None
    told = response.advise(cause, earlier_crises=earlier)
    words = InWords(id=list(told.sentences["id"]), en=list(told.sentences["en"]))
    return Advice(cause.value, confirmed is not None, told.cluster.value, told.answered_as.value, earlier, words)


def _diagnosis(
    incident: IncidentRow, span: Span, found: Diagnosis, behind: Background, advice: Advice | None
) -> IncidentDiagnosis:
    ranking = found.ranking
    told = {language: findings.sentences(found, span, behind, language) for language in response.LANGUAGES}
    return IncidentDiagnosis(
        incident_id=incident.id,
        client_id=incident.client_id,
        since=span.since,
        until=span.until,
        posts_read=len(span.now),
        is_capped=span.is_capped,
        summary=InWords(id=told["id"], en=told["en"]),
        phrases=[_phrase(each) for each in found.phrases],
        representative_posts=[_representative(each) for each in found.representatives],
        platforms=[
            PlatformReached(
                each.platform,
                each.first_at,
                each.first_negative_at,
                each.posts,
                each.negative,
                each.voices,
                each.reach,
            )
            for each in found.platforms
        ],
        threads=[Conversation(*astuple(each)) for each in found.threads],
        causes=[
            SuggestedCause(each.cause.value, each.weight, each.voices, each.expected, each.first_at, list(each.posts))
            for each in ranking.suggestions
        ],
        unclear=ranking.unclear,
        began_as=ranking.began_as.value if ranking.began_as else None,
        aspects=[Aspect(name, voices) for name, voices in ranking.aspects],
        advice=advice,
        completeness=None if behind.completeness is None else round(behind.completeness, 3),
        last_as_high_at=behind.last_as_high_at,
        known_since=behind.known_since,
    )


def _phrase(each: Phrase) -> TellingPhrase:
    return TellingPhrase(each.text[:200], each.is_hashtag, each.posts, each.voices, each.expected, each.z)


def _representative(each: Representative) -> RepresentativePost:
    remark = each.remark
    phrases = [phrase[:200] for phrase in each.phrases]
    return RepresentativePost(
        remark.id, remark.platform, remark.at, remark.text[:_EXCERPT], remark.engagement, each.copies, phrases
    )


def _first(each: Remark) -> FirstPost:
    return FirstPost(each.id, each.platform, each.handle, each.at, each.text[:_EXCERPT], each.reach, each.account_since)


def _amplifier(each: rules.Amplifier) -> Amplifier:
    return Amplifier(
        platform=each.platform,
        handle=each.handle,
        posts=each.posts,
        reach=each.reach,
        followers=each.followers,
        engagement=each.engagement,
        copies=each.copies,
        followed=each.followed,
        first_at=each.first_at,
        account_since=each.account_since,
        mention_id=each.loudest.id,
    )


def _cluster(each: rules.Cluster) -> Cluster:
    return Cluster(
        text=each.text[:_EXCERPT],
        account_count=each.account_count,
        accounts=[Account(platform, handle) for handle, platform in each.accounts],
        posts=each.posts,
        first_at=each.first_at,
        last_at=each.last_at,
        median_gap_s=each.median_gap_s,
        is_in_step=each.is_in_step,
        sparse_share=each.sparse_share,
        platforms=list(each.platforms),
    )


router = Router(
    "/v1",
    route_handlers=[get_incident_diagnosis, get_incident_originators, export_incident_evidence],
    tags=["Diagnosis"],
)

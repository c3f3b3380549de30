"""The table of contents: every noun the API answers for."""

from asyncio import to_thread
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from os import environ
from typing import Any

from litestar import Litestar
from litestar.di import Provide

from api import (
    accounts,
    agencies,
    alert_rules,
    alerting,
    api_keys,
    audit_entries,
    backtests,
    campaigns,
    clients,
    competitors,
    data_breaches,
    data_subject_requests,
    deliveries,
    diagnosis,
    documentation,
    event_types,
    events,
    expert_tokens,
    forecasts,
    health,
    identity_providers,
    incident_causes,
    incidents,
    invitations,
    keyword_backfills,
    keyword_previews,
    keyword_versions,
    keywords,
    lexicons,
    members,
    mentions,
    oidc,
    operations,
    portal_tokens,
    portfolio,
    rereadings,
    roles,
    scores,
    sentiment_corrections,
    sentiment_samples,
    text_analyses,
    tokens,
    usage,
    webhook_recoveries,
    webhooks,
)
from api.edge import acts, asyncapi, auth, checks, idempotency, lists, openapi
from api.edge.errors import HANDLERS
from api.edge.gate import Gate
from api.edge.process import Process, query_parameters
from api.edge.published import Published
from api.edge.request import StrictRequest
from api.edge.tenancy import provide_now, provide_principal, provide_process, provide_session, provide_writing
from api.edge.turns import Replayed
from api.edge.vocabulary import Schema
from core.settings import Settings
from storage import metrics
from storage.engine import open_database
from storage.models import reader_of

ROUTERS = [
    tokens.router,
    tokens.keys_router,
    agencies.router,
    members.router,
    invitations.router,
    identity_providers.router,
    oidc.router,
    roles.router,
    api_keys.router,
    portal_tokens.router,
    audit_entries.router,
    expert_tokens.router,
    data_subject_requests.router,
    data_breaches.router,
    clients.router,
    competitors.router,
    accounts.router,
    keywords.router,
    keyword_versions.router,
    keyword_previews.router,
    keyword_backfills.router,
    mentions.router,
    sentiment_corrections.router,
    text_analyses.router,
    lexicons.router,
    rereadings.router,
    sentiment_samples.router,
    scores.router,
    portfolio.router,
    forecasts.router,
    incidents.router,
    diagnosis.router,
    incident_causes.router,
    alerting.router,
    alert_rules.router,
    campaigns.router,
    backtests.router,
    events.router,
    webhooks.router,
    event_types.router,
    deliveries.router,
    webhook_recoveries.router,
    operations.router,
    usage.router,
    health.router,
    documentation.router,
]


def create_app(settings: Settings | None = None) -> Gate:
    """The application as it is served; settings come from the environment unless handed over."""
    app = litestar(settings or Settings.parse(environ))
    checks.check_declarations(app)
    auth.check_declarations(app)
    acts.check_declarations(app)
    idempotency.check_declarations(app)
    return Gate(app)


def litestar(settings: Settings) -> Litestar:
    """The application behind the gate."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None, None]:
        # Read before anything is served: a process that cannot read texts does not start.
        reader = await to_thread(reader_of, settings)
        async with open_database(settings) as db:
            app.state.siaga = Process(settings=settings, db=db, reader=reader)
            app.state.siaga.parameters = query_parameters(app)
            try:
                with metrics.measuring(app.state.siaga.measure):
                    yield
            finally:
                await app.state.siaga.close()

    app = Litestar(
        route_handlers=ROUTERS,
        lifespan=[lifespan],
        before_request=checks.before_handler,
        request_class=StrictRequest,
        dependencies=DEPENDENCIES,
        exception_handlers={**HANDLERS, Replayed: idempotency.replay},
        # The framework's own pages load scripts from elsewhere; `api.documentation` serves ours.
        openapi_config=None,
        request_max_body_size=None,
        logging_config=None,
    )
    app.state.settings = settings
    app.state.contract = Published(lambda: contract(settings.public_url))
    app.state.messages = Published(messages)
    return app


def contract(server: str = "/") -> Schema:
    """What is asked and answered, as an installation at this address publishes it."""
    return openapi.document(_described(), server)


def messages() -> Schema:
    """What is told of events, as it is published."""
    return asyncapi.document(openapi.info())


def _described() -> Litestar:
    """The same routes, for the framework's generator to describe; never served."""
    return Litestar(
        route_handlers=ROUTERS,
        request_class=StrictRequest,
        dependencies=DEPENDENCIES,
        openapi_config=openapi.config(),
        logging_config=None,
    )


DEPENDENCIES: Mapping[str, Any] = {
    "process": Provide(provide_process, sync_to_thread=False),
    "now": Provide(provide_now, sync_to_thread=False),
    "principal": Provide(provide_principal, sync_to_thread=False),
    "asked": Provide(lists.provide_asked, sync_to_thread=False),
    "session": Provide(provide_session),
    "writing": Provide(provide_writing, sync_to_thread=False),
}

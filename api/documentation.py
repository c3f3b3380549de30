"""The contract itself, the interactive documentation, and a page for each kind of refusal."""

from importlib.resources import files
from typing import Annotated

import msgspec
from litestar import Response, Router, get

from api.edge.problems import KINDS
from api.edge.published import Published
from api.edge.schema import Output, PathId
from api.edge.tenancy import AnyRequest
from core.errors import NotFound

ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
}
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Siaga API</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
"""
START = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#ui", deepLinking: true, persistAuthorization: false, tryItOutEnabled: true,
  validatorUrl: null,
});
"""
# The page loads its own files and calls its own server, nothing else.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)
_CACHED = {"Cache-Control": "public, max-age=86400"}


class RefusalPage(Output, frozen=True):
    """What a kind of refusal means."""

    kind: Annotated[str, msgspec.Meta(max_length=100)]
    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    title: Annotated[str, msgspec.Meta(max_length=200)]


@get(
    "/openapi.json",
    open=True,
    summary="Read the contract",
    media_type="application/json",
    example={"openapi": "3.1.0"},
)
async def get_contract(request: AnyRequest) -> Response[bytes]:
    """The contract as a document: OpenAPI 3.1, with the events under `webhooks`."""
    return await _document(request.app.state.contract)


@get(
    "/asyncapi.json",
    open=True,
    summary="Read the events",
    media_type="application/json",
    example={"asyncapi": "3.0.0"},
)
async def get_messages(request: AnyRequest) -> Response[bytes]:
    """The events that webhooks carry, as AsyncAPI 3.0."""
    return await _document(request.app.state.messages)


async def _document(published: Published) -> Response[bytes]:
    headers = {"Cache-Control": "public, max-age=60"}
    return Response(await published.content(), media_type="application/json", headers=headers)


@get("/docs", open=True, summary="Try the API", include_in_schema=False)
async def get_documentation() -> Response[str]:
    """The interactive documentation, served from this installation alone."""
    return Response(PAGE, media_type="text/html", headers={"Content-Security-Policy": POLICY})


@get("/docs/{asset:str}", open=True, summary="Files of the documentation", include_in_schema=False)
async def get_documentation_asset(asset: PathId) -> Response[bytes]:
    """One file of the interactive documentation."""
    if asset == "start.js":
        return Response(START.encode(), media_type="text/javascript", headers=_CACHED)
    if asset not in ASSETS:
        raise NotFound
    content = (files("swagger_ui") / "static" / asset).read_bytes()
    return Response(content, media_type=ASSETS[asset], headers=_CACHED)


@get("/errors/{kind:str}", open=True, summary="What a refusal means")
async def get_error_kind(kind: PathId) -> RefusalPage:
    """What stands behind the `type` of a problem document."""
    kind = next((name for name, each in KINDS.items() if each.page == kind), kind)
    if kind not in KINDS:
        raise NotFound
    return RefusalPage(kind=kind, status=KINDS[kind].status, title=KINDS[kind].title)


router = Router(
    "/",
    route_handlers=[get_contract, get_messages, get_documentation, get_documentation_asset, get_error_kind],
    tags=["Documentation"],
)

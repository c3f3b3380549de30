"""The published contract: document info, security, problems, and what the generator leaves out."""

from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

VERSION = "1.0.0"


def config(public_url: str) -> OpenAPIConfig:
    """How the OpenAPI document is made."""
    return OpenAPIConfig(
        title="Siaga",
        version=VERSION,
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT or API key")}
        ),
        security=[{"bearer": []}],
        path="/docs",
        use_handler_docstrings=True,
    )

"""The checks before every handler: nothing may take their place."""

import pytest
from litestar import Litestar, Request, get

from api.edge.checks import before_handler, check_declarations


async def welcome(_: Request) -> None:
    return None


@get("/open", before_request=welcome)
async def get_unchecked() -> str:
    return "whatever"


@get("/checked")
async def get_checked() -> str:
    return "whatever"


def test_an_operation_with_a_hook_of_its_own_does_not_start():
    with pytest.raises(RuntimeError, match="get_unchecked"):
        check_declarations(Litestar([get_unchecked], before_request=before_handler, openapi_config=None))
    check_declarations(Litestar([get_checked], before_request=before_handler, openapi_config=None))


def test_an_application_without_the_checks_does_not_start():
    with pytest.raises(RuntimeError, match="get_checked"):
        check_declarations(Litestar([get_checked], openapi_config=None))

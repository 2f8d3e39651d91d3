"""The inner port: operations under /internal/ answer there alone, and only to who shows the token."""

import hmac
from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

import structlog
from flask import Flask, request
from pydantic import Field

from chassis.bodies import INTERNAL_LIMIT, PUBLIC_LIMIT
from chassis.errors import NotFound, Unauthorized
from chassis.fields import Body
from chassis.settings import ServiceSettings

PREFIX = "/internal/"
MAX_COMMANDS = 64  # more makes a transaction long and the last waiter late, and gains nothing
RequestHash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]  # as idempotency.request_hash makes it
log = structlog.get_logger()


class Command(Body):
    """One entry of a list that several customers' requests share."""

    reference: str = Field(pattern=r"^[!-~]{1,300}$")  # a store that takes no NUL need not be asked
    request_id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")


AnyCommand = TypeVar("AnyCommand", bound=Command)


class Commands(Body, Generic[AnyCommand]):
    """What an inner route takes: one list, answered in its order."""

    commands: list[AnyCommand] = Field(min_length=1, max_length=MAX_COMMANDS)


def install(app: Flask, settings: ServiceSettings) -> None:
    """Guard both ports of `app`.

    WSGI's SERVER_PORT is the socket's own, whatever the Host header says.
    """

    @app.before_request
    def guard() -> None:
        inner_port = request.environ.get("SERVER_PORT") == str(settings.internal_port)
        inner_route = request.path.startswith(PREFIX)
        request.max_content_length = INTERNAL_LIMIT if inner_port else PUBLIC_LIMIT
        if inner_port != inner_route:
            raise NotFound
        if inner_route and not _has_token(settings.internal_token.get_secret_value()):
            raise Unauthorized


def references_of(commands: Sequence[Command]) -> list[str]:
    return [each.reference for each in commands]


def tell(operation: str, command: Command, outcome: str, **fields: object) -> None:
    """Log one decision under the request id of the customer it was made for."""
    log.info(operation, request_id=command.request_id, reference=command.reference, outcome=outcome, **fields)


def _has_token(token: str) -> bool:
    offered = request.headers.get("Authorization", "")
    return hmac.compare_digest(offered.encode(), f"Bearer {token}".encode())

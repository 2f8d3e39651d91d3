"""The inner port: operations under /internal/ answer there alone, and only to who shows the token."""

import hmac

import structlog
from flask import Flask, request
from pydantic import Field

from chassis.bodies import INTERNAL_LIMIT, PUBLIC_LIMIT
from chassis.errors import NotFound, Unauthorized
from chassis.fields import Body
from chassis.settings import ServiceSettings

PREFIX = "/internal/"
MAX_COMMANDS = 64
log = structlog.get_logger()


class Command(Body):
    """One entry of a list that several customers' requests share."""

    reference: str = Field(pattern=r"^[!-~]{1,300}$")  # a store that takes no NUL need not be asked
    request_id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")


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


def tell(operation: str, command: Command, outcome: str, **fields: object) -> None:
    """Log one decision under the request id of the customer it was made for."""
    log.info(operation, request_id=command.request_id, reference=command.reference, outcome=outcome, **fields)


def _has_token(token: str) -> bool:
    offered = request.headers.get("Authorization", "")
    return hmac.compare_digest(offered.encode(), f"Bearer {token}".encode())

"""The inner port: operations under /internal/ answer there alone, and only to who shows the token.

They are answered before Flask, whose contexts, routing and response take a third of the time of a call that brings one
command; nothing of them is needed for a table of paths, each a POST of one JSON object that is answered with another.
"""

import hmac
import time
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar, get_type_hints

import structlog
from pydantic import Field, ValidationError
from werkzeug.http import parse_options_header

from chassis import fast_json, logs, metrics, problems
from chassis.bodies import INTERNAL_LIMIT, read
from chassis.errors import MethodNotAllowed, NotFound, NotJson, Unauthorized
from chassis.fields import Body

PREFIX = "/internal/"
MAX_COMMANDS = 64  # more makes a transaction long and the last waiter late, and gains nothing
RequestHash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]  # as idempotency.request_hash makes it
Environ = dict[str, Any]
Operation = Callable[[Any], dict[str, Any]]
log = structlog.get_logger()


class Command(Body):
    """One entry of a list that several customers' requests share."""

    reference: str = Field(pattern=r"^[!-~]{1,300}$")  # a store that takes no NUL need not be asked
    request_id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")


AnyCommand = TypeVar("AnyCommand", bound=Command)


class Commands(Body, Generic[AnyCommand]):
    """What an operation takes: one list, answered in its order."""

    commands: list[AnyCommand] = Field(min_length=1, max_length=MAX_COMMANDS)


class InnerPort:
    """A WSGI application: the operations of one service."""

    def __init__(
        self, service: str, token: str, requests: metrics.Requests, is_outage: Callable[[BaseException], bool]
    ) -> None:
        """`requests` counts, `is_outage` tells whether an exception means that the store is down, and no bug."""
        self._service = service
        self._bearer = f"Bearer {token}".encode()
        self._requests = requests
        self._is_outage = is_outage
        self._operations: dict[str, tuple[type[Body], Operation]] = {}

    def add(self, path: str, operation: Operation) -> None:
        """Let `operation` answer at `path`; its parameter `body` says what it takes."""
        self._operations[path] = get_type_hints(operation)["body"], operation

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.perf_counter()
        request_id = logs.begin_request(self._service, environ.get("HTTP_X_REQUEST_ID"))
        headers = [(logs.REQUEST_ID, request_id)]
        try:
            content = fast_json.dumps(self._answer(environ))
            status, media_type = 200, "application/json"
        except Exception as error:
            refusal = problems.refusal_of(error, is_outage=self._is_outage)
            content = fast_json.dumps(problems.members(refusal))
            status, media_type = refusal.status, problems.MEDIA_TYPE
            headers += [*problems.headers(refusal), *([("Allow", "POST")] if status == MethodNotAllowed.status else [])]
        route = environ["PATH_INFO"] if environ["PATH_INFO"] in self._operations else metrics.UNMATCHED
        self._requests.tell(environ["REQUEST_METHOD"], route, status, seconds=time.perf_counter() - began)
        written = content.encode()
        headers += [("Content-Type", media_type), ("Content-Length", str(len(written)))]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [written]

    def _answer(self, environ: Environ) -> dict[str, Any]:
        if not environ["PATH_INFO"].startswith(PREFIX):
            raise NotFound
        if not hmac.compare_digest(environ.get("HTTP_AUTHORIZATION", "").encode(), self._bearer):
            raise Unauthorized
        if environ["PATH_INFO"] not in self._operations:
            raise NotFound
        if environ["REQUEST_METHOD"] != "POST":
            raise MethodNotAllowed
        if parse_options_header(environ.get("CONTENT_TYPE"))[0].lower() != "application/json":
            raise NotJson
        kind, operation = self._operations[environ["PATH_INFO"]]
        try:
            body = kind.model_validate_json(read(environ, INTERNAL_LIMIT))
        except ValidationError as error:
            raise problems.malformed(error) from None
        return operation(body)


def references_of(commands: Sequence[Command]) -> list[str]:
    return [each.reference for each in commands]


def tell(operation: str, command: Command, outcome: str, **fields: object) -> None:
    """Log one decision under the request id of the customer it was made for."""
    log.info(operation, request_id=command.request_id, reference=command.reference, outcome=outcome, **fields)

"""Problem answers (RFC 9457): one place where whatever went wrong becomes what a client reads."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, make_response
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException

from chassis import logs
from chassis.errors import BodyTooLarge, Malformed, Refusal, Unavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "1"  # seconds: a restarted service or database is back by then, or the next try says so
_REASONS = {"missing": "must be given", "extra_forbidden": "is not known here, leave it out"}
log = structlog.get_logger()


class Problem(BaseModel):
    """What every error answer holds."""

    error: str = Field(description="A sentence for a person.")
    code: str = Field(description="The machine's word for it.")
    status: int = Field(description="The HTTP status, again.")
    request_id: str = Field(description="What to search the logs for.")


def install(app: Flask, *, is_outage: Callable[[BaseException], bool]) -> None:
    """Answer refusals, HTTP errors, outages of the store, and bugs of `app` as problems."""

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> Response:
        return answer(error.status, error.code, error.sentence, **error.extra)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.response is not None:
            return make_response(error.response)
        if error.code == BodyTooLarge.status:
            return refused(BodyTooLarge())
        response = answer(error.code or 500, error.name.lower().replace(" ", "_"), f"{error.name}.")
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        if is_outage(error):
            log.warning("store unavailable", error=type(error).__name__)
            return refused(Unavailable())
        log.error("bug", **logs.where(error))
        return answer(500, "internal_error", "Something is wrong on our side; it was logged.")


def answer(status: int, code: str, error: str, **extra: object) -> Response:
    """A problem answer: `extra` and what the route left in `g.problem_members` join it; 503 carries Retry-After."""
    story = {"request_id": logs.current_request_id(), **g.get("problem_members", {}), **extra}
    body = {"error": error, "code": code, "status": status, **story}
    response = make_response(body, status)
    response.content_type = MEDIA_TYPE
    if status == Unavailable.status:
        response.headers["Retry-After"] = RETRY_AFTER
    return response


@cache
def documented(status: int) -> dict[str, Any]:
    """How the OpenAPI document describes a problem answer."""
    schema = Problem.model_json_schema()
    return {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}


def invalid(error: ValidationError) -> Response:
    """The answer to a value of a wrong type or size: which field, and what it must be."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    reason = _REASONS.get(first["type"], first["msg"].removeprefix("Value error, "))
    return answer(Malformed.status, Malformed.code, f"{field}: {reason[:1].lower()}{reason[1:]}.", field=field)

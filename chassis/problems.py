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
from chassis.errors import BodyTooLarge, Bug, Malformed, Refusal, Unavailable

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

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.response is not None:
            return make_response(error.response)
        if error.code == BodyTooLarge.status:
            return answer(BodyTooLarge())
        response = answer(_HttpError(error))
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def otherwise(error: Exception) -> Response:
        return answer(refusal_of(error, is_outage=is_outage))


def refusal_of(error: Exception, *, is_outage: Callable[[BaseException], bool]) -> Refusal:
    """What a client is told of an error: of an outage and of a bug none of its own words, which the log knows."""
    if isinstance(error, Refusal):
        return error
    if is_outage(error):
        log.warning("store unavailable", error=type(error).__name__)
        return Unavailable()
    log.error("bug", **logs.where(error))
    return Bug()


def malformed(error: ValidationError) -> Malformed:
    """A value of a wrong type or size: which field, and what it must be."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    reason = _REASONS.get(first["type"], first["msg"].removeprefix("Value error, "))
    return Malformed(f"{field}: {reason[:1].lower()}{reason[1:]}.", field=field)


def invalid(error: ValidationError) -> Response:
    """The answer to it."""
    return answer(malformed(error))


def members(refusal: Refusal, **more: object) -> dict[str, Any]:
    """What a problem answer holds."""
    told = {"error": refusal.sentence, "code": refusal.code, "status": refusal.status}
    return {**told, "request_id": logs.current_request_id(), **more, **refusal.extra}


def headers(refusal: Refusal) -> list[tuple[str, str]]:
    """What goes with it, beside the media type: when to come back."""
    return [("Retry-After", RETRY_AFTER)] if refusal.status == Unavailable.status else []


def answer(refusal: Refusal) -> Response:
    """A problem answer; what the route left in `g.problem_members` joins it."""
    response = make_response(members(refusal, **g.get("problem_members", {})), refusal.status)
    response.content_type = MEDIA_TYPE
    response.headers.extend(headers(refusal))
    return response


class _HttpError(Refusal):
    """Werkzeug's word for it."""

    def __init__(self, error: HTTPException) -> None:
        super().__init__(f"{error.name}.")
        self.code, self.status = error.name.lower().replace(" ", "_"), error.code or Bug.status


@cache
def documented(status: int) -> dict[str, Any]:
    """How the OpenAPI document describes a problem answer."""
    schema = Problem.model_json_schema()
    return {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}

"""What routes answer with, and how the OpenAPI document names it."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Response, jsonify, request
from pydantic import BaseModel, Field

from chassis.fields import View
from chassis.problems import documented

Responses = dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None]
WITH_BODY = (400, 413, 415)
ALWAYS = (503,)


class Page(BaseModel):
    """How much of a list, newest first, and after which entry."""

    limit: int = Field(1000, ge=1, le=1000, description="At most so many entries.")
    after: str | None = Field(None, max_length=100, description="The _id of the last entry already seen.")


def created(view: View, *, message: str) -> tuple[dict[str, Any], int]:
    """201 and the object, with a message."""
    return {**view.to_json(), "message": message}, HTTPStatus.CREATED


def listing(views: Sequence[View], page: Page) -> Response:
    """A JSON array of at most `page.limit` of `views`; one more than that in hand becomes a Link to the next page."""
    shown = [each.to_json() for each in views[: page.limit]]
    response = jsonify(shown)
    if len(views) > page.limit:
        path, after = quote(request.path), quote(str(shown[-1]["_id"]))  # a path holds what a client put there
        response.headers["Link"] = f'<{path}?limit={page.limit}&after={after}>; rel="next"'
    return response


def answers(status: int, model: type[BaseModel] | None, *problems: int) -> Responses:
    """The `responses` of a route: the success and the problems it may answer, every route's own 503 included."""
    success = model or {"description": HTTPStatus(status).phrase}
    return {str(status): success, **{str(each): documented(each) for each in sorted({*problems, *ALWAYS})}}


def list_answers(model: type[View], *problems: int) -> Responses:
    """The `responses` of a route that lists `model`."""
    schema = model.model_json_schema(by_alias=True, mode="serialization")
    array = {
        "description": "Newest first; a Link header with rel=next where there is more.",
        "content": {"application/json": {"schema": {"type": "array", "items": schema}}},
    }
    return {**answers(200, None, 400, *problems), "200": array}

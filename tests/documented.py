"""A test client that holds every answer against the OpenAPI document of the service that gave it."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from chassis.service import Service

INNER_PORT = "5050"  # documented nowhere


class DocumentedClient(FlaskClient):
    """Fails a test in which a documented route answers what its document does not name."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        assert isinstance(self.application, Service)
        operation = _operation(self.application, response)
        if operation is not None:
            documented = operation["responses"].get(str(response.status_code))
            assert documented, f"{response.request.method} {response.request.path}: {response.status} is undocumented"
            assert response.mimetype in documented.get("content", {response.mimetype: {}})
        return response


def client_of(app: Service) -> FlaskClient:
    """A client of `app` whose answers are all held against the document."""
    app.test_client_class = DocumentedClient
    return app.test_client()


def _operation(app: Service, response: TestResponse) -> dict[str, Any] | None:
    request = response.request
    if request.environ["SERVER_PORT"] == INNER_PORT:
        return None
    try:
        rule, _ = app.url_map.bind("localhost").match(request.path, method=request.method, return_rule=True)
    except HTTPException:
        return None
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
    operation: dict[str, Any] | None = app.api_doc["paths"].get(path, {}).get(request.method.lower())
    return operation

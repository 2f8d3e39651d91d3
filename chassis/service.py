"""The application factory: a Flask service with all that every service has and none owns."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from flask import Response, g, request
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from prometheus_client import CollectorRegistry

from chassis import deadlines, fast_json, idempotency, logs, metrics, problems
from chassis.admission import Admission, Asked
from chassis.bodies import StrictRequest
from chassis.errors import Unavailable
from chassis.internal import InnerPort, Operation
from chassis.problems import Problem
from chassis.settings import ServiceSettings
from chassis.turns import turns

VERSION = "1.0.0"
log = structlog.get_logger()


class Service(OpenAPI):
    """A Flask application with strict bodies, problem answers, health, metrics, logs and two ports."""

    request_class = StrictRequest
    json_provider_class = fast_json.Provider

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        *,
        ready: Callable[[], object] = lambda: None,
        is_outage: Callable[[BaseException], bool] = lambda _: False,
        known_of: Callable[[Asked], dict[str, str]] = lambda _: {},
    ) -> None:
        """Build the service.

        Args:
            name: its name in logs and in the OpenAPI document.
            settings: what it read from its environment.
            ready: asks the service's own store; raises when that is down.
            is_outage: whether an exception means that the store is down, and no bug.
            known_of: what the refusal of a request on top of too many has to name.
        """
        super().__init__(
            name,
            info=Info(title=name, version=VERSION),
            validation_error_status="400",
            validation_error_model=Problem,
            validation_error_callback=problems.invalid,
            security_schemes={},
        )
        self.config["SWAGGER_CONFIG"] = {"validatorUrl": None}  # else the page sends its address to swagger.io
        logs.configure(settings.log_level)
        self._install_request_story(name)
        self.registry = CollectorRegistry()
        requests = metrics.install(self, self.registry)
        problems.install(self, is_outage=is_outage)
        self._inner_port = str(settings.internal_port)
        self._inner = InnerPort(name, settings.internal_token.get_secret_value(), requests, is_outage)
        self.admission = Admission(
            service=name,
            places=settings.max_requests,
            inner_port=settings.internal_port,
            registry=self.registry,
            known_of=known_of,
        )
        self._install_health(ready)

    def wsgi_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer within the deadline that the caller sent, or the longest there is; say so where there are too many.

        SERVER_PORT is the socket's own, whatever the Host header says.
        """
        if environ["SERVER_PORT"] == self._inner_port:
            return self._answer(self._inner, environ, start_response)
        place = self.admission.enter(environ["PATH_INFO"])
        if place is False:
            return self.admission.turn_away(environ, start_response)
        try:
            return self._answer(self._in_turn if place else super().wsgi_app, environ, start_response)
        finally:
            if place:
                self.admission.leave()

    def _in_turn(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ[metrics.BEGAN] = time.perf_counter()
        turns.wait()
        return super().wsgi_app(environ, start_response)

    def operation(self, path: str) -> Callable[[Operation], Operation]:
        """Decorate a function that answers on the inner port, at `path`, what its parameter `body` says."""

        def add(function: Operation) -> Operation:
            self._inner.add(path, function)
            return function

        return add

    @staticmethod
    def _answer(application: Callable[..., Any], environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        with logs.together(), deadlines.deadline(deadlines.from_header(environ.get("HTTP_X_DEADLINE_MS"))):
            return application(environ, start_response)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: no route is `async`, as a test sees to, and Flask would look six times a request."""
        return func

    def generate_spec_json(self) -> None:
        """The OpenAPI document, its problems under their own media type."""
        super().generate_spec_json()  # type: ignore[no-untyped-call]
        for path in self.spec_json["paths"].values():
            for operation in path.values():
                _correct(operation)

    def answer_also(self, canonical: str, alias: str) -> None:
        """Let every route under the path `canonical` answer under `alias`, too."""
        for rule in list(self.url_map.iter_rules()):
            if rule.rule == canonical or rule.rule.startswith(canonical + "/"):
                methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
                path = alias + rule.rule.removeprefix(canonical)
                self.add_url_rule(path, rule.endpoint, self.view_functions[rule.endpoint], methods=methods)

    def _install_request_story(self, name: str) -> None:
        @self.before_request
        def begin() -> None:
            logs.begin_request(name, request.headers.get(logs.REQUEST_ID))

        @self.after_request
        def end(response: Response) -> Response:
            response.headers[logs.REQUEST_ID] = logs.current_request_id()
            if "idempotency_key" in g:
                response.headers[idempotency.HEADER] = g.idempotency_key
            return response

    def _install_health(self, ready: Callable[[], object]) -> None:
        @self.get("/health", summary="Is the process alive?", responses={"200": {"description": "Alive"}})
        def health() -> dict[str, str]:
            return {"status": "healthy"}

        @self.get("/health/ready", summary="Is its store in reach?",
                  responses={"200": {"description": "Ready"}, "503": problems.documented(503)})  # fmt: skip
        def health_ready() -> dict[str, str]:
            try:
                with deadlines.deadline(1.0):
                    ready()
            except Exception as error:
                log.warning("not ready", error=type(error).__name__)
                raise Unavailable("The service's store is down.") from None
            return {"status": "ready"}


def _correct(operation: dict[str, Any]) -> None:
    """Drop the 400 that flask-openapi3 adds in its own form, where a route can give none."""
    bad_request = operation["responses"].get("400")
    if bad_request and problems.MEDIA_TYPE not in bad_request["content"]:
        if operation.get("parameters") or operation.get("requestBody"):
            operation["responses"]["400"] = problems.documented(400)
        else:
            del operation["responses"]["400"]

"""Why a request got no answer: what the wire tells of it, and that is less than one would like."""

from collections.abc import Iterator
from enum import StrEnum
from http.client import RemoteDisconnected

import requests
from requests.exceptions import ChunkedEncodingError


class Silence(StrEnum):
    """How a request ended without an answer."""

    REFUSED = "connection refused"
    # A published port of docker's accepts first and looks for the container then: there a refusal looks like this.
    EMPTY = "closed before an answer began"
    BROKEN = "closed within the answer"
    LATE = "no answer in time"


def silence_of(error: requests.RequestException | ValueError) -> Silence:
    """What `requests` meant by this error."""
    if isinstance(error, requests.Timeout):
        return Silence.LATE
    if isinstance(error, ChunkedEncodingError):  # of any body that ends too early, chunked or not
        return Silence.BROKEN
    causes = list(_causes(error))
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return Silence.REFUSED
    # A reset within the head cannot be told from one before it; gunicorn sends a head in one piece.
    if any(isinstance(each, RemoteDisconnected | ConnectionResetError) for each in causes):
        return Silence.EMPTY
    return Silence.BROKEN


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

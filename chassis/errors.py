"""What can go wrong in any service: the base of every refusal a client is told about."""


class Refusal(Exception):
    """A rule said no. Subclasses name the rule; one handler turns them into an RFC 9457 answer.

    Attributes:
        code: the machine's word for it, stable, snake_case.
        status: the HTTP status that fits it.
        extra: further members of the problem answer.
    """

    code = "refused"
    status = 409
    sentence = "The request was refused."

    def __init__(self, sentence: str | None = None, **extra: object) -> None:
        super().__init__(sentence or self.sentence)
        self.sentence = sentence or self.sentence
        self.extra = extra


class Malformed(Refusal):
    code, status, sentence = "malformed", 400, "The request is not well formed."


class Unauthorized(Refusal):
    code, status, sentence = "unauthorized", 401, "This operation needs the internal token."


class NotFound(Refusal):
    code, status, sentence = "not_found", 404, "There is nothing here."


class BodyTooLarge(Refusal):
    code, status, sentence = "body_too_large", 413, "The body is too large."


class NotJson(Refusal):
    code, status, sentence = "unsupported_media_type", 415, "Send the body as Content-Type: application/json."


class MethodNotAllowed(Refusal):
    code, status, sentence = "method_not_allowed", 405, "Method Not Allowed."


class KeyReused(Refusal):
    code, status = "idempotency_key_reused", 422
    sentence = "This Idempotency-Key was used with another body. Send the first body again, or use a new key."


class Unavailable(Refusal):
    code, status, sentence = "unavailable", 503, "A part of the shop is down. Try again in a moment."


class Overloaded(Unavailable):
    code = "overloaded"
    sentence = "There are too many requests at once, so nothing was begun for this one. Send it again in a moment."


class Bug(Refusal):
    code, status, sentence = "internal_error", 500, "Something is wrong on our side; it was logged."

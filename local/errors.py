"""What can go wrong around the shop, told to a person together with what to do next."""


class LocalError(Exception):
    """The world is wrong: the message says what, the advice what to type or change."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class WrongCall(LocalError):
    """The call is wrong: nothing was done."""


class MissingServer(LocalError):
    """A database server cannot be had or cannot run on this machine."""


class PortTaken(LocalError):
    """Something else listens where the shop was to listen."""

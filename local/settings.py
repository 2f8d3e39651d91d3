"""Every variable that local mode reads, read once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.catalogue import DEFAULT_PORTS
from local.errors import WrongCall

CHECKOUT = Path(__file__).resolve().parent.parent
# supervisord's configuration knows no escape for these: it expands log files' names twice, quotes end a value.
UNQUOTABLE = ("%", '"', "'", "\\", "\n", " ;", " #")
LIMITS = ("MAX_REQUESTS", "MAX_CONNECTIONS", "IDLE_SECONDS", "REQUEST_SECONDS")  # numbers; each service judges them


@dataclass(frozen=True)
class Settings:
    state: Path
    checkout: Path = CHECKOUT
    ports: Mapping[str, int] = field(default_factory=dict)
    mongod: Path | None = None
    postgres_bin: Path | None = None
    prefer_path: bool = False
    log_level: str = "INFO"
    service_environment: Mapping[str, str] = field(default_factory=dict)  # what a service's own settings name

    def __post_init__(self) -> None:
        for path in (self.state, self.checkout):
            if any(text in str(path) for text in UNQUOTABLE):
                raise WrongCall(
                    f"the path {path} has a percent sign, a quote, a backslash, or a space before ; or #",
                    advice="move the checkout, or set ESHOP_STATE, to a plainer path",
                )


def read_settings(environment: Mapping[str, str]) -> Settings:
    return Settings(
        state=_path(environment, "ESHOP_STATE") or CHECKOUT / ".local",
        ports={name: _port(name, environment[name]) for name in DEFAULT_PORTS if environment.get(name)},
        mongod=_path(environment, "MONGOD"),
        postgres_bin=_path(environment, "POSTGRES_BIN"),
        prefer_path=_one_of("ESHOP_SERVERS", environment, "wheel", "path") == "path",
        log_level=_one_of("LOG_LEVEL", environment, "INFO", "DEBUG", "WARNING", "ERROR"),
        service_environment={name: _number(name, environment[name]) for name in LIMITS if environment.get(name)},
    )


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    text = environment.get(name)
    return Path(text).expanduser().absolute() if text else None


def _port(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise WrongCall(f"{name}={text} is not a port", advice=f"set {name} to a number from 1 to 65535, or unset it")
    return int(text)


def _number(name: str, text: str) -> str:
    if not (text.isascii() and text.replace(".", "", 1).isdigit()):
        raise WrongCall(f"{name}={text} is not a number", advice=f"set {name} to a number, or unset it")
    return text


def _one_of(name: str, environment: Mapping[str, str], default: str, *others: str) -> str:
    text = environment.get(name) or default
    if text not in (default, *others):
        raise WrongCall(f"{name}={text} is not one of {', '.join((default, *others))}", advice=f"unset {name}")
    return text

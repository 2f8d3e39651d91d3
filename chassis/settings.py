"""Settings: read once from the environment, checked at start, never a default for a secret."""

import ipaddress
from typing import Any, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT = "development-only"  # stands in every credential that everybody knows


class SettingsError(SystemExit):
    """The environment lacks or garbles a variable; the message names it."""


class EnvironmentSettings(BaseSettings):
    """Variables of one process; names are the variables' names in lower case."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    # First, since the credentials after it are judged by it.
    publish_address: str = Field("127.0.0.1", description="the host's address on which the process can be reached")

    @field_validator("*")
    @classmethod
    def _keep_known_credentials_at_home(cls, value: object, info: ValidationInfo) -> object:
        address = info.data.get("publish_address", "")
        if isinstance(value, SecretStr) and DEVELOPMENT in value.get_secret_value() and not _is_loopback(address):
            raise ValueError(
                f"a credential that everybody knows cannot be used where others can reach it ({address}); "
                "./setup.sh docker env writes random ones"
            )
        return value

    @classmethod
    def read(cls, **given: Any) -> Self:
        """Read the environment; `given` wins over it. Raises SettingsError naming every variable at fault."""
        try:
            return cls(**given)
        except ValidationError as error:
            faults = [
                f"{str(each['loc'][0]).upper()}: {each['msg'].removeprefix('Value error, ')}"
                for each in error.errors(include_input=False)
            ]
            raise SettingsError("Cannot start, set these variables:\n  " + "\n  ".join(faults)) from None


class ServiceSettings(EnvironmentSettings):
    """What every service reads. A subclass adds its own."""

    internal_port: int = Field(5050, description="where alone /internal/ answers")
    internal_token: SecretStr = Field(min_length=16, description="what callers of /internal/ must show")
    max_requests: int = Field(
        256, ge=1, description="public requests at once; at 500 payments a second the last waits half a second"
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"

"""Settings: read once from the environment, checked at start, never a default for a secret."""

from typing import Any, Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(SystemExit):
    """The environment lacks or garbles a variable; the message names it."""


class EnvironmentSettings(BaseSettings):
    """Variables of one process; names are the variables' names in lower case."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    @classmethod
    def read(cls, **given: Any) -> Self:
        """Read the environment; `given` wins over it. Raises SettingsError naming every variable at fault."""
        try:
            return cls(**given)
        except ValidationError as error:
            faults = [f"{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors(include_input=False)]
            raise SettingsError("Cannot start, set these variables:\n  " + "\n  ".join(faults)) from None


class ServiceSettings(EnvironmentSettings):
    """What every service reads. A subclass adds its own."""

    internal_port: int = Field(5050, description="where alone /internal/ answers")
    internal_token: SecretStr = Field(min_length=16, description="what callers of /internal/ must show")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

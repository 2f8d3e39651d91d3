"""Every variable userservice reads."""

from pydantic import SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    mongo_uri: SecretStr

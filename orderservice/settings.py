"""Every variable orderservice reads."""

from pydantic import SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    mongo_uri: SecretStr

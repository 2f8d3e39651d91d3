"""Every variable orderservice reads, beside those that every service does."""

from pydantic import SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    mongo_uri: SecretStr

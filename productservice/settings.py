"""Every variable productservice reads, beside those that every service does."""

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    mongo_uri: SecretStr
    request_hash_key: SecretStr = Field(min_length=16, description="for the HMAC over bodies under an Idempotency-Key")
    recovery_after_seconds: float = Field(30, gt=0, le=600, description="until an unsettled reservation may be claimed")

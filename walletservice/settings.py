"""Every variable walletservice reads, beside those that every service does."""

from pydantic import Field, SecretStr

from chassis.settings import EnvironmentSettings, ServiceSettings


class Settings(ServiceSettings):
    postgres_dsn: SecretStr
    request_hash_key: SecretStr = Field(min_length=16, description="keys the hashes of clients' bodies")


class SchemaSettings(EnvironmentSettings):
    """What the schema's one-shot run reads."""

    postgres_owner_dsn: SecretStr
    postgres_app_role: str = Field("wallet_app", min_length=1, max_length=63)

"""Every variable paymentservice reads, beside those that every service does. No database is among them, or will be."""

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    users_url: str = Field(pattern="^http://", description="userservice's inner address, http://host:port")
    products_url: str = Field(pattern="^http://")
    wallets_url: str = Field(pattern="^http://")
    orders_url: str = Field(pattern="^http://")
    request_hash_key: SecretStr = Field(min_length=16, description="key of the HMAC over what clients send")
    recovery_interval_seconds: float = Field(5, ge=0, description="between two sweeps; 0: no sweeps from this process")

"""Settings: read once, checked at start, and a fault names its variable."""

import pytest
from pydantic import SecretStr

from chassis.settings import ServiceSettings, SettingsError


class ToySettings(ServiceSettings):
    toy_uri: SecretStr
    shelves: int = 3


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INTERNAL_PORT", "LOG_LEVEL", "SHELVES", "PUBLISH_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INTERNAL_TOKEN", "0123456789abcdef")
    monkeypatch.setenv("TOY_URI", "toys://eshop:secret@localhost")


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELVES", "7")
    settings = ToySettings.read()
    assert settings.toy_uri.get_secret_value() == "toys://eshop:secret@localhost"
    assert (settings.shelves, settings.internal_port, settings.log_level) == (7, 5050, "INFO")


def test_what_is_handed_in_wins() -> None:
    assert ToySettings.read(shelves=1).shelves == 1


@pytest.mark.parametrize("name", ["TOY_URI", "INTERNAL_TOKEN"])
def test_a_variable_that_lacks_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(SettingsError, match=f"{name}: Field required"):
        ToySettings.read()


@pytest.mark.parametrize(
    ("name", "value"),
    [("INTERNAL_TOKEN", "short-4111"), ("INTERNAL_PORT", "x-4111"), ("LOG_LEVEL", "LOUD-4111"), ("SHELVES", "4111.5")],
)
def test_a_garbled_variable_is_named_and_not_repeated(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name}: ") as fault:
        ToySettings.read()
    assert "4111" not in str(fault.value)


def test_every_fault_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOY_URI")
    monkeypatch.delenv("INTERNAL_TOKEN")
    with pytest.raises(SettingsError, match="(?s)INTERNAL_TOKEN.*TOY_URI"):
        ToySettings.read()


def test_secrets_are_not_shown() -> None:
    shown = repr(ToySettings.read())
    assert "secret" not in shown
    assert "0123456789abcdef" not in shown


@pytest.mark.parametrize("name", ["TOY_URI", "INTERNAL_TOKEN"])
@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.7", "::", "shop.example.com", ""])
def test_a_known_credential_is_refused_where_others_can_reach_it(
    monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    monkeypatch.setenv("PUBLISH_ADDRESS", address)
    monkeypatch.setenv(name, "toys://eshop:development-only-password@localhost")
    with pytest.raises(SettingsError, match=f"{name}: .*everybody knows") as fault:
        ToySettings.read()
    assert "password" not in str(fault.value)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "localhost", None])
def test_a_known_credential_serves_at_home(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    monkeypatch.setenv("INTERNAL_TOKEN", "development-only-token")
    if address:
        monkeypatch.setenv("PUBLISH_ADDRESS", address)
    assert ToySettings.read().internal_token.get_secret_value() == "development-only-token"


def test_a_credential_of_ones_own_serves_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISH_ADDRESS", "0.0.0.0")
    assert ToySettings.read().publish_address == "0.0.0.0"

"""Settings: what is read, what is refused, and that every one is documented."""

import base64
import dataclasses
import ipaddress
import re
from pathlib import Path

import pytest

from core.settings import (
    VARIABLES,
    Environment,
    Settings,
    SettingsError,
    check_without_servers,
    data_directory,
    wants_embedded_servers,
)

KEY = bytes(range(32))
LEAST = {
    "DATABASE_URL": "postgresql://user:word@db.example:5432/siaga",
    "REDIS_URL": "redis://cache.example:6379",
    "SECRET_KEY": base64.b64encode(KEY).decode(),
}
PRODUCTION = LEAST | {"ENVIRONMENT": "production", "PUBLIC_URL": "https://api.example.com"}
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


def refused(**variables):
    with pytest.raises(SettingsError) as refusal:
        Settings.parse(LEAST | variables)
    return refusal.value


def test_three_variables_are_enough_and_the_rest_has_defaults():
    settings = Settings.parse(LEAST | {"HOME": "/home/ani"})
    assert settings.secret_key == KEY
    assert settings.environment is Environment.DEVELOPMENT
    assert (settings.api_host, settings.api_port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert settings.home == "/home/ani/.local/share/siaga"
    assert settings.database_pool_size == 10
    assert settings.allow_private_webhook_targets == ()


def test_every_mistake_is_named_at_once_with_its_remedy():
    with pytest.raises(SettingsError) as refusal:
        Settings.parse({"API_PORT": "http", "LOG_LEVEL": "loud", "SIAGA_HOEM": "/x", "ENVIRONMENT": "prod"})
    told = str(refusal.value)
    assert told.startswith("7 settings are wrong")
    wrong = [mistake.variable for mistake in refusal.value.mistakes]
    expected = ["SIAGA_HOEM", "ENVIRONMENT", "API_PORT", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "LOG_LEVEL"]
    assert sorted(wrong) == sorted(expected)
    assert all(f"{mistake.variable} {mistake.problem}. {mistake.remedy}" in told for mistake in refusal.value.mistakes)
    assert "Did you mean SIAGA_HOME?" in told


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("DATABASE_URL", "mysql://db/x", "is not the address of a PostgreSQL database"),
        ("DATABASE_URL", "postgresql:///siaga", "names no host"),
        ("DATABASE_URL", "postgresql://db.example/", "names no database"),
        ("DATABASE_URL", "postgresql://db.example/x?options=-c", "has the parameter 'options'"),
        ("DATABASE_URL", "postgresql://u:pa/ss@db.example/x", "percent-encode"),
        ("REDIS_URL", "cache.example:6379", "is not the address of a Redis server"),
        ("SECRET_KEY", "not base64!", "is not base64"),
        ("SECRET_KEY", base64.b64encode(KEY[:31]).decode(), "holds 31 bytes, fewer than 32"),
        ("API_PORT", "0", "is '0', not a whole number from 1 to 65535"),
        ("API_PORT", "99999999999999999999", "not a whole number"),
        ("API_PORT", "٨٠٠٠", "not a whole number"),
        ("PUBLIC_URL", "api.example.com", "is 'api.example.com', not a web address"),
        ("PUBLIC_URL", "https://api.example.com/?a=1", "more than scheme, host, port and path"),
        ("DATABASE_POOL_SIZE", "-1", "from 1 to 200"),
        ("DATABASE_STATEMENT_CACHE", "no", "from 0 to 10000"),
        ("WEBHOOK_TIMEOUT_S", "nan", "not a number of seconds"),
        ("WEBHOOK_TIMEOUT_S", "61", "not a number of seconds from 1 to 60"),
        ("ALLOW_PRIVATE_WEBHOOK_TARGETS", "127.0.0.0/8,home", "names 'home', which is not a network"),
        ("ALLOW_PRIVATE_WEBHOOK_TARGETS", "10.0.0.1/8", "names '10.0.0.1/8'"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy", "names 'proxy', which is not a network"),
        ("RATE_LIMIT_CREDENTIAL", "0", "from 1 to 10000000"),
        ("RATE_LIMIT_AGENCY", "many", "not a whole number"),
        ("RATE_LIMIT_ADDRESS", "10000000000", "from 1 to 10000000"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_is_wrong(variable, value, problem):
    (mistake,) = refused(**{variable: value}).mistakes
    assert mistake.variable == variable
    assert problem in mistake.problem
    assert mistake.remedy


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATABASE_RELAY_URL"])
@pytest.mark.parametrize("value", ["hush-hush", "x://u:hush-hush@[", "postgresql://u:hush/hush-hush@h/d"])
def test_a_secret_is_never_repeated_in_a_mistake(variable, value):
    assert "hush" not in str(refused(**{variable: value}))


def test_a_printed_settings_object_holds_no_secret():
    printed = repr(Settings.parse(LEAST | {"REDIS_URL": "redis://:hush@cache.example"}))
    assert not [secret for secret in ("word", "hush", str(KEY)[3:20]) if secret in printed]


def test_an_empty_variable_counts_as_unset():
    assert Settings.parse(LEAST | {"API_PORT": "", "LOG_LEVEL": " "}) == Settings.parse(LEAST)
    assert refused(SECRET_KEY="").mistakes[0].problem == "is missing"


def test_one_address_serves_all_and_each_process_takes_its_role():
    settings = Settings.parse(LEAST)
    assert settings.database_url == settings.owner_url == settings.relay_url
    assert (settings.app_role, settings.relay_role) == ("siaga_app", "siaga_relay")


def test_three_addresses_log_in_as_their_roles_and_take_none():
    relay, owner = "postgresql://siaga_relay@db.example/siaga", "postgresql://owner@db.example/siaga"
    settings = Settings.parse(LEAST | {"DATABASE_RELAY_URL": relay, "DATABASE_OWNER_URL": owner})
    assert settings.relay_url == "postgresql+asyncpg://siaga_relay@db.example/siaga"
    assert settings.owner_url == "postgresql+asyncpg://owner@db.example/siaga"
    assert (settings.app_role, settings.relay_role) == (None, None)


def test_a_process_that_does_not_migrate_need_not_know_the_owner():
    relay = "postgresql://siaga_relay@db.example/siaga"
    assert Settings.parse(LEAST | {"DATABASE_RELAY_URL": relay}).owner_url is None


def test_an_owner_without_a_relay_is_refused():
    (mistake,) = refused(DATABASE_OWNER_URL="postgresql://owner@db.example/siaga").mistakes
    assert mistake.variable == "DATABASE_RELAY_URL"


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("postgres://u@h/d", "postgresql+asyncpg://u@h/d"),
        ("postgresql+asyncpg://u@h:5433/d", "postgresql+asyncpg://u@h:5433/d"),
        ("postgresql://u@h/d?sslmode=require", "postgresql+asyncpg://u@h/d?ssl=require"),
        ("postgresql://u@/d?host=/run/pg", "postgresql+asyncpg://u@/d?host=/run/pg"),
        ("postgresql://u:p%40ss@h/d", "postgresql+asyncpg://u:p%40ss@h/d"),
    ],
)
def test_a_database_address_is_understood_in_each_usual_spelling(given, understood):
    assert Settings.parse(LEAST | {"DATABASE_URL": given}).database_url == understood


def test_networks_that_webhooks_may_reach_are_read_as_networks():
    settings = Settings.parse(LEAST | {"ALLOW_PRIVATE_WEBHOOK_TARGETS": "127.0.0.0/8, ::1/128"})
    assert ipaddress.ip_address("127.1.2.3") in settings.allow_private_webhook_targets[0]
    assert ipaddress.ip_address("::1") in settings.allow_private_webhook_targets[1]


def test_the_statement_cache_can_be_switched_off_in_words():
    assert Settings.parse(LEAST | {"DATABASE_STATEMENT_CACHE": "off"}).database_statement_cache == 0


def test_a_key_may_be_written_in_the_alphabet_for_addresses():
    key = bytes([251, 255] * 16)
    for spelled in (base64.urlsafe_b64encode(key), base64.urlsafe_b64encode(key).rstrip(b"="), base64.b64encode(key)):
        assert Settings.parse(LEAST | {"SECRET_KEY": spelled.decode()}).secret_key == key


def test_production_is_accepted_with_a_public_https_address():
    assert Settings.parse(PRODUCTION).is_production


@pytest.mark.parametrize(
    ("change", "variable"),
    [
        ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "http://api.example.com"}, "PUBLIC_URL"),
        ({"ALLOW_PRIVATE_WEBHOOK_TARGETS": "127.0.0.0/8"}, "ALLOW_PRIVATE_WEBHOOK_TARGETS"),
    ],
)
def test_production_refuses_what_is_unsafe_there(change, variable):
    (mistake,) = refused(**(PRODUCTION | change)).mistakes
    assert mistake.variable == variable
    assert not Settings.parse(LEAST | change).is_production


def test_servers_are_started_only_where_none_is_named_and_never_in_production():
    assert wants_embedded_servers({})
    assert wants_embedded_servers({"DATABASE_URL": ""})
    assert not wants_embedded_servers({"REDIS_URL": "redis://h"})
    assert not wants_embedded_servers({"ENVIRONMENT": "production"})


def test_mistakes_are_found_before_the_servers_are_up():
    assert check_without_servers({"API_PORT": "9000"}).api_port == 9000
    with pytest.raises(SettingsError, match="API_PORT"):
        check_without_servers({"API_PORT": "x"})


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"SIAGA_HOME": "/data", "XDG_DATA_HOME": "/x", "HOME": "/h"}, "/data"),
        ({"XDG_DATA_HOME": "/x/", "HOME": "/h"}, "/x/siaga"),
        ({"HOME": "/h"}, "/h/.local/share/siaga"),
        ({}, "/var/lib/siaga"),
    ],
)
def test_the_data_folder_follows_what_the_person_said(environ, folder):
    assert data_directory(environ) == folder


@pytest.mark.parametrize(("host", "address"), [("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("api.test", "api.test")])
def test_the_public_address_is_made_from_host_and_port(host, address):
    assert Settings.parse(LEAST | {"API_HOST": host, "API_PORT": "81"}).public_url == f"http://{address}:81"


def test_settings_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings.parse(LEAST).api_port = 1


def test_every_variable_is_documented_with_its_default_and_none_besides():
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) ?\| \S", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    documented = {name: None if default == "required" else default.strip("`") for name, default in rows}
    assert documented == {variable.name: variable.default for variable in VARIABLES}

"""Settings that cannot work end the start with one line that names the cure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quart_app import create_app
from quart_app.errors import ConfigurationError
from quart_app.settings import ApplicationSettings, LiveSettings, ServerSettings

WRONG: list[tuple[str, Any, str]] = [
    ("SECRET_KEY", 12345678, "quotes"),
    ("HOME_PUBLIC", "perhaps", "true or false"),
    ("HOME_PUBLIC", 2, "True or False"),
    *(
        ("LOGIN_REDIRECT", path, "/user")
        for path in ("user", "//evil", "https://evil", "/\\evil", 7)
    ),
    *(
        ("LOGIN_REDIRECT", path, "another path")
        for path in ("/login", "/login/?x", "/%6Cogin#x", "/logout", "/confirm")
    ),
    *(("LOGOUT_REDIRECT", path, "/user") for path in ("", "//evil", "/é", "/a b", ["/"])),
    ("LOGOUT_REDIRECT", "/logout", "another path"),
    ("DEFAULT_LANGUAGE", "tlh", "en, fr"),
    ("DEFAULT_LANGUAGE", "", "a text"),
    ("DEFAULT_LANGUAGE", 7, "a text"),
    *(("HSTS", value, "max-age=63072000") for value in ("on", "63072000", "max-age=", 1, "x")),
    *(("TRUSTED_HOSTS", host, "example.org") for host in ("*", "a b", "https://a.example", "::1")),
    *(("TRUSTED_HOSTS", host, "without port") for host in ("example.org:80", "[::1]:80", "a,b")),
    ("TRUSTED_HOSTS", 7, "several"),
    *(("TRUSTED_PROXIES", name, "10.0.0.0/8") for name in ("proxy", "10.0.0.1/8", "*", ["::g"], 7)),
    *(("BIND", name, "127.0.0.1:8000") for name in ("localhost", ":8000", "x:", "x:99999", 8000)),
    *(("SHUTDOWN_TIMEOUT", name, "positive number of seconds") for name in (0, -1, "3", True)),
    ("SESSION_TYPE", "null", "'filesystem'"),
    *((name, "\udcff", "UTF-8") for name in ("SECRET_KEY", "SITE_NAME", "SESSION_KEY_PREFIX")),
    ("SESSION_FILE_DIR", "a\0b", "without NUL"),
    ("PERMANENT_SESSION_LIFETIME", "5", "seconds"),
    ("SESSION_COOKIE_SAMESITE", "None", "SESSION_COOKIE_SECURE"),
    ("SESSION_COOKIE_NAME", "__Host-session", "SESSION_COOKIE_SECURE"),
]


@pytest.mark.parametrize(("name", "value", "cure"), WRONG)
def test_a_wrong_value_ends_the_start_with_one_line_and_the_cure(
    tmp_path: Path, name: str, value: Any, cure: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_app({"DATA_DIR": tmp_path, name: value})

    line = str(caught.value)
    assert "\n" not in line
    assert name in line
    assert cure in line


def test_the_line_about_a_secret_does_not_tell_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_app({"DATA_DIR": tmp_path, "SECRET_KEY": 12345678})

    assert "12345678" not in str(caught.value)


def test_the_environment_sets_what_the_mapping_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUART_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUART_HOME_PUBLIC", "true")
    monkeypatch.setenv("QUART_LOGIN_REDIRECT", "/user")
    monkeypatch.setenv("QUART_TRUSTED_HOSTS", '["a.example", "b.example"]')
    monkeypatch.setenv("QUART_TRUSTED_PROXIES", "10.0.0.0/8")
    monkeypatch.setenv("QUART_SHUTDOWN_TIMEOUT", "1.5")
    monkeypatch.setenv("QUART_DEFAULT_LANGUAGE", "fr")
    monkeypatch.setenv("QUART_SECRET_KEY", "from the environment")

    app = create_app({"DEFAULT_LANGUAGE": "en", "LOGIN_REDIRECT": "/"})

    settings = ApplicationSettings.from_config(app.config)
    assert (settings.home_public, settings.login_redirect) == (True, "/")
    assert settings.trusted_hosts == ("a.example", "b.example")
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8"]
    assert ServerSettings.from_config(app.config).shutdown_timeout.total_seconds() == 1.5
    assert settings.default_language == "en"
    assert app.secret_key == "from the environment"  # noqa: S105 - it is this test's own
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_variable_is_told_by_the_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUART_HOME_PUBLIC", "perhaps")

    with pytest.raises(ConfigurationError, match=r"^HOME_PUBLIC is 'perhaps'.* true or false"):
        create_app({"DATA_DIR": tmp_path})


@pytest.mark.parametrize("word", ["1", "yes", "on", "true", "True", "ON"])
def test_yes_is_said_as_people_say_it(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUART_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUART_HOME_PUBLIC", word)
    monkeypatch.setenv("QUART_SESSION_COOKIE_SECURE", word)

    app = create_app()

    assert ApplicationSettings.from_config(app.config).home_public
    # Quart reads this one itself.
    assert app.config["SESSION_COOKIE_SECURE"] is True


@pytest.mark.parametrize("word", ["0", "no", "off", "false", "False"])
def test_and_so_is_no(word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUART_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUART_LIVE", word)
    monkeypatch.setenv("QUART_SESSION_COOKIE_HTTPONLY", word)

    app = create_app()

    assert not LiveSettings.from_config(app.config).live
    assert app.config["SESSION_COOKIE_HTTPONLY"] is False


def test_the_settings_of_two_applications_do_not_meet(tmp_path: Path) -> None:
    one = create_app({"DATA_DIR": tmp_path / "one", "HOME_PUBLIC": True})
    other = create_app({"DATA_DIR": tmp_path / "other"})

    assert one.config["HOME_PUBLIC"] is True
    assert "HOME_PUBLIC" not in other.config
    assert one.secret_key != other.secret_key


def test_data_lies_in_the_folder_that_was_named_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    app = create_app({"DATA_DIR": "data"})

    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]
    assert app.secret_key == (tmp_path / "data" / "secret_key").read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY_FALLBACKS", "an old secret key of mine"),
        ("SECRET_KEY_FALLBACKS", ["short"]),
        ("MAX_CONTENT_LENGTH", "abc"),
        ("BODY_TIMEOUT", 0),
        ("RESPONSE_TIMEOUT", "abc"),
        ("SESSION_COOKIE_NAME", "a;b=c"),
        ("SESSION_COOKIE_NAME", "language"),
        ("SESSION_COOKIE_DOMAIN", "a;b"),
        ("SESSION_COOKIE_PATH", "/a;b"),
    ],
)
def test_what_quart_would_take_and_cannot_work_ends_the_start(
    tmp_path: Path, name: str, value: object
) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} is .*: set it to ") as refused:
        create_app({"DATA_DIR": tmp_path, "SECRET_KEY": "x" * 32, name: value})

    assert "old secret key" not in str(refused.value)


def test_a_variable_inside_a_setting_that_is_no_mapping_ends_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUART_TRUSTED_HOSTS__a", "1")

    with pytest.raises(ConfigurationError, match="unset it"):
        create_app({"DATA_DIR": tmp_path, "TRUSTED_HOSTS": ["example.org"]})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SESION_TYPE", "SESSION_TYPE"),
        ("session_type", "SESSION_TYPE"),
        ("TRUSTED_HOST", "TRUSTED_HOSTS"),
        ("OWN_THING", None),
    ],
)
def test_a_name_that_looks_like_a_settings_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, meant: str | None
) -> None:
    create_app({"DATA_DIR": tmp_path, name: "memory"})

    said = [record.getMessage() for record in caplog.records]
    assert said == ([f"{name} is no setting: did you mean {meant}?"] if meant else [])

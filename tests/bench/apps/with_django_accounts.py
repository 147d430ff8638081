"""Django's accounts in SQLite, hashed as ours are, and its sessions in Redis."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib.auth import authenticate, login
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from jinja2 import Environment

from quart_app.accounts.passwords.own import LANES, MEMORY_KIB, PASSES
from tests.bench.apps.people import PEOPLE, RIGHT, name_of


class Hasher(Argon2PasswordHasher):  # type: ignore[misc]  # Django ships no types
    time_cost, memory_cost, parallelism = PASSES, MEMORY_KIB, LANES


def environment(**options: Any) -> Environment:
    templates = Environment(**options)  # noqa: S701  # Django turns autoescape on
    templates.globals["url_for"] = lambda name: f"/{name}"
    return templates


settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ["BENCH_REDIS"],
        }
    },
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["BENCH_FOLDER"] + "/django.sqlite3",
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"},
            "CONN_MAX_AGE": None,
        }
    },
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    PASSWORD_HASHERS=[f"{__name__}.Hasher"],
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ["BENCH_FOLDER"],
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.jinja2.Jinja2",
            "DIRS": [Path(__file__).parent / "templates"],
            "OPTIONS": {"environment": f"{__name__}.environment"},
        }
    ],
)


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"name": request.user.get_username()})


def sign_in(request: HttpRequest) -> HttpResponse:
    user = authenticate(request, username=request.POST["name"], password=request.POST["password"])
    if user is None:
        return HttpResponse("The name or the password is wrong.", status=401)
    login(request, user)
    answer = HttpResponseRedirect("/")
    answer.status_code = 303
    return answer


def add_people() -> None:
    from django.contrib.auth.models import User  # may not be imported before the setup

    call_command("migrate", verbosity=0)
    secret = make_password(RIGHT)
    User.objects.bulk_create(
        User(username=name_of(number), password=secret) for number in range(PEOPLE)
    )


urlpatterns = [path("", home), path("login", sign_in)]
django.setup()
add_people()
app = get_wsgi_application()

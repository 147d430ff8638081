"""The login with Django's sessions in Redis."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from jinja2 import Environment

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ["BENCH_REDIS"],
        }
    },
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
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


def environment(**options: Any) -> Environment:
    templates = Environment(**options)  # noqa: S701  # Django turns autoescape on
    templates.globals["url_for"] = reverse
    return templates


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"name": request.session.get("name")})


def login(request: HttpRequest) -> HttpResponse:
    request.session["name"] = request.POST["name"]
    return see_home()


def logout(request: HttpRequest) -> HttpResponse:
    request.session["name"] = None
    return see_home()


def see_home() -> HttpResponse:
    answer = HttpResponseRedirect("/")
    answer.status_code = 303
    return answer


urlpatterns = [path("", home), path("login", login), path("logout", logout, name="logout")]
app = get_wsgi_application()

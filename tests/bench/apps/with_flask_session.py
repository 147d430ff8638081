"""The login with Flask-Session on Redis or on files."""

from __future__ import annotations

import os

from cachelib import FileSystemCache
from flask import Flask, redirect, render_template, request, session
from flask_session import Session
from redis import Redis
from werkzeug.wrappers import Response

app = Flask(__name__)
if os.environ["BENCH_STORE"] == "redis":
    app.config.update(SESSION_TYPE="redis", SESSION_REDIS=Redis.from_url(os.environ["BENCH_REDIS"]))
else:
    cache = FileSystemCache(os.environ["BENCH_FOLDER"] + "/flask", threshold=0)
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=cache)
Session(app)


@app.get("/")
def home() -> str:
    return render_template("home.html", name=session.get("name"))


@app.post("/login")
def login() -> Response:
    session["name"] = request.form["name"]
    return redirect("/", 303)


@app.post("/logout")
def logout() -> Response:
    session["name"] = None
    return redirect("/", 303)

"""Flask-Security's accounts in SQLite, hashed as ours are; sessions are Flask's signed cookies."""

from __future__ import annotations

import os

from flask import Flask, render_template
from flask_security import Security, current_user, hash_password
from flask_security.datastore import FSQLALiteUserDatastore
from flask_security.models import sqla
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase

from quart_app.accounts.passwords.own import LANES, MEMORY_KIB, PASSES
from tests.bench.apps.people import PEOPLE, RIGHT, mail_of

app = Flask(__name__)
app.config.update(
    SECRET_KEY=os.environ["BENCH_FOLDER"],
    SECURITY_PASSWORD_SALT=os.environ["BENCH_FOLDER"],
    SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  # its kind
    SECURITY_PASSWORD_SCHEMES=["argon2"],
    SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
        "argon2__memory_cost": MEMORY_KIB,
        "argon2__time_cost": PASSES,
        "argon2__parallelism": LANES,
    },
    SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
    WTF_CSRF_ENABLED=False,
    SQLALCHEMY_ENGINES={"default": f"sqlite:///{os.environ['BENCH_FOLDER']}/flask.sqlite3"},
)
database = SQLAlchemy(app)


class Model(DeclarativeBase):
    """What tables are made of."""


sqla.FsModels.set_db_info(base_model=Model)  # type: ignore[no-untyped-call]


class Role(Model, sqla.FsRoleMixin):
    __tablename__ = "role"


class User(Model, sqla.FsUserMixin):
    __tablename__ = "user"


people = FSQLALiteUserDatastore(database, User, Role)
Security(app, people)


@app.get("/")
def home() -> str:
    # Who is not signed in has no address.
    return render_template("home.html", name=getattr(current_user, "email", None))


@app.post("/log-out")
def logout() -> str:
    return ""


with app.app_context():
    Model.metadata.create_all(database.engine)
    secret = hash_password(RIGHT)
    for number in range(PEOPLE):
        people.create_user(email=mail_of(number), password=secret)
    people.commit()  # type: ignore[no-untyped-call]

"""An application made by a function, of blueprints, with the login below a path of its own."""

from __future__ import annotations

from quart import Blueprint, Quart, url_for

from quart_app import Account, Login, current_account, login_required

login = Login()
shop = Blueprint("shop", __name__)
office = Blueprint("office", __name__, url_prefix="/office")


@shop.get("/")
async def goods() -> dict[str, str]:
    name = current_account.name if current_account else "visitor"
    return {"hello": name, "log in": url_for("quart_app.login")}


@shop.post("/from-the-till")
async def from_the_till() -> dict[str, str]:
    """A form of the shop's own: the till has made sure who that is."""
    login.sign_in(Account(id="till", name="The till"), method="till")
    return {"hello": current_account.name}


@office.before_request
@login_required
async def only_for_those_who_are_signed_in() -> None:
    """All of this blueprint."""


@office.get("/books")
async def books() -> dict[str, str]:
    return {"books of": current_account.name}


def create_app() -> Quart:
    """The shop and its office."""
    app = Quart(__name__)
    app.config["LOGIN_PREFIX"] = "/account"
    app.config["LOGIN_MODE"] = "name"
    login.init_app(app)
    app.register_blueprint(shop)
    app.register_blueprint(office)
    return app

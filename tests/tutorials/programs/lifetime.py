"""The login of the tutorial on how long a session lasts, as its reader would write it for Quart.
The text has its session on the server, and encrypted: with `Session` it is."""

# mypy: ignore-errors
# ruff: noqa: ANN201 - a first program has no annotations

from datetime import timedelta

from markupsafe import escape
from quart import Quart, redirect, request, session, url_for

from quart_app.sessions import Session

app = Quart(__name__)
app.secret_key = "hello"  # noqa: S105 - the tutorial's own
app.permanent_session_lifetime = timedelta(minutes=5)
Session(app)

LOGIN = """
<form action="#" method="post">
    <p>Name:</p>
    <p><input type="text" name="nm"></p>
    <p><input type="submit" value="submit"></p>
</form>
"""


@app.route("/")
async def home():
    return "<h1>Home</h1>"


@app.route("/login", methods=["POST", "GET"])
async def login():
    if request.method == "POST":
        session.permanent = True
        user = (await request.form)["nm"]
        session["user"] = user
        return redirect(url_for("user"))
    else:
        if "user" in session:
            return redirect(url_for("user"))

        return LOGIN


@app.route("/user")
async def user():
    if "user" in session:
        user = session["user"]
        return f"<h1>{escape(user)}</h1>"
    else:
        return redirect(url_for("login"))


@app.route("/logout")
async def logout():
    session.pop("user", None)
    return redirect(url_for("login"))


if __name__ == "__main__":
    app.run(debug=True)

"""The login of the tutorial whose session is a signed cookie, as its reader would write it for
Quart."""

# mypy: ignore-errors
# ruff: noqa: ANN201 - a first program has no annotations

from markupsafe import escape
from quart import Quart, redirect, request, session, url_for

from quart_app.sessions import Session

app = Quart(__name__)
app.secret_key = "any random string"  # noqa: S105 - the tutorial's own
app.config["SESSION_TYPE"] = "cookie"
Session(app)

LOGIN = """
<form action="" method="post">
    <p><input type="text" name="username"></p>
    <p><input type="submit" value="Login"></p>
</form>
"""


@app.route("/")
async def index():
    if "username" in session:
        username = escape(session["username"])
        return f"Logged in as {username}<br><b><a href='/logout'>click here to log out</a></b>"
    return "You are not logged in <br><b><a href='/login'>click here to log in</a></b>"


@app.route("/login", methods=["GET", "POST"])
async def login():
    if request.method == "POST":
        session["username"] = (await request.form)["username"]
        return redirect(url_for("index"))
    return LOGIN


@app.route("/logout")
async def logout():
    # remove the username from the session if it is there
    session.pop("username", None)
    return redirect(url_for("index"))

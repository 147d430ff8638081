"""The first tutorial's login, line by line, awaited as Quart wants it. People copy such programs
and write no types."""
# ruff: noqa: ANN201
# mypy: allow-untyped-defs

from quart import Quart, redirect, render_template, request, session

from quart_app.sessions import Session

# Configure app
app = Quart(__name__)

# Configure session
app.config["SESSION_PERMANENT"] = False
app.config["SESSION_TYPE"] = "filesystem"
Session(app)


@app.route("/")
async def index():
    if not session.get("name"):
        return redirect("/login")
    return await render_template("index.html")


@app.route("/login", methods=["GET", "POST"])
async def login():
    if request.method == "POST":
        session["name"] = (await request.form).get("name")
        return redirect("/")
    return await render_template("login.html")


@app.route("/logout")
async def logout():
    session["name"] = None
    return redirect("/")

"""The English tutorial's login, as its reader would write it for Quart."""

# mypy: ignore-errors
# ruff: noqa: ANN201 - a first program has no annotations

from quart import Quart, redirect, render_template_string, request, session

from quart_app.sessions import Session

app = Quart(__name__)

app.config["SESSION_PERMANENT"] = False
app.config["SESSION_TYPE"] = "filesystem"
Session(app)

INDEX = """
<!DOCTYPE html>
<html lang="en">
    <title>store</title>
    {% if session["name"] %}
        You are logged in as {{ session["name"] }}. <a href="/logout">Log out</a>.
    {% else %}
        You are not logged in. <a href="/login">Log in</a>.
    {% endif %}
</html>
"""
LOGIN = """
<!DOCTYPE html>
<html lang="en">
    <title>store</title>
    <form action="/login" method="post">
        <input autocomplete="off" autofocus name="name" placeholder="Name" type="text">
        <button type="submit">Log In</button>
    </form>
</html>
"""


@app.route("/")
async def index():
    if not session.get("name"):
        return redirect("/login")
    return await render_template_string(INDEX)


@app.route("/login", methods=["GET", "POST"])
async def login():
    if request.method == "POST":
        session["name"] = (await request.form).get("name")
        return redirect("/")
    return await render_template_string(LOGIN)


@app.route("/logout")
async def logout():
    session["name"] = None
    return redirect("/")

"""The French tutorial's login, as its reader would write it for Quart: here the first page is for
everybody, so that all its words are seen."""

# mypy: ignore-errors
# ruff: noqa: ANN201 - a first program has no annotations

from quart import Quart, redirect, render_template_string, request, session

from quart_app.sessions import Session

app = Quart(__name__)

app.config["SESSION_PERMANENT"] = False
app.config["SESSION_TYPE"] = "filesystem"
Session(app)

ACCUEIL = """
<!DOCTYPE html>
<html lang="fr">
    <title>magasin</title>
    {% if session["name"] %}
        Vous êtes connecté en tant que {{ session["name"] }}. <a href="/logout">Déconnexion</a>.
    {% else %}
        Vous n'êtes pas connecté. <a href="/login">Connectez-vous</a>.
    {% endif %}
</html>
"""
CONNEXION = """
<!DOCTYPE html>
<html lang="fr">
    <title>magasin</title>
    <form action="/login" method="post">
        <input autocomplete="off" autofocus name="name" placeholder="Nom" type="text">
        <button type="submit">Se Connecter</button>
    </form>
</html>
"""


@app.route("/")
async def index():
    session.setdefault("name", None)
    return await render_template_string(ACCUEIL)


@app.route("/login", methods=["GET", "POST"])
async def login():
    if request.method == "POST":
        session["name"] = (await request.form).get("name")
        return redirect("/")
    return await render_template_string(CONNEXION)


@app.route("/logout")
async def logout():
    session["name"] = None
    return redirect("/")

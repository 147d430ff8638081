"""Who somebody is: accounts, credentials, attempts, audit; knows neither sessions nor HTTP."""

from quart_app.errors import ConfigurationError

try:
    from quart_app.accounts.accounts import Accounts
    from quart_app.accounts.administration import Administration
except ModuleNotFoundError as exc:
    if (exc.name or "").partition(".")[0] not in ("alembic", "bcrypt", "nacl", "sqlalchemy"):
        raise
    raise ConfigurationError(
        f"accounts need the package {exc.name}: run pip install 'quart-app[accounts]'"
    ) from exc
from quart_app.accounts.words import Account, Changed, Client, EndingNote, Event, Purpose, SignedIn

__all__ = [
    "Account",
    "Accounts",
    "Administration",
    "Changed",
    "Client",
    "EndingNote",
    "Event",
    "Purpose",
    "SignedIn",
]

"""Who somebody is: accounts, credentials, attempts, audit; knows neither sessions nor HTTP."""

from quart_app.accounts.accounts import Accounts
from quart_app.accounts.administration import Administration
from quart_app.accounts.words import Account, Changed, Client, Ending, Event, Purpose, SignedIn

__all__ = [
    "Account",
    "Accounts",
    "Administration",
    "Changed",
    "Client",
    "Ending",
    "Event",
    "Purpose",
    "SignedIn",
]

"""Who a session belongs to, read from what the application stored in it, and which of its entries
look like signing in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

# An owner is kept readable in the store, so it is kept short.
_MOST_CHARACTERS = 200
# Applications that sign in through another site often store a whole profile. These of its entries
# say who it is; the others may change without a sign-in or sign-out.
_IDENTIFYING = (
    *("id", "sub", "user_id", "uid", "_id", "oid"),
    *("username", "login", "preferred_username", "email", "name"),
)
_NAMING = (str, int, UUID)
# Signed in, as far as can be seen, but who? No name equals this.
SOMEBODY = "\0somebody"


def owner_in(values: Mapping[str, Any], *, owner_keys: Iterable[str]) -> str | None:
    """The owner that these keys name, by the first that says who; `SOMEBODY` if some are filled and
    none says who; `None` for a visitor."""
    found = None
    for key in owner_keys:
        if key in values and (value := values[key]):
            found = owner_named_by(value)
            if found != SOMEBODY:
                break
    return found


def owner_named_by(value: object) -> str:
    """The one spelling under which this owner's sessions are listed; or `SOMEBODY`."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in _IDENTIFYING if value.get(key)), None)
    if isinstance(value, bool) or not isinstance(value, _NAMING):
        return SOMEBODY
    name = str(value)
    if len(name) > _MOST_CHARACTERS:
        return "sha256:" + sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return name


# What follows is a guess, for applications that have not said which entry it is: it may cost a new
# token, and never an entry.

# Whole words of a name, as in `is_admin`, `userId`, `google-oauth-token`.
_SIGN_IN = re.compile(
    r"users?|user(name|id|info|data|email|role)s?|uid|account|accounts|acct|member|customer|person|"
    r"profile|identity|principal|sub|subject|"
    r"login|logged|loggedin|signin|signedin|signed|auth\w*|oauth\w*|oidc|openid|sso|saml|"
    r"google|github|gitlab|facebook|twitter|linkedin|microsoft|azure|apple|discord|okta|keycloak|"
    r"\w*token|jwt|bearer|credentials?|e?mail|admin\w*|superuser|staff|roles?|permissions?|claims?"
)
# These go before a sign-in, and belong to the visitor.
_BEFORE = re.compile(
    r"csrf\w*|xsrf\w*|state|nonce|flash\w*|next|verifier|challenge|pkce|redirect\w*|return\w*|"
    r"attempts?|fail\w*|errors?|agent|captcha"
)
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


def looks_like_signing_in(name: str) -> bool:
    """Whether an entry of this name seems to say that an owner is signed in."""
    words = [word.lower() for word in _WORD.findall(name)]
    return any(map(_SIGN_IN.fullmatch, words)) and not any(map(_BEFORE.fullmatch, words))

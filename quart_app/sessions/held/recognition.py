"""Which entries of a session look like signing in, where the application has not said which do.

This is a guess: it may cost a new token, and never an entry.
"""

from __future__ import annotations

import re

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
    """Whether an entry of this name seems to say that somebody is signed in."""
    words = [word.lower() for word in _WORD.findall(name)]
    return any(map(_SIGN_IN.fullmatch, words)) and not any(map(_BEFORE.fullmatch, words))

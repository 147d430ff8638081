"""Passwords that everybody knows: the operator's list, and the usual ones."""

from __future__ import annotations

import unicodedata
from errno import EINVAL
from pathlib import Path

from quart_app.errors import ConfigurationError

# The words that most of the usual passwords are made of. With the package zxcvbn beside ours there
# are 30,000.
_USUAL_WORDS = """
    abcdef access account admin administrator angel azerty baseball batman bienvenue bonjour
    charlie cheval chocolat computer default dragon family flower football freedom forever
    friends hello hockey iloveyou internet jetaime jordan letmein login loulou love lovely
    marseille master michael michelle money monkey motdepasse mustang naruto nothing ninja
    passe passw0rd password passwort pokemon princess qwerty samsung secret security server
    shadow soleil spring starwars summer sunshine superman system temporary test testing
    trustno1 welcome whatever winter
""".split()  # noqa: SIM905 - one word a line would be read by nobody


def folded(text: str) -> str:
    """One spelling for passwords that differ in what a guesser tries first."""
    return unicodedata.normalize("NFKC", text).casefold()


def common_passwords() -> frozenset[str]:
    """The usual ones, folded; many if the extra `common-passwords` is installed."""
    try:
        from zxcvbn.frequency_lists import FREQUENCY_LISTS
    except ImportError:
        return frozenset(_USUAL_WORDS)
    return frozenset(_USUAL_WORDS).union(map(folded, FREQUENCY_LISTS["passwords"]))


def listed_in(path: Path) -> frozenset[str]:
    """The passwords in a file, one a line, folded. Raises `ConfigurationError`."""
    try:
        if path.exists() and not path.is_file():
            raise OSError(EINVAL, "no plain file")
        with path.open(encoding="utf-8", errors="replace") as file:
            return frozenset(folded(line.rstrip("\r\n")) for line in file) - {""}
    except OSError as exc:
        raise ConfigurationError(
            f"PASSWORD_BLOCKLIST is {str(path)!r}, which cannot be read ({exc.strerror}): set it "
            "to a file with one password a line"
        ) from exc

"""Why a sign-in goes no further, for the one who tries and for signals."""

from __future__ import annotations

from quart_app.login.signals import Refusal


class Refused(Exception):
    """Raised by a stage. `words` are for the visitor, untranslated; two of them, for one second and
    for many, if they say how long there is to wait."""

    def __init__(
        self,
        words: str | tuple[str, str],
        *,
        reason: Refusal,
        status: int,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.words = words
        self.reason = reason
        self.status = status
        self.retry_after = retry_after

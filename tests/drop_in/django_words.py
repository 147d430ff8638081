"""The adapter: the words of Django's asynchronous sessions for ours, and Django's own in files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.contrib.sessions.backends.file import (
    SessionStore as FileSession,
)
from quart import Quart

from quart_app.sessions import ServerSideSession, Session, Store
from quart_app.sessions.held.tokens import key_of
from quart_app.testing import Client

if not settings.configured:
    settings.configure(SECRET_KEY="only for these tests")  # noqa: S106 - there is nothing to keep


class DjangoSession(Protocol):
    """As much of Django's `SessionBase` as the tests use."""

    @property
    def modified(self) -> bool: ...
    @property
    def accessed(self) -> bool: ...
    @property
    def session_key(self) -> str | None: ...
    def clear(self) -> None: ...
    async def aget(self, key: str, default: Any = None) -> Any: ...
    async def aset(self, key: str, value: Any) -> None: ...
    async def apop(self, key: str, *default: Any) -> Any: ...
    async def asetdefault(self, key: str, value: Any) -> Any: ...
    async def aupdate(self, values: Mapping[str, Any]) -> None: ...
    async def ahas_key(self, key: str) -> bool: ...
    async def akeys(self) -> Any: ...
    async def avalues(self) -> Any: ...
    async def aitems(self) -> Any: ...
    async def aload(self) -> Mapping[str, Any]: ...
    async def asave(self) -> None: ...
    async def adelete(self) -> None: ...
    async def aflush(self) -> None: ...
    async def acycle_key(self) -> None: ...
    async def aexists(self, session_key: str | None) -> bool: ...


class Backend(Protocol):
    """Where such sessions come from."""

    async def open(self, session_key: str | None = None) -> DjangoSession:
        """The session of a request that brings this cookie."""


class DjangoFiles:
    """Django's sessions in files."""

    def __init__(self, folder: Path) -> None:
        settings.SESSION_FILE_PATH = str(folder)

        class Files(FileSession):  # type: ignore[misc]
            """A class for each test, since it remembers its folder."""

        self._kind = Files

    async def open(self, session_key: str | None = None) -> DjangoSession:
        session: DjangoSession = self._kind(session_key)
        return session


class Ours:
    """Our sessions, in some store."""

    def __init__(self, store: Store, **config: Any) -> None:
        self.store = store
        self.app = Quart(__name__)
        self.app.config.update(config)
        Session(self.app, store=store)

    async def open(self, session_key: str | None = None) -> OurSession:
        """That of a browser with this cookie."""
        client = Client(self.app)
        if session_key is not None:
            client.set_cookie(f"session={session_key}; Path=/")
        session = OurSession(self.store, client)
        await session.begin_request()
        return session


class OurSession:
    """One browser's session. What Django saves, a request of ours that ends does: after each word
    that saves, this is the browser's next request."""

    def __init__(self, store: Store, client: Client) -> None:
        self.client = client
        self._store = store
        self._request: AbstractAsyncContextManager[Any] | None = None
        self._held: ServerSideSession | None = None

    async def begin_request(self) -> None:
        """Open the session, as before a handler."""
        self._request = self.client.session()
        held = await self._request.__aenter__()
        assert isinstance(held, ServerSideSession)
        self._held = held

    @property
    def held(self) -> ServerSideSession:
        """What a handler has as `session`."""
        assert self._held is not None
        return self._held

    @property
    def modified(self) -> bool:
        return self.held.modified

    @property
    def accessed(self) -> bool:
        return self.held.accessed

    @property
    def session_key(self) -> str | None:
        """What Django calls so is the cookie, where the store knows its session."""
        cookie = self.client.cookies.get("session")
        return None if cookie is None or self.held.record is None else cookie.value

    def clear(self) -> None:
        self.held.clear()

    async def aget(self, key: str, default: Any = None) -> Any:
        return self.held.get(key, default)

    async def aset(self, key: str, value: Any) -> None:
        self.held[key] = value

    async def apop(self, key: str, *default: Any) -> Any:
        return self.held.pop(key, *default)

    async def asetdefault(self, key: str, value: Any) -> Any:
        return self.held.setdefault(key, value)

    async def aupdate(self, values: Mapping[str, Any]) -> None:
        self.held.update(values)

    async def ahas_key(self, key: str) -> bool:
        return key in self.held

    async def akeys(self) -> Any:
        return self.held.keys()

    async def avalues(self) -> Any:
        return self.held.values()

    async def aitems(self) -> Any:
        return self.held.items()

    async def aload(self) -> Mapping[str, Any]:
        await self.begin_request()
        return dict(self.held)

    async def asave(self) -> None:
        assert self._request is not None
        await self._request.__aexit__(None, None, None)
        await self.begin_request()

    async def adelete(self) -> None:
        self.held.clear()
        await self.asave()

    async def aflush(self) -> None:
        await self.adelete()

    async def acycle_key(self) -> None:
        self.held.regenerate()
        await self.asave()

    async def aexists(self, session_key: str | None) -> bool:
        return session_key is not None and await self._store.load(key_of(session_key)) is not None

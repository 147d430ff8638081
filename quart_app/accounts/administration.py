"""The face of this room for whoever looks after it: command lines, pages of administrators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from typing import TypeVar

from quart_app.accounts import changing, transfer
from quart_app.accounts.accounts import Accounts
from quart_app.accounts.names import Name, canonical_of, language_from, mail_from, name_from
from quart_app.accounts.passwords.foreign import Source
from quart_app.accounts.storage import accounts, events
from quart_app.accounts.transfer import Entry, Imported
from quart_app.accounts.words import Account, EndingNote, Event
from quart_app.errors import NoSuchAccount

T = TypeVar("T")

_HANDLE_BYTES = 32
_READ_AT_ONCE = 200
# One transaction each; more would keep the sign-ins of a running server waiting.
_WRITTEN_AT_ONCE = 50


class Administration:
    """The same functions as the pages', in the name of an actor such as `command line`. Names are
    taken however they are typed; one that nobody has raises `NoSuchAccount`. What ends everything
    of an account returns the `EndingNote`, which its caller is to be done with."""

    def __init__(self, members: Accounts, *, actor: str) -> None:
        self._members = members
        self._parts = members.parts
        self._actor = actor

    async def add(
        self,
        name: str,
        *,
        password: str | None = None,
        mail: str | None = None,
        language: str | None = None,
        is_admin: bool = False,
    ) -> Account:
        """The new account; without a password, nobody signs in to it until it has one. Raises
        `NameRefused`, `NameTaken`, `PasswordRefused` and `TooBusy`."""
        named = name_from(name)
        account = self._new(
            named,
            mail=None if mail is None else mail_from(mail),
            language=None if language is None else language_from(language),
            is_admin=is_admin,
        )
        secret = None
        if password is not None:
            await self._parts.verify_new(password, account=account, is_alone=True)
            secret = await self._parts.hashed(password, of=account.id)
        await self._parts.database.write(
            changing.add,
            account,
            name=named,
            secret=secret,
            change=self._parts.change_by(self._actor),
        )
        return account

    async def find(self, name: str) -> Account:
        """The account with this name."""
        if (account := await self._members.by_name(name)) is None:
            raise NoSuchAccount
        return account

    async def all(self) -> AsyncIterator[Account]:
        """Every account, by name; a few at a time, so that a server beside it goes on."""
        after = ""
        while found := await self._parts.database.read(
            accounts.page, after=after, most=_READ_AT_ONCE
        ):
            for account in found:
                yield account
            after = found[-1].name

    async def set_password(self, name: str, password: str) -> EndingNote:
        """Raises `PasswordRefused` and `TooBusy`."""
        account = await self.find(name)
        await self._parts.verify_new(password, account=account, is_alone=True)
        secret = await self._parts.hashed(password, of=account.id)
        return await self._ended(name, partial(changing.set_password, secret=secret))

    async def disable(self, name: str) -> EndingNote:
        """Nobody signs in to it until it is enabled."""
        return await self._ended(name, changing.disable)

    async def enable(self, name: str) -> Account:
        """With the password it had."""
        return await self._do(name, changing.enable)

    async def set_rights(self, name: str, *, is_admin: bool) -> EndingNote:
        """Whether it is an administrator's."""
        return await self._ended(name, partial(changing.set_rights, is_admin=is_admin))

    async def end_everything_of(self, name: str) -> EndingNote:
        """Its sessions, its tokens, and what it knows of devices."""
        return await self._ended(name, changing.end)

    async def delete(self, name: str) -> EndingNote:
        """For good. The audit forgets its name, devices and networks."""
        return await self._do(name, changing.delete)

    async def unblock(self, name: str) -> None:
        """Forget all guesses at it; running servers know within two seconds."""
        await self._do(name, changing.unblock)

    async def import_from(
        self,
        lines: Iterable[str],
        *,
        source: Source,
        progress: Callable[[int], None] = lambda _: None,
    ) -> Imported:
        """What became of the lines; one that is refused keeps no other out, and once more brings
        none twice. `progress` is told how many lines are done."""
        imported = Imported()
        for batch in transfer.batches(lines, size=_WRITTEN_AT_ONCE):
            entries = []
            for number, line in batch:
                if isinstance(read := transfer.read(line, source=source), Entry):
                    entries.append((number, read, self._of_entry(read)))
                else:
                    imported.refused[number] = read
            refused = await self._parts.database.write(
                transfer.add_all, entries, change=self._parts.change_by(self._actor)
            )
            imported.refused.update(refused)
            imported.added += len(entries) - len(refused)
            progress(batch[-1][0])
        return imported

    async def export(self, *, with_secrets: bool) -> AsyncIterator[str]:
        """A line of JSON for every account, as `import_from` takes them. Secrets are hashes."""
        async for account in self.all():
            yield await self._parts.database.read(
                transfer.line_of, account, with_secret=with_secrets
            )

    async def events(self, *, after: int = 0) -> AsyncIterator[tuple[int, Event]]:
        """The audit from there on, each with its number; `transfer.line_of_event` makes JSON of
        it. In PostgreSQL one that is being written may come later, with a lower number."""
        while found := await self._parts.database.read(
            events.page, after=after, most=_READ_AT_ONCE
        ):
            for number, event in found:
                yield number, event
            after = found[-1][0]

    def _new(
        self,
        name: Name,
        *,
        mail: str | None,
        language: str | None,
        is_admin: bool,
        mail_confirmed_at: float | None = None,
        disabled_at: float | None = None,
        created_at: float | None = None,
    ) -> Account:
        return Account(
            id=self._parts.new_id(),
            name=name.canonical,
            shown=name.shown,
            handle=self._parts.randomness(_HANDLE_BYTES),
            mail=mail,
            mail_confirmed_at=mail_confirmed_at,
            language=language,
            is_admin=is_admin,
            created_at=self._parts.clock() if created_at is None else created_at,
            disabled_at=disabled_at,
            epoch=0,
        )

    def _of_entry(self, entry: Entry) -> Account:
        now = self._parts.clock()
        return self._new(
            entry.name,
            mail=entry.mail,
            language=entry.language,
            is_admin=entry.is_admin,
            mail_confirmed_at=now if entry.is_mail_confirmed and entry.mail else None,
            disabled_at=now if entry.is_disabled else None,
            created_at=entry.created_at,
        )

    async def _ended(
        self, name: str, function: Callable[..., tuple[Account, EndingNote]]
    ) -> EndingNote:
        _, ending = await self._do(name, function)
        return ending

    async def _do(self, name: str, function: Callable[..., T]) -> T:
        return await self._parts.database.write(
            changing.by_name,
            canonical_of(name),
            function=partial(function, change=self._parts.change_by(self._actor)),
        )

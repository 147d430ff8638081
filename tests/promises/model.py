"""Judges what browsers see: follows each request through begin, load and answer, and says which
promise was broken. Knows nothing of any library."""

from __future__ import annotations

from collections.abc import Iterator

from tests.promises.adapter import Flight
from tests.promises.answers import judge_answer
from tests.promises.knowledge import Knowledge, Passage
from tests.promises.life import NEVER, Life, Token, Write, wipes
from tests.promises.operations import USER, Read
from tests.promises.promise import Broken, Promise


class Model(Knowledge):
    """The whole of a test tells it everything that happens; it raises `Broken`."""

    def begins(self, flight: Flight) -> None:
        """The request left the browser."""
        token = self.tokens.get(flight.token) if flight.token else None
        passage = Passage(flight=flight, token=token, began=self.tick(), clock=self.clock)
        self.passages[flight.number] = passage
        if token is not None:
            passage.brings_back = not token.came_back
            passage.noted_at = token.life.acted_at
            self._may_end(passage, token)

    def loaded(self, flight: Flight) -> None:
        """The handler has its session and waits at the gate."""
        passage, seen = self.passages[flight.number], flight.seen or {}
        passage.loaded_at, passage.loaded_clock = self.tick(), self.clock
        passage.effect = flight.operation.effect(seen)
        token = passage.token
        with self.judging():
            if token is not None:
                self._judge_view(passage, token)
            elif seen:
                promise = Promise.NOT_ADOPTED if flight.token else Promise.PRIVATE
                raise Broken(promise, f"{self.label(flight.token)} shows {seen}")
        if token is None:
            return
        self._may_end(passage, token)
        if seen:
            passage.attached = token.came_back = True
            token.has_user = USER in seen
            token.proved_at = max(token.proved_at, passage.began)
        self._means_to_write(passage, token)

    def acts(self, flight: Flight) -> None:
        """Some step of the request was done, which may have reached the store."""
        passage = self.passages[flight.number]
        if passage.loaded_at < NEVER:
            passage.acted_clock = self.clock
            if not passage.acted:
                passage.acted_at, passage.acted_from_clock = self.tick(), self.clock
        if (token := passage.token) is not None:
            token.life.acts(clock=self.clock, idle=self.idle, surely=False)

    def answered(self, flight: Flight) -> None:
        """The whole answer arrived."""
        passage = self.passages[flight.number]
        self._settle(passage)
        judge_answer(self, passage)

    def abandoned(self, flight: Flight, *, settled: bool) -> None:
        """No answer will arrive; `settled`: and nothing more can happen on the server."""
        passage = self.passages[flight.number]
        passage.abandoned = True
        self.loses_sight(passage, Promise.HANG_UP)
        if not isinstance(passage.operation, Read) or passage.exchange_due:
            self.unknown_records += 1
        if settled:
            self._settle(passage)

    def settled(self, flight: Flight) -> None:
        """What an abandoned request still had to do on the server has been done."""
        self._settle(self.passages[flight.number])

    def turn(self, seconds: float) -> None:
        """The clock was turned."""
        self.clock += seconds
        for life in self.lives:
            life.clock_turned = True

    def count(self, records: int) -> None:
        """The store was counted, swept and with no request in flight."""
        must = sum(life.must_exist(self.clock) for life in self.lives)
        may = sum(life.may_exist(self.clock) for life in self.lives) + self.unknown_records
        if records > may:
            why = f"{records} records for at most {may} live sessions"
            self.accuse(Promise.NOTHING_LEFT, why)
        if records < must:
            unclear = (life.unclear for life in self.lives if life.unclear)
            promise = next(unclear, Promise.NO_UPDATE_LOST)
            self.accuse(promise, f"{records} records are left of {must} live sessions")

    def siblings(self) -> Iterator[list[Token]]:
        """Tokens that were given for one and the same token, where there are several."""
        return (t.children for t in list(self.tokens.values()) if len(t.children) > 1)

    def one_winner(self, siblings: list[Token], live: list[Token]) -> None:
        """Tokens given for one token were tried, and these showed a session."""
        heirs = [token.label for token in live if token.inherits]
        if len(heirs) > 1:
            why = f"{' and '.join(heirs)} lead to the same session's data"
            self.accuse(Promise.ONE_WINNER, why)
        # With `inherits` unknown there was nothing to inherit.
        disturbed = any(
            t.dead_at < NEVER or t.contested_by_sign_out or t.threats or t.life.clock_turned
            for t in siblings
        )
        if not disturbed and not any(token.inherits is not False for token in live):
            labels = " and ".join(token.label for token in siblings)
            self.accuse(Promise.ONE_WINNER, f"none of {labels} has inherited the session")

    def _may_end(self, passage: Passage, token: Token) -> None:
        passage.exchange_due = passage.exchange_due or self.is_exchange_due(token)
        if passage.operation.may_end or passage.exchange_due:
            token.enders[passage.flight.number] = passage.operation

    def _means_to_write(self, passage: Passage, token: Token) -> None:
        """From now on others may see what it changes; also if its token has moved, since the change
        may follow."""
        effect = passage.effect if passage.attached else passage.operation.blind_effect()
        assert effect is not None
        seen = passage.flight.seen or {}
        is_wiping = wipes(passage.operation, seen, guesses_owner=self.guesses_owner)
        if not effect.fields and not is_wiping:
            return
        passage.write = Write(
            flight=passage.flight.number,
            operation=passage.operation,
            fields=effect.fields,
            began=passage.began,
            wipes=is_wiping,
            unclear=Promise.HANG_UP if passage.abandoned else None,
        )
        token.life.writes.append(passage.write)

    def _settle(self, passage: Passage) -> None:
        passage.settled_at = self.tick()
        if passage.write is not None:
            passage.write.ended = passage.settled_at

    def _judge_view(self, passage: Passage, token: Token) -> None:
        seen = passage.flight.seen or {}
        if not seen:
            self._found_empty(passage, token)
            return
        if token.own_life is not None:
            self._find_its_life(token, token.own_life, passage)
        life = token.life
        shows = f"{token.label} shows {seen}"
        if token.dead_at < passage.began:
            raise Broken(token.death, f"{shows}, and should be dead")
        if passage.clock >= life.over_by:
            raise Broken(Promise.EXPIRED, f"{shows}, and had rested too long")
        if token.found_dead < passage.began:
            promise = Promise.EXPIRED if life.clock_turned else token.death
            raise Broken(promise, f"{shows}, and had been found dead before")
        self._has_survived(token, passage)
        life.check(seen, began=passage.began, until=passage.loaded_at)

    def _has_survived(self, token: Token | None, passage: Passage) -> None:
        """What could have ended it and was over before has not."""
        while token is not None:
            for number in list(token.enders):
                if self.passages[number].settled_at < passage.began:
                    del token.enders[number]
            token = token.parent

    def _find_its_life(self, token: Token, own: Life, passage: Passage) -> None:
        """The first look at what somebody who signed in against rivals was given."""
        seen, token.own_life = passage.flight.seen or {}, None
        token.inherits = bool(seen.keys() - own.writes[0].fields.keys())
        if token.inherits:
            return
        try:
            token.life.check(seen, began=passage.began, until=passage.loaded_at)
            token.inherits = None  # there was nothing to inherit
        except Broken:
            pass
        self.move(token, own)

    def _found_empty(self, passage: Passage, token: Token) -> None:
        others = token.threats.keys() - {passage.flight.number}
        sure = token.may_live and not token.contested and not others
        sure = sure and self.clock < token.life.sure_until
        if sure and _may_be_bare(passage, token.life):
            passage.attached = True
            return
        token.found_dead = min(token.found_dead, passage.loaded_at)
        if sure:
            raise Broken(_why_missing(token.life), f"{token.label} should be live, shows nothing")


def _why_missing(life: Life) -> Promise:
    if life.clock_turned:
        return Promise.ACTIVE
    return life.unclear or Promise.NO_UPDATE_LOST


def _may_be_bare(passage: Passage, life: Life) -> bool:
    """Whether the session can be live and hold nothing."""
    try:
        life.check({}, began=passage.began, until=passage.loaded_at)
    except Broken:
        return False
    return True

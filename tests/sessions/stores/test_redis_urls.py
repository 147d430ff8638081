"""What a Redis URL may say, and what the error about a wrong one does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import RedisCluster

from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.sessions.stores.redis import RedisStore
from quart_app.sessions.stores.redis.urls import client_of, database_of
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record
from tests.kit.processes import free_port
from tests.kit.redis import PATIENT, RedisServer
from tests.serving.certificates import self_signed
from tests.sessions.stores.test_redis_cluster import is_heard, two_buses


@pytest.mark.parametrize("scheme", ["redis", "valkey"])
async def test_valkey_is_another_word_for_redis(
    scheme: str, clock: FakeClock, redis_server: RedisServer
) -> None:
    url = redis_server.url.replace("redis", scheme)
    store = RedisStore(url=url, timeout=PATIENT, clock=clock)

    await store.check()
    await store.create(a_record(clock))
    async with two_buses(url) as (bus, heard):
        await is_heard(bus, heard, b"hello")

    assert redis_server.tell("DBSIZE") == 1
    await store.close()


class TlsServer(RedisServer):
    """Speaks TLS only, but for the test itself."""

    def __init__(self, folder: Path, *options: str, clients: str = "no") -> None:
        self.certificate, self._key = self_signed(folder)
        self.tls_port = free_port()
        super().__init__(
            *("--tls-port", str(self.tls_port), "--tls-auth-clients", clients),
            *("--tls-cert-file", str(self.certificate), "--tls-key-file", str(self._key)),
            *("--tls-ca-cert-file", str(self.certificate), *options),
        )

    def start(self) -> None:
        try:
            super().start()
        except pytest.fail.Exception:
            pytest.skip("this redis-server was built without TLS")

    def url_of(self, scheme: str) -> str:
        return f"{scheme}://127.0.0.1:{self.tls_port}?ssl_ca_certs={self.certificate}"

    @property
    def of_client(self) -> str:
        """What a URL says besides, to show a client's certificate; here it is the same one."""
        return f"&ssl_certfile={self.certificate}&ssl_keyfile={self._key}"


@pytest.mark.parametrize("scheme", ["rediss", "valkeys", "rediss+cluster", "valkeys+cluster"])
async def test_with_another_s_they_mean_tls(tmp_path: Path, scheme: str, clock: FakeClock) -> None:
    is_cluster = scheme.endswith("cluster")
    of_cluster = ("--cluster-enabled", "yes", "--tls-cluster", "yes") if is_cluster else ()
    with TlsServer(tmp_path, *of_cluster).started() as server:
        if is_cluster:
            server.has_all_slots()
        store = RedisStore(url=server.url_of(scheme), timeout=PATIENT, clock=clock)

        await store.create(a_record(clock))
        async with two_buses(server.url_of(scheme)) as (bus, heard):
            await is_heard(bus, heard, b"hello")

        assert server.tell("DBSIZE") == 1
        await store.close()


async def test_a_client_can_show_a_certificate(tmp_path: Path, clock: FakeClock) -> None:
    with TlsServer(tmp_path, clients="yes").started() as server:
        url = server.url_of("rediss")
        without, shown = (
            RedisStore(url=each, clock=clock) for each in (url, url + server.of_client)
        )

        with pytest.raises(StoreUnavailable):
            await without.create(a_record(clock))
        await shown.create(a_record(clock))
        async with two_buses(url + server.of_client) as (bus, heard):
            await is_heard(bus, heard, b"hello")

        assert server.tell("DBSIZE") == 1
        await shown.close()
        await without.close()


WRONG = [
    "http://localhost",
    "redis://:hunter/2@localhost",
    "redis+cluster://:hunter/2@localhost",
    "redis+sentinel://:hunter/2@localhost",
    "redis+cluster://",
    "redis+cluster://one,,two",
    "redis+cluster://one/1",
    "redis+cluster://one/name",
    "redis+cluster://one?colour=hunter",
    "redis+sentinel://one",
    "redis+sentinel://one/",
    "redis+sentinel:///main",
    "redis+sentinel://one:port/main",
    "redis+sentinel://one/main/first",
    "redis+sentinel://one/main?colour=hunter",
    "redis+other://one",
    "unix+cluster:///path",
]


@pytest.mark.parametrize("url", WRONG)
async def test_a_url_that_cannot_work_is_named_with_what_can(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await RedisStore(url=url).check()

    for form in ("redis://", "rediss://", "unix://", "redis+cluster://", "redis+sentinel://"):
        assert form in str(caught.value)
    assert "hunter" not in str(caught.value)
    assert caught.value.__cause__ is None


DATABASES = {
    "redis://localhost": 0,
    "valkeys://localhost/2": 2,
    "unix:///path.sock?db=3": 3,
    "redis+cluster://one,two": 0,
    "redis+sentinel://one,two:1/main": 0,
    "rediss+sentinel://ada:word@one,two:1/main/4": 4,
    "redis+sentinel://one/main?db=5": 5,
    "nonsense": 0,
}


@pytest.mark.parametrize("url", DATABASES)
def test_the_database_is_read_from_the_url(url: str) -> None:
    assert database_of(url) == DATABASES[url]
    if url != "nonsense":
        assert database_of(client_of(url)) == DATABASES[url]


def test_passwords_and_hosts_of_any_kind_are_read() -> None:
    client = client_of("redis+cluster://ad%40a:p%2Fw%2C@[::1]:7000,host")

    assert isinstance(client, RedisCluster)
    nodes = client.nodes_manager.startup_nodes.values()
    assert [(node.host, node.port) for node in nodes] == [("::1", 7000), ("host", 6379)]
    assert client.connection_kwargs["username"] == "ad@a"
    assert client.connection_kwargs["password"] == "p/w,"  # noqa: S105

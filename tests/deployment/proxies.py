"""nginx and Caddy as the examples set them up, on free ports, in front of a server of a test."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.deployment.examples import HOST, example
from tests.kit.nginx import nginx as running_nginx
from tests.kit.processes import Program, free_port, listens, python
from tests.kit.programs import needed
from tests.serving.certificates import self_signed

# Not the address that the proxy itself has: what that one claims is believed.
VISITOR = "127.0.0.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Where one is reached."""

    port: int
    plain_port: int
    certificate: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def client(self, *, address: str = VISITOR) -> httpx.Client:
        """A browser at this address."""
        transport = httpx.HTTPTransport(verify=self.tls, local_address=address)
        return httpx.Client(base_url=self.url, transport=transport, timeout=10)


@contextmanager
def nginx(server_port: int, folder: Path) -> Iterator[Proxy]:
    certificate, key = self_signed(folder)
    proxy = Proxy(port=free_port(), plain_port=free_port(), certificate=certificate)
    site = {
        "listen 80;": f"listen 127.0.0.1:{proxy.plain_port};",
        "listen 443 ": f"listen 127.0.0.1:{proxy.port} ",
        f"server_name {HOST};": "server_name localhost;",
        f"/etc/ssl/certs/{HOST}.pem": str(certificate),
        f"/etc/ssl/private/{HOST}.key": str(key),
        "alias /var/www/quart-app-errors/": f"alias {folder}/errors.d/",
    }
    bind = f"127.0.0.1:{server_port}"
    python(
        *("-m", "quart_app", "example", "errors", "--to", str(folder / "errors.d")),
        environment={"QUART_DATA_DIR": str(folder / "data")},
    )
    with running_nginx(example("nginx", site, bind=bind), folder, port=proxy.port):
        yield proxy


@contextmanager
def caddy(server_port: int, folder: Path) -> Iterator[Proxy]:
    certificate, key = self_signed(folder)
    proxy = Proxy(port=free_port(), plain_port=free_port(), certificate=certificate)
    site = {
        f"{HOST} {{\n": f"https://localhost:{proxy.port} {{\n    tls {certificate} {key}\n"
        "    bind 127.0.0.1\n",
    }
    own = "{\n    admin off\n    auto_https disable_redirects\n}\n"
    (folder / "Caddyfile").write_text(own + example("caddy", site, bind=f"127.0.0.1:{server_port}"))
    words = ("run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile"))
    homes = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    by = (needed("caddy", package="caddy"),)
    with Program.running(*words, by=by, environment=homes) as program:
        program.until(lambda: listens(proxy.port))
        yield proxy


PROXIES: Mapping[str, Callable[[int, Path], AbstractContextManager[Proxy]]] = {
    "nginx": nginx,
    "Caddy": caddy,
}

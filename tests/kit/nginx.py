"""A real nginx, as whoever runs the test, with a site of that test's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kit.processes import Program, listens
from tests.kit.programs import needed

_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def nginx(site: str, folder: Path, *, port: int) -> Iterator[None]:
    """One that keeps all it writes in the folder. It serves when the site listens at the port."""
    (folder / "site").write_text(site)
    # Root's workers would be somebody else, for whom the test's folder is closed.
    user = "user root;" if os.geteuid() == 0 else ""
    paths = "".join(f"{kind}_temp_path {folder / kind};" for kind in _TEMPORARY)
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder / 'pid'}; error_log {folder / 'errors'};"
        f"events {{}} http {{ access_log off; {paths} include {folder / 'site'}; }}"
    )
    words = ("-p", str(folder), "-e", str(folder / "errors"), "-c", str(folder / "nginx.conf"))
    with Program.running(*words, by=(needed("nginx", package="nginx-light"),)) as program:
        program.until(lambda: listens(port))
        yield

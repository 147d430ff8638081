"""Where a redirect may lead: only to paths of our own."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import unquote, urlsplit

from quart import Response

from quart_app.settings.application import OWN_PATH


def own_path(wanted: str, *, root: str, but: Collection[str] = ()) -> str | None:
    """What was wanted, a path as browsers ask for it, if it lies below our root and is not in
    `but`, where paths are named from that root. Else `None`."""
    if not OWN_PATH.fullmatch(wanted):
        return None
    parts = urlsplit(wanted)
    path = unquote(parts.path)
    # Browsers drop dots and routes drop slashes: what looks like another path could be a detour.
    is_straight = {".", ".."}.isdisjoint(path.split("/")) and "//" not in path
    is_own = is_straight and not parts.scheme and not parts.netloc
    below = _below(unquote(root), path)
    return wanted if is_own and below is not None and below.rstrip("/") not in but else None


def see_other(path: str) -> Response:
    """Go there, to a path of ours and with our root, by a GET, whatever this request was."""
    # Quart's `redirect` spends a tenth of a sign-in on a page that nobody sees.
    return Response("", 303, {"Location": path})


def _below(root: str, path: str) -> str | None:
    """The rest of a path that begins with the root, and only once; `None` if it does not."""
    if not root:
        return path
    # With the prefix twice it could be a detour, where a server takes one off.
    is_below = path == root or path.startswith(f"{root}/")
    rest = path.removeprefix(root)
    return rest if is_below and not f"{rest}/".startswith(f"{root}/") else None

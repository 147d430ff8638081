"""Where the application lies on its site: below the prefix that a proxy, or another application
about it, has put it under."""

from __future__ import annotations


def told_in_one_way(*, root: str, path: str) -> dict[str, str]:
    """The scope's `root_path` and `path`, the one at the beginning of the other: some servers have
    it so, and others take the prefix off. A path that is none is left as it is."""
    bare = root.strip("/")
    root = f"/{bare}" if bare else ""
    if path in ("", root):
        path = f"{root}/"
    elif path.startswith("/") and not path.startswith(f"{root}/"):
        path = root + path
    return {"root_path": root, "path": path}

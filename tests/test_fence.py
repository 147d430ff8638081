"""What belongs to others stays behind a fence: their private names, and modules that they do not
document, are used in named files only. Whoever upgrades a library has these to look at."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "quart_app"
FILES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}

# Where, which private name, and the version that it was looked at with.
PRIVATE = {
    ("scope.py", "_get_current_object"): "werkzeug 3.1",
    ("server/protocol/http1.py", "_check_protocol"): "hypercorn 0.18",
    ("server/protocol/http1.py", "_create_stream"): "hypercorn 0.18",
    ("server/protocol/http1.py", "_handle_events"): "hypercorn 0.18",
    ("server/protocol/http1.py", "_send_h11_event"): "hypercorn 0.18",
    ("server/protocol/rfc9112.py", "_extract_next_receive_event"): "h11 0.16",
    ("server/protocol/rfc9112.py", "_receive_buffer"): "h11 0.16",
    ("server/watchdog.py", "_exit"): "Python, where it is documented",
    # And `_initialize`, which it sets.
    ("sessions/stores/redis/cluster.py", "_free"): "redis 6.4 to 8.1",
    ("testing/encoding.py", "_replace"): "Python, where it is documented",
    ("web/extension.py", "_remap"): "werkzeug 3.1",
    ("web/quick_quart.py", "_create_request_from_scope"): "quart 0.22 and 0.23",
    ("web/quick_quart.py", "_must_raise"): "quart 0.23",
    ("web/quick_quart.py", "_send_response"): "quart 0.22 and 0.23",
}
# The plugin is loaded by pytest itself.
FOR_TESTS = {"pytest"}
RUN_WHEN_IMPORTED = ("__main__.py", "asgi.py", "accounts/storage/migrations/env.py")
# Whose package is not called as its module is.
PACKAGED_AS = {"nacl": "pynacl"}
# Modules of others that their documentation does not show, and who may know of them.
INSIDES = {
    "hypercorn.app_wrappers": {"server/without_epoll.py"},
    "hypercorn.asyncio": {
        *("server/protocol/context.py", "server/without_epoll.py"),
    },
    "hypercorn.events": {
        *(
            "server/connections/connection.py",
            "server/protocol/conversation.py",
            "server/protocol/http1.py",
            "server/protocol/line.py",
        ),
    },
    "hypercorn.protocol": {
        *("server/protocol/exchange.py", "server/protocol/http1.py"),
        "server/protocol/http_stream.py",
    },
    "hypercorn.utils": {
        *("server/connections/connection.py", "server/protocol/exchange.py"),
        "server/protocol/http_stream.py",
    },
    "prometheus_client.mmap_dict": {"observing/exposition.py"},
    "quart.asgi": {"web/quick_quart.py"},
    "quart.debug": {"web/quick_quart.py"},
    "quart.utils": {"web/quick_quart.py"},
    "quart.wrappers.request": {"web/quick_quart.py"},
    "quart.wrappers.response": {"web/quick_quart.py"},
    "quart_session": {"sessions/interface.py"},
    "redis.client": {"sessions/stores/redis/client.py"},
}


# Of others, as Python writes it; `_abc_impl` and `_member_map_` are what Python itself adds.
PRIVATE_NAME = re.compile(r"_(?!abc_|is_(?:runtime_)?protocol)[a-z]\w*(?<!_)")


def nodes_of(file: str) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(FILES[file].read_text()))


def imported_by(file: str) -> Iterator[str]:
    """The modules that a file imports, or imports from."""
    for node in nodes_of(file):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def names_made_here() -> set[str]:
    """What this package itself gives a name to."""
    made = set[str]()
    for node in (node for file in FILES for node in nodes_of(file)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                made.add(name)
            case ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                made.add(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                made.add(name)
    return made


def replaced_by(file: str) -> Iterator[str]:
    """Private methods of others that a class in this file has its own of."""
    if file in RUN_WHEN_IMPORTED:
        return
    name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    module = importlib.import_module(f"quart_app.{name}".removesuffix(".__init__"))
    for kind in filter(inspect.isclass, vars(module).values()):
        if kind.__module__ != module.__name__:
            continue
        others = [base for base in kind.__mro__ if not base.__module__.startswith("quart_app")]
        for method in filter(PRIVATE_NAME.fullmatch, vars(kind)):
            if any(method in vars(base) for base in others):
                yield method


def test_private_names_of_others_are_those_on_the_list() -> None:
    own = names_made_here()
    used = {
        (file, node.attr)
        for file in FILES
        for node in nodes_of(file)
        if isinstance(node, ast.Attribute)
        if PRIVATE_NAME.fullmatch(node.attr) and node.attr not in own
    }
    replaced = {(file, name) for file in FILES for name in replaced_by(file)}

    assert used | replaced == PRIVATE.keys()


def test_what_others_do_not_document_is_imported_by_the_files_on_the_list() -> None:
    users: dict[str, set[str]] = {inside: set() for inside in INSIDES}
    for file in FILES:
        for name in imported_by(file):
            for inside in INSIDES:
                if f"{name}.".startswith(f"{inside}."):
                    users[inside].add(file)

    assert users == INSIDES


def test_what_is_imported_is_declared() -> None:
    declared = {re.split(r"[^\w-]", line.lower())[0] for line in requires("quart-app") or ()}
    imported = {name.split(".")[0] for file in FILES for name in imported_by(file)}

    foreign = imported - sys.stdlib_module_names - {"quart_app"} - FOR_TESTS

    packages = {PACKAGED_AS.get(name, name.replace("_", "-")) for name in foreign}
    assert packages <= declared

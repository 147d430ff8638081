"""Turns what a test says into the query and the body of a request; sends nothing."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

Fields = Mapping[str, object] | Iterable[tuple[str, object]]
"""Names and values; a list stands for several values of one name."""
File = tuple[str, bytes, str]
"""Its name, content and type."""
Files = Mapping[str, File] | Iterable[tuple[str, File]]
"""Pairs, where several files have one name."""

NOTHING: Any = object()
"""Stands where `None` is something to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request carries."""

    content: bytes = b""
    content_type: str | None = None
    is_form: bool = False
    """Whether a page can send it without a script."""


def with_query(url: str, query: Fields | None) -> str:
    """The same URL with these parameters after those that it has."""
    if query is None:
        return url
    parts = urlsplit(url)
    both = filter(None, (parts.query, _urlencoded(query)))
    return urlunsplit(parts._replace(query="&".join(both)))


def body_of(*, form: Fields | None, files: Files | None, json: Any, data: object) -> Body | None:
    """The one body of a request; `None` if nothing is said. Raises `TypeError` if it is none or
    more than one."""
    said = {"form": form, "files": files, "data": data}
    given = [name for name, value in said.items() if value is not None]
    given += [] if json is NOTHING else ["json"]
    if len(given) > 1 and given != ["form", "files"]:
        raise TypeError(f"a request has one body, and here are {' and '.join(given)}")
    if files is not None:
        return _multipart(() if form is None else form, files)
    if form is not None:
        return form_body(form)
    if json is not NOTHING:
        encoded = json_module.dumps(json).encode()
        return Body(content=encoded, content_type="application/json")
    if data is None:
        return None
    if not isinstance(data, str | bytes):
        kind = type(data).__name__
        raise TypeError(f"data= takes text or bytes, not a {kind}: say form= for a form's fields")
    return Body(content=data.encode() if isinstance(data, str) else data)


def form_body(fields: Fields) -> Body:
    """A form without files."""
    content_type = "application/x-www-form-urlencoded"
    return Body(content=_urlencoded(fields).encode(), content_type=content_type, is_form=True)


def _urlencoded(fields: Fields) -> str:
    return urlencode(fields if isinstance(fields, Mapping) else list(fields), doseq=True)


def _multipart(form: Fields, files: Files) -> Body:
    # Read back, so that each value is the same text as in a form without files.
    fields = parse_qsl(_urlencoded(form), keep_blank_values=True, errors="surrogateescape")
    named = files.items() if isinstance(files, Mapping) else files
    parts = [
        *(_part(name, value.encode(errors="surrogateescape")) for name, value in fields),
        *(_file_part(name, file) for name, file in named),
    ]
    # What is derived from all the parts cannot occur in one of them.
    boundary = sha256(b"".join(parts)).hexdigest()
    content = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), part) for part in parts)
    return Body(
        content=content + b"--%b--\r\n" % boundary.encode(),
        content_type=f"multipart/form-data; boundary={boundary}",
        is_form=True,
    )


def _file_part(name: str, file: object) -> bytes:
    match file:
        case (str() as filename, bytes() as content, str() as kind):
            pass
        case _:
            example = f'{{{name!r}: ("file.txt", b"content", "text/plain")}}'
            raise TypeError(f"files= takes a tuple for each file: files={example}")
    said = f'; filename="{_quoted(filename)}"\r\nContent-Type: {kind}'
    return _part(name, content, said)


def _part(name: str, content: bytes, said: str = "") -> bytes:
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"{said}\r\n\r\n'
    return head.encode() + content


def _quoted(name: str) -> str:
    """As browsers write it, so that no name ends its line or its quotes."""
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")

"""Queries and bodies arrive as they were meant; what cannot be one is told in a line."""

from __future__ import annotations

from typing import Any

import pytest
from quart import Quart, request, websocket
from quart.typing import ResponseReturnValue

from quart_app.testing import Client


@pytest.fixture
def app(app: Quart) -> Quart:
    @app.post("/upload")
    async def upload() -> ResponseReturnValue:
        files = (await request.files).items(multi=True)
        return {
            "form": (await request.form).to_dict(flat=False),
            "files": [[n, f.filename, f.read().hex(), f.content_type] for n, f in files],
            "mode": request.headers["Sec-Fetch-Mode"],
        }

    return app


async def test_a_query_arrives_whatever_is_in_it(app: Quart) -> None:
    query = {"name": "Zo\u00eb & co=#?+%20", "tag": ["a b", "c"], "page": 2}

    page = await Client(app).get("/echo", query=query)

    assert page.json()["query"] == {
        "name": ["Zo\u00eb & co=#?+%20"],
        "tag": ["a b", "c"],
        "page": ["2"],
    }


@pytest.mark.parametrize(
    "url", ["/echo?a=%26", "/echo?a=%26#top", "https://example.test/echo?a=%26"]
)
async def test_a_query_is_added_to_the_one_that_the_url_has(app: Quart, url: str) -> None:
    page = await Client(app).get(url, query=[("b", "1"), ("b", "2")])

    assert page.url == "https://example.test/echo?a=%26&b=1&b=2"


async def test_an_empty_query_adds_nothing(app: Quart) -> None:
    assert (await Client(app).get("/echo", query={})).url == "https://example.test/echo"


async def test_a_websocket_takes_a_query_too(app: Quart) -> None:
    @app.websocket("/room")
    async def room() -> None:
        await websocket.send(websocket.args["name"])

    async with Client(app).websocket("/room", query={"name": "a&b"}) as ws:
        assert await ws.receive() == "a&b"


async def test_a_form_arrives_as_a_form(app: Quart) -> None:
    page = await Client(app).post("/echo", form={"name": "Zo\u00eb & co", "tag": ["a", "b"]})

    assert page.json()["form"] == {"name": ["Zo\u00eb & co"], "tag": ["a", "b"]}


async def test_a_button_without_fields_is_a_form_too(app: Quart) -> None:
    headers = (await Client(app).post("/echo")).json()["headers"]

    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["Content-Length"] == "0"
    assert headers["Sec-Fetch-Mode"] == "navigate"


async def test_json_arrives_as_json(app: Quart) -> None:
    client = Client(app)

    assert (await client.post("/echo", json={"a": [1]})).json()["json"] == {"a": [1]}
    assert (await client.post("/echo", json=None)).json()["body"] == "null"


async def test_other_bodies_arrive_as_they_are(app: Quart) -> None:
    page = await Client(app).post("/echo", data=b"<x/>", headers={"Content-Type": "text/xml"})

    assert page.json()["body"] == "<x/>"
    assert page.json()["headers"]["Content-Type"] == "text/xml"


async def test_two_bodies_are_an_error(app: Quart) -> None:
    said = "a request has one body, and here are form and json"

    with pytest.raises(TypeError, match=f"^{said}$"):
        await Client(app).post("/echo", form={}, json={})
    with pytest.raises(TypeError, match="here are files and data"):
        await Client(app).post("/echo", files={}, data="")


@pytest.mark.parametrize("data", [{}, {"name": "ada"}, [("name", "ada")]])
async def test_fields_where_text_belongs_are_told_where_to_go(app: Quart, data: Any) -> None:
    kind = type(data).__name__
    said = f"data= takes text or bytes, not a {kind}: say form= for a form's fields"

    with pytest.raises(TypeError, match=f"^{said}$"):
        await Client(app).post("/echo", data=data)


async def test_files_arrive_with_the_fields_of_their_form(app: Quart) -> None:
    page = await Client(app).post(
        "/upload",
        form={"title": "Zo\u00eb", "tag": ["a", ""]},
        files={
            "photo": ("\u00e9.png", b"\x00\r\n--", "image/png"),
            "text": ("a.txt", b"", "text/plain"),
        },
    )

    assert page.json() == {
        "form": {"title": ["Zo\u00eb"], "tag": ["a", ""]},
        "files": [
            ["photo", "\u00e9.png", b"\x00\r\n--".hex(), "image/png"],
            ["text", "a.txt", "", "text/plain"],
        ],
        "mode": "navigate",
    }


async def test_several_files_may_have_one_name(app: Quart) -> None:
    files = [("file", (f"{number}.txt", b"", "text/plain")) for number in range(2)]

    page = await Client(app).post("/upload", files=files)

    assert [name for _, name, *_ in page.json()["files"]] == ["0.txt", "1.txt"]


async def test_a_name_does_not_end_its_quotes_or_its_line(app: Quart) -> None:
    @app.post("/raw")
    async def raw() -> ResponseReturnValue:
        return await request.get_data()

    odd = 'a"; x="b\r\nX-Header: c.txt'

    page = await Client(app).post("/raw", files={odd: (odd, b"", "text/plain")})

    written = "a%22; x=%22b%0D%0AX-Header: c.txt"
    head = f'form-data; name="{written}"; filename="{written}"\r\nContent-Type: text/plain'
    assert f"Content-Disposition: {head}\r\n\r\n" in page.text()


@pytest.mark.parametrize(
    "file", [b"content", ("name.txt", b""), ("name.txt", "text", "text/plain")]
)
async def test_what_is_no_file_is_told_how_to_say_one(app: Quart, file: Any) -> None:
    with pytest.raises(
        TypeError, match=r'^files= takes a tuple .*\{\'photo\': \("file\.txt", .*\}$'
    ):
        await Client(app).post("/upload", files={"photo": file})

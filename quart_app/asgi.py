"""The application for any ASGI server: `quart_app.asgi:app`."""

from quart_app.app import create_app

app = create_app()

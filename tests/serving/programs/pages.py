"""The login pages as a server finds them, configured from outside: `pages:app`."""

from __future__ import annotations

import json
import os

from quart_app import create_app

app = create_app(json.loads(os.environ["NOTES_CONFIG"]))

"""The notes as a server finds them, configured from outside: `served:app`."""

from __future__ import annotations

import json
import os

from tests.serving.programs.notes import create_app

app = create_app(json.loads(os.environ["NOTES_CONFIG"]))

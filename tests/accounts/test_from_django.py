"""What the accounts' page says of a Django project: its accounts come along."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from quart_app.accounts import Accounts, Administration
from quart_app.accounts.passwords.foreign import Source
from quart_app.errors import BadCredentials
from tests.accounts.people import HOME, RIGHT
from tests.readme import TOP, code_blocks

PAGE = TOP / "quart_app/accounts/README.md"
MANAGE = """
import sys
from django.conf import settings
from django.core.management import execute_from_command_line

settings.configure(
    SECRET_KEY="a test's",
    USE_TZ=True,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "users.sqlite3"}},
)
execute_from_command_line(sys.argv)
"""
USERS = f"""
from django.contrib.auth.models import User

User.objects.create_user("Ada", "ada@example.org", "{RIGHT}")
User.objects.create_superuser("Root")
User.objects.create_user("Gone", password="{RIGHT}", is_active=False)
"""


def manage(folder: Path, *words: str, typed: str = "") -> None:
    command = [sys.executable, "manage.py", *words]
    subprocess.run(command, cwd=folder, input=typed, text=True, check=True)


def said_by_the_pages_command(folder: Path) -> str:
    [command] = code_blocks(PAGE.read_text(), "sh")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    here = {"PATH": path, "QUART_DATA_DIR": "."}
    return subprocess.check_output(["bash", "-ec", command], cwd=folder, env=here, text=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Django project with three users."""
    pytest.importorskip("django")
    (tmp_path / "manage.py").write_text(MANAGE)
    manage(tmp_path, "migrate", "-v", "0")
    manage(tmp_path, "shell", typed=USERS)
    return tmp_path


async def test_the_pages_command_brings_the_accounts_of_a_django_project(
    project: Path, members: Accounts, office: Administration
) -> None:
    said = said_by_the_pages_command(project)
    lines = (project / "users.jsonl").read_text().splitlines()
    imported = await office.import_from(lines, source=Source.DJANGO)

    assert said == "3 added, 0 refused\n"
    assert (imported.added, imported.refused) == (3, {})
    signed_in = await members.sign_in("ada", password=RIGHT, client=HOME)
    assert (signed_in.account.shown, signed_in.account.mail) == ("Ada", "ada@example.org")
    assert (await office.find("root")).is_admin
    with pytest.raises(BadCredentials):
        await members.sign_in("gone", password=RIGHT, client=HOME)

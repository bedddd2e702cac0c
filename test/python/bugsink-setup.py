"""Makes a Bugsink ready to serve: tables, one project for each name given, a token. DJANGO_SETTINGS_MODULE names its settings."""

import json
import sys

import django

django.setup()

from bsmain.models import AuthToken  # noqa: E402
from django.core.management import call_command  # noqa: E402
from projects.models import Project  # noqa: E402
from teams.models import Team  # noqa: E402

call_command("migrate", verbosity=0)
call_command("migrate", database="snappea", verbosity=0)
team = Team.objects.create(name="stories")
projects = [Project.objects.create(name=name, slug=name, team=team) for name in sys.argv[1:]]
token = AuthToken.create_full_access()
print(json.dumps({"token": token.token, "projects": [{"id": project.id, "slug": project.slug, "key": project.sentry_key.hex} for project in projects]}))

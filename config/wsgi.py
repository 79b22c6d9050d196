import os
import re

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
# A page that needs longer than this is broken; migrations and workers may take their time.
os.environ.setdefault("DATABASE_STATEMENT_TIMEOUT", "10s")

CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)

django = get_wsgi_application()


def application(environ, start_response):
    """Django, with bodies read as UTF-8 whatever charset they claim: others bring in what no form may let through."""
    environ["CONTENT_TYPE"] = CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
    return django(environ, start_response)

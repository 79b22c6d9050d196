import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
# A page that needs longer than this is broken; migrations and workers may take their time.
os.environ.setdefault("DATABASE_STATEMENT_TIMEOUT", "10s")

application = get_wsgi_application()

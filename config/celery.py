import os

from celery import Celery
from celery.signals import celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

app = Celery("entente")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def wait_for_the_broker(conf, **kwargs) -> None:
    """The limits are for those who publish. A worker that gives up on an acknowledgement loses that place for good."""
    conf.broker_transport_options = conf.broker_transport_options | {"socket_timeout": None}

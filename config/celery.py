import os

import structlog
from celery import Celery
from celery.signals import celeryd_init, setup_logging
from django.dispatch import receiver
from django_structlog.celery.signals import bind_extra_task_metadata, modify_context_before_task_publish
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

app = Celery("entente")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)

TAKEN_OVER = {"request_id"}  # from the line of a request into those of its tasks


@celeryd_init.connect
def wait_for_the_broker(conf, **kwargs) -> None:
    """The limits are for those who publish. A worker that gives up on an acknowledgement loses that place for good."""
    conf.broker_transport_options = conf.broker_transport_options | {"socket_timeout": None}


@setup_logging.connect
def keep_the_lines_of_django(**kwargs) -> None:
    """Who listens here keeps Celery from setting up its own logging: config.logs has done so."""


@receiver(modify_context_before_task_publish)
def take_ids_over(context, **kwargs) -> None:
    for name in context.keys() - TAKEN_OVER:
        del context[name]


@receiver(bind_extra_task_metadata)
def name_the_task(task, **kwargs) -> None:
    structlog.contextvars.bind_contextvars(task=task.name)

"""Read by gunicorn from the folder it is started in: its own lines look like all others, and requests have one already.

An access log would hold addresses, queries and keys; config.middleware.RequestLogMiddleware says what may be said.
"""

import os

from gunicorn.glogging import Logger

from config.logs import formatter


class Lines(Logger):
    def setup(self, cfg) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter(human=os.environ.get("DJANGO_SETTINGS_MODULE") == "config.settings.local"))


accesslog = None
logger_class = Lines

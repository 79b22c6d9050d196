"""What may stand in a log line: ids, numbers, and words of our code. Nothing that people wrote, or are called.

All of it is decided here, where lines are formatted, so that no caller can forget it:

- our own loggers are believed: they name ids, and classes of errors;
- of everybody else's messages the words are kept and what was filled into them is left out, numbers excepted;
- of an exception the classes and the places in the code are kept, never its text: PostgreSQL quotes the row there.

`make run` shows everything instead, for the person at the terminal (`lines(human=True)`).
"""

import json
import logging
import logging.config
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

APPS = {"accounts", "notifications", "partners", "stores", "collaborators", "jobs", "reviews", "config"}
BELIEVED = APPS | {"django_structlog"}
TEXTS = frozenset({"error", "reason", "exception"})  # keys under which libraries log the text of an error
LEFT_OUT = "…"
DEEPEST = 30  # places named of one traceback


def lines(*, human: bool) -> dict[str, Any]:
    """LOGGING: lines for people, or one JSON object each."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "config.logs.formatter", "human": human}},
        "handlers": {"console": {"class": "config.logs.Console", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": [], "level": "INFO"},  # no second copy, and no mail with the whole request in it
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},  # addresses with their queries
            "django.request": {"level": "CRITICAL"},  # said by RequestLogMiddleware, without the address
            "celery": {"level": "WARNING"},
            "celery.app.trace": {"level": "CRITICAL"},  # said by django_structlog, without the arguments
            "kombu": {"level": "WARNING"},
            "amqp": {"level": "WARNING"},
            "fido2": {"level": "WARNING"},  # names passkeys
        },
    }


def configure(logging_settings: dict[str, Any]) -> None:
    """LOGGING_CONFIG. A configuration that does not work is a loud line; it keeps no web process or worker from
    starting."""
    structlog.configure(  # nothing here can fail: what might is done by the formatter, inside the handler
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    try:
        logging.config.dictConfig(logging_settings)
    except Exception:
        console = Console()
        console.setFormatter(formatter(human=False))
        logging.basicConfig(level=logging.INFO, handlers=[console], force=True)
        logging.getLogger(__name__).exception("LOGGING does not work, so lines look like this")


def formatter(*, human: bool) -> ProcessorFormatter:
    for_people: list[Processor] = [full_words, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    as_json = structlog.processors.JSONRenderer(default=class_of, ensure_ascii=False)
    for_machines: list[Processor] = [careful_words, careful_values, careful_traceback, as_json]
    return ProcessorFormatter(
        use_get_message=False,
        pass_foreign_args=True,
        foreign_pre_chain=[structlog.contextvars.merge_contextvars],
        processors=[origin, *(for_people if human else for_machines)],
    )


class Console(logging.StreamHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A line that cannot be written is replaced by one that says so; logging's own way out shows its content."""
        line = {"event": "log line lost", "logger": record.name, "level": record.levelname.lower()}
        with suppress(Exception):
            self.stream.write(json.dumps(line) + self.terminator)
            self.flush()


# --- Steps on the way to a line -------------------------------------------------------------------------------------


def origin(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    record: logging.LogRecord = line["_record"]
    line["at"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    line["level"] = record.levelname.lower()
    line["logger"] = record.name
    return line


def full_words(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    arguments = line.pop("positional_args", ())
    if arguments:
        line["event"] = line["event"] % arguments
    line["timestamp"] = line.pop("at")[11:19]
    return ProcessorFormatter.remove_processors_meta(None, "", line)


def careful_words(logger: WrappedLogger, name: str, line: EventDict) -> EventDict:
    record: logging.LogRecord = line["_record"]
    arguments = line.pop("positional_args", ())
    own = record.name.partition(".")[0] in BELIEVED
    if record.name.startswith("django.security"):  # the text names host, path or reason of a stranger
        line["event"] = f"refused ({record.name.rpartition('.')[2]})"
    elif arguments:
        line["event"] = line["event"] % (arguments if own else careful_arguments(arguments))
    return ProcessorFormatter.remove_processors_meta(logger, name, line)


def careful_arguments(arguments: Any) -> Any:
    if isinstance(arguments, dict):
        return {key: careful_argument(value) for key, value in arguments.items()}
    return tuple(careful_argument(value) for value in arguments)


def careful_argument(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float) else LEFT_OUT


def careful_values(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    for key in TEXTS & line.keys():
        del line[key]
    return line


def careful_traceback(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    """`error`: classes from the outermost cause to the exception itself; `places`: where it went, innermost last."""
    line.pop("stack_info", None)
    error = exception_of(line.pop("exc_info", None))
    if error is not None:
        line["error"] = [class_of(each) for each in causes(error)]
        line["places"] = places(error.__traceback__)
    return line


def exception_of(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1]
    return sys.exc_info()[1] if exc_info else None


def causes(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in chain:
        chain.append(step)
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return chain[::-1]


def places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-DEEPEST:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def class_of(value: object) -> str:
    """What stands for an object that is no plain value: a person's own text would hold their name."""
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")

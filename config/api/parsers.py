import json
from collections.abc import Iterator
from http import HTTPStatus

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

NUL = "\x00"


class BodyTooLarge(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = _("The body is too large.")


class NulInBody(APIException):
    status_code = HTTPStatus.BAD_REQUEST
    default_code = "nul"
    default_detail = _("The body contains a NUL character. Send it again without.")


class JSONParser(BaseParser):
    """JSON in UTF-8 as the standard has it: no NaN, no NUL in any text, not too long and not too deep."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise BodyTooLarge
        try:
            value = json.loads(raw.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError from error
        if any(NUL in text for text in _texts(value)):
            raise NulInBody
        return value


def _texts(value) -> Iterator[str]:
    """Every text in there, keys too."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            waiting += [*found.keys(), *found.values()]


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON

"""A browser in words."""

import re

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# The first that fits; a browser that is built upon another one names both.
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "HeadlessChrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS": "Mac"}
SYSTEMS |= {"CrOS": "ChromeOS", "Linux": "Linux"}


def _first(known: dict[str, str], text: str) -> str:
    return next((name for sign, name in known.items() if re.search(rf"\b{sign}", text)), "")


@register.filter
def device_name(user_agent: str) -> str:
    """ "Firefox on Windows", as far as the browser says."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("A browser")

"""English and French, every string (PRODUCT.md, sections 7 and 9). None of this needs the gettext tools."""

import ast
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils.translation import gettext, override
from django.utils.translation.template import templatize

ROOT: Path = settings.BASE_DIR
PO = ROOT / "locale/fr/LC_MESSAGES/django.po"
MO = PO.with_suffix(".mo")

type Words = str | tuple[str, ...]  # one form, or those of a plural
type Key = tuple[str | None, Words]  # context and English


def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="fr", abort_invalid=True)


def entries(catalog: Catalog) -> dict[Key, Words]:
    """The French of each entry, without the header."""
    return {(message.context, plain(message.id)): plain(message.string) for message in catalog if message.id}


def plain(words: str | Iterable[str]) -> Words:
    return words if isinstance(words, str) else tuple(words)


def forms(words: Words) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else words


# --- The catalogue itself -------------------------------------------------------------------------------------------


def test_every_entry_has_its_french_and_none_is_a_guess():
    catalog = catalogue()
    empty = [key for key, french in entries(catalog).items() if not all(forms(french))]
    assert empty == []
    assert [message.id for message in catalog if message.fuzzy] == []  # the header too


def test_french_has_one_form_for_nought_and_one_and_another_for_more():
    catalog = catalogue()
    assert str(catalog.locale) == "fr"
    assert (catalog.num_plurals, catalog.plural_expr) == (2, "(n > 1)")
    wrong = [key for key, french in entries(catalog).items() if len(forms(french)) != len(forms(key[1]))]
    assert wrong == []


PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}|%[a-z%]")


def placeholders(words: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(words))


def test_a_translation_has_the_placeholders_of_the_english():
    """The singular those of either form: "one thing" may be "%(count)s thing" elsewhere."""
    wrong = {}
    for (_context, msgid), wholes in entries(catalogue()).items():
        singular, *_between, plural = (forms(msgid)[0], *forms(msgid))
        first, *others = forms(wholes)
        if placeholders(first) not in (placeholders(singular), placeholders(plural)):
            wrong[first] = singular
        wrong |= {french: plural for french in others if placeholders(french) != placeholders(plural)}
    assert wrong == {}


HEADER = re.compile("«\u00a0[A-Z][a-zA-Z-]+: [^»]+»")  # a line of HTTP, quoted as it has to be sent
BAD_TYPOGRAPHY = re.compile(r"['\"“”!]|(?<![\u00a0\u202f])[:;?»](?!//)|«(?!\u00a0)|\.\.\.")


def test_french_has_french_apostrophes_quotes_and_spaces_and_no_exclamation_marks():
    french = [form for wholes in entries(catalogue()).values() for form in forms(wholes)]
    plain = [HEADER.sub("", words) for words in french]
    assert [words for words in plain if BAD_TYPOGRAPHY.search(words)] == []


def test_the_compiled_catalogue_is_up_to_date():
    fresh = BytesIO()
    write_mo(fresh, catalogue())
    fresh.seek(0)
    with MO.open("rb") as file:
        committed = read_mo(file)
    assert entries(committed) == entries(read_mo(fresh)), "run `make messages`"
    assert committed.num_plurals == catalogue().num_plurals


# --- Every marked string is in the catalogue ------------------------------------------------------------------------

FUNCTIONS = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def keywords(source: str) -> dict:
    """What marks a string in this Python file: the functions by their own names and by those it imports them under."""
    aliases = {
        alias.asname: FUNCTIONS[alias.name]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.asname and alias.name in FUNCTIONS
    }
    return {**FUNCTIONS, "_": None, **aliases}


def marked(source: str, names: dict) -> set[Key]:
    found = extract("python", BytesIO(source.encode()), keywords=names, options={"encoding": "utf-8"})
    return {(context, message) for _line, message, _comments, context in found}


def marked_in_python(source: str) -> set[Key]:
    return marked(source, keywords(source))


def marked_in_template(source: str) -> set[Key]:
    """As `makemessages` does it: the template becomes calls of gettext, the rest of it noise.

    Inside parentheses, because Babel's tokenizer cares for the indentation of noise where xgettext does not.
    """
    return marked(f"({templatize(source)})", {**FUNCTIONS, "_": None})


def texts(*endings: str) -> dict[Path, str]:
    """The files that `makemessages` reads: all of them, outside hidden folders and benchmarks, which nobody reads."""
    paths = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.suffix in endings and path.is_file()]
    seen = [path for path in sorted(paths) if not any(part.startswith(".") for part in path.parts)]
    seen = [path for path in seen if path.parts[0] != "benchmarks"]
    return {path: (ROOT / path).read_text(encoding="utf-8") for path in seen}


def test_the_catalogue_has_every_marked_string_and_no_other():
    python = map(marked_in_python, texts(".py").values())
    templates = map(marked_in_template, texts(".html", ".txt").values())
    code = set().union(*python, *templates)
    assert code - entries(catalogue()).keys() == set(), "not in the catalogue: run `make messages`, write the French"
    assert entries(catalogue()).keys() - code == set(), "no longer in the code: run `make messages`"


PYTHON = """
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _, ngettext, pgettext

title = _("Lazy " "words")
lines = [now_("Words now"), ngettext("%d word", "%d words", 3), pgettext("label", ":"), str("no words")]
"""

TEMPLATE = """
<ul>
    <li title="{% translate 'Attribute' %}">{% translate ":" context "label" %}{{ x|default:_("Default") }}</li>
  {# (an odd indentation #}
  <li>{% blocktranslate count n=n %}{{ n }} of {{ all }}{% plural %}{{ n }} of all{% endblocktranslate %}</li>
</ul>
"""


def test_marked_strings_are_found_in_python_under_any_name():
    assert marked_in_python(PYTHON) == {
        (None, "Lazy words"),
        (None, "Words now"),
        (None, ("%d word", "%d words")),
        ("label", ":"),
    }


def test_marked_strings_are_found_in_templates():
    assert marked_in_template(TEMPLATE) == {
        (None, "Attribute"),
        ("label", ":"),
        (None, "Default"),
        (None, ("%(n)s of %(all)s", "%(n)s of all")),
    }


# --- Every visible string is marked ---------------------------------------------------------------------------------

SAME_IN_EVERY_LANGUAGE = {"Entente"}
READ_OUT = {"alt", "aria-description", "aria-label", "aria-roledescription", "label", "placeholder", "title"}
UNSEEN = {"script", "style"}
WORD = re.compile(r"[^\W\d_]{2,}")
WITHOUT_BODY = {"blocktranslate", "blocktrans", "comment"}  # translated, or nothing to see


def html_alone(source: str) -> str:
    """The template without its tags, variables and comments, and without what stands in {% blocktranslate %}."""
    parts, skipped = [], ""
    for token in Lexer(source).tokenize():
        name = token.contents.split(" ")[0] if token.token_type is TokenType.BLOCK else ""
        if skipped:
            skipped = "" if name == f"end{skipped}" else skipped
        elif name in WITHOUT_BODY:
            skipped = name
        else:
            parts.append(token.contents if token.token_type is TokenType.TEXT else " ")
    return "".join(parts)


class Visible(HTMLParser):
    """Collects the words that somebody sees or hears."""

    def __init__(self, source: str):
        super().__init__()
        self.words: list[str] = []
        self._element = ""
        self.feed(html_alone(source))
        self.close()

    def handle_starttag(self, tag, attrs):
        self._element = tag
        for name, value in attrs:
            if name in READ_OUT:
                self._collect(value or "")

    def handle_endtag(self, tag):
        self._element = ""

    def handle_data(self, data):
        if self._element not in UNSEEN:
            self._collect(data)

    def _collect(self, text: str) -> None:
        self.words += [word for word in WORD.findall(text) if word not in SAME_IN_EVERY_LANGUAGE]


def test_every_word_in_a_template_is_marked_for_translation():
    templates = {path: text for path, text in texts(".html", ".txt").items() if "templates" in path.parts}
    assert Path("templates/base.html") in templates
    words = {str(path): Visible(text).words for path, text in templates.items()}
    assert {path: unmarked for path, unmarked in words.items() if unmarked} == {}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("{% if a %}Oui{% endif %} {{ b }}", ["Oui"]),
        ('<input placeholder="Name here">', ["Name", "here"]),
        ("<img alt='Photo'><b title='{% if a %}Tip{% endif %}'></b>", ["Photo", "Tip"]),
        ("{% translate 'Hello' %} · 99+ <style>p { color: red }</style><!-- note --> Entente", []),
        ("{% blocktranslate with a=b %}Hello {{ a }}{% plural %}Hello all{% endblocktranslate %}", []),
        ("{% comment %}Hello{% endcomment %}{# Hello #}<a class='{% if a %}big{% endif %}' href='{{ b }}'></a>", []),
    ],
)
def test_words_that_are_not_marked_are_found(source, words):
    assert Visible(source).words == words


# --- Words that are fixed -------------------------------------------------------------------------------------------

FIXED = {  # PRODUCT.md, section 9
    "Partner dashboard": "Tableau de bord des partenaires",
    "Store admin": "Interface administrateur",
    "Stores": "Boutiques",
    "Request access to a store": "Demander l’accès à une boutique",
    "Store URL": "URL de la boutique",
    "Collaborator request code": "Code de demande de collaborateur",
    "Send request": "Envoyer la demande",
    "Settings": "Paramètres",
    "Users and permissions": "Utilisateurs et autorisations",
    "Collaborators": "Collaborateurs",
    "Review request": "Examiner la demande",
    "Approve request": "Approuver la demande",
    "Decline": "Refuser",
    "Revoke access": "Révoquer l’accès",
    "Jobs": "Tâches",
    "Complete job": "Terminer la tâche",
    "Send job completion request": "Envoyer la demande d’achèvement de la tâche",
    "Approve completion": "Approuver l’achèvement",
    "Services": "Services",
    "Reviews": "Avis",
    "Reply to review": "Répondre à l’avis",
    "Submit reply": "Soumettre la réponse",
    "Communication": "Communication",
    "Quality of work": "Qualité du travail",
    "Manage team": "Gérer l’équipe",
    "Manage stores": "Gérer les boutiques",
    "Manage jobs": "Gérer les tâches",
    "Manage public listings": "Gérer les mises en vente publiques",
    "Development store": "Boutique de développement",
}


def test_the_fixed_words_are_the_fixed_words():
    used = {english for _context, english in entries(catalogue())} & FIXED.keys()
    assert "Request access to a store" in used
    with override("fr"):
        assert {english: gettext(english) for english in used} == {english: FIXED[english] for english in used}

"""Whatever is wrong with a field is said in our words, whichever form it stands in."""

from collections.abc import Iterator

import pytest
from django import forms
from django.core.exceptions import ValidationError

from accounts import sentences
from accounts.serializers import Email
from config.settings.base import INSTALLED_APPS

A = [("a", "A")]
OURS = {"accounts", "notifications", "partners", "stores", "collaborators", "jobs", "reviews", "config"}


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        (forms.CharField(), "", "Fill this in."),
        (forms.CharField(max_length=3), "four", "Use at most 3 characters; yours has 4."),
        (forms.CharField(), "a\x00b", "This contains control characters. Type it again without them."),
        (forms.EmailField(), "", "Fill this in."),
        (forms.EmailField(), "name@", "Type a whole e-mail address, like name@shop.example."),
        (forms.IntegerField(), "many", "Type a whole number."),
        (forms.IntegerField(min_value=1), "0", "Type 1 or more."),
        (forms.IntegerField(max_value=9), "10", "Type 9 or less."),
        (forms.DateField(), "tomorrow", "Type a day like 2030-12-31."),
        (forms.ChoiceField(choices=A), "", "Choose one."),
        (forms.ChoiceField(choices=A), "b", "Choose from what is offered."),
        (forms.TypedChoiceField(choices=A), "b", "Choose from what is offered."),
        (forms.MultipleChoiceField(choices=A), [], "Choose at least one."),
        (forms.MultipleChoiceField(choices=A), ["b"], "Choose from what is offered."),
        (forms.MultipleChoiceField(choices=A), "a", "Choose from what is offered."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, forms.Field) else repr(value),
)
def test_a_field_says_what_to_do(field, typed, said):
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)
    assert refused.value.messages == [said]


def test_what_a_field_says_by_itself_goes_first():
    field = forms.ChoiceField(choices=A, error_messages={"invalid_choice": "Another one."})
    with pytest.raises(ValidationError, match="Another one"):
        field.clean("b")


def test_the_api_says_the_same_of_an_address():
    assert Email().error_messages["invalid"] == sentences.SENTENCES[forms.EmailField]["invalid"]


def of_ours(form: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
    for below in form.__subclasses__():
        if below.__module__.partition(".")[0] in OURS and not below.__module__.endswith(".admin"):
            yield below
        yield from of_ours(below)


def test_no_field_of_ours_speaks_as_a_library_does():
    assert OURS - {"config"} <= set(INSTALLED_APPS)
    import config.urls  # noqa: F401 - with it come the forms of all pages

    library = ("This field", "Enter a", "Select a valid", "Ensure this", "Null characters")
    said = [
        (form.__qualname__, name, code)
        for form in of_ours(forms.BaseForm)
        for name, field in getattr(form, "base_fields", {}).items()
        for code, sentence in field.error_messages.items()
        if not isinstance(field, forms.JSONField)  # hidden: a passkey, which tests/browser/test_passkeys.py looks at
        if str(sentence).startswith(library)
    ]
    assert said == []

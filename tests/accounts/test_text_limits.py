import pytest
from django.core.exceptions import ValidationError

from accounts import text
from accounts.text import LineField, TextField


@pytest.mark.parametrize("field", [LineField(max_length=100), TextField(max_length=2000), TextField()])
def test_what_is_far_too_long_is_refused_without_being_composed(monkeypatch, field):
    """Composing a long run of accents takes quadratic time: one sign-up would hold the process for a minute."""
    monkeypatch.setattr(text, "fold", lambda value: pytest.fail("composed"))
    endless = "a" + "\u0301\u0316" * 60_000
    if field.max_length:
        with pytest.raises(ValidationError):
            field.clean(endless)
    else:
        field.clean(endless)


def test_what_is_short_once_composed_passes():
    assert TextField(max_length=10).clean("e\u0301" * 10) == "é" * 10


@pytest.mark.parametrize("empty", ["\u200d", "\u200e\u200f", "\u2060"])
def test_a_name_that_would_look_empty_is_refused(empty):
    with pytest.raises(ValidationError, match="look empty"):
        LineField().clean(f"{empty}{empty}")
    assert LineField().clean("🍋") == "🍋"

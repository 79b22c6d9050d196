import pytest
from django.core.exceptions import ValidationError

from accounts.text import LineField, TextField

FAMILY = "👩‍👩‍👧"  # woman, joiner, woman, joiner, girl


@pytest.mark.parametrize(
    "text",
    ["Café", FAMILY, "a\u200eb\u200f", "مرحبا", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️", "<script>alert(1)</script>"],
    ids=["accent", "emoji with joiners", "LRM and RLM", "arabic", "flag with tags", "variation selector", "markup"],
)
def test_real_writing_is_kept(text):
    assert LineField().clean(text) == text
    assert TextField().clean(text) == text


@pytest.mark.parametrize(
    "character",
    ["\u202e", "\u202a", "\u2066", "\u2069", "\u200b", "\ufeff", "\x00", "\x1b", "\x7f", "\x85"],
)
def test_characters_that_hide_or_reorder_are_refused(character):
    for field in (LineField(), TextField()):
        with pytest.raises(ValidationError):
            field.clean(f"a{character}b")


def test_lines_are_kept_in_a_text_and_refused_in_a_line():
    assert TextField().clean("a\r\nb\rc\nd") == "a\nb\nc\nd"
    with pytest.raises(ValidationError, match="on one line"):
        LineField().clean("a\nb")


def test_text_is_composed():
    assert LineField().clean("Cafe\u0301") == "Café"


def test_lengths_count_code_points_and_a_line_break_as_one():
    field = TextField(max_length=5)
    assert field.clean("a\r\nb\r\nc") == "a\nb\nc"
    assert field.clean(FAMILY) == FAMILY  # five code points, one picture
    with pytest.raises(ValidationError):
        field.clean("abcdef")

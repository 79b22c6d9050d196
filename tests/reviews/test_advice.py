"""Advice while a reply is written says what a careful reader would tick, in English and French."""

from time import perf_counter

import pytest

from reviews.advice import _ADDRESS, advise, language_of
from tests.reviews.advice_example import EVERY, GOOD, OTHERWISE, Example
from tests.reviews.advice_examples import EXAMPLES
from tests.reviews.advice_untuned import UNTUNED


def verdicts(example: Example, *, language: str | None = None) -> dict[str, bool | None]:
    points = advise(
        example.reply,
        review_text=example.review,
        ratings=example.ratings,
        business=[example.business],
        services=example.services,
        previous=example.previous,
        days_since=example.days,
        language=language,
    )
    return {point.code: point.met for point in points}


def expected(example: Example) -> dict[str, bool | None]:
    """Before the first word there is nothing to judge."""
    if example.reply:
        return example.expected
    return example.expected | {code: None for code in ("new", "short", "names_left_out") if code in example.expected}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.reply[:60] or "nothing")
def test_each_example_gets_the_verdicts_of_its_reader(example):
    assert verdicts(example) == expected(example)


# --- Replies that nobody thought of -----------------------------------------------------------------------------------

MEASURED = {"en": (143, 146), "fr": (142, 146)}  # verdicts that are right, of all; see docs/advice.md


@pytest.mark.parametrize("language", MEASURED)
def test_on_replies_written_before_the_rules_it_is_right_as_often_as_was_measured(language):
    judged = [
        (met == wanted[code])
        for example in UNTUNED
        if example.language == language
        for wanted in [example.expected]
        for code, met in verdicts(example).items()
        if wanted[code] is not None
    ]
    right, of = MEASURED[language]
    assert len(judged) == of
    assert sum(judged) >= right


@pytest.mark.parametrize("example", [*EXAMPLES, *UNTUNED], ids=lambda example: example.reply[:40] or "nothing")
def test_the_language_of_a_reply_is_found_out(example):
    assert language_of(example.reply) in {example.language, None}


# --- What is said ---------------------------------------------------------------------------------------------------


def said(reply: str, review: str = "", ratings=(2, 2), **facts) -> dict[str, str]:
    points = advise(reply, review_text=review, ratings=ratings, **facts)
    return {point.code: point.words for point in points}


def test_what_is_taken_up_is_named_as_it_was_typed():
    words = said("Nine Days is too long", "We waited 9 days.")["takes_up"]
    assert words == "Takes up what they wrote (“Nine Days”)"


def test_days_and_words_are_shown():
    words = said("We will look into it.", days_since=3)
    assert words["soon"] == "Soon: 3 days after the review"
    assert words["short"] == "Short (5 words)"
    assert said("", days_since=9)["soon"] == "The review waits for 9 days: answer it soon"


def test_the_name_to_leave_out_is_named():
    words = said("Atelier Nord SARL is sorry.", business=["Atelier Nord SARL"])
    assert words["names_left_out"] == "Leave “Atelier Nord SARL” out: search engines would tie it to a bad review"


def test_only_the_last_twenty_replies_are_compared():
    others = [f"Reply number {number} to somebody else." for number in range(20)]
    assert verdict("Thank you for this review.", previous=[*others, "Thank you for this review."])["new"]
    assert not verdict("Thank you for this review.", previous=[*others[1:], "Thank you for this review."])["new"]


def test_which_points_there_are_depends_on_both_ratings():
    assert list(verdict("", ratings=(5, 3))) == [*EVERY, *OTHERWISE]
    assert list(verdict("", ratings=(4, 4))) == [*EVERY, *GOOD]


def verdict(reply: str, *, ratings=(5, 5), **facts) -> dict[str, bool | None]:
    return {point.code: point.met for point in advise(reply, review_text="", ratings=ratings, **facts)}


@pytest.mark.parametrize(
    "text", ["“" * 4000, "a" * 4000, "0 " * 2000, "merci de " * 500, "n't " * 1000, "thanks to " * 400]
)
def test_whatever_is_typed_is_judged_at_once(text):
    began = perf_counter()
    advise(text, review_text=text[:2000], ratings=(1, 1), previous=[text] * 20, services=["Theme design"])
    assert perf_counter() - began < 2


@pytest.mark.parametrize("text", ["a" * 50_000, "1" * 50_000, "+" * 50_000], ids=["letters", "digits", "signs"])
def test_a_long_word_is_searched_for_addresses_once(text):
    """Not once more from each of its letters: that takes quadratic time."""
    began = perf_counter()
    assert not _ADDRESS.search(text)
    assert perf_counter() - began < 1


@pytest.mark.parametrize(
    "text", ["Write to a.b+c@shop.example", "(a@b.example)", "see www.shop.example", "https://x.example"]
)
def test_addresses_are_found(text):
    assert _ADDRESS.search(text)

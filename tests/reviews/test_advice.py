"""Advice while a reply is written says what a careful reader would tick, in English and French."""

import pytest

from reviews.advice import advise
from tests.reviews.advice_example import Example
from tests.reviews.advice_examples import EXAMPLES


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

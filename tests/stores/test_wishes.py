"""Permissions as somebody would say them, in both languages."""

import pytest
from django.utils import translation

from stores.permissions import EVERYTHING, PERMISSIONS
from stores.phrases import they_ask, you_ask
from stores.wishes import wishes

THEMES = ["themes.view", "themes.edit", "themes.edit_code"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["files.view"], "You ask to view files."),
        (THEMES, "You ask to view and edit themes and their code."),
        (
            [*THEMES, "customers.view"],
            "You ask to view and edit themes and their code, and to view customers (personal data).",
        ),
        (["themes.view", "themes.edit_code"], "You ask to view themes and edit their code."),
        ([*THEMES, "themes.publish"], "You ask to view, edit and publish themes and edit their code."),
        (
            ["products.view", "products.edit", "products.edit_price"],
            "You ask to view and edit products and their prices (money).",
        ),
        (
            ["orders.view", "orders.refund", "files.view", "content.view"],
            "You ask to view content, to view files, and to view and refund orders (personal data, money).",
        ),
        (
            ["settings.view", "settings.shipping", "settings.taxes"],
            "You ask to view settings and manage shipping and taxes.",
        ),
        ([], "You have not chosen any permission yet."),
    ],
)
def test_what_is_asked_for_reads_like_a_sentence(keys, said):
    assert you_ask(keys) == said


def test_beyond_what_is_held_only_what_is_new_is_said():
    assert you_ask(THEMES, held=["themes.view", "themes.edit"]) == "You also ask to edit the code of themes."
    assert you_ask(["themes.view"], held=["themes.view"]) == "You have not chosen anything more yet."
    assert they_ask(["themes.view"], held=["themes.view"]) == ""


@pytest.mark.parametrize("key", EVERYTHING)
def test_every_permission_has_words_by_itself_and_with_all_others(key):
    with translation.override("en"):
        alone = wishes([key])
        assert alone
        assert "%" not in alone
        label = str(PERMISSIONS[key].sensitivity.label).lower()
        assert (f"({label})" in alone) == (bool(label) and key != "themes.edit_code")

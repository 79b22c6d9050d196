"""Money is kept in whole numbers of the smallest unit, and is written and read as people of a language do."""

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.utils import translation
from rest_framework import serializers

from accounts import money
from accounts.csv_files import cell
from accounts.serializers import Amount

NBSP, THIN = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("amount", "currency", "in_english", "in_french"),
    [
        (180_000, "EUR", "€1,800.00", f"1{THIN}800,00{NBSP}€"),
        (1, "EUR", "€0.01", f"0,01{NBSP}€"),
        (180_050, "USD", "$1,800.50", f"1{THIN}800,50{NBSP}$US"),
        (1_800, "JPY", "¥1,800", f"1{THIN}800{NBSP}JPY"),
        (1, "JPY", "¥1", f"1{NBSP}JPY"),
        (1_800_500, "KWD", f"KWD{NBSP}1,800.500", f"1{THIN}800,500{NBSP}KWD"),
        (1, "KWD", f"KWD{NBSP}0.001", f"0,001{NBSP}KWD"),
        (money.MOST, "EUR", "€10,000,000,000.00", f"10{THIN}000{THIN}000{THIN}000,00{NBSP}€"),
        # As ISO 4217 counts, which Babel does not: cents and mills that nobody uses any more are still units.
        (1, "HUF", f"HUF{NBSP}0.01", f"0,01{NBSP}HUF"),
        (1, "ALL", f"ALL{NBSP}0.01", f"0,01{NBSP}ALL"),
        (1, "IQD", f"IQD{NBSP}0.001", f"0,001{NBSP}IQD"),
    ],
)
def test_an_amount_reads_as_the_language_writes_it_and_is_never_rounded(amount, currency, in_english, in_french):
    with translation.override("en"):
        assert money.in_words(amount, currency) == in_english
        assert money.parse(money.as_typed(amount, currency), currency) == amount
        assert money.parse(money.in_words(amount, currency), currency) == amount
    with translation.override("fr"):
        assert money.in_words(amount, currency) == in_french
        assert money.parse(money.as_typed(amount, currency), currency) == amount
        assert money.parse(in_french, currency) == amount


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("EUR", 2), ("KWD", 3), ("CLF", 4), ("MGA", 2)])
def test_a_currency_has_the_decimals_of_iso_4217(currency, digits):
    assert money.decimals(currency) == digits
    assert str(money.as_decimal(10**digits, currency)) == str(Decimal(1).quantize(Decimal(1).scaleb(-digits)))


@pytest.mark.parametrize(
    ("typed", "language", "currency", "amount"),
    [
        ("1800", "en", "EUR", 180_000),
        ("1800", "fr", "EUR", 180_000),
        ("1800.5", "fr", "EUR", 180_050),  # as a program writes it
        ("1,800.50", "en", "EUR", 180_050),
        ("1 800.50", "en", "EUR", 180_050),
        ("1 800,50", "fr", "EUR", 180_050),
        (f"1{NBSP}800,50", "fr", "EUR", 180_050),
        (f"1{THIN}800,50", "fr", "EUR", 180_050),
        ("1’800.50", "en", "CHF", 180_050),
        ("  1800 ", "en", "EUR", 180_000),
        ("€1,800", "en", "EUR", 180_000),
        ("1800 EUR", "en", "EUR", 180_000),
        ("1 800 €", "fr", "EUR", 180_000),
        ("$20", "en", "USD", 2_000),
        ("20 $", "fr", "USD", 2_000),
        ("$20", "en", "CAD", 2_000),
        ("0.01", "en", "EUR", 1),
        ("1,800", "en", "JPY", 1_800),
        ("1 800", "fr", "JPY", 1_800),
        ("1.5", "en", "KWD", 1_500),
        ("1,234", "fr", "KWD", 1_234),
        ("1,234", "en", "KWD", 1_234_000),
        ("10000000000", "en", "EUR", money.MOST),
    ],
)
def test_an_amount_is_read_as_the_language_writes_it(typed, language, currency, amount):
    with translation.override(language):
        assert money.parse(typed, currency) == amount


@pytest.mark.parametrize(
    ("typed", "language", "currency", "code"),
    [
        ("", "en", "EUR", "no_amount"),
        ("a lot", "en", "EUR", "no_amount"),
        ("1e5", "en", "EUR", "no_amount"),
        ("1,80", "en", "EUR", "no_amount"),  # French, or a slip
        ("1,800.50", "fr", "EUR", "no_amount"),
        ("1.800,50", "fr", "EUR", "no_amount"),
        ("1,8,0", "en", "EUR", "no_amount"),
        ("1.2.3", "en", "EUR", "no_amount"),
        ("0x10", "en", "EUR", "no_amount"),
        ("१२३", "en", "EUR", "no_amount"),
        ("１００", "en", "EUR", "no_amount"),
        ("NaN", "en", "EUR", "no_amount"),
        ("Infinity", "en", "EUR", "no_amount"),
        ("--5", "en", "EUR", "no_amount"),
        ("=1+1", "en", "EUR", "no_amount"),
        ("9" * 500, "en", "EUR", "no_amount"),
        ("EUR", "en", "EUR", "no_amount"),
        ("0", "en", "EUR", "not_positive"),
        ("0.00", "en", "EUR", "not_positive"),
        ("-0", "en", "EUR", "not_positive"),
        ("-5", "en", "EUR", "not_positive"),
        ("-1,800.00", "en", "EUR", "not_positive"),
        ("1.005", "en", "EUR", "too_fine"),
        ("1,800", "fr", "EUR", "too_fine"),  # 1.8 in French, and never 1800
        ("1.5", "en", "JPY", "too_fine"),
        ("1.2345", "en", "KWD", "too_fine"),
        ("0.0000000000000000000000001", "en", "EUR", "too_fine"),
        ("10000000000.01", "en", "EUR", "too_much"),
        ("9" * 30, "en", "EUR", "too_much"),
        ("$100", "en", "EUR", "other_currency"),
        ("100 USD", "en", "EUR", "other_currency"),
        ("100 €", "fr", "JPY", "other_currency"),
    ],
)
def test_what_is_no_amount_gets_a_sentence(typed, language, currency, code):
    with translation.override(language), pytest.raises(ValidationError) as refused:
        money.parse(typed, currency)
    assert refused.value.code == code
    assert "%" not in refused.value.messages[0]


def test_the_example_in_the_sentence_may_be_typed():
    with pytest.raises(ValidationError) as refused:
        money.parse("much", "EUR")
    assert refused.value.messages == ["Type an amount like €1,250.00."]
    assert money.parse("€1,250.00", "EUR") == 125_000


# --- Where people type and read it ------------------------------------------------------------------------------------


class PriceForm(forms.Form):
    price = money.AmountField(required=False)

    def __init__(self, *args, currency: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["price"].currency = currency


def test_a_field_shows_its_currency_and_gives_smallest_units():
    form = PriceForm({"price": "1,800.50"}, currency="EUR")
    assert form.is_valid()
    assert form.cleaned_data == {"price": 180_050}
    assert "EUR</span>" in str(form["price"])
    assert "JPY</span>" in str(PriceForm(currency="JPY")["price"])  # one form's currency is not another's
    assert PriceForm({"price": ""}, currency="EUR").fields["price"].clean("") is None


def test_a_field_shows_an_amount_as_it_is_typed_and_keeps_what_was_wrong():
    assert 'value="1,800.50"' in str(PriceForm(initial={"price": 180_050}, currency="EUR")["price"])
    wrong = PriceForm({"price": "12 apples"}, currency="EUR")
    assert not wrong.is_valid()
    assert 'value="12 apples"' in str(wrong["price"])


def test_a_page_shows_an_amount_with_the_number_behind_it():
    page = Template("{% load words %}{{ amount|money:currency }}{{ nothing|money:currency }}")
    context = Context({"amount": 180_000, "currency": "EUR", "nothing": None})
    assert page.render(context) == '<data class="money" value="1800.00">€1,800.00</data>'


@pytest.mark.parametrize("sent", ["180000", 1800.0, True, None, [], 0, -1, money.MOST + 1, 10**400])
def test_the_api_takes_whole_smallest_units_only(sent):
    class Body(serializers.Serializer):
        amount = Amount()

    assert Body(data={"amount": 180_000}).is_valid()
    assert not Body(data={"amount": sent}).is_valid()


def test_a_number_in_a_file_is_one_below_zero_too():
    assert cell(Decimal("-180.00")) == "-180.00"
    assert cell("-180.00") == "'-180.00"  # text

"""A refusal stands where its reader looks."""

import pytest
from django import forms

from accounts.errors import Refused


class Named(forms.Form):
    name = forms.CharField()


class AboutTheName(Refused):
    field = "name"


class AboutSomethingElse(Refused):
    field = "role"


@pytest.mark.parametrize(
    ("refusal", "place"), [(AboutTheName, "name"), (AboutSomethingElse, "__all__"), (Refused, "__all__")]
)
def test_a_refusal_stands_beside_its_field_or_above_a_form_without_it(refusal, place):
    form = Named({"name": "Inès"})
    assert form.is_valid()
    refusal("Not this one.").stand_in(form)
    assert form.errors == {place: ["Not this one."]}

import pytest

from stores.addresses import NotAnAddress, parse


@pytest.fixture(autouse=True)
def our_address(settings):
    settings.SITE_URL = "https://entente.example"


@pytest.mark.parametrize(
    "typed",
    [
        "maison-lavande",
        " Maison-Lavande ",
        "https://entente.example/store/maison-lavande/",
        "https://entente.example/store/maison-lavande/settings/?tab=1",
        "entente.example/store/maison-lavande",
        "ENTENTE.example:443/store/Maison-Lavande",
    ],
)
def test_a_handle_is_found_in_every_form(typed):
    assert parse(typed) == ("handle", "maison-lavande")


@pytest.mark.parametrize(
    "typed",
    [
        "maison-lavande.example",
        "www.maison-lavande.example",
        "HTTPS://WWW.Maison-Lavande.Example/fr/products?q=1#top",
        "http://maison-lavande.example:80",
        "maison-lavande.example.",
        "maison-lavande.example\u3002",
        "maison-lavande\uff0eexample",
        "maison-lavande.example/store/other",
    ],
)
def test_a_domain_is_found_in_every_form(typed):
    assert parse(typed) == ("domain", "maison-lavande.example")


@pytest.mark.parametrize("typed", ["café-bruma.example", "CAFÉ-BRUMA.example", "xn--caf-bruma-d4a.example"])
def test_an_internationalised_domain_is_the_same_in_both_spellings(typed):
    assert parse(typed) == ("domain", "xn--caf-bruma-d4a.example")


@pytest.mark.parametrize(
    "typed",
    [
        "somebody:secret@shop.example",
        "shop.example:8080",
        "192.168.0.1",
        "https://[::1]/",
        "2130706433.1",
        "ftp://shop.example",
        "javascript:alert(1)",
        "a b.example",
        "-.example",
        "https://",
        "https://entente.example/partner/atelier-nord/",
        "https://[nonsense",
        "shop.example:port",
        "ex\u0000ample.com",
    ],
)
def test_what_is_no_address_of_a_store_is_refused(typed):
    with pytest.raises(NotAnAddress):
        parse(typed)

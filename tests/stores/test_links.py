"""Text of people as HTML: nothing but links that lead where they say."""

import pytest

from stores.links import linked


def link(to: str, shown: str | None = None) -> str:
    return f'<a href="{to}" rel="noopener nofollow ugc" target="_blank"><bdi>{shown or to}</bdi></a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("See https://shop.example/a.", f"See {link('https://shop.example/a')}."),
        ("(http://shop.example/a_(b))", f"({link('http://shop.example/a_(b)')})"),
        ("https://www.shop.example:8443/?q=1&r=2#x", link("https://www.shop.example:8443/?q=1&amp;r=2#x")),
        ("HTTPS://Shop.Example/A", link("https://shop.example/A", "https://Shop.Example/A")),
        ("«https://shop.example/»", f"«{link('https://shop.example/')}»"),
        ("https://café.example/", link("https://xn--caf-dma.example/", "https://café.example/")),
        ("https://аpple.example", link("https://xn--pple-43d.example")),  # the first letter is Cyrillic
        ("https://аррӏе.example", link("https://xn--80ak6aa92e.example")),  # all letters but those of the end are
        ("https://café\u0338.example", link("https://xn--caf-dma960a.example")),  # strikes through what stands there
        ("https://good.example\u0338in.evil.example", link("https://good.xn--examplein-cyf.evil.example")),
        ("https://shop.example\u0337.evil.example", link("https://shop.xn--example-cte.evil.example")),
        ("https://ʼshop.example", link("https://xn--shop-zlc.example")),  # a letter that looks like a quote
        ("https://Ｃafé.example", link("https://xn--caf-dma.example", "https://café.example")),  # as it is looked up
        ("HTTP://Shop.Example:0443/x", link("http://shop.example:443/x", "http://Shop.Example:443/x")),
        ("https://shop.example:/x", link("https://shop.example/x")),
        ("line\nhttps://a.example\nline", f"line\n{link('https://a.example')}\nline"),
    ],
)
def test_an_address_becomes_a_link_that_says_where_it_leads(text, html):
    assert linked(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://shop.example",
        "https://bank.example@evil.example/",
        "https://bank.example\\@evil.example/",
        "https://bank.example\\evil",
        "http://127.0.0.1/",
        "http://[::1]/",
        "https://localhost/",
        "https://",
        "https://a..example",
        "https://shop.example:99999/",
        "https://shop.example/" + "a" * 2000,
        "somebody@shop.example",
        "www.shop.example",
    ],
)
def test_what_could_mislead_stays_plain_text(text):
    assert "<a" not in linked(text)


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=y>', 'https://a.example/"onmouseover=x', "<b>&amp;"]
)
def test_no_markup_of_people_is_markup(text):
    html = linked(text)
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert '"onmouseover' not in html


def test_a_mark_that_turns_the_direction_ends_an_address():
    assert linked("https://shop.example/\u200fmoc") == f"{link('https://shop.example/')}\u200fmoc"

"""The sizes at which every page is looked at, and what is too wide at one of them."""

from tests.browser.people import DESKTOP, PHONE

SMALLEST = {"width": 320, "height": 640}
ENLARGED = {"width": 640, "height": 450}  # 1280 pixels at 200 %
SIZES = {"1280": DESKTOP, "1280 at 200 %": ENLARGED, "390": PHONE, "320": SMALLEST}

# What is wider than the window, or cut off by the card around it. Left alone: what scrolls by itself, what is meant
# for screen readers only, and names that end in "…" on purpose.
TOO_WIDE = """() => {
    const wide = [];
    const name = (element) => element.tagName.toLowerCase() + [...element.classList].map((c) => "." + c).join("")
        + ` “${element.textContent.trim().slice(0, 30)}”`;
    if (document.documentElement.scrollWidth > innerWidth)
        wide.push(`page is ${document.documentElement.scrollWidth} wide`);
    for (const element of document.body.querySelectorAll("*")) {
        if (element.closest(".visually-hidden, .skip, .tabs, svg") || element.parentElement.closest(".who b")) continue;
        const { left, right, width } = element.getBoundingClientRect();
        if (!width) continue;
        const card = element.parentElement.closest(".card, [popover]")?.getBoundingClientRect();
        const [from, to] = [Math.max(0, card?.left ?? 0), Math.min(innerWidth, card?.right ?? innerWidth)];
        if (left < from - 1 || right > to + 1)
            wide.push(`${name(element)} from ${Math.round(left)} to ${Math.round(right)} in ${from}–${Math.round(to)}`);
    }
    return wide;
}"""

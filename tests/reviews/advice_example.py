"""How an example of a reply is written down, with what somebody who reads it says of each point."""

from dataclasses import dataclass

EVERY = ("thanks", "takes_up", "new", "soon")
GOOD = ("names_business", "next_step")
OTHERWISE = ("sorry", "short", "other_channel", "names_left_out")


@dataclass(frozen=True)
class Example:
    """`met`: the codes a careful reader ticks, between spaces. The others are not met; taking something up is skipped
    where the review has no text."""

    language: str
    ratings: tuple[int, int]
    review: str
    reply: str
    met: str
    business: str = "Atelier Nord"
    services: tuple[str, ...] = ("Theme design", "Store set-up", "Shipping and fulfilment")
    previous: tuple[str, ...] = ()
    days: int = 2

    @property
    def expected(self) -> dict[str, bool | None]:
        codes = EVERY + (GOOD if min(self.ratings) >= 4 else OTHERWISE)
        ticked = set(self.met.split())
        assert ticked <= set(codes), ticked - set(codes)
        verdicts: dict[str, bool | None] = {code: code in ticked for code in codes}
        if not self.review:
            verdicts["takes_up"] = None
        return verdicts

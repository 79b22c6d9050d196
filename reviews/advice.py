"""Advice while somebody writes a reply: what a careful reader would tick, in English and French.

Pure: text and figures in, points out; no database, no request. It never blocks: rules about words are wrong now and
then (docs/advice.md says how often, and where each rule comes from). What is looked for, point by point:

every reply   thanks          says thank you, not "thanks to a bug", "no thanks needed", or « merci de nous appeler »
              takes_up        shares a content word or a number with the review; skipped where that has no text
              new             resembles none of the last replies (Broder's resemblance of word triples below a half)
              soon            comes within seven days of the review
good ones     names_business  has the name of the business, or of a service, among its own words
              next_step       invites to something that comes next
the others    sorry           apologises, not "not sorry", not "sorry you feel that way"
              short           has at most eighty words
              other_channel   offers e-mail, telephone, a call, a private talk; not one that took place
              names_left_out  has neither among its own words: search engines would tie it to a bad review

What stands in quotation marks, and a sentence of the review that is repeated, are not the reply's own words.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.advice_words import CHANNELS, GENERIC, LANGUAGE_MARKS, NEGATIONS, NEXT_STEPS, NUMBERS, SORRY, THANKS, Words

ENGLISH, FRENCH = "en", "fr"
MOST_WORDS = 80
SOON = 7  # days
REPLIES_COMPARED = 20
SAME_FROM = 0.5  # resemblance, from 0 to 1
GOOD_FROM = 4  # stars, both


@dataclass(frozen=True)
class Point:
    """`met` None: skipped, there is nothing to judge. `words` are in the language of whoever writes."""

    code: str
    met: bool | None
    words: str


def advise(
    reply: str,
    *,
    review_text: str,
    ratings: tuple[int, int],
    business: Collection[str] = (),
    services: Collection[str] = (),
    previous: Iterable[str] = (),
    days_since: int = 0,
    language: str | None = None,
) -> list[Point]:
    """What to do for a reply to this review, and whether it is done. `business` and `services`: names, in any language.
    `previous`: the partner's last replies. `language`: that of the reply; None: found out."""
    text = _Reply(reply, review_text, language or language_of(reply) or language_of(review_text) or ENGLISH)
    points = [
        _thanks(text),
        _takes_up(text, review_text, business),
        _new(text, previous),
        _soon(days_since),
    ]
    if min(ratings) >= GOOD_FROM:
        return [*points, _names_business(text, business, services), _next_step(text)]
    return [*points, _sorry(text), _short(text), _other_channel(text), _names_left_out(text, business, services)]


# --- Reading --------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|„[^“”]*[“”]|\"[^\"]*\"|^>.*$", re.MULTILINE)
# Each begins where a word begins: tried at every letter of a long word, it would take quadratic time
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://\S+|\bwww\.\S+")
_TELEPHONE = re.compile(r"(?<![\w.,])(?:\+|00|\(?0)[\d\s().-]{7,18}\d")
_CLAUSE_ENDS = re.compile(r"[.!?;:,()\n–—]|\b(?:and|but|et|mais|puis|then|so|donc)\b")
_SENTENCE = re.compile(r"[^.!?\n]+")
REPEATED_FROM = 5  # words of a sentence that was taken over as it stood


def plain(text: str) -> str:
    """Small letters without accents, every apostrophe the same."""
    folded = unicodedata.normalize("NFD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return re.sub("[\u0300-\u036f]", "", folded).translate(_APOSTROPHES)


_APOSTROPHES = str.maketrans(
    dict.fromkeys("’ʼ‘`´′", "'") | dict.fromkeys("\u2010\u2011", "-") | dict.fromkeys("\u00a0\u202f", " ")
)


class _Reply:
    def __init__(self, text: str, review: str, language: str):
        self.text = text.strip()
        self.language = language
        own = _QUOTED.sub(" ", self.text)
        self.addresses = bool(_ADDRESS.search(own) or _TELEPHONE.search(own))
        own = plain(_ADDRESS.sub(" ", own))
        for sentence in _SENTENCE.findall(plain(review)):
            if len(_WORD.findall(sentence)) >= REPEATED_FROM:
                own = own.replace(sentence.strip(), " ")
        self.own = own

    def says(self, words: Words) -> bool:
        """Whether one of the phrases stands among the reply's own words, and is meant."""
        if words.never and words.never.search(self.own):
            return False
        return any(self._is_meant(found, words) for found in words.phrases.finditer(self.own))

    def _is_meant(self, found: re.Match, words: Words) -> bool:
        if any(unless.match(self.own, found.start()) for unless in words.unless_followed):
            return False
        before = _CLAUSE_ENDS.split(self.own[: found.start()])[-1]
        if words.not_after and words.not_after.search(before):
            return False
        return _NEVER_ENOUGH.match(self.own, found.end()) is not None or not _is_denied(before)


_NEVER_ENOUGH = re.compile(r" (?:\w+ ){0,2}(?:enough|assez|trop)(?!\w)")  # "we can't thank you enough"
_DO_COME = re.compile(r"n'hesite\w* (?:surtout |donc )?pas|(?:don't|do not|never) hesitate")
_NOT_ONLY = {"only", "just", "que", "qu'", "trop", "fail"}  # « nous ne pouvons que vous remercier »


def _is_denied(before: str) -> bool:
    """ "We are not going to apologise": the clause said no a few words before."""
    near = _DO_COME.sub("", before).split()[-6:]
    return any(NEGATIONS.fullmatch(word) and not _NOT_ONLY & set(near[at + 1 :]) for at, word in enumerate(near))


def language_of(text: str) -> str | None:
    """English or French, by the small words that only one of them has. None: neither stands out."""
    words = re.split(r"[^\w]+", plain(text))
    marks = {code: sum(word in known for word in words) for code, known in LANGUAGE_MARKS.items()}
    if marks[ENGLISH] == marks[FRENCH]:
        return None
    return max(marks, key=lambda code: marks[code])


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Each word as it was typed, and its stem; "l'équipe" is "équipe". Only words that say something have a stem."""
    for found in _WORD.finditer(text.translate(_APOSTROPHES)):
        typed = found[0]
        simple = plain(typed)
        for part in simple.split("-") if "-" in simple else [simple]:
            yield typed, stem(part)


def stem(word: str) -> str:
    """Light, for English and French alike: endings of number, gender and person come off. "" for what says nothing."""
    word = re.sub(r"^(?:l|d|j|m|n|s|t|c|qu)'|'(?:s|re|ve|ll|d|m|t)$", "", word)
    if word.isdigit():
        return word.lstrip("0")
    if word in NUMBERS:
        return str(NUMBERS[word])
    if len(word) < 3 or word in GENERIC:
        return ""
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + instead
            break
    word = word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] in "bdgmnprt" else word
    return "" if len(word) > 4 and word in GENERIC else word  # a "theme" is not "them"


# Longest first; what comes in place of an ending stands behind a slash
_WRITTEN_ENDINGS = (
    "ications ication ements ement ations ation ments ment ingly ings ing aient erons eront erez ions ies/y ees "
    "eaux/eau aux/al ons ent ait dues/d due/d dus/d du/d ers ed es ez er ee ly ir e s x"
)
_ENDINGS = [(ending.partition("/")[0], ending.partition("/")[2]) for ending in _WRITTEN_ENDINGS.split()]


# --- Every reply ----------------------------------------------------------------------------------------------------


def _thanks(reply: _Reply) -> Point:
    met = reply.says(THANKS[reply.language])
    return Point("thanks", met, _("Thanks the merchant") if met else _("Thank the merchant"))


def _takes_up(reply: _Reply, review: str, business: Collection[str]) -> Point:
    if not review.strip():
        return Point("takes_up", None, _("They wrote no text that you could take up"))
    ours = {said for name in business for _typed, said in _words(name)}
    theirs = {said for _typed, said in _words(review) if said} - ours - {"1"}
    shared = _longest_run(list(_words(_ADDRESS.sub(" ", reply.text))), theirs)
    if not shared:
        return Point("takes_up", False, _("Take up something they wrote"))
    return Point("takes_up", True, _("Takes up what they wrote (“%(words)s”)") % {"words": shared})


def _longest_run(words: list[tuple[str, str]], wanted: set[str]) -> str:
    """ "nine days": as it was typed."""
    best: list[str] = []
    run: list[str] = []
    for typed, said in words:
        if said not in wanted:
            run = []
            continue
        if not run or run[-1] != typed:
            run.append(typed)
        if len(run) > len(best):
            best = list(run)
    return " ".join(best[:4])


def _new(reply: _Reply, previous: Iterable[str]) -> Point:
    if not reply.text:
        return Point("new", None, _("Not the same as one of your last 20 replies"))
    mine = _triples(reply.text)
    compared = list(previous)[:REPLIES_COMPARED]
    if any(resemblance(mine, _triples(other)) >= SAME_FROM for other in compared):
        return Point("new", False, _("Nearly the same as one of your last 20 replies: say it in other words"))
    return Point("new", True, _("Not the same as one of your last 20 replies"))


def _triples(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(plain(text))
    if len(words) < 3:
        return frozenset({tuple(words)})
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def resemblance(one: frozenset, other: frozenset) -> float:
    """How much of both is in both (A. Broder, On the resemblance and containment of documents, 1997)."""
    return len(one & other) / len(one | other)


def _soon(days: int) -> Point:
    if days <= 0:
        return Point("soon", True, _("Soon: on the day of the review"))
    if days <= SOON:
        words = ngettext("Soon: %(days)d day after the review", "Soon: %(days)d days after the review", days)
    else:
        words = ngettext(
            "The review waits for %(days)d day", "The review waits for %(days)d days: answer it soon", days
        )
    return Point("soon", days <= SOON, words % {"days": days})


# --- Good ones ------------------------------------------------------------------------------------------------------


def _names_business(reply: _Reply, business: Collection[str], services: Collection[str]) -> Point:
    met = bool(_named(reply, business, services))
    named, unnamed = _("Names your business or one of your services"), _("Name your business or one of your services")
    return Point("names_business", met, named if met else unnamed)


def _next_step(reply: _Reply) -> Point:
    met = reply.says(NEXT_STEPS[reply.language])
    return Point("next_step", met, _("Invites to a next step") if met else _("Invite to a next step"))


_LEGAL_FORM = re.compile(r"\s+(?:sarl|sas|sasu|eurl|sa|ltd|limited|llc|inc|gmbh|bv|co)\.?$")


def _named(reply: _Reply, business: Collection[str], services: Collection[str]) -> str:
    """The name that stands in the reply; "" for none."""
    own = f" {' '.join(_WORD.findall(reply.own))} "
    for name in business:
        simple = " ".join(_WORD.findall(_LEGAL_FORM.sub("", plain(name))))
        if simple and f" {simple} " in own.replace("'s ", " "):
            return name
    said = [found for _typed, found in _words(reply.own)]
    for name in services:
        parts = [part for _typed, part in _words(name) if part]
        if parts and _stand_together(parts, said):
            return name
    return ""


def _stand_together(parts: Sequence[str], said: Sequence[str]) -> bool:
    """ "theme design", "design of your theme": every part, with two small words between at most."""
    span = len(parts) + (2 if len(parts) > 1 else 0)
    return any(set(parts) <= set(said[start : start + span]) for start in range(len(said)))


# --- The others -----------------------------------------------------------------------------------------------------


def _sorry(reply: _Reply) -> Point:
    met = reply.says(SORRY[reply.language])
    return Point("sorry", met, _("Says sorry") if met else _("Say sorry"))


def count_words(text: str) -> int:
    return sum(any(letter.isalnum() for letter in word) for word in text.split())


def _short(reply: _Reply) -> Point:
    count = count_words(reply.text)
    if not count:
        return Point("short", None, _("At most 80 words"))
    if count <= MOST_WORDS:
        return Point(
            "short", True, ngettext("Short (%(count)d word)", "Short (%(count)d words)", count) % {"count": count}
        )
    words = ngettext("%(count)d word: 80 are enough", "%(count)d words: 80 are enough", count)
    return Point("short", False, words % {"count": count})


def _other_channel(reply: _Reply) -> Point:
    met = reply.addresses or reply.says(CHANNELS[reply.language])
    offers, offer = _("Offers another channel"), _("Offer another channel, like e-mail or a call")
    return Point("other_channel", met, offers if met else offer)


def _names_left_out(reply: _Reply, business: Collection[str], services: Collection[str]) -> Point:
    if not reply.text:
        return Point("names_left_out", None, _("Leave your business name and services out"))
    if name := _named(reply, business, services):
        words = _("Leave “%(name)s” out: search engines would tie it to a bad review") % {"name": name}
        return Point("names_left_out", False, words)
    words = _("Leaves your business name and services out, so that search engines don’t tie them to a bad review")
    return Point("names_left_out", True, words)

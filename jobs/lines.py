"""A job in words: for its reader's list, its page and the home pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import money
from accounts.templatetags.words import moment
from jobs.models import Candidate, Job
from jobs.tabs import Tab


@dataclass(frozen=True)
class Badge:
    label: str
    tone: str = ""  # good, warn, bad
    icon: str = ""


@dataclass(frozen=True)
class Line:
    """`job` comes from `tabs.jobs_of` the reader's place, with its partner and store."""

    job: Any
    for_store: bool

    @cached_property
    def is_ours(self) -> bool:
        """Whether the work is the reader's business: a partner that was not hired sees what it was asked, no more."""
        return self.for_store or self.job.my_status == Candidate.Status.HIRED

    @property
    def knows_it_was_cancelled(self) -> bool:
        """Of work that went to another, what became of it is not the reader's to know."""
        return self.is_ours or self.job.hired_at is None

    @property
    def knows_why(self) -> bool:
        """Who cancelled it, and the reason: not for those who were asked among others."""
        return self.is_ours or self.job.beginning != Job.Beginning.POSTED

    @cached_property
    def who(self) -> str:
        """The other side."""
        if not self.for_store:
            return str(self.job.store)
        if self.job.partner:
            return str(self.job.partner)
        count = self.job.candidate_count
        if count == 1:
            return self.job.first_candidate
        return ngettext("%(count)d partner", "%(count)d partners", count) % {"count": count}

    @cached_property
    def badge(self) -> Badge:
        tab = self.job.tab
        if tab == Tab.TO_ANSWER:
            return Badge(_("Waiting for you"), "warn", "clock")
        if tab == Tab.COMPLETED:
            return Badge(_("Completed"), "good", "check")
        if tab == Tab.IN_PROGRESS:
            return Badge(_("In progress"), "good")
        if tab == Tab.WAITING:
            return self._waiting
        is_known = self.job.status == Job.Status.CANCELLED and self.knows_it_was_cancelled
        return Badge(_("Cancelled")) if is_known else Badge(self._part)

    @property
    def _waiting(self) -> Badge:
        if not self.for_store:
            return Badge(_("Waiting for the merchant"), icon="clock")
        if self.job.invitations:
            return Badge(_("Waiting for the partner"), icon="clock")
        return Badge(_("Nobody left to answer"), "warn")

    @property
    def _part(self) -> str:
        """What became of the part of a partner that was not hired, swept or not."""
        status = Candidate.Status(self.job.my_status)
        lapsed = status in Candidate.WAITING
        return str((Candidate.Status.LAPSED if lapsed else status).label)

    @cached_property
    def since(self) -> str:
        """ "started 3 October 2026", beside the title."""
        if self.job.hired_at and self.is_ours:
            return format_html(_("started {when}"), when=moment(self.job.hired_at))
        return format_html(_("asked {when}"), when=moment(self.job.created_at))

    @cached_property
    def terms(self) -> str:
        """The price that was agreed; before that, what the store can spend."""
        if self.job.hired_at and self.is_ours:
            return price_in_words(self.job)
        if self.job.budget:
            return _("budget %(amount)s") % {"amount": money.in_words(self.job.budget, self.job.currency)}
        return ""

    @cached_property
    def facts(self) -> str:
        """ "2 proposals", "said to be done yesterday at 16:20": what happened last, or comes next."""
        job = self.job
        if job.requested_at and job.status == Job.Status.IN_PROGRESS and self.is_ours:
            return format_html(_("said to be done {when}"), when=moment(job.requested_at))
        if job.tab in {Tab.TO_ANSWER, Tab.WAITING} and job.status == Job.Status.OPEN:
            return self._until
        if job.tab == Tab.TO_ANSWER:
            return _("the store says what is still to be done")
        if job.tab == Tab.IN_PROGRESS:
            return format_html(_("started {when}"), when=moment(job.hired_at))
        if job.tab == Tab.COMPLETED:
            return format_html(_("completed {when}"), when=moment(job.completed_at or job.clock_at))
        if job.cancelled_at and self.knows_it_was_cancelled:
            return format_html(_("cancelled {when}"), when=moment(job.cancelled_at))
        return format_html(_("asked {when}"), when=moment(job.created_at))

    # --- On a home page: what waits for the reader's answer

    @cached_property
    def _is_about_the_work(self) -> bool:
        return self.job.status == Job.Status.IN_PROGRESS

    @cached_property
    def question(self) -> str:
        """ "Bureau Lumen says “Shipping set-up” is done": what the reader is to answer."""
        names = {"who": self.who, "title": self.job.title}
        if self.for_store and self._is_about_the_work:
            return _("%(who)s says “%(title)s” is done") % names
        if self.for_store:
            count = self.job.proposals
            if count == 1:
                return _("%(who)s would do “%(title)s”") % (names | {"who": self.job.first_proposer})
            words = ngettext("%(count)d proposal for “%(title)s”", "%(count)d proposals for “%(title)s”", count)
            return words % (names | {"count": count})
        if self._is_about_the_work:
            return _("%(who)s says what is missing for “%(title)s”") % names
        return _("%(who)s asks you about “%(title)s”") % names

    @cached_property
    def waits(self) -> str:
        """Since when, and what happens if nobody answers."""
        job = self.job
        if not self._is_about_the_work:
            facts = self.facts if self.for_store else capfirst(self.facts)
            return format_html_join(" · ", "{}", ((part,) for part in (facts, self.terms) if part))
        if not self.for_store:
            return _("Tick off what is done by now, then say so again.")
        sent = format_html(_("Sent {when}"), when=moment(job.requested_at))
        if not job.deadline:
            return sent
        at = _exactly(job.deadline)
        return format_html("{} · {}", sent, _("approved by itself on %(when)s if you don’t answer") % {"when": at})

    @cached_property
    def button(self) -> str:
        if self._is_about_the_work:
            return _("Look at the work") if self.for_store else _("See the list")
        if not self.for_store:
            return _("Answer")
        return ngettext("Look at the proposal", "Compare proposals", self.job.proposals)

    @property
    def _until(self) -> str:
        job = self.job
        if self.for_store and not job.waits_until:
            return format_html(_("asked {when}"), when=moment(job.created_at))
        if not self.for_store and job.my_status == Candidate.Status.PROPOSED and job.beginning == Job.Beginning.POSTED:
            return format_html(_("proposal sent {when}"), when=moment(job.my_changed_at))  # as Candidate.told_until
        until = _("answer until %(when)s") % {"when": _exactly(job.waits_until)}
        if not self.for_store:
            return until
        parts = []
        if job.proposals:
            parts.append(ngettext("%(n)d proposal", "%(n)d proposals", job.proposals) % {"n": job.proposals})
        if job.invitations:
            words = ngettext("%(n)d partner still thinks", "%(n)d partners still think", job.invitations)
            parts.append(words % {"n": job.invitations})
        return format_html_join(" · ", "{}", ((part,) for part in [*parts, until]))


def _exactly(instant: datetime) -> str:
    return date_format(timezone.localtime(instant), "DATETIME_FORMAT")


def price_in_words(job: Job) -> str:
    return _("Free") if job.price is None else money.in_words(job.price, job.currency)


def lines(jobs: Iterable[Job], *, for_store: bool) -> list[Line]:
    return [Line(job, for_store) for job in jobs]

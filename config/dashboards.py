"""The pages that are made of several apps, and the frame around every page. The one module that may import them all."""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.humanize.templatetags.humanize import apnumber
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.invitations import verified_addresses
from accounts.models import User, Visitor
from collaborators.models import About, AccessRequest, Collaboration, ExpertInvitation, Side, with_unread
from collaborators.review_views import with_what_waits
from collaborators.views import collaboration_rows, request_rows
from jobs.lines import Line, lines
from jobs.tabs import COUNTED, counted, to_answer
from notifications import choices
from notifications import views as notifications_views
from partners.models import Partner, TeamInvitation
from partners.pages import partner_page
from partners.permissions import TeamPermission, in_words
from reviews.models import Review, ReviewInvitation
from reviews.partner_lists import Tab, in_tab
from stores import phrases
from stores.activity_views import in_words as activity_in_words
from stores.models import Activity, HandoverOffer, StaffInvitation, Store
from stores.pages import store_page
from stores.permissions import PERMISSIONS

SHOWN = 5  # rows of each kind on a home page
JOBS = "briefcase"


# --- The frame ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One line of the rail."""

    label: str
    url: str  # "" for a group, of which only the parts are addresses
    icon: str = ""
    count: int = 0
    under: str | tuple[str, ...] = ""  # current below this address; "" on its own address only
    is_part: bool = False  # of the entry before it, under which it stands

    def is_current(self, path: str) -> bool:
        return path.startswith(self.under) if self.under else path == self.url


class Frame:
    """What stands around a page. Each part asks the database when, and only when, a template shows it."""

    def __init__(self, request: HttpRequest):
        self._request = request
        self.user: Visitor = getattr(request, "user", AnonymousUser())
        self.partner: Partner | None = getattr(request, "partner", None)
        self.store: Store | None = getattr(request, "store", None)

    @property
    def signed_in(self) -> bool:
        return self.user.is_authenticated

    @cached_property
    def partners(self) -> list[Partner]:
        return list(Partner.objects.visible_to(self.user).order_by("name"))

    @cached_property
    def stores(self) -> list[Store]:
        return list(Store.objects.belonging_to(self.user).order_by("name"))

    @cached_property
    def news(self) -> notifications_views.News:
        return notifications_views.news(self.user)

    @property
    def unread(self) -> int:
        return self.news.unread

    @property
    def as_collaborator(self) -> bool:
        """Whether the reader is in this store for a partner only."""
        return self.store is not None and not self.store.is_development and self.store not in self.stores

    @cached_property
    def _counts(self) -> dict[str, int]:
        """What waits for the reader's answer here, each counted up to 101. One query, whatever is counted."""
        places: QuerySet = Store.objects.all() if self.store else Partner.objects.all()
        columns = {}
        if self.store and "users.view" in self._request.held:  # type: ignore[attr-defined]
            columns["waiting"] = counted(AccessRequest.objects.waiting_for(self.user, self.store))  # type: ignore[arg-type]
        if self.sees_jobs:
            columns["jobs_waiting"] = counted(to_answer(self.place, self.user))  # type: ignore[arg-type]
        if self.writes_reviews:
            columns["reviews_waiting"] = counted(ReviewInvitation.objects.waiting_for(self.user, self.store))  # type: ignore[arg-type]
        if self.sees_reviews:
            columns["reviews_waiting"] = Coalesce(F("rating__reviews") - F("rating__answered"), 0)
        return places.filter(pk=self.place.pk).annotate(**columns).values(*columns).get() if columns else {}

    @property
    def place(self) -> Store | Partner:
        return self.partner or self.store  # type: ignore[return-value]

    @property
    def sees_jobs(self) -> bool:
        if self.partner:
            return self._request.membership.may(TeamPermission.MANAGE_JOBS)  # type: ignore[attr-defined]
        return not self.store.is_development and "jobs.view" in self._request.held  # type: ignore[attr-defined,union-attr]

    @property
    def writes_reviews(self) -> bool:
        return self.store is not None and "reviews.write" in self._request.held  # type: ignore[attr-defined]

    @property
    def sees_reviews(self) -> bool:
        """Of a partner, and may answer them."""
        may = TeamPermission.MANAGE_PUBLIC_LISTINGS
        return self.partner is not None and self._request.membership.may(may)  # type: ignore[attr-defined]

    @property
    def waiting(self) -> int:
        """Access requests that wait for the store's answer."""
        return self._counts.get("waiting", 0)

    @property
    def jobs_waiting(self) -> int:
        """Jobs that wait for this side's answer."""
        return self._counts.get("jobs_waiting", 0)

    @property
    def reviews_waiting(self) -> int:
        """Reviews that the reader can write here, of a store; that wait for a reply, of a partner."""
        return self._counts.get("reviews_waiting", 0)

    @property
    def waits(self) -> str:
        """ "Three things wait for your answer." """
        count = self.waiting + self.jobs_waiting + self.reviews_waiting
        if not count:
            return _("Nothing waits for your answer.")
        if count > COUNTED:
            return _("More than %(count)d things wait for your answer.") % {"count": COUNTED}
        words = {"number": capfirst(str(apnumber(count)))}
        return ngettext("One thing waits for your answer.", "%(number)s things wait for your answer.", count) % words

    @cached_property
    def rail(self) -> list[tuple[Entry, bool]]:
        """Entries, each with whether the page belongs to it."""
        entries = self._partner_rail() if self.partner else self._store_rail() if self.store else self._own_rail()
        return [(entry, self._is_current(entry)) for entry in entries]

    def _is_current(self, entry: Entry) -> bool:
        """A conversation belongs to what it is about, which its address does not say."""
        if getattr(self._request, "talks_about", None) == About.JOB:
            return entry.icon == JOBS
        return entry.is_current(self._request.path)

    def _own_rail(self) -> list[Entry]:
        inbox, mails, security = reverse("notifications:inbox"), reverse("mail-choices"), reverse("mfa_index")
        tokens = reverse("account_tokens")
        return [
            Entry(_("Home"), reverse("home"), "home"),
            Entry(_("Notifications"), inbox, "bell", under=inbox),
            Entry(_("Profile"), reverse("account_profile"), "user"),
            Entry(_("E-mails"), mails, "envelope", under=mails),
            Entry(_("Security"), security, "shield-check", under=security),
            Entry(_("Access tokens"), tokens, "command-line", under=tokens),
        ]

    def _partner_rail(self) -> list[Entry]:
        slug = self.partner.slug  # type: ignore[union-attr]
        entries = [Entry(_("Home"), reverse("partner-home", args=[slug]), "home")]
        may_manage_stores = self._request.membership.may(TeamPermission.MANAGE_STORES)  # type: ignore[attr-defined]
        if may_manage_stores:
            stores = reverse("collaborators:partner-stores", args=[slug])
            talks = reverse("collaborators:partner-conversation-list", args=[slug])
            entries.append(Entry(_("Stores"), stores, "building-storefront", under=(stores, talks)))
        if self.sees_jobs:
            jobs = reverse("jobs:partner-job-list", args=[slug])
            entries.append(Entry(_("Jobs"), jobs, JOBS, count=self.jobs_waiting, under=jobs))
        if may_manage_stores:
            activity = reverse("collaborators:partner-activity", args=[slug])
            entries.append(Entry(_("Activity"), activity, "bolt"))
        if self.sees_reviews:
            entries += self._services()
        team = reverse("partners:team", args=[slug])
        entries.append(Entry(_("Team"), team, "users", under=team))
        if self._request.membership.may(TeamPermission.MANAGE_TEAM):  # type: ignore[attr-defined]
            own = reverse("partners:settings", args=[slug])
            entries.append(Entry(_("Settings"), own, "cog-6-tooth", under=own))
        return entries

    def _services(self) -> list[Entry]:
        slug = self.partner.slug  # type: ignore[union-attr]
        reviews, listing = (reverse(name, args=[slug]) for name in ("reviews:partner-review-list", "partners:listing"))
        return [
            Entry(_("Services"), "", "list-bullet"),
            Entry(_("Reviews"), reviews, count=self.reviews_waiting, under=reviews, is_part=True),
            Entry(_("Public listing"), listing, under=listing, is_part=True),
        ]

    def _store_rail(self) -> list[Entry]:
        handle, held = self.store.handle, self._request.held  # type: ignore[union-attr,attr-defined]
        entries = [Entry(_("Home"), reverse("store-home", args=[handle]), "home")]
        if self.sees_jobs:
            jobs = reverse("jobs:job-list", args=[handle])
            entries.append(Entry(_("Jobs"), jobs, JOBS, count=self.jobs_waiting, under=jobs))
        if self.writes_reviews and not self.store.is_development:  # type: ignore[union-attr]
            reviews = reverse("reviews:review-list", args=[handle])
            entries.append(Entry(_("Reviews"), reviews, "star", count=self.reviews_waiting, under=reviews))
        if "activity.view" in held:
            entries.append(Entry(_("Activity"), reverse("stores:activity-list", args=[handle]), "bolt"))
        entries.append(Entry(_("Your access"), reverse("stores:access", args=[handle]), "key"))
        if "users.view" in held:
            users, label = reverse("stores:staff", args=[handle]), _("Users and permissions")
            talks = reverse("collaborators:conversation-list", args=[handle])
            entries.append(Entry(label, users, "users", count=self.waiting, under=(users, talks)))
        return entries


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor."""
    return {"frame": Frame(request)}


# --- The way in -----------------------------------------------------------------------------------------------------


@require_safe
def home(request):
    """Signed out: what this is. Signed in: the last dashboard, else the first one, else how to begin."""
    if not request.user.is_authenticated:
        return render(request, "config/welcome.html")
    partners, stores = Partner.objects.visible_to(request.user), Store.objects.belonging_to(request.user)
    kind, _colon, name = request.COOKIES.get(settings.LAST_DASHBOARD_COOKIE_NAME, "").partition(":")
    if kind == "partner" and partners.filter(slug=name).exists():
        return redirect("partner-home", name)
    if kind == "store" and Store.objects.visible_to(request.user).filter(handle=name).exists():
        return redirect("store-home", name)
    if store := stores.order_by("pk").first():
        return redirect("store-home", store.handle)
    if partner := partners.order_by("pk").first():
        return redirect("partner-home", partner.slug)
    return render(request, "config/start.html", {"invitations": _open_invitations(request.user)})


def _open_invitations(user: User) -> list[tuple[str, str]]:
    """What somebody who belongs nowhere may accept: a sentence, and the address of the invitation."""
    addresses = verified_addresses(user)
    to_staff = StaffInvitation.objects.open().filter(email__in=addresses).select_related("store").order_by("-pk")
    to_teams = TeamInvitation.objects.open().filter(email__in=addresses).select_related("partner").order_by("-pk")
    in_stores = [
        (
            _("You are invited to the staff of %(store)s") % {"store": invitation.store},
            reverse("stores:invitation", args=[invitation.token]),
        )
        for invitation in to_staff[:SHOWN]
    ]
    in_teams = [
        (
            _("You are invited to the team of %(partner)s") % {"partner": invitation.partner},
            reverse("partners:invitation", args=[invitation.token]),
        )
        for invitation in to_teams[:SHOWN]
    ]
    as_experts = [
        (
            _("You are invited to work for %(store)s") % {"store": invitation.store},
            reverse("collaborators:invitation", args=[invitation.token]),
        )
        for invitation in ExpertInvitation.objects.open_for(addresses)[:SHOWN]
    ]
    as_owners = [
        (
            _("%(partner)s hands %(store)s over to you") % {"partner": offer.partner, "store": offer.store},
            reverse("stores:handover", args=[offer.token]),
        )
        for offer in HandoverOffer.objects.open_for(addresses)[:SHOWN]
    ]
    return as_owners + in_stores + in_teams + as_experts


def _remember(response, dashboard: str):
    response.set_cookie(
        settings.LAST_DASHBOARD_COOKIE_NAME,
        dashboard,
        max_age=180 * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _greeting() -> str:
    hour = timezone.localtime().hour
    if hour < 12:
        return _("Good morning, %(name)s")
    if hour < 18:
        return _("Good afternoon, %(name)s")
    return _("Good evening, %(name)s")


def _jobs_that_wait(request: HttpRequest, place: Store | Partner) -> list[Line]:
    rows = to_answer(place, request.user).order_by("-pk")  # type: ignore[arg-type]
    return lines(rows[:SHOWN], for_store=isinstance(place, Store))


def _reviews_that_wait(partner: Partner) -> list[Review]:
    """The lowest, then the oldest, on top."""
    rows = in_tab(Review.objects.filter(partner=partner), Tab.TO_ANSWER)
    return list(rows.select_related("store").order_by("lowest", "pk")[:SHOWN])


# --- One's own pages ------------------------------------------------------------------------------------------------


def mail_choices(request):
    """Kinds of mail about stores and partners are listed for those who belong to one."""
    belongs_to = {
        choices.STORE: lambda: Store.objects.belonging_to(request.user).exists(),
        choices.PARTNER: lambda: Partner.objects.visible_to(request.user).exists(),
        choices.OPERATOR: lambda: request.user.is_staff,
    }
    return notifications_views.mail_choices(request, sides=[side for side, ask in belongs_to.items() if ask()])


# --- The two homes --------------------------------------------------------------------------------------------------


@require_safe
@partner_page()
def partner_home(request, partner: Partner):
    may_manage = request.membership.may(TeamPermission.MANAGE_STORES)
    context = {
        "partner": partner,
        "greeting": _greeting() % {"name": request.user.get_short_name()},
        "may_manage": may_manage,
        "may_manage_jobs": request.membership.may(TeamPermission.MANAGE_JOBS),
    }
    if context["may_manage_jobs"]:
        context["jobs"] = _jobs_that_wait(request, partner)
    if request.membership.may(TeamPermission.MANAGE_PUBLIC_LISTINGS):
        context["reviews"] = _reviews_that_wait(partner)
    if may_manage:
        pending = AccessRequest.objects.filter(partner=partner).pending().select_related("asked_by").order_by("-pk")
        active = Collaboration.objects.filter(partner=partner).active().with_use().select_related("store", "partner")
        pending = with_unread(pending, request.user, Side.PARTNER)
        active = with_unread(active, request.user, Side.PARTNER)
        context["requests"] = request_rows(pending[:SHOWN])
        context["collaborations"] = collaboration_rows(active.order_by("-pk")[:SHOWN])
    else:
        mine = request.membership
        context["may_manage_team"] = mine.may(TeamPermission.MANAGE_TEAM)
        context["rights"] = in_words(is_owner=mine.is_owner, permissions=mine.permissions)
    return _remember(render(request, "config/partner_home.html", context), f"partner:{partner.slug}")


@require_safe
@store_page()
def store_home(request, store: Store):
    """Opens to everybody who may do anything here, and shows only what they may see."""
    context = {"store": store, "greeting": _greeting() % {"name": request.user.get_short_name()}}
    if "jobs.view" in request.held:
        context["jobs"] = _jobs_that_wait(request, store)
    if "users.view" in request.held:
        pending = AccessRequest.objects.waiting_for(request.user, store).select_related("partner").order_by("-pk")
        active = Collaboration.objects.filter(store=store).active().with_use().select_related("store", "partner")
        if "users.manage" in request.held:
            active = with_what_waits(active, store)
        pending = with_unread(pending, request.user, Side.STORE)
        active = with_unread(active, request.user, Side.STORE)
        context["requests"] = [
            {**row, "sensitive": len(list(filter(_is_sensitive, row["request"].permissions)))}
            for row in request_rows(pending[:SHOWN])
        ]
        shown = list(active.order_by("-pk")[:SHOWN])
        context |= {"collaborations": collaboration_rows(shown), "first": shown[0] if shown else None}
    else:
        context["groups"] = phrases.group_names(request.held)
        context["count"] = len(request.held)
    if "activity.view" in request.held:
        rows = Activity.objects.filter(store=store).inside().select_related("actor", "partner", "store")
        context["activity"] = activity_in_words(rows.order_by("-pk")[:SHOWN])
    return _remember(render(request, "config/store_home.html", context), f"store:{store.handle}")


def _is_sensitive(key: str) -> bool:
    return key in PERMISSIONS and PERMISSIONS[key].is_sensitive

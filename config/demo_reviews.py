"""Reviews of the demo world: work that was finished or handed over, what was said of it, and what was answered."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from collaborators import conversations
from collaborators.models import About
from jobs import track_records
from jobs.models import Candidate, CompletionRequest, Job, Payment
from partners.models import Partner
from reviews import ratings
from reviews.actions.reports import report_review
from reviews.models import Reply, Review, ReviewInvitation, ReviewVersion, Source
from stores.actions import open_store
from stores.models import HandoverOffer, Store

type People = dict[str, User]

Status = ReviewInvitation.Status


def make(atelier: Partner, lavande: Store, bruma: Store, people: People) -> None:
    """Rows as the acts leave them; the ratings are reckoned at the end."""
    now = timezone.now()
    imported = CompletionRequest.objects.get(job__title="Product import", job__store=lavande)
    first = _write(
        _invite(imported),
        (5, 5),
        "Clear at every step, and they found two old mistakes in our size guide on the way.",
        at=now - timedelta(days=57),
    )
    _correct(first, earlier="Clear at every step.", at=now - timedelta(days=56))
    _reply(
        first,
        "Thank you, Camille. The size guide was a treasure hunt. Whenever you are ready for the gift cards, Atelier "
        "Nord is one message away.",
        by=people["lea"],
        after=timedelta(hours=3),
    )

    sel = _opened("Atelier Sel", "atelier-sel", "beauty", people["samir"], at=now - timedelta(days=200))
    sorted_out = _completed(atelier, sel, "Tidy up the filters", ["catalogue"], at=now - timedelta(days=31))
    second = _write(
        _invite(sorted_out),
        (4, 5),
        "Customers find what they look for now. One question took two days to be answered, the rest went like a dream.",
        at=now - timedelta(days=30),
    )
    _reply(
        second,
        "Thank you, Samir. Two days for a question is too long, and we now look twice a day. Write to us when the new "
        "soaps arrive.",
        by=people["ines"],
        after=timedelta(hours=20),
    )
    report_review(second, reason="not_real_work", details="I doubt that they ever worked there.", by=people["paul"])

    lune = _opened("Lune & Fils", "lune-et-fils", "fashion", people["jeanne"], at=now - timedelta(days=40))
    _write(
        _hand_over(lune, atelier, by=people["ines"], at=now - timedelta(days=9)),
        (5, 5),
        "Delivered our whole shop in three weeks, with a training day we had not even asked for.",
        at=now - timedelta(days=7),
    )

    delivered = _completed(atelier, bruma, "Delivery zones", ["shipping"], at=now - timedelta(days=3))
    _write(
        _invite(delivered),
        (2, 4),
        "The work itself is good, but we waited nine days for an answer in the middle of the launch and had to chase "
        "twice.",
        at=now - timedelta(days=2),
    )

    _invite(_completed(atelier, lavande, "Gift wrapping", ["theme_design"], at=now - timedelta(days=1)))
    ratings.rebuild(atelier.pk)
    track_records.rebuild_partner(atelier.pk)


# --- What reviews rest on -------------------------------------------------------------------------------------------


def _opened(name: str, handle: str, industry: str, owner: User, *, at: datetime) -> Store:
    store = open_store(
        name=name,
        handle=handle,
        industry=industry,
        country="FR",
        currency="EUR",
        time_zone="Europe/Paris",
        by=owner,
    )
    store.created_at = at
    store.save(update_fields=["created_at"])
    return store


def _completed(partner: Partner, store: Store, title: str, services: list[str], *, at: datetime) -> CompletionRequest:
    """A job that the store's owner approved then."""
    owner = User.objects.get(owned_stores=store)
    started, replier = at - timedelta(days=20), partner.memberships.order_by("pk")[0].user
    job = Job.objects.create(
        store=store,
        beginning=Job.Beginning.ASKED,
        title=title,
        brief="As we said on the phone.",
        services=services,
        currency=store.currency,
        created_by=owner,
        created_at=started,
        received=60_000,
    )
    Candidate.objects.create(
        job=job,
        partner=partner,
        conversation=conversations.start(store, partner, about=About.JOB),
        invited_by=owner,
        invited_at=started,
        answered_at=started,
        status=Candidate.Status.HIRED,
        waits_until=None,
        changed_at=started,
    )
    job.hire(partner, price=60_000, by=owner, at=started)
    Payment.objects.create(
        job=job,
        kind=Payment.Kind.RECEIVED,
        amount=60_000,
        paid_on=at.date(),
        reference="",
        recorded_by=replier,
    )
    completion = CompletionRequest.objects.create(
        job=job,
        requested_by=replier,
        requested_at=at - timedelta(days=1),
        deadline=at + timedelta(days=13),
        more_days=7,
        status=CompletionRequest.Status.APPROVED,
        decided_at=at,
        decided_by=owner,
    )
    job.complete(at=at, is_counted=True)
    return completion


def _invite(completion: CompletionRequest) -> ReviewInvitation:
    job, partner = completion.job, Partner.objects.get(jobs=completion.job_id)
    return ReviewInvitation.objects.create(
        store=job.store,
        partner=partner,
        source=Source.JOB,
        completion=completion,
        subject=job.title,
        services=job.services,
        asked=completion.decided_by,
        opened_at=completion.decided_at or timezone.now(),
    )


def _hand_over(store: Store, builder: Partner, *, by: User, at: datetime) -> ReviewInvitation:
    """As if the partner had built the store, and its owner had accepted it then."""
    store.built_by, store.handed_over_at = builder, at
    store.save(update_fields=["built_by", "handed_over_at"])
    owner = User.objects.get(owned_stores=store)
    offer = HandoverOffer.objects.create(
        store=store,
        partner=builder,
        email=owner.email,
        invited_by=by,
        invited_at=at - timedelta(days=2),
        accepted_at=at,
        accepted_by=owner,
    )
    return ReviewInvitation.objects.create(
        store=store,
        partner=builder,
        source=Source.HANDOVER,
        handover=offer,
        subject="",
        services=["theme_design", "catalogue"],
        asked=owner,
        opened_at=at,
        worked_here=True,
    )


# --- What was said --------------------------------------------------------------------------------------------------


def _write(invitation: ReviewInvitation, stars: tuple[int, int], text: str, *, at: datetime) -> Review:
    communication, quality = stars
    author = User.objects.get(owned_stores=invitation.store)
    review = Review.objects.create(
        invitation=invitation,
        store=invitation.store,
        partner=invitation.partner,
        source=invitation.source,
        services=invitation.services,
        communication=communication,
        quality=quality,
        text=text,
        author=author,
        published_at=at,
    )
    invitation.settle(Status.WRITTEN, by=author, at=at)
    return review


def _correct(review: Review, *, earlier: str, at: datetime) -> None:
    ReviewVersion.objects.create(
        review=review,
        communication=review.communication,
        quality=4,
        text=earlier,
        services=review.services,
        replaced_at=at,
        replaced_by=review.author,
    )
    review.edited_at, review.version = at, review.version + 1
    review.save(update_fields=["edited_at", "version"])


def _reply(review: Review, text: str, *, by: User, after: timedelta) -> None:
    at = review.published_at + after
    Reply.objects.create(review=review, partner=review.partner, text=text, author=by, published_at=at)
    review.answered_at = at
    review.save(update_fields=["answered_at"])

"""What a partner that was not hired, and people of a partner without the right, must not learn of a job."""

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from collaborators.models import Side
from jobs import actions
from jobs.models import Job
from tests.factories import MembershipFactory
from tests.jobs.people import part
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db

WHY = "Canary: they stopped answering."


def everywhere(user, job: Job, slug: str) -> dict[str, str]:
    """The page, the list, the file and both answers of the API, as somebody of this partner gets them."""
    client, pages, api = signed_in(user), f"/partner/{slug}/jobs/", f"/api/v1/partners/{slug}/jobs/"
    return {
        "page": client.get(f"{pages}{job.public_id}/").content.decode(),
        "list": client.get(f"{pages}?tab=cancelled").content.decode(),
        "file": b"".join(client.get(f"{pages}export/").streaming_content).decode("utf-8-sig"),
        "api": client.get(f"{api}{job.public_id}/").content.decode(),
        "api list": client.get(api).content.decode(),
    }


def lost(town) -> Job:
    """Posted to Nord and Lumen; Lumen is hired."""
    job = town.ask(town.nord, town.lumen)
    town.answer(job, town.nord)
    return town.hire_for(job, town.lumen)


def test_that_the_work_of_another_was_cancelled_and_why_stays_with_both_who_agreed_on_it(town):
    job = lost(town)
    before = everywhere(town.ines, job, "atelier-nord")
    actions.cancel_job(job, side=Side.PARTNER, partner=town.lumen, reason=WHY, by=town.luc)
    after = everywhere(town.ines, job, "atelier-nord")
    for name, text in after.items():
        assert "Canary" not in text, name
        assert "Luc Lumen" not in text, name
    for name in ("file", "api", "api list"):
        assert after[name] == before[name], name
    assert "Cancelled</span>" not in after["page"]
    assert "Canary" in everywhere(town.luc, job, "bureau-lumen")["api"]


def test_who_was_asked_among_others_learns_that_a_posted_job_was_cancelled_and_not_why(town):
    job = town.ask(town.nord, town.lumen)
    actions.cancel_job(job, side=Side.STORE, reason=WHY, by=town.manager)
    shown = signed_in(town.ines).get(f"/api/v1/partners/atelier-nord/jobs/{job.public_id}/").json()
    assert shown["cancelled_at"] is not None
    assert (shown["cancelled_by"], shown["cancelled_side"], shown["cancel_reason"]) == (None, "", "")
    assert not any("Canary" in text for text in everywhere(town.ines, job, "atelier-nord").values())


def test_who_was_asked_alone_is_told_why_on_the_page_and_in_the_api(town):
    job = town.ask()
    actions.cancel_job(job, side=Side.STORE, reason=WHY, by=town.manager)
    found = everywhere(town.ines, job, "atelier-nord")
    assert "Canary" in found["page"]
    assert "Canary" in found["api"]
    shown = signed_in(town.ines).get(f"/api/v1/partners/atelier-nord/jobs/{job.public_id}/").json()
    assert (shown["cancelled_by"]["name"], shown["cancelled_side"]) == ("Manon Manager", "store")


# --- In activity ----------------------------------------------------------------------------------------------------


def activity(user, slug: str) -> dict[str, str]:
    client = signed_in(user)
    return {
        "page": client.get(f"/partner/{slug}/activity/").content.decode(),
        "file": b"".join(client.get(f"/partner/{slug}/activity/export/").streaming_content).decode("utf-8-sig"),
        "api": client.get(f"/api/v1/partners/{slug}/activity/").content.decode(),
    }


def test_prices_and_titles_of_jobs_stand_in_activity_for_those_who_manage_jobs(town):
    town.hire()
    both = MembershipFactory.create(partner=town.nord, permissions=["manage_stores", "manage_jobs"]).user
    for name, text in activity(town.lea, "atelier-nord").items():  # she manages stores, not jobs
        assert "Theme refresh" not in text, name
        assert "1,800" not in text, name
    for reader in (both, town.ines):
        assert all("Theme refresh" in text for text in activity(reader, "atelier-nord").values())
    assert signed_in(town.lea).get("/partner/atelier-nord/activity/?kind=jobs").status_code == 422
    assert signed_in(both).get("/partner/atelier-nord/activity/?kind=jobs").status_code == 200


def test_a_store_that_only_asked_for_a_job_has_its_name_in_activity(town):
    town.ask(town.far)
    for name, text in activity(town.fay, "far-away").items():
        assert "Maison Lavande" in text, name


def test_another_partners_part_stands_in_nobody_elses_activity(town):
    lost(town)
    for name, text in activity(town.ines, "atelier-nord").items():
        assert "Bureau Lumen" not in text, name


# --- In deadlines ---------------------------------------------------------------------------------------------------


def test_how_long_a_store_compares_says_nothing_of_who_else_was_invited(town):
    """An invitation that is still open, or sent again, gives the store more time with the proposals it has."""
    job = town.ask(town.nord, town.lumen)
    town.answer(job)
    before = everywhere(town.ines, job, "atelier-nord")
    api = f"/api/v1/partners/atelier-nord/jobs/{job.public_id}/candidacy/"
    assert signed_in(town.ines).get(api).json()["waits_until"] is None
    assert "Maison Lavande compares the proposals it gets" in before["page"]
    until = date_format(timezone.localtime(part(job, town.nord).waits_until), "DATETIME_FORMAT")
    waiting = signed_in(town.ines).get("/partner/atelier-nord/jobs/?tab=waiting").content.decode()
    for text in (*before.values(), waiting):
        assert until not in text
    assert until in signed_in(town.owner).get(f"/store/maison-lavande/jobs/{job.public_id}/").content.decode()


def test_who_was_asked_alone_is_told_until_when(town):
    job = town.ask()
    town.answer(job)
    until = date_format(timezone.localtime(part(job, town.nord).waits_until), "DATETIME_FORMAT")
    assert until in everywhere(town.ines, job, "atelier-nord")["page"]

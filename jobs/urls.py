from django.urls import path

from jobs import completion_views, job_access_views, job_views

app_name = "jobs"

STORE = "store/<slug:handle>/jobs"
JOB = f"{STORE}/<uuid:public_id>"
COMPLETION = f"{STORE}/completions/<uuid:public_id>"

PARTNER = "partner/<slug:slug>/jobs"
PARTNER_JOB = f"{PARTNER}/<uuid:public_id>"
PARTNER_COMPLETION = f"{PARTNER}/completions/<uuid:public_id>"

urlpatterns = [
    # Store admin › Jobs
    path(f"{JOB}/", job_views.job, name="job"),
    path(f"{JOB}/access/", job_access_views.access_link, name="access-link"),
    path(f"{JOB}/access/removal/", job_access_views.access_removal, name="access-removal"),
    path(f"{COMPLETION}/approval/", completion_views.completion_approval, name="completion-approval"),
    path(f"{COMPLETION}/refusal/", completion_views.completion_refusal, name="completion-refusal"),
    path(f"{COMPLETION}/extension/", completion_views.completion_extension, name="completion-extension"),
    # Partner dashboard › Jobs
    path(f"{PARTNER_JOB}/", job_views.partner_job, name="partner-job"),
    path(f"{PARTNER_JOB}/completion/", completion_views.completion_making, name="partner-completion-making"),
    path(
        f"{PARTNER_COMPLETION}/withdrawal/",
        completion_views.completion_withdrawal,
        name="partner-completion-withdrawal",
    ),
]

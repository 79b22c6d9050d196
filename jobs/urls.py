from django.urls import path

from jobs import job_views

app_name = "jobs"

STORE = "store/<slug:handle>/jobs"
JOB = f"{STORE}/<uuid:public_id>"

PARTNER = "partner/<slug:slug>/jobs"
PARTNER_JOB = f"{PARTNER}/<uuid:public_id>"

urlpatterns = [
    # Store admin › Jobs
    path(f"{JOB}/", job_views.job, name="job"),
    # Partner dashboard › Jobs
    path(f"{PARTNER_JOB}/", job_views.partner_job, name="partner-job"),
]

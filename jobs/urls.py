from django.urls import path

from jobs import (
    beginning_views,
    cancelling_views,
    completion_views,
    item_views,
    job_access_views,
    job_views,
    list_views,
    page_parts,  # noqa: F401 - parts of the page of a job
    payment_views,
    proposal_views,
)

app_name = "jobs"

STORE = "store/<slug:handle>/jobs"
JOB = f"{STORE}/<uuid:public_id>"
COMPLETION = f"{STORE}/completions/<uuid:public_id>"
PROPOSAL = f"{JOB}/proposals/<uuid:proposal_id>"

PARTNER = "partner/<slug:slug>/jobs"
PARTNER_JOB = f"{PARTNER}/<uuid:public_id>"
PARTNER_COMPLETION = f"{PARTNER}/completions/<uuid:public_id>"

urlpatterns = [
    # Store admin › Jobs
    path(f"{STORE}/", list_views.job_list, name="job-list"),
    path(f"{STORE}/export/", list_views.job_export, name="job-export"),
    path(f"{STORE}/new/", beginning_views.job_making, name="job-making"),
    path(f"{JOB}/", job_views.job, name="job"),
    path(f"{JOB}/access/", job_access_views.access_link, name="access-link"),
    path(f"{JOB}/access/removal/", job_access_views.access_removal, name="access-removal"),
    path(f"{COMPLETION}/approval/", completion_views.completion_approval, name="completion-approval"),
    path(f"{COMPLETION}/refusal/", completion_views.completion_refusal, name="completion-refusal"),
    path(f"{COMPLETION}/extension/", completion_views.completion_extension, name="completion-extension"),
    path(f"{PROPOSAL}/acceptance/", proposal_views.proposal_acceptance, name="proposal-acceptance"),
    path(f"{PROPOSAL}/refusal/", proposal_views.proposal_refusal, name="proposal-refusal"),
    path(
        f"{JOB}/candidates/<uuid:candidate_id>/invitation/",
        proposal_views.invitation_renewal,
        name="invitation-renewal",
    ),
    path(f"{JOB}/cancellation/", cancelling_views.cancellation, name="cancellation"),
    path(f"{STORE}/payments/export/", payment_views.payment_export, name="payment-export"),
    path(f"{JOB}/payments/", payment_views.payment_recording, name="payment-recording"),
    path(f"{JOB}/payments/<uuid:payment>/reversal/", payment_views.payment_reversal, name="payment-reversal"),
    # Partner dashboard › Jobs
    path(f"{PARTNER}/", list_views.partner_job_list, name="partner-job-list"),
    path(f"{PARTNER}/export/", list_views.partner_job_export, name="partner-job-export"),
    path(f"{PARTNER_JOB}/", job_views.partner_job, name="partner-job"),
    path(f"{PARTNER_JOB}/items/", item_views.partner_item_making, name="partner-item-making"),
    path(f"{PARTNER_JOB}/items/<uuid:item_id>/", item_views.partner_item, name="partner-item"),
    path(f"{PARTNER}/new/", beginning_views.partner_job_making, name="partner-job-making"),
    path(f"{PARTNER_JOB}/completion/", completion_views.completion_making, name="partner-completion-making"),
    path(
        f"{PARTNER_COMPLETION}/withdrawal/",
        completion_views.completion_withdrawal,
        name="partner-completion-withdrawal",
    ),
    path(f"{PARTNER_JOB}/proposals/", proposal_views.partner_proposal_making, name="partner-proposal-making"),
    path(
        f"{PARTNER_JOB}/proposals/<uuid:proposal_id>/withdrawal/",
        proposal_views.partner_proposal_withdrawal,
        name="partner-proposal-withdrawal",
    ),
    path(
        f"{PARTNER_JOB}/invitation/refusal/",
        proposal_views.partner_invitation_refusal,
        name="partner-invitation-refusal",
    ),
    path(f"{PARTNER_JOB}/cancellation/", cancelling_views.partner_cancellation, name="partner-cancellation"),
    path(f"{PARTNER}/payments/export/", payment_views.partner_payment_export, name="partner-payment-export"),
    path(f"{PARTNER_JOB}/payments/", payment_views.partner_payment_recording, name="partner-payment-recording"),
    path(
        f"{PARTNER_JOB}/payments/<uuid:payment>/reversal/",
        payment_views.partner_payment_reversal,
        name="partner-payment-reversal",
    ),
]

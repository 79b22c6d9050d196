from django.urls import path

from reviews import partner_list_views, public_views, reply_views, report_views, store_views, writing_views

app_name = "reviews"

STORE = "store/<slug:handle>/reviews"
PARTNER = "partner/<slug:slug>/services/reviews"

in_store: list = [
    path(f"{STORE}/", store_views.review_list, name="review-list"),
    path(f"{STORE}/invitations/<uuid:public_id>/", writing_views.review_making, name="review-making"),
    path(f"{STORE}/invitations/<uuid:public_id>/answer/", writing_views.handover_answer, name="handover-answer"),
    path(f"{STORE}/<uuid:public_id>/", store_views.review, name="review"),
    path(f"{STORE}/<uuid:public_id>/correction/", writing_views.review_correction, name="review-correction"),
]

PARTNER_REVIEW = f"{PARTNER}/<uuid:public_id>"

in_partner: list = [
    path(f"{PARTNER}/", partner_list_views.partner_review_list, name="partner-review-list"),
    path(f"{PARTNER}/export/", partner_list_views.partner_review_export, name="partner-review-export"),
    path(f"{PARTNER_REVIEW}/", reply_views.partner_review, name="partner-review"),
    path(f"{PARTNER_REVIEW}/reply/", reply_views.reply_making, name="reply-making"),
    path(f"{PARTNER_REVIEW}/reply/edit/", reply_views.reply_edit, name="reply-edit"),
    path(f"{PARTNER_REVIEW}/reply/withdrawal/", reply_views.reply_withdrawal, name="reply-withdrawal"),
    path(f"{PARTNER_REVIEW}/reply/advice/", reply_views.reply_advice, name="reply-advice"),
]

in_public: list = [
    path("partners/", public_views.partner_directory, name="partner-directory"),
    path("partners/<slug:slug>/", public_views.profile, name="profile"),
    path("partners/<slug:slug>/job/", public_views.job_asking, name="job-asking"),
    path("reviews/<uuid:public_id>/", public_views.public_review, name="public-review"),
    path("jobs/new/", public_views.job_posting, name="job-posting"),
]

reporting: list = [
    path("reviews/<uuid:public_id>/report/", report_views.review_report, name="review-report"),
    path("reviews/<uuid:public_id>/reply/report/", report_views.reply_report, name="reply-report"),
]

urlpatterns = in_store + in_partner + in_public + reporting

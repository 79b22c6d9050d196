"""Every address of the API. The words are those of the pages: nouns, with what one does to them beneath."""

from django.urls import path

from accounts import api as accounts
from collaborators import activity_api as partner_activity
from collaborators import api as access
from collaborators import code_api as codes
from collaborators import conversation_api as talks
from collaborators import invitation_api as experts
from collaborators import review_api as reviews
from collaborators import template_api as templates
from config.api.schema import Readable, Schema
from jobs import completion_api as done
from jobs import hiring_api as hiring
from jobs import job_api as jobs
from jobs import payment_api as payments
from notifications import api as notifications
from partners import api as partners
from partners import listing_api as listing
from reviews import partner_api as partner_reviews
from reviews import public_api as public
from reviews import report_api as reports
from reviews import store_api as store_reviews
from stores import activity_api as store_activity
from stores import api as stores
from stores import handover_api as handovers
from stores import user_api as users

app_name = "api"

PARTNER = "partners/<slug:slug>"
STORE = "stores/<slug:handle>"
STORE_JOB = f"{STORE}/jobs/<uuid:public_id>"
PARTNER_JOB = f"{PARTNER}/jobs/<uuid:public_id>"
PARTNER_REVIEW = f"{PARTNER}/reviews/<uuid:public_id>"

urlpatterns = [
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", Readable.as_view(), name="docs"),
    # What everybody may read
    path("public/partners/", public.PublicPartners.as_view(), name="public-partners"),
    path("public/partners/<slug:slug>/", public.OnePublicPartner.as_view(), name="public-partner"),
    path("public/partners/<slug:slug>/reviews/", public.PublicReviews.as_view(), name="public-reviews"),
    path("public/reviews/<uuid:public_id>/", public.OnePublicReview.as_view(), name="public-review"),
    # Oneself
    path("me/", accounts.Me.as_view(), name="me"),
    path("notifications/", notifications.Notifications.as_view(), name="notifications"),
    path("notifications/reading/", notifications.ReadingAll.as_view(), name="notifications-reading"),
    path("notifications/<uuid:public_id>/reading/", notifications.Reading.as_view(), name="notification-reading"),
    # What was offered to me
    path("invitations/team/<str:token>/acceptance/", partners.TeamInvitationAcceptance.as_view(), name="team-accept"),
    path("invitations/staff/<str:token>/acceptance/", users.StaffInvitationAcceptance.as_view(), name="staff-accept"),
    path("invitations/ownership/<str:token>/acceptance/", users.OwnershipAcceptance.as_view(), name="ownership-accept"),
    path("invitations/experts/<str:token>/", experts.ExpertOffer.as_view(), name="expert-offer"),
    path("invitations/experts/<str:token>/acceptance/", experts.ExpertAcceptance.as_view(), name="expert-accept"),
    path("invitations/handovers/<str:token>/", handovers.OfferedStore.as_view(), name="handover"),
    path(
        "invitations/handovers/<str:token>/acceptance/", handovers.HandoverAcceptance.as_view(), name="handover-accept"
    ),
    path("invitations/handovers/<str:token>/refusal/", handovers.HandoverRefusal.as_view(), name="handover-refusal"),
    # What should not stand
    path("reviews/<uuid:public_id>/report/", reports.ReviewReport.as_view(), name="review-report"),
    path("reviews/<uuid:public_id>/reply/report/", reports.ReplyReport.as_view(), name="reply-report"),
    # What there is to hold
    path("permissions/", stores.Permissions.as_view(), name="permissions"),
    # Stores
    path("stores/", stores.Stores.as_view(), name="stores"),
    path(f"{STORE}/", stores.OneStore.as_view(), name="store"),
    path(f"{STORE}/access/", stores.Access.as_view(), name="store-access"),
    path(f"{STORE}/jobs/", jobs.StoreJobs.as_view(), name="store-jobs"),
    path(f"{STORE}/jobs/<uuid:public_id>/", jobs.StoreJob.as_view(), name="store-job"),
    path(f"{STORE}/jobs/<uuid:public_id>/items/", jobs.StoreJobItems.as_view(), name="store-job-items"),
    path(f"{STORE}/activity/", store_activity.StoreActivity.as_view(), name="store-activity"),
    path(f"{STORE}/policy/", access.Policy.as_view(), name="policy"),
    path(f"{STORE}/code/", codes.Code.as_view(), name="code"),
    path(f"{STORE}/code/display/", codes.CodeDisplay.as_view(), name="code-display"),
    path(f"{STORE}/code/opening/", codes.CodeOpening.as_view(), name="code-opening"),
    path(f"{STORE}/blocked/", codes.Blocks.as_view(), name="blocks"),
    path(f"{STORE}/blocked/<uuid:public_id>/", codes.Block.as_view(), name="block"),
    path(f"{STORE}/requests/", access.StoreRequests.as_view(), name="store-requests"),
    path(f"{STORE}/requests/<uuid:public_id>/", access.StoreRequest.as_view(), name="store-request"),
    path(f"{STORE}/requests/<uuid:public_id>/approval/", access.Approval.as_view(), name="request-approval"),
    path(f"{STORE}/requests/<uuid:public_id>/refusal/", access.Refusal.as_view(), name="request-refusal"),
    path(f"{STORE}/experts/invitations/", experts.ExpertInvitations.as_view(), name="expert-invitations"),
    path(
        f"{STORE}/experts/invitations/<uuid:public_id>/",
        experts.OneExpertInvitation.as_view(),
        name="expert-invitation",
    ),
    path(f"{STORE}/requests/<uuid:public_id>/reopening/", access.Reopening.as_view(), name="request-reopening"),
    path(f"{STORE}/requests/<uuid:public_id>/sight/", access.Sight.as_view(), name="request-sight"),
    path(f"{STORE}/collaborations/", access.StoreCollaborations.as_view(), name="store-collaborations"),
    path(f"{STORE}/collaborations/<uuid:public_id>/", access.StoreCollaboration.as_view(), name="store-collaboration"),
    path(
        f"{STORE}/collaborations/<uuid:public_id>/permissions/",
        access.CollaborationPermissions.as_view(),
        name="collaboration-permissions",
    ),
    path(f"{STORE}/collaborations/<uuid:public_id>/end/", access.CollaborationEnd.as_view(), name="collaboration-end"),
    path(
        f"{STORE}/collaborations/<uuid:public_id>/revocation/",
        access.Revocation.as_view(),
        name="collaboration-revocation",
    ),
    path(f"{STORE}/conversations/", talks.StoreConversations.as_view(), name="store-conversations"),
    path(f"{STORE}/conversations/<uuid:public_id>/messages/", talks.StoreMessages.as_view(), name="store-messages"),
    path(
        f"{STORE}/conversations/<uuid:public_id>/reading/", talks.StoreReading.as_view(), name="store-messages-reading"
    ),
    path(f"{STORE}/collaborations/<uuid:public_id>/renewal/", reviews.Renewal.as_view(), name="collaboration-renewal"),
    path(f"{STORE}/collaborations/<uuid:public_id>/keeping/", reviews.Keeping.as_view(), name="collaboration-keeping"),
    path(f"{STORE}/access-reviews/", reviews.Reviews.as_view(), name="access-reviews"),
    path(f"{STORE}/access-reviews/<uuid:public_id>/", reviews.Review.as_view(), name="access-review"),
    path(
        f"{STORE}/access-reviews/<uuid:public_id>/answers/",
        reviews.ReviewAnswers.as_view(),
        name="access-review-answers",
    ),
    path(f"{STORE}/jobs/<uuid:public_id>/access/", done.JobAccess.as_view(), name="job-access"),
    path(f"{STORE}/jobs/<uuid:public_id>/completions/", done.StoreCompletions.as_view(), name="store-job-completions"),
    path(
        f"{STORE}/jobs/completions/<uuid:public_id>/approval/",
        done.CompletionApproval.as_view(),
        name="completion-approval",
    ),
    path(
        f"{STORE}/jobs/completions/<uuid:public_id>/refusal/",
        done.CompletionRefusal.as_view(),
        name="completion-refusal",
    ),
    path(
        f"{STORE}/jobs/completions/<uuid:public_id>/extension/",
        done.CompletionExtension.as_view(),
        name="completion-extension",
    ),
    path(f"{STORE}/staff/", users.StaffList.as_view(), name="staff"),
    path(f"{STORE}/staff/invitations/", users.StaffInvitations.as_view(), name="staff-invitations"),
    path(f"{STORE}/staff/invitations/<uuid:public_id>/", users.OneStaffInvitation.as_view(), name="staff-invitation"),
    path(f"{STORE}/staff/departure/", users.StoreDeparture.as_view(), name="staff-departure"),
    path(f"{STORE}/staff/<uuid:public_id>/", users.OneOfStaff.as_view(), name="staff-member"),
    path(f"{STORE}/ownership/", users.Ownership.as_view(), name="ownership"),
    path(f"{STORE}/roles/", users.Roles.as_view(), name="roles"),
    path(f"{STORE}/roles/<uuid:public_id>/", users.OneRole.as_view(), name="role"),
    path(f"{STORE_JOB}/candidates/", hiring.Candidates.as_view(), name="job-candidates"),
    path(
        f"{STORE_JOB}/candidates/<uuid:candidate_id>/invitation/",
        hiring.InvitationRenewal.as_view(),
        name="job-invitation-renewal",
    ),
    path(
        f"{STORE_JOB}/proposals/<uuid:proposal_id>/acceptance/",
        hiring.Acceptance.as_view(),
        name="proposal-acceptance",
    ),
    path(f"{STORE_JOB}/proposals/<uuid:proposal_id>/refusal/", hiring.Refusal.as_view(), name="proposal-refusal"),
    path(f"{STORE_JOB}/cancellation/", hiring.Cancellation.as_view(), name="job-cancellation"),
    path(f"{STORE}/jobs/<uuid:public_id>/payments/", payments.StorePayments.as_view(), name="store-payments"),
    path(
        f"{STORE}/jobs/<uuid:public_id>/payments/<uuid:payment>/reversal/",
        payments.StorePaymentReversal.as_view(),
        name="store-payment-reversal",
    ),
    path(
        f"{STORE}/reviews/invitations/", store_reviews.StoreReviewInvitations.as_view(), name="store-review-invitations"
    ),
    path(
        f"{STORE}/reviews/invitations/<uuid:public_id>/",
        store_reviews.StoreReviewInvitation.as_view(),
        name="store-review-invitation",
    ),
    path(
        f"{STORE}/reviews/invitations/<uuid:public_id>/answer/",
        store_reviews.HandoverAnswer.as_view(),
        name="store-review-answer",
    ),
    path(
        f"{STORE}/reviews/invitations/<uuid:public_id>/review/",
        store_reviews.StoreReviewMaking.as_view(),
        name="store-review-making",
    ),
    path(f"{STORE}/reviews/", store_reviews.StoreReviews.as_view(), name="store-reviews"),
    path(f"{STORE}/reviews/<uuid:public_id>/", store_reviews.StoreReview.as_view(), name="store-review"),
    # Partners
    path("partners/", partners.Partners.as_view(), name="partners"),
    path(f"{PARTNER}/", partners.OnePartner.as_view(), name="partner"),
    path(f"{PARTNER}/development-stores/", handovers.DevelopmentStores.as_view(), name="development-stores"),
    path(
        f"{PARTNER}/development-stores/<uuid:public_id>/",
        handovers.DevelopmentStore.as_view(),
        name="development-store",
    ),
    path(
        f"{PARTNER}/development-stores/<uuid:public_id>/offer/",
        handovers.Handover.as_view(),
        name="development-store-offer",
    ),
    path(f"{PARTNER}/listing/", listing.Listing.as_view(), name="listing"),
    path(f"{PARTNER}/listing/publication/", listing.ListingPublication.as_view(), name="listing-publication"),
    path(f"{PARTNER}/team/", partners.Team.as_view(), name="team"),
    path(f"{PARTNER}/team/departure/", partners.TeamDeparture.as_view(), name="team-departure"),
    path(f"{PARTNER}/team/invitations/", partners.TeamInvitations.as_view(), name="team-invitations"),
    path(f"{PARTNER}/team/invitations/<uuid:public_id>/", partners.OneTeamInvitation.as_view(), name="team-invitation"),
    path(f"{PARTNER}/team/<uuid:public_id>/", partners.OneMember.as_view(), name="member"),
    path(f"{PARTNER}/jobs/", jobs.PartnerJobs.as_view(), name="partner-jobs"),
    path(f"{PARTNER}/jobs/<uuid:public_id>/", jobs.PartnerJob.as_view(), name="partner-job"),
    path(f"{PARTNER}/jobs/<uuid:public_id>/items/", jobs.PartnerJobItems.as_view(), name="partner-job-items"),
    path(
        f"{PARTNER}/jobs/<uuid:public_id>/items/<uuid:item_id>/",
        jobs.PartnerJobItem.as_view(),
        name="partner-job-item",
    ),
    path(f"{PARTNER}/activity/", partner_activity.PartnerActivity.as_view(), name="partner-activity"),
    path(f"{PARTNER}/conversations/", talks.PartnerConversations.as_view(), name="partner-conversations"),
    path(
        f"{PARTNER}/conversations/<uuid:public_id>/messages/",
        talks.PartnerMessages.as_view(),
        name="partner-messages",
    ),
    path(
        f"{PARTNER}/conversations/<uuid:public_id>/reading/",
        talks.PartnerReading.as_view(),
        name="partner-messages-reading",
    ),
    path(f"{PARTNER}/requests/", access.PartnerRequests.as_view(), name="partner-requests"),
    path(f"{PARTNER}/requests/<uuid:public_id>/", access.PartnerRequest.as_view(), name="partner-request"),
    path(f"{PARTNER}/requests/<uuid:public_id>/withdrawal/", access.Withdrawal.as_view(), name="request-withdrawal"),
    path(f"{PARTNER}/templates/", templates.Templates.as_view(), name="templates"),
    path(f"{PARTNER}/templates/<uuid:public_id>/", templates.OneTemplate.as_view(), name="template"),
    path(f"{PARTNER}/collaborations/", access.PartnerCollaborations.as_view(), name="partner-collaborations"),
    path(
        f"{PARTNER}/collaborations/<uuid:public_id>/",
        access.PartnerCollaboration.as_view(),
        name="partner-collaboration",
    ),
    path(
        f"{PARTNER}/collaborations/<uuid:public_id>/departure/",
        access.Departure.as_view(),
        name="collaboration-departure",
    ),
    path(
        f"{PARTNER}/jobs/<uuid:public_id>/completions/",
        done.PartnerCompletions.as_view(),
        name="partner-job-completions",
    ),
    path(
        f"{PARTNER}/jobs/completions/<uuid:public_id>/withdrawal/",
        done.CompletionWithdrawal.as_view(),
        name="completion-withdrawal",
    ),
    path(f"{PARTNER_JOB}/candidacy/", hiring.Candidacy.as_view(), name="job-candidacy"),
    path(f"{PARTNER_JOB}/proposals/", hiring.Proposals.as_view(), name="proposals"),
    path(
        f"{PARTNER_JOB}/proposals/<uuid:proposal_id>/withdrawal/",
        hiring.ProposalWithdrawal.as_view(),
        name="proposal-withdrawal",
    ),
    path(f"{PARTNER_JOB}/invitation/refusal/", hiring.InvitationRefusal.as_view(), name="job-invitation-refusal"),
    path(f"{PARTNER_JOB}/cancellation/", hiring.PartnerCancellation.as_view(), name="partner-job-cancellation"),
    path(f"{PARTNER}/jobs/<uuid:public_id>/payments/", payments.PartnerPayments.as_view(), name="partner-payments"),
    path(
        f"{PARTNER}/jobs/<uuid:public_id>/payments/<uuid:payment>/reversal/",
        payments.PartnerPaymentReversal.as_view(),
        name="partner-payment-reversal",
    ),
    # What merchants wrote of a partner
    path(f"{PARTNER}/rating/", partner_reviews.OwnRating.as_view(), name="partner-rating"),
    path(f"{PARTNER}/reviews/", partner_reviews.PartnerReviews.as_view(), name="partner-reviews"),
    path(f"{PARTNER_REVIEW}/", partner_reviews.PartnerReview.as_view(), name="partner-review"),
    path(f"{PARTNER_REVIEW}/reply/", partner_reviews.ReviewReply.as_view(), name="partner-review-reply"),
    path(
        f"{PARTNER_REVIEW}/reply/withdrawal/",
        partner_reviews.ReplyWithdrawal.as_view(),
        name="partner-review-reply-withdrawal",
    ),
    path(f"{PARTNER_REVIEW}/advice/", partner_reviews.ReplyAdvice.as_view(), name="partner-review-advice"),
]

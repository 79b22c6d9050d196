from django.urls import path

from collaborators import (
    activity_views,
    asking_views,
    code_views,
    invitation_views,
    partner_views,
    renewal_views,
    request_views,
    review_views,
    template_views,
    views,
)
from collaborators import conversation_views as talks

app_name = "collaborators"

STORE = "store/<slug:handle>/settings/users"
REQUEST = f"{STORE}/collaborators/requests/<uuid:public_id>"
COLLABORATION = f"{STORE}/collaborators/<uuid:public_id>"
INVITATIONS = f"{STORE}/collaborators/invitations"
INVITED = "account/invitations/experts/<str:token>"
REVIEW = f"{STORE}/collaborators/review"

PARTNER = "partner/<slug:slug>/stores"
PARTNER_REQUEST = f"{PARTNER}/requests/<uuid:public_id>"
PARTNER_TEMPLATE = f"{PARTNER}/templates/<uuid:public_id>"
PARTNER_COLLABORATION = f"{PARTNER}/collaborations/<uuid:public_id>"

CONVERSATIONS = "store/<slug:handle>/conversations"
PARTNER_CONVERSATIONS = "partner/<slug:slug>/conversations"

urlpatterns = [
    # Conversations, about whatever it may be
    path(f"{CONVERSATIONS}/", talks.conversation_list, name="conversation-list"),
    path(f"{CONVERSATIONS}/<uuid:public_id>/", talks.conversation, name="conversation"),
    path(f"{CONVERSATIONS}/<uuid:public_id>/newer/", talks.conversation_newer, name="conversation-newer"),
    path(f"{CONVERSATIONS}/<uuid:public_id>/reading/", talks.conversation_reading, name="conversation-reading"),
    path(f"{PARTNER_CONVERSATIONS}/", talks.partner_conversation_list, name="partner-conversation-list"),
    path(f"{PARTNER_CONVERSATIONS}/<uuid:public_id>/", talks.partner_conversation, name="partner-conversation"),
    path(
        f"{PARTNER_CONVERSATIONS}/<uuid:public_id>/newer/",
        talks.partner_conversation_newer,
        name="partner-conversation-newer",
    ),
    path(
        f"{PARTNER_CONVERSATIONS}/<uuid:public_id>/reading/",
        talks.partner_conversation_reading,
        name="partner-conversation-reading",
    ),
    # Store admin › Settings › Users and permissions
    path(f"{STORE}/collaborators/", views.collaborator_list, name="list"),
    path(f"{STORE}/collaborators/code/", code_views.code, name="code"),
    path(f"{STORE}/collaborators/code/display/", code_views.code_display, name="code-display"),
    path(f"{STORE}/collaborators/requests/", views.request_list, name="request-list"),
    path(f"{STORE}/collaborators/past/", views.collaboration_list, name="collaboration-list"),
    path(f"{STORE}/security/", code_views.security, name="security"),
    path(f"{STORE}/security/code/", code_views.code_opening, name="code-opening"),
    path(f"{STORE}/security/blocked/<uuid:public_id>/removal/", code_views.unblocking, name="unblocking"),
    path(f"{STORE}/security/two-step/", code_views.two_step, name="two-step"),
    path(f"{REQUEST}/", request_views.request_detail, name="request"),
    path(f"{REQUEST}/approval/", request_views.request_approval, name="request-approval"),
    path(f"{REQUEST}/refusal/", request_views.request_refusal, name="request-refusal"),
    path(f"{REQUEST}/reopening/", request_views.request_reopening, name="request-reopening"),
    path(f"{REQUEST}/sight/", request_views.request_sight, name="request-sight"),
    path(f"{REQUEST}/block/", code_views.request_block, name="request-block"),
    path(f"{COLLABORATION}/", views.collaboration_detail, name="collaboration"),
    path(f"{COLLABORATION}/block/", code_views.collaboration_block, name="collaboration-block"),
    path(f"{COLLABORATION}/permissions/", views.collaboration_permissions, name="collaboration-permissions"),
    path(f"{COLLABORATION}/end/", views.collaboration_end, name="collaboration-end"),
    path(f"{COLLABORATION}/revocation/", views.collaboration_revocation, name="collaboration-revocation"),
    path(f"{INVITATIONS}/", invitation_views.invitation_list, name="invitation-list"),
    path(f"{INVITATIONS}/new/", invitation_views.invitation_making, name="invitation-making"),
    path(
        f"{INVITATIONS}/<uuid:public_id>/withdrawal/",
        invitation_views.invitation_withdrawal,
        name="invitation-withdrawal",
    ),
    path(f"{COLLABORATION}/renewal/", renewal_views.collaboration_renewal, name="collaboration-renewal"),
    path(f"{COLLABORATION}/keeping/", renewal_views.collaboration_keeping, name="collaboration-keeping"),
    path(f"{REVIEW}/", review_views.review, name="review"),
    path(f"{REVIEW}/<uuid:public_id>/", review_views.past_review, name="past-review"),
    path(f"{REVIEW}/<uuid:public_id>/csv/", review_views.review_csv, name="review-csv"),
    # Partner dashboard › Activity
    path("partner/<slug:slug>/activity/", activity_views.partner_activity, name="partner-activity"),
    path(
        "partner/<slug:slug>/activity/export/", activity_views.partner_activity_export, name="partner-activity-export"
    ),
    # Partner dashboard › Stores
    path(f"{PARTNER}/", partner_views.store_list, name="partner-stores"),
    path(f"{PARTNER}/past/", partner_views.past_list, name="partner-past"),
    path(f"{PARTNER}/request/", asking_views.store_request, name="store-request"),
    path(f"{PARTNER}/request/summary/", asking_views.request_summary, name="request-summary"),
    path(f"{PARTNER}/templates/", template_views.template_list, name="template-list"),
    path(f"{PARTNER}/templates/new/", template_views.template_making, name="template-making"),
    path(f"{PARTNER_TEMPLATE}/", template_views.template_detail, name="template"),
    path(f"{PARTNER_TEMPLATE}/removal/", template_views.template_removal, name="template-removal"),
    path(f"{PARTNER_REQUEST}/", partner_views.request_detail, name="partner-request"),
    path(f"{PARTNER_REQUEST}/withdrawal/", partner_views.request_withdrawal, name="request-withdrawal"),
    path(f"{PARTNER_COLLABORATION}/", partner_views.collaboration_detail, name="partner-collaboration"),
    path(f"{PARTNER_COLLABORATION}/departure/", partner_views.collaboration_departure, name="collaboration-departure"),
    # For whoever was invited
    path(f"{INVITED}/", invitation_views.invitation, name="invitation"),
    path(f"{INVITED}/terms/", invitation_views.invitation_terms, name="invitation-terms"),
]

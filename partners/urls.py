from django.urls import path

from partners import listing_views, views

app_name = "partners"

TEAM = "partner/<slug:slug>/team"
INVITATION = f"{TEAM}/invitations/<uuid:public_id>"

urlpatterns = [
    path("partner/", views.partner_foundation, name="partner-foundation"),
    # Partner dashboard › Team
    path(f"{TEAM}/", views.team, name="team"),
    path(f"{TEAM}/invitations/", views.invitation_list, name="invitation-list"),
    path(f"{INVITATION}/withdrawal/", views.invitation_withdrawal, name="invitation-withdrawal"),
    path(f"{TEAM}/departure/", views.departure, name="departure"),
    path(f"{TEAM}/<uuid:public_id>/", views.member, name="member"),
    path(f"{TEAM}/<uuid:public_id>/removal/", views.member_removal, name="member-removal"),
    # Partner dashboard › Settings
    path("partner/<slug:slug>/settings/", views.settings, name="settings"),
    path("partner/<slug:slug>/settings/two-step/", views.two_step, name="two-step"),
    # Partner dashboard › Services › Public listing
    path("partner/<slug:slug>/services/listing/", listing_views.listing, name="listing"),
    path(
        "partner/<slug:slug>/services/listing/withdrawal/", listing_views.listing_withdrawal, name="listing-withdrawal"
    ),
    # For whoever was invited
    path("account/invitations/team/<str:token>/", views.invitation, name="invitation"),
]

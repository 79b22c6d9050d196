from django.urls import path

from stores import activity_views, handover_views, user_views, views

app_name = "stores"

STORE = "store/<slug:handle>"
BUILT = "partner/<slug:slug>/stores/development"
USERS = f"{STORE}/settings/users"

urlpatterns = [
    path("store/", views.store_opening, name="store-opening"),
    path(f"{STORE}/access/", views.store_access, name="access"),
    path(f"{STORE}/access/departure/", user_views.departure, name="departure"),
    path(f"{STORE}/activity/", activity_views.activity_list, name="activity-list"),
    path(f"{STORE}/activity/export/", activity_views.activity_export, name="activity-export"),
    # Store admin › Settings › Users and permissions
    path(f"{USERS}/", user_views.staff_list, name="staff"),
    path(f"{USERS}/invitations/", user_views.invitation_list, name="invitation-list"),
    path(
        f"{USERS}/invitations/<uuid:public_id>/withdrawal/",
        user_views.invitation_withdrawal,
        name="invitation-withdrawal",
    ),
    path(f"{USERS}/staff/<uuid:public_id>/", user_views.staff_detail, name="staff-detail"),
    path(f"{USERS}/staff/<uuid:public_id>/removal/", user_views.staff_removal, name="staff-removal"),
    path(f"{USERS}/ownership/", user_views.ownership, name="ownership"),
    path(f"{USERS}/ownership/withdrawal/", user_views.ownership_withdrawal, name="ownership-withdrawal"),
    path(f"{USERS}/words/", views.permission_words, name="permission-words"),
    path(f"{USERS}/roles/", user_views.role_list, name="roles"),
    path(f"{USERS}/roles/new/", user_views.role_making, name="role-making"),
    path(f"{USERS}/roles/<uuid:public_id>/", user_views.role_detail, name="role"),
    path(f"{USERS}/roles/<uuid:public_id>/removal/", user_views.role_removal, name="role-removal"),
    # Partner dashboard › Stores: those that the partner builds
    path(f"{BUILT}/new/", handover_views.development_making, name="development-making"),
    path(f"{BUILT}/<uuid:public_id>/", handover_views.development_store, name="development-store"),
    path(f"{BUILT}/<uuid:public_id>/offer/withdrawal/", handover_views.handover_withdrawal, name="handover-withdrawal"),
    # For whoever was invited
    path("account/invitations/staff/<str:token>/", user_views.invitation, name="invitation"),
    path("account/invitations/ownership/<str:token>/", user_views.ownership_offer, name="ownership-offer"),
    path("account/invitations/handovers/<str:token>/", handover_views.handover, name="handover"),
    path(
        "account/invitations/handovers/<str:token>/refusal/", handover_views.handover_refusal, name="handover-refusal"
    ),
]

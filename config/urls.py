from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config import dashboards, health, mailcatcher
from notifications.views import mail_address_confirmation, mail_unsubscription

handler400 = "config.views.bad_request"
handler403 = "config.views.permission_denied"
handler404 = "config.views.not_found"
handler500 = "config.views.broken"

urlpatterns = [
    path("", dashboards.home, name="home"),
    path("account/", include("accounts.urls")),
    path("account/mails/", dashboards.mail_choices, name="mail-choices"),
    path("account/mails/off/<str:signed>/", mail_unsubscription, name="mail-unsubscription"),
    path("account/mails/address/", mail_address_confirmation, name="mail-address-confirmation"),
    path("notifications/", include("notifications.urls")),
    path("", include("partners.urls")),
    path("partner/<slug:slug>/", dashboards.partner_home, name="partner-home"),
    path("", include("stores.urls")),
    path("store/<slug:handle>/", dashboards.store_home, name="store-home"),
    path("", include("collaborators.urls")),
    path("", include("jobs.urls")),
    path("", include("reviews.urls")),
    path("api/v1/", include("config.api.urls")),
    path("operator/", admin.site.urls),
    path("healthz/", health.alive, name="healthz"),
    path("readyz/", health.ready, name="readyz"),
]

if settings.MAIL_CATCHER_DIR:
    urlpatterns += [
        path("dev/mail/", mailcatcher.mail_list, name="mail-list"),
        path("dev/mail/<str:name>/", mailcatcher.mail_detail, name="mail-detail"),
        path("dev/mail/<str:name>/html/", mailcatcher.mail_html, name="mail-html"),
    ]

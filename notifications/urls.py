from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("latest/", views.latest, name="latest"),
    path("count/", views.count, name="count"),
    path("reading/", views.reading_all, name="reading-all"),
    path("<uuid:public_id>/reading/", views.reading, name="reading"),
]

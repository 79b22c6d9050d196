from django.urls import path

from stores import views

app_name = "stores"
urlpatterns = [
    path("", views.store_opening, name="store-opening"),
    path("<slug:handle>/access/", views.store_access, name="access"),
    path("<slug:handle>/activity/", views.activity_list, name="activity-list"),
]

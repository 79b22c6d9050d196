"""What 0004 left undone so that nobody had to wait: it reads every request while people go on asking."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collaborators", "0008_remember_refused_guesses")]

    operations = [
        ValidateConstraint("accessrequest", "access_request_more_than_held"),
        ValidateConstraint("accessrequest", "access_request_seen_by_somebody"),
        ValidateConstraint("accessrequest", "access_request_reopened_by_somebody"),
        AddIndexConcurrently(
            "accessrequest",
            models.Index(fields=["more_of"], name="access_request_more_of", condition=Q(more_of__isnull=False)),
        ),
        AddIndexConcurrently(
            "accessrequest",
            models.Index(fields=["seen_by"], name="access_request_seen_by", condition=Q(seen_by__isnull=False)),
        ),
        AddIndexConcurrently(
            "accessrequest",
            models.Index(fields=["reopened_by"], name="access_request_reopened_by", condition=Q(reopened_by__isnull=False)),
        ),
    ]

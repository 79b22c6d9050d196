from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the indexes are built while people go on writing

    dependencies = [
        ("partners", "0002_team_invitations"),
        ("stores", "0002_staff_invitations_and_ownership"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="activity",
            index=models.Index(fields=["store", "kind", "-id"], name="activity_of_store_by_kind"),
        ),
        AddIndexConcurrently(
            model_name="activity",
            index=models.Index(fields=["store", "actor", "-id"], name="activity_of_store_by_person"),
        ),
        AddIndexConcurrently(
            model_name="activity",
            index=models.Index(fields=["store", "partner", "-id"], name="activity_of_store_by_partner"),
        ),
        AddIndexConcurrently(
            model_name="activity",
            index=models.Index(fields=["store", "-created_at"], name="activity_of_store_by_day"),
        ),
        AddIndexConcurrently(
            model_name="activity",
            index=models.Index(fields=["partner", "-created_at"], name="activity_of_partner_by_day"),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collaborators", "0007_seal_codes")]

    operations = [
        migrations.AddField(model_name="codeguess", name="refused_at", field=models.DateTimeField(null=True)),
    ]

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False  # mails go out meanwhile

    dependencies = [
        ('notifications', '0003_mail_choices_and_digests'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='delivery',
            index=models.Index(condition=models.Q(('digest', None), ('state', 'gathered')), fields=['user'], name='delivery_gathered'),
        ),
        AddIndexConcurrently(
            model_name='delivery',
            index=models.Index(condition=models.Q(('digest__isnull', False)), fields=['digest'], name='delivery_of_digest'),
        ),
    ]

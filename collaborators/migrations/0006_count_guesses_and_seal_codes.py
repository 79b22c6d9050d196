"""Room for counted guesses, for openings of code paths and for blocked partners; and for request codes that are closed
with a key.

The version before runs on: it goes on writing four digits into `digits`, which the new constraint permits, and which the
next version reads, and closes within the hour. Tables that it does not know stay empty.
"""

import django.contrib.postgres.functions
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('collaborators', '0005_access_that_ends'),
        ('partners', '0002_team_invitations'),
        ('stores', '0002_staff_invitations_and_ownership'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CodeGuess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(max_length=64)),
                ('network', models.CharField(blank=True, max_length=64)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('pair_at', models.DateTimeField(null=True)),
                ('compared_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='CodePathOpening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('closed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='GuessCounter',
            fields=[
                ('key', models.CharField(max_length=80, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='PartnerBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True)),
                ('blocked_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='requestcode',
            name='request_code_four_digits',
        ),
        migrations.AlterField(
            model_name='requestcode',
            name='digits',
            field=models.CharField(blank=True, db_column='digits', db_default='', default='', max_length=4),
        ),
        migrations.RenameField(
            model_name='requestcode',
            old_name='digits',
            new_name='plain',
        ),
        migrations.AddField(
            model_name='requestcode',
            name='sealed',
            field=models.CharField(max_length=200, null=True),
        ),
        migrations.AddConstraint(
            model_name='requestcode',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('plain', ''), ('sealed__isnull', False)), models.Q(('plain__regex', '^[0-9]{4}$'), ('sealed', None)), _connector='OR'), name='request_code_sealed'),
        ),
        migrations.AddField(
            model_name='codeguess',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.partner'),
        ),
        migrations.AddField(
            model_name='codeguess',
            name='store',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store'),
        ),
        migrations.AddField(
            model_name='codepathopening',
            name='opened_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='codepathopening',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='code_path_openings', to='stores.store'),
        ),
        migrations.AddField(
            model_name='codeguess',
            name='opening',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='guesses', to='collaborators.codepathopening'),
        ),
        migrations.AddField(
            model_name='partnerblock',
            name='blocked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='partnerblock',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.partner'),
        ),
        migrations.AddField(
            model_name='partnerblock',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blocked_partners', to='stores.store'),
        ),
        migrations.AddIndex(
            model_name='codepathopening',
            index=models.Index(fields=['store', '-id'], name='code_path_of_store'),
        ),
        migrations.AddConstraint(
            model_name='codepathopening',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('store',), name='code_path_open_once'),
        ),
        migrations.AddIndex(
            model_name='codeguess',
            index=models.Index(fields=['partner', 'at'], name='code_guess_of_partner'),
        ),
        migrations.AddIndex(
            model_name='codeguess',
            index=models.Index(fields=['network', 'at'], name='code_guess_of_network'),
        ),
        migrations.AddIndex(
            model_name='codeguess',
            index=models.Index(fields=['at'], name='code_guess_age'),
        ),
        migrations.AddConstraint(
            model_name='codeguess',
            constraint=models.UniqueConstraint(fields=('partner', 'fingerprint'), name='code_guess_once'),
        ),
        migrations.AddConstraint(
            model_name='codeguess',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('compared_at', None), ('opening', None)), models.Q(('compared_at__isnull', False), ('opening__isnull', False), ('store__isnull', False)), _connector='OR'), name='code_guess_compared_at_an_opening'),
        ),
        migrations.AddConstraint(
            model_name='partnerblock',
            constraint=models.UniqueConstraint(fields=('store', 'partner'), name='partner_block_once'),
        ),
    ]

"""Closes the codes that stand in the open with REQUEST_CODE_KEY, and empties the plain column.

Until the old version is stopped it sees no digits: it refuses whoever asks with a code, and its card is blank. Nothing
breaks, nobody gets in, and codes that it makes meanwhile are read, and closed within the hour, by the new version. In
batches, each its own transaction, so that it may be stopped and run again. The plain column goes in a later deploy.

Backwards it opens them again, so that the version before finds what it knows.
"""

import base64

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import migrations, transaction
from django.utils.crypto import salted_hmac

BATCH = 500


def box():
    keys = [settings.REQUEST_CODE_KEY, *settings.REQUEST_CODE_KEY_FALLBACKS]
    digests = (salted_hmac("collaborators.code", "", secret=key, algorithm="sha256").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def in_batches(rows, change):
    while True:
        with transaction.atomic():
            found = list(rows.select_for_update().order_by("pk")[:BATCH])
            for row in found:
                change(row)
            rows.model.objects.bulk_update(found, ["sealed", "plain"])
        if not found:
            return


def seal(apps, schema_editor):
    key = box()

    def close(row):
        row.sealed, row.plain = key.encrypt(row.plain.encode()).decode(), ""

    in_batches(apps.get_model("collaborators", "RequestCode").objects.filter(sealed=None), close)


def unseal(apps, schema_editor):
    key = box()

    def reopen(row):
        row.plain, row.sealed = key.decrypt(row.sealed.encode()).decode(), None

    in_batches(apps.get_model("collaborators", "RequestCode").objects.exclude(sealed=None), reopen)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collaborators", "0006_count_guesses_and_seal_codes")]
    operations = [migrations.RunPython(seal, unseal)]

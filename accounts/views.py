from allauth.account import views
from django.db import IntegrityError, transaction
from django.shortcuts import redirect


def signup(request):
    """allauth's sign-up; of two at once with one address, the second is answered like any known address."""
    try:
        with transaction.atomic():
            return views.signup(request)
    except IntegrityError:
        return redirect("account_email_verification_sent")

"""The pages of one's own access tokens."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import actions
from accounts.errors import Refused
from accounts.forms import TokenForm
from accounts.keyset import page
from accounts.models import AccessToken
from accounts.renewed import require_renewed


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def token_list(request):
    """Mine, newest first. A new one is shown in the answer that made it, and never again."""
    form, token, secret = TokenForm(request.POST if request.method == "POST" else None), None, ""
    if request.method == "POST" and form.is_valid():
        require_renewed(request)
        try:
            token, secret = _made(request, form)
            form = TokenForm()
        except Refused as refused:
            refused.stand_in(form)
    context = {
        "form": form,
        "token": token,
        "secret": secret,
        "page": page(AccessToken.objects.visible_to(request.user), after=request.GET.get("after")),
    }
    return render(request, "account/tokens.html", context, status=422 if form.is_bound else 201 if token else 200)


@transaction.atomic
def _made(request, form: TokenForm) -> tuple[AccessToken, str]:
    """With word to the person, through the adapter: telling people is none of this app's business."""
    token, secret = actions.make_token(name=form.cleaned_data["name"], lasts=form.lasts, by=request.user)
    get_adapter(request).send_notification_mail("account/email/token_made", request.user, {"token": token})
    return token, secret


@require_POST
@login_required
def token_revocation(request, public_id):
    token = get_object_or_404(AccessToken.objects.visible_to(request.user), public_id=public_id)
    actions.revoke_token(token, by=request.user)
    messages.success(request, _("“%(name)s” is revoked. It opens nothing any more.") % {"name": token.name})
    return redirect("account_tokens")

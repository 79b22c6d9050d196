from allauth.account import views
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import views as webauthn
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import sessions
from accounts.forms import ProfileForm
from accounts.models import SignIn
from accounts.renewed import renewed_sign_in

SHOWN = 50  # places where somebody is signed in


def signup(request):
    """allauth's sign-up; of two at once with one address, the second is answered like any known address."""
    try:
        with transaction.atomic():
            return views.signup(request)
    except IntegrityError:
        return redirect("account_email_verification_sent")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request):
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method == "POST":
        if form.is_valid():
            request.user.save(update_fields=list(form.cleaned_data))
            messages.success(request, _("Saved."))
            return redirect("account_profile")
        request.user.refresh_from_db()  # the form wrote on it; the frame shows who the reader is
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.is_bound else 200)


class ReauthenticateWebAuthnView(webauthn.ReauthenticateWebAuthnView):
    def form_invalid(self, form):
        """Say it on the page, where one can try again or take another way; allauth would forget where one wanted to."""
        return self.render_to_response(self.get_context_data(form=form))


# --- Security -------------------------------------------------------------------------------------------------------


@require_safe
@login_required
def security(request):
    """Password, second step, and where one is signed in."""
    ways = list(Authenticator.objects.filter(user=request.user).order_by("pk"))
    passkeys = [way.wrap() for way in ways if way.type == Authenticator.Type.WEBAUTHN]
    app = next((way for way in ways if way.type == Authenticator.Type.TOTP), None)
    codes = next((way.wrap() for way in ways if way.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "app": app,
        "passkeys": passkeys,
        "has_two_step": bool(app or passkeys),
        "codes_left": len(codes.get_unused_codes()) if codes else None,
        "sign_ins": list(sessions.live(request.user)[:SHOWN]),
        "here": request.session.get(sessions.SIGN_IN),
    }
    return render(request, "accounts/security.html", context)


@require_POST
@login_required
def sign_in_end(request, public_id):
    rows = SignIn.objects.filter(user=request.user).exclude(session_key="")
    row = get_object_or_404(rows, public_id=public_id)
    if row.pk == request.session.get(sessions.SIGN_IN):
        return redirect("account_logout")
    sessions.end(rows.filter(pk=row.pk))
    messages.success(request, _("Signed out there."))
    return redirect("mfa_index")


@require_POST
@login_required
def sign_in_others_end(request):
    count = sessions.end_others(request)
    sentence = ngettext("Signed out in %(count)d other place.", "Signed out in %(count)d other places.", count)
    messages.success(request, sentence % {"count": count} if count else _("You are signed in nowhere else."))
    return redirect("mfa_index")


def _codes(request) -> list[str]:
    """Recovery codes that are left. 404 for who has none."""
    way = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES).first()
    if way is None:
        raise Http404
    return way.wrap().get_unused_codes()


@require_safe
@login_required
@renewed_sign_in
def recovery_codes(request):
    return render(request, "mfa/recovery_codes/index.html", {"codes": _codes(request)})


@require_safe
@login_required
@renewed_sign_in
def recovery_codes_file(request):
    response = HttpResponse("\n".join([*_codes(request), ""]), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="entente-recovery-codes.txt"'
    return response

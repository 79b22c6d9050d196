"""Where operators decide about what was reported. Reports are all of reviews that this site knows: whoever moderates
must not come across a rating, so no other model of reviews, and no sum of them, is registered here."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import Conflict, Refused
from accounts.text import TextField
from reviews.actions import moderation
from reviews.errors import ExplanationNeeded, ReasonNeeded
from reviews.models import REPORT_LENGTH, Reason, Reply, Report, Review
from reviews.report_forms import Choice, choices_of

REPORTED_AS: dict[bool, Promise] = {False: gettext_lazy("Review"), True: gettext_lazy("Reply")}


class DecisionForm(forms.Form):
    verdict = forms.ChoiceField(
        choices=[(Report.Status.KEPT, gettext_lazy("Keep it")), (Report.Status.REMOVED, gettext_lazy("Remove it"))],
        error_messages={"required": gettext_lazy("Choose whether it stays.")},
    )
    reason = forms.ChoiceField(choices=Reason.choices, required=False)
    explanation = TextField(
        label=gettext_lazy("Explanation"),
        max_length=REPORT_LENGTH,
        required=False,
        help_text=gettext_lazy(
            "Needed for a removal. Both sides and whoever reported it read this: do not say who reported it."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
    )

    def reasons(self) -> list[Choice]:
        return list(choices_of(self["reason"].value()))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("verdict") == Report.Status.REMOVED:
            for refused, name in ((ReasonNeeded, "reason"), (ExplanationNeeded, "explanation")):
                if name in cleaned and not cleaned[name].strip():
                    refused().stand_in(self)
        return cleaned


class WaitingFilter(admin.SimpleListFilter):
    """What waits, unless somebody asks for more."""

    title = gettext_lazy("decision")
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return [(value, label) for value, label in Report.Status.choices if value != Report.Status.OPEN] + [
            ("all", _("All"))
        ]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [{**first, "display": Report.Status.OPEN.label}, *others]

    def queryset(self, request, queryset: "QuerySet[Report]") -> "QuerySet[Report]":
        if self.value() == "all":
            return queryset
        return queryset.filter(status=self.value() or Report.Status.OPEN)


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    """One line for each thing that waits, oldest first; behind it the page on which it is decided."""

    list_display = ["what", "partner", "store", "reports", "waits_since", "status"]
    list_filter = [WaitingFilter]
    list_select_related = ["review__partner", "review__store", "reply__review__partner", "reply__review__store"]
    ordering = ["pk"]
    actions = None
    show_full_result_count = False

    def get_queryset(self, request) -> "QuerySet[Report]":
        return Report.objects.one_for_each_case().with_numbers()

    @admin.display(description=gettext_lazy("what was reported"))
    def what(self, report: Report) -> str:
        return str(REPORTED_AS[report.reply_id is not None])

    @admin.display(description=gettext_lazy("partner"))
    def partner(self, report: Report) -> str:
        return str(report.about.partner)

    @admin.display(description=gettext_lazy("store"))
    def store(self, report: Report) -> str:
        return str(report.about.store)

    @admin.display(description=gettext_lazy("reports"))
    def reports(self, report: Report) -> int:
        return report.number  # type: ignore[attr-defined]

    @admin.display(ordering="reported_at", description=gettext_lazy("first reported"))
    def waits_since(self, report: Report):
        return report.reported_at

    # --- The decision -----------------------------------------------------------------------------------------------

    def change_view(self, request, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        report = self._find(request, object_id)
        about = report.about
        if not self.has_view_permission(request, report):
            raise PermissionDenied
        moderation.require_apart(request.user, about.partner, about.store)
        form = DecisionForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            if not self.has_change_permission(request, report):
                raise PermissionDenied
            if form.is_valid():
                try:
                    return self._decide(request, report, form.cleaned_data)
                except Conflict as moved_on:  # somebody was quicker: the page shows what they decided
                    self.message_user(request, str(moved_on), messages.WARNING)
                    return redirect("admin:reviews_report_change", report.pk)
                except Refused as refused:
                    refused.stand_in(form)
        return TemplateResponse(
            request,
            "admin/reviews/report/decision.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Decide about a reply") if report.reply_id else _("Decide about a review"),
                "opts": self.opts,
                "form": form if report.is_open and self.has_change_permission(request, report) else None,
                "case": Case(report),
                "media": self.media,
            },
            status=422 if form.is_bound else 200,
        )

    def _find(self, request: HttpRequest, object_id: str) -> Report:
        if not object_id.isascii() or not object_id.isdigit() or len(object_id) > 18:
            raise Http404
        loaded = [*self.list_select_related, "review__invitation", "reply__review__invitation", "decided_by"]
        report = Report.objects.select_related(*loaded).filter(pk=object_id).first()
        if report is None:
            raise Http404
        return report

    @transaction.atomic
    def _decide(self, request, report: Report, decision: dict[str, Any]) -> HttpResponse:
        explanation, by = decision["explanation"], request.user
        was_open = report.is_open
        if decision["verdict"] == Report.Status.REMOVED:
            report = moderation.remove(report, reason=decision["reason"], explanation=explanation, by=by)
            said = _("It was removed. Both sides and whoever reported it are told.")
        else:
            report = moderation.keep(report, explanation=explanation, by=by)
            said = _("It stays. Both sides and whoever reported it are told.")
        if was_open:
            self.log_change(request, report, f"Decided: {report.status} {report.decided_for}".strip())
        self.message_user(request, said, messages.SUCCESS)
        return redirect("admin:reviews_report_changelist")

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


class Case:
    """What whoever decides may know: the words, and what they rest on. No rating, and nothing it could be told from."""

    def __init__(self, report: Report):
        self.report = report
        self.is_reply = report.reply_id is not None
        self.review = report.about
        self.thing = report.thing
        self.source = self.review.get_source_display()
        self.subject = self.review.invitation.subject
        together = Report.objects.of(self.thing)
        together = together.open() if report.is_open else together.filter(decided_at=report.decided_at)
        self.reports = together.select_related("reported_by").order_by("pk")
        self.earlier = self._earlier_decisions()
        self.versions = texts_before(self.thing)

    def _earlier_decisions(self) -> "QuerySet[Report]":
        decided = Report.objects.of(self.thing).exclude(decided_at=None).exclude(decided_at=self.report.decided_at)
        return decided.one_for_each_case().select_related("decided_by").order_by("decided_at")


def texts_before(thing: Review | Reply) -> list[dict[str, Any]]:
    """What it said before, oldest first, and until when. A correction that changed the ratings alone shows nothing."""
    rows: list[dict[str, Any]] = [*thing.versions.order_by("pk").values("text", "replaced_at")]
    following = [*(row["text"] for row in rows[1:]), thing.text]
    return [row for row, text in zip(rows, following, strict=False) if row["text"] != text]

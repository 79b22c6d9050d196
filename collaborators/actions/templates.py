"""What a partner asks for often, kept under a name."""

from collections.abc import Collection

from django.db import IntegrityError, transaction

from accounts.models import User
from collaborators.actions.steps import chosen
from collaborators.errors import TemplateIsGone, TemplateNameTaken, TooManyTemplates
from collaborators.models import RequestTemplate
from partners.actions import require as require_in_team
from partners.models import Partner
from partners.permissions import TeamPermission

MOST_TEMPLATES = 50  # they stand in one list to choose from


@transaction.atomic
def make_template(
    partner: Partner, *, name: str, permissions: Collection[str], days: int | None, message: str, by: User
) -> RequestTemplate:
    """Keep what to ask for, for `days` (None: open end). Raises NotAllowed, PermissionsRefused, TooManyTemplates,
    TemplateNameTaken."""
    partner = Partner.objects.lock(partner.pk)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    asked_for = chosen(permissions)
    if partner.request_templates.count() >= MOST_TEMPLATES:
        raise TooManyTemplates
    template = RequestTemplate(
        partner=partner, name=name, permissions=asked_for, days=days, message=message, made_by=by
    )
    return _saved(template)


@transaction.atomic
def change_template(
    template: RequestTemplate, *, name: str, permissions: Collection[str], days: int | None, message: str, by: User
) -> RequestTemplate:
    """Requests that were sent stay as they are. Raises NotAllowed, PermissionsRefused, TemplateIsGone,
    TemplateNameTaken."""
    partner = Partner.objects.lock(template.partner_id)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    locked = _lock(template)
    locked.name, locked.permissions, locked.days, locked.message = name, chosen(permissions), days, message
    return _saved(locked, update_fields=["name", "permissions", "days", "message"])


@transaction.atomic
def remove_template(template: RequestTemplate, *, by: User) -> None:
    """Raises NotAllowed, TemplateIsGone."""
    partner = Partner.objects.lock(template.partner_id)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    _lock(template).delete()


def _lock(template: RequestTemplate) -> RequestTemplate:
    found = RequestTemplate.objects.select_for_update(of=("self",)).filter(pk=template.pk).first()
    if found is None:
        raise TemplateIsGone
    return found


def _saved(template: RequestTemplate, **how) -> RequestTemplate:
    try:
        with transaction.atomic():
            template.save(**how)
    except IntegrityError as error:
        if "request_template_name_once_per_partner" in str(error):
            raise TemplateNameTaken from error
        raise
    return template

from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused


class SlugTaken(Refused):
    code = "slug_taken"
    field = "slug"
    sentence = _("Another partner has this address already. Choose another one.")


class AlreadyInTeam(Refused):
    code = "already_in_team"
    sentence = _("This person is in the team already.")

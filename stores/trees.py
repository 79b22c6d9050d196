"""The tree of permissions as boxes to tick."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from stores.permissions import COLLABORATOR_GROUPS, GROUPS, REQUIRES, Permission, in_order, with_required


@dataclass(frozen=True)
class Box:
    permission: Permission
    ticked: bool
    asked: bool
    held: bool  # whether the one who grants holds it: nobody grants what they do not hold
    new: bool = False  # asked for beyond what the partner may do today
    fixed: bool = False  # what the one who asks has already: it is not asked for, and not given up here

    @property
    def requires(self) -> str:
        return " ".join(in_order(REQUIRES[self.permission.key]))


@dataclass(frozen=True)
class Branch:
    label: str | Promise
    boxes: list[Box]


def split(branches: Iterable[Branch]) -> tuple[list[Branch], list[Branch]]:
    """The boxes of things that are asked for or ticked, and all the others: what stands open, and what may be added."""
    branches = list(branches)
    touched = {
        box.permission.thing for branch in branches for box in branch.boxes if box.asked or box.ticked
    }  # "themes", "orders"
    near = [Branch(b.label, [box for box in b.boxes if box.permission.thing in touched]) for b in branches]
    far = [Branch(b.label, [box for box in b.boxes if box.permission.thing not in touched]) for b in branches]
    return [branch for branch in near if branch.boxes], [branch for branch in far if branch.boxes]


def completed(keys: Iterable[str]) -> list[str]:
    """What was ticked with all that it requires, as the script ticks it by itself."""
    return in_order(with_required(keys))


def tree(
    *,
    ticked: Iterable[str],
    asked: Collection[str] = (),
    held: Collection[str] | None = None,
    today: Collection[str] | None = None,
    fixed: Collection[str] = (),
    for_staff: bool = False,
) -> list[Branch]:
    """All that a collaborator (or somebody of the staff) may hold, in display groups.

    `held` None: no limit. `today`: what the partner may do already; what is asked beyond it is new.
    """
    chosen = set(ticked)
    return [
        Branch(
            group.label,
            [
                Box(
                    permission=permission,
                    ticked=permission.key in chosen,
                    asked=permission.key in asked,
                    held=held is None or permission.key in held or permission.key in chosen,
                    new=today is not None and permission.key in asked and permission.key not in today,
                    fixed=permission.key in fixed,
                )
                for permission in group.permissions
            ],
        )
        for group in (GROUPS if for_staff else COLLABORATOR_GROUPS)
    ]

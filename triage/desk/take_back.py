"""The way back from what one did to the catalog: the version before is put in force again, as a new version.

Nothing is lost: versions only ever come to the log, and taking back is one of them.
"""

from __future__ import annotations

from triage.catalog.plan import difference
from triage.desk.catalog import apply_catalog
from triage.desk.office import Desk
from triage.desk.proposals import TURNED_DOWN
from triage.errors import Overtaken, Refused
from triage.store import audit, catalogs

NOTHING = "there is nothing to undo in the catalog"
_ON_CATALOG = ("apply", TURNED_DOWN)


def take_back(desk: Desk) -> str:
    """Take back one's last act on the catalog that was not taken back yet; what to say of it.

    A version: what the one before said is in force again. A proposal that was turned down is made again. Overtaken
    names the version that somebody applied since; Refused where there is nothing to take back.
    """
    desk.writable()
    act = _last(desk)
    if act is None:
        raise Refused(NOTHING)
    if act.what == TURNED_DOWN:
        with desk.act() as connection:
            at = int(desk.now().timestamp() * 1000)
            audit.record(connection, at=at, who=desk.user, what="propose again", detail=act.detail, undoes=act.id)
        return "undone: the proposal that was turned down is made again"
    return _back_from(desk, int(act.detail["version"]))


def undo(desk: Desk) -> str:
    """Take back one's last act, on tickets or on the catalog, whichever came later; what to say of it."""
    from triage.desk import swarms

    on_catalog = _last(desk)
    on_tickets = audit.last_undoable(desk.database.connection, desk.user)
    if on_catalog is not None and (on_tickets is None or on_catalog.id > on_tickets.id):
        return take_back(desk)
    return swarms.undo(desk).message


def _last(desk: Desk) -> audit.Act | None:
    return audit.last_standing(desk.database.connection, desk.user, _ON_CATALOG)


def _back_from(desk: Desk, version: int) -> str:
    if version < 2:
        raise Refused("the first version of the catalog has nothing before it", "apply another one over it")
    current = catalogs.current_version(desk.database)
    if catalogs.standing(desk.database) != version:
        newest = catalogs.log(desk.database)[0]
        raise Overtaken(
            f"{newest.who} applied version {newest.version} of the catalog since",
            "undo would overwrite that; change the catalog by hand",
        )
    before = catalogs.load(desk.database, version - 1)[0]
    act = catalogs.act_of(desk.database, version)
    applied = apply_catalog(
        desk, before, planned=difference(desk.index.catalog, before), expected=current, undoes=act,
        note=f"version {version} taken back",
    )  # fmt: skip
    return f"undone: version {version} of the catalog; version {applied.version} says what {version - 1} said"

"""Words of status as help desks write them → the seven of triage."""

from __future__ import annotations

import re
from collections.abc import Mapping

from triage.text import fold
from triage.tickets.models import Status

_SEPARATORS = re.compile(r"[\s_/-]+")


def normal(word: str) -> str:
    """A heading or a word for comparison: folded, `_`, `-`, `/` and runs of blanks as one blank.

    A blank made so stays in front: `_url` is not `url`.
    """
    return _SEPARATORS.sub(" ", fold(word.strip()))


def _table(**groups: str) -> dict[str, Status]:
    pairs = ((name, word) for name, words in groups.items() for word in words.split(",") if word.strip())
    return {normal(word): Status[name.upper()] for name, word in pairs}


COMMON: Mapping[str, Status] = _table(
    new="""new, unread, untouched, unassigned, submitted, logged, to do, neu, ungelesen, nouveau, nouvelle,
        nuevo, nueva""",
    open="""open, opened, reopened, re-opened, in progress, work in progress, wip, active, assigned, processing,
        processing (assigned), processing (planned), planned, accepted, acknowledged, investigating, escalated,
        chatting, in review, testing, under investigation, waiting for support, waiting on support,
        waiting for agent, offen, in bearbeitung, wiedereröffnet, ouvert, en cours, en cours (attribué),
        en cours (planifié), abierto, en curso, en progreso""",
    waiting_customer="""waiting_customer, pending, pending reminder, pending close, pending user,
        pending customer, waiting, waiting on customer, waiting for customer, waiting for user,
        waiting for reply, waiting for requester, waiting for approval, awaiting user info, awaiting caller,
        awaiting customer, awaiting reply, awaiting response, awaiting user response, need-eg, needs info,
        needs information, feedback, stalled, wartend, wartet auf kunde, rückfrage, warten auf erinnerung,
        warten auf schliessen, en attente, pendiente, esperando al cliente""",
    waiting_supplier="""waiting_supplier, on-hold, on hold, onhold, hold, waiting on third party,
        waiting for third party, waiting for vendor, waiting on vendor, waiting for supplier, awaiting vendor,
        awaiting third party, pending vendor, pending supplier, awaiting problem, awaiting change,
        awaiting evidence, deferred, suspended, zurückgestellt""",
    resolved="""resolved, solved, done, fixed, completed, complete, done-cbb, gelöst, erledigt, behoben,
        abgeschlossen, résolu, résolue, resuelto, resuelta, solucionado""",
    closed="""closed, closed complete, closed incomplete, closed skipped, closed (solved permanently),
        cancelled, canceled, rejected, declined, withdrawn, deleted, removed, spam, won't do, won't fix, invalid,
        archived, geschlossen, storniert, abgelehnt, clos, clôturé, fermé, annulé, cerrado, cerrada,
        cancelado""",
    merged="merged, duplicate, zusammengeführt, duplikat, fusionné, fusionado, duplicado",
)


def status_of(word: str, own: Mapping[str, Status]) -> tuple[Status, bool]:
    """The status that `word` means, and whether it was known: an unknown one is open. `own` are the words of
    the system, which win. No word is new."""
    key = normal(word)
    if not key:
        return Status.NEW, True
    found = own.get(key) or COMMON.get(key)
    return (found, True) if found is not None else (Status.OPEN, False)

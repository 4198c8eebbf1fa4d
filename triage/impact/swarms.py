"""Swarms: many open tickets on one service in a short time, more than that service usually gets.

The rate test asks how likely so many tickets are, given how many came at this time of the day on the
days before. Counts are taken as Poisson with an unknown rate; with Jeffreys' prior Gamma(1/2, 0) the
predictive distribution is negative binomial (Gelman and others, Bayesian Data Analysis, 3rd edition,
sections 2.6 and 2.8), so that a short past makes the test cautious. One requester counts at most twice
in the test, and all monitoring systems together as one requester with one ticket: repetition is no news.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from triage.catalog.index import CatalogIndex
from triage.impact.policy import Policy
from triage.text import fold

DAYS = 28
"""How many days of its past a service is compared with."""
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_AROUND = 3600 * _SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MACHINE = re.compile(
    r"(?:^|[._+-])(?:no-?reply|do-?not-?reply|monitor(?:ing)?|alerts?|alarms?|nagios|icinga|zabbix|prometheus|"
    r"grafana|datadog|pagerduty|opsgenie|statuspage|sentry|cron|mailer-daemon|postmaster|root|watchdog|"
    r"notifications?)\d*(?:$|[._+-])"
)
_ONE_MACHINE = "\0machine"
_STRETCH = 16
"""Tickets that are tested between two pauses: less than a millisecond."""


@dataclass(frozen=True, slots=True)
class SwarmTicket:
    """An open ticket as far as swarms ask. `machine` None: judged by the requester's address."""

    id: int
    created_at: datetime
    service: str | None
    requester: str | None = None
    site: str | None = None
    machine: bool | None = None


@dataclass(frozen=True, slots=True)
class Swarm:
    """Tickets that are one matter. `expected` is how many the service usually gets in such a window,
    `chance` how likely so many are without a cause (None: no past to compare with)."""

    service: str
    kind: Literal["service", "site"]
    site: str | None
    tickets: tuple[int, ...]
    requesters: int
    since: datetime
    candidate: bool
    expected: float | None = None
    chance: float | None = None


def is_machine(requester: str | None) -> bool:
    """Whether an address is that of a monitoring system or another sender that is no person."""
    return bool(requester) and _MACHINE.search(fold(requester or "").partition("@")[0]) is not None


def find_swarms(
    tickets: Iterable[SwarmTicket],
    past: Mapping[str, Sequence[datetime]],
    index: CatalogIndex,
    policy: Policy,
    now: datetime,
    pause: Callable[[], object] = lambda: None,
) -> list[Swarm]:
    """The swarms among the open tickets, the largest first; a ticket is in one swarm at most.

    `past` gives for each service when its tickets of the last 28 days were created, open or not, in
    ascending order. A service without a past is judged by the floors alone. `pause` is called every few
    tickets: a busy service takes seconds, and who computes them may rest there.
    """
    by_service: dict[str, list[SwarmTicket]] = defaultdict(list)
    for ticket in tickets:
        if ticket.service in index.services and ticket.created_at <= now:
            by_service[ticket.service or ""].append(ticket)
    found: list[Swarm] = []
    for service, group in by_service.items():
        group.sort(key=lambda ticket: (ticket.created_at, ticket.id))
        swarms = _of_service(service, _Line.of(group, past.get(service, ())), index, policy, pause)
        taken = {ident for swarm in swarms for ident in swarm.tickets}
        found += swarms
        found += _of_sites(service, [one for one in group if one.id not in taken], policy, now)
    found.sort(key=lambda swarm: (-len(swarm.tickets), swarm.since, swarm.service, swarm.site or ""))
    return found


@dataclass(frozen=True, slots=True)
class _Line:
    """A service's open tickets in the order in which they came, and its past.

    `at` and `past` in microseconds since 1970, `senders` as the test counts them: a busy service has tens of thousands
    of tickets, and each is looked at once for every window that it is in.
    """

    tickets: Sequence[SwarmTicket]
    at: Sequence[int]
    senders: Sequence[str]
    past: Sequence[int]

    @classmethod
    def of(cls, group: Sequence[SwarmTicket], past: Sequence[datetime]) -> _Line:
        known: dict[tuple[str | None, bool | None], str] = {}
        senders = []
        for ticket in group:
            key = (ticket.requester, ticket.machine)
            sender = known.get(key)
            if sender is None:
                sender = known[key] = _sender(ticket)
            senders.append(sender)
        return cls(group, [_microseconds(one.created_at) for one in group], senders, [_microseconds(at) for at in past])


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _of_service(
    service: str, line: _Line, index: CatalogIndex, policy: Policy, pause: Callable[[], object]
) -> list[Swarm]:
    rules = policy.swarms
    critical = index.inheritance[service].criticality <= rules.critical_up_to
    floors = [(rules.within, rules.tickets, rules.requesters)]
    if critical:
        floors.append((rules.critical_within, 1, rules.critical_requesters))
    spans: list[tuple[int, int, float | None, float | None]] = []
    for within, least, requesters in floors:
        spans += _spans(line, within // timedelta(microseconds=1), least, requesters, rules.chance, pause)
    made: list[Swarm] = []
    longest = max(within for within, _, _ in floors) // timedelta(microseconds=1)
    for first, last, expected, chance in _joined(spans, line, longest, rules.chance, pause):
        members = line.tickets[first : last + 1]
        made.append(
            Swarm(
                service=service,
                kind="service",
                site=None,
                tickets=tuple(ticket.id for ticket in members),
                requesters=len(set(line.senders[first : last + 1])),
                since=members[0].created_at,
                candidate=critical or len(members) > rules.major_tickets,
                expected=expected,
                chance=chance,
            )
        )
    return made


def _spans(
    line: _Line, within: int, least: int, requesters: int, most_chance: float, pause: Callable[[], object]
) -> list[tuple[int, int, float | None, float | None]]:
    """The windows that pass the floors and the rate test, as places of their first and last ticket."""
    found: list[tuple[int, int, float | None, float | None]] = []
    senders: dict[str, int] = {}
    first = counted = 0
    for last, (at, sender) in enumerate(zip(line.at, line.senders, strict=True)):
        if not last % _STRETCH:
            pause()
        number = senders.get(sender, 0)
        senders[sender] = number + 1
        counted += number < _most(sender)
        while at - line.at[first] > within:
            before = line.senders[first]
            number = senders[before] - 1
            counted -= number < _most(before)
            if number:
                senders[before] = number
            else:
                del senders[before]
            first += 1
        machines = senders.get(_ONE_MACHINE, 0)
        if len(senders) < requesters or last - first + 1 - max(machines - 1, 0) < least:
            continue
        passes, expected, chance = _test(line.past, at, within, counted, most_chance)
        if passes:
            found.append((first, last, expected, chance))
    return found


def _joined(
    spans: list[tuple[int, int, float | None, float | None]],
    line: _Line,
    within: int,
    most_chance: float,
    pause: Callable[[], object],
) -> list[tuple[int, int, float | None, float | None]]:
    """Windows that share a ticket are one swarm, and it goes on while more tickets come than usual."""
    joined: list[tuple[int, int, float | None, float | None]] = []
    for first, last, expected, chance in sorted(spans, key=lambda span: (span[0], span[1])):
        if joined and first <= joined[-1][1]:
            begun, ended, usual, least = joined[-1]
            if chance is not None and (least is None or chance < least):
                usual, least = expected, chance
            joined[-1] = (begun, max(ended, last), usual, least)
        else:
            joined.append((first, last, expected, chance))
        begun, ended, usual, least = joined[-1]
        while ended + 1 < len(line.at) and _goes_on(line, ended + 1, within, most_chance):
            ended += 1
            if not ended % _STRETCH:
                pause()
        joined[-1] = (begun, ended, usual, least)
    return joined


def _goes_on(line: _Line, place: int, within: int, most_chance: float) -> bool:
    """Whether a ticket after the last one of a swarm still belongs to it."""
    at = line.at[place]
    if at - line.at[place - 1] > within:
        return False
    first = place
    while first > 0 and at - line.at[first - 1] <= within:
        first -= 1
    senders = Counter(line.senders[first : place + 1])
    return _test(line.past, at, within, _counted(senders), most_chance)[0]


def _counted(senders: Counter[str]) -> int:
    """How many tickets the rate test sees: two a requester at most, one of all machines."""
    return sum(min(number, _most(sender)) for sender, number in senders.items())


def _most(sender: str) -> int:
    return 1 if sender == _ONE_MACHINE else 2


def _test(
    past: Sequence[int], at: int, within: int, count: int, most_chance: float
) -> tuple[bool, float | None, float | None]:
    """Whether `count` tickets in a window that ends at `at` are too many for chance; then how many are usual, and
    the chance of so many or more. Without a past to compare with they are.

    Compared with the same time of the day, an hour more on both sides, on the days before of the same
    kind (working day or weekend), as far back as the past reaches. Times in microseconds.
    """
    if not past:
        return True, None, None
    tickets, days = 0, 0
    span = within + 2 * _AROUND
    weekend = _is_weekend(at)
    for end in range(at - _DAY + _AROUND, at - (DAYS + 1) * _DAY + _AROUND, -_DAY):
        if end < past[0]:
            break
        if _is_weekend(end) == weekend:
            tickets += bisect_left(past, end) - bisect_left(past, end - span)
            days += 1
    if not days:
        return True, None, None
    windows = days * (span / within)
    shape, success = tickets + 0.5, windows / (windows + 1)
    if _is_usual(count, shape, success, most_chance):
        return False, None, None
    chance = negative_binomial_tail(count, shape, success)
    return chance <= most_chance, tickets / windows, chance


def _is_weekend(at: int) -> bool:
    return (at // _DAY + 3) % 7 >= 5  # 1 January 1970 was a Thursday


def _is_usual(count: int, shape: float, success: float, most_chance: float) -> bool:
    """Whether so many are surely more likely than `most_chance`, without summing up the tail.

    Cantelli's inequality: a value that lies k standard deviations below the mean is not reached with a probability of
    1 / (1 + k²) at most.
    """
    mean = shape * (1 - success) / success
    below = mean - (count - 1)
    if below <= 0:
        return False
    squared = below * below * success / mean  # the variance is mean / success
    return squared / (1 + squared) > most_chance + 1e-9


def negative_binomial_tail(count: int, shape: float, success: float) -> float:
    """P(X ≥ `count`) for X negative binomial with `shape` r and success probability `success`."""
    below = 0.0
    log_term = shape * math.log(success)
    for number in range(count):
        below += math.exp(log_term)
        log_term += math.log((number + shape) / (number + 1)) + math.log1p(-success)
    return min(max(1.0 - below, 0.0), 1.0)


def _of_sites(service: str, group: list[SwarmTicket], policy: Policy, now: datetime) -> list[Swarm]:
    """Tickets from several people of one site within some days: small ones that add up."""
    rules = policy.swarms
    by_site: dict[str, list[SwarmTicket]] = defaultdict(list)
    for ticket in group:
        if ticket.site and now - ticket.created_at <= rules.site_within:
            by_site[ticket.site].append(ticket)
    made: list[Swarm] = []
    for site, members in by_site.items():
        senders = {_sender(ticket) for ticket in members}
        machines = sum(_sender(ticket) == _ONE_MACHINE for ticket in members)
        if len(members) - max(machines - 1, 0) < rules.site_tickets or len(senders) < rules.site_requesters:
            continue
        made.append(
            Swarm(
                service=service,
                kind="site",
                site=site,
                tickets=tuple(ticket.id for ticket in members),
                requesters=len(senders),
                since=members[0].created_at,
                candidate=len(members) > rules.major_tickets,
            )
        )
    return made


def distinct_senders(requesters: Iterable[str | None]) -> int:
    """How many people (or systems) these addresses are, counted as the test counts them."""
    return len({_sender_of(requester, is_machine(requester)) for requester in requesters})


def _sender(ticket: SwarmTicket) -> str:
    """Who reported it; all machines are one, and so are all that are unknown."""
    machine = is_machine(ticket.requester) if ticket.machine is None else ticket.machine
    return _sender_of(ticket.requester, machine)


def _sender_of(requester: str | None, machine: bool) -> str:
    if machine:
        return _ONE_MACHINE
    name, at, domain = fold(requester or "").partition("@")
    mailbox = name.partition("+")[0]  # ana+1@ and ana+2@ are the same; "+1 714 555 0100" is no address
    return f"{mailbox}@{domain}" if at and mailbox else f"{name}{at}{domain}"

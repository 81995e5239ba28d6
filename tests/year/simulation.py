"""The year: clients and cron, day by day, and the assertions about them."""

import re
from collections import Counter, defaultdict
from datetime import timedelta

from administrator import Administrator
from company import HOURS

# The checks that explain a refusal to the administrator.
EXPLANATIONS = {
    "inactive": {"refused"},
    "rotated": {"refused"},
    "expired": {"expired", "refused"},
    "owner-inactive": {"owner-inactive", "refused"},
}

# The mail about new refusals only, in docs/review.md.
NEW_REFUSALS = ["review", "-q", "--only", "refused", "--refused-within", "1d"]


class Simulation:
    """A company's keys under cron's lines."""

    def __init__(self, apikey, company, cron):
        self.apikey, self.company, self.cron = apikey, company, cron
        self.clients = company.clients
        self.months = defaultdict(Counter)
        self.refusals = Counter()
        # The refusals since the last review: the name of the key, the reason, and the time.
        self.unnamed = []
        # The findings of the last review: details by check and name.
        self.findings = defaultdict(dict)
        # When a review last named a key as refused.
        self.named = {}
        self.deleted = set()
        # Who deactivated a key: cron, or the administrator.
        self.stopped_by = {}
        self.administrator = Administrator(self)

    def count(self, now, what, number=1):
        self.months[now.strftime("%Y-%m")][what] += number

    def run(self):
        """Runs the past, which only leaves last uses, and then each day."""
        first = min(client.created for client in self.clients.values())
        self.begin(first - timedelta(days=1))
        self.past()
        for n in range(self.company.days):
            self.day(self.company.start + timedelta(days=n))
        end = self.company.start + timedelta(days=self.company.days)
        self.apikey.run(end, "log", "verify")

    def begin(self, now):
        self.apikey.run(now, "init", "--argon2", "m=8,t=1,p=1")
        for user in self.company.users:
            self.apikey.run(now, "user", "add", user, "-g", "readonly")

    def past(self):
        start = self.company.start
        created, runs = defaultdict(list), defaultdict(list)
        for client in self.clients.values():
            if client.created < start:
                created[client.created].append(client)
            if client.next_run and client.next_run < start:
                runs[client.next_run].append(client)
        for now in sorted(created.keys() | runs.keys()):
            for client in created[now]:
                self.create(client)
            self.present(now, runs[now])

    def create(self, client):
        args = ["create", client.name, "-g", "readonly"]
        if client.owner:
            args += ["--owner", client.owner]
        if client.expires:
            args += ["--expires", f"{client.expires:%Y-%m-%d}"]
        _, secret = self.apikey.run(client.created, *args)
        client.secret = secret.strip()

    def day(self, day):
        """Runs a day: clients at 3:00, cron's lines, the administrator at 9:00, clients again."""
        for client in self.clients.values():
            if client.created.date() == day.date():
                self.create(client)
        self.change_users(day)
        lines = {name: line for name, line in self.cron.items() if line.is_due(day)}
        events = [(line.time(day), getattr(self, name)) for name, line in lines.items()]
        events += [(day.replace(hour=hour), self.run_clients) for hour in HOURS]
        if day.isoweekday() <= 5:
            events.append((day.replace(hour=9), self.administrator.act))
        for time, act in sorted(events, key=lambda event: event[0]):
            act(time)
        if self.is_last_of_month(day):
            statuses = Counter(self.statuses(day.replace(hour=13)).values())
            for status, number in statuses.items():
                self.count(day, status if status in ("active", "inactive") else "others", number)

    def is_last_of_month(self, day):
        after = day + timedelta(days=1)
        end = self.company.start + timedelta(days=self.company.days)
        return after.day == 1 or after == end

    def statuses(self, now):
        """Returns the status of each key."""
        _, out = self.apikey.run(now, "list", "-q", "--format", "csv", "--sort", "name")
        heading, *rows = out.splitlines()
        fields = heading.split(",")
        name, status = fields.index("name"), fields.index("status")
        # No name or status is quoted, nor a cell before them.
        cells = [row.split(",") for row in rows]
        return {row[name]: row[status] for row in cells}

    # Clients and users

    def run_clients(self, now):
        due = [client for client in self.clients.values() if self.is_due(client, now)]
        self.present(now, due)

    def is_due(self, client, now):
        if not client.secret or not client.next_run or client.next_run > now:
            return False
        return client.next_run < client.stops and not self.is_away(client, now)

    def is_away(self, client, now):
        """Returns whether the client waits for its owner, who will come back."""
        return any(
            leave.user == client.owner and leave.end and leave.begin <= now < leave.end
            for leave in self.company.leaves
        )

    def present(self, now, clients):
        """Lets clients present their secrets, in one batch."""
        if not clients:
            return
        secrets = [client.present(now) for client in clients]
        _, out = self.apikey.run(now, "verify", "--batch", codes=(0, 1), lines=secrets)
        verdicts = out.splitlines()
        assert len(verdicts) == len(clients), f"{now}: {len(verdicts)} verdicts"
        self.count(now, "runs", len(clients))
        for client, verdict in zip(clients, verdicts):
            if verdict == f"accepted {client.name}":
                client.used = now
            else:
                self.refuse(client, verdict.removeprefix("refused "), now)

    def refuse(self, client, reason, now):
        self.count(now, "refused")
        if reason == "unknown":
            assert client.name in self.deleted, f"{now}: {client.name} is unknown"
            assert client.name in self.named, f"{now}: {client.name} was deleted, never named"
            client.next_run = None
            return
        assert reason in EXPLANATIONS, f"{now}: {client.name} is refused: {reason}"
        cause = f"{reason}, by {self.stopped_by[client.name]}" if reason == "inactive" else reason
        self.refusals[cause] += 1
        self.unnamed.append((client.name, reason, now))

    def change_users(self, day):
        for leave in self.company.leaves:
            if leave.begin.date() == day.date():
                self.apikey.run(leave.begin, "user", "deactivate", leave.user)
                self.count(day, "leavers")
            if leave.end and leave.end.date() == day.date():
                self.apikey.run(leave.end, "user", "activate", leave.user)

    # Cron

    def deactivate(self, now):
        before = self.statuses(now)
        code, _ = self.cron["deactivate"].run(self.apikey, now)
        if code:
            assert self.statuses(now) == before, f"{now}: exit 3, and a change"
            self.count(now, "exits with 3")
            self.administrator.stuck.add("deactivate")
            return
        self.check_deactivated(before, now, "cron")

    def check_deactivated(self, before, now, operator):
        """Asserts that the unused keys are inactive now, and that no others were deactivated."""
        after = self.statuses(now)
        days = self.cron["deactivate"].unused_days
        for name, status in after.items():
            client = self.clients[name]
            if status == "inactive" and before[name] != "inactive":
                assert client.is_unused_for(days, now), f"{now}: {name} was in use: {client}"
                self.stopped_by[name] = "cron"
                self.count(now, f"deactivated by {operator}")
            elif status != "inactive":
                assert not client.is_unused_for(days, now), f"{now}: {name} is unused: {client}"

    def review(self, now):
        """Asserts that the review names each refusal since the last one."""
        _, out = self.cron["review"].run(self.apikey, now)
        _, new = self.apikey.run(now, *NEW_REFUSALS, codes=(0, 1))
        self.read_findings(out)
        self.count(now, "reviews")
        self.count(now, "lines", len(out.splitlines()))
        self.count(now, "new lines", len(new.splitlines()))
        for name, reason, at in self.unnamed:
            checks = {check for check, names in self.findings.items() if name in names}
            explained = checks & EXPLANATIONS[reason]
            assert explained, f"{now}: {name} was {reason} at {at}, and the review has {checks}"
            is_new = name in new.split() or reason == "owner-inactive"
            assert is_new, f"{now}: {name} was {reason} at {at}, and is not new"
            self.count(at, "named")
        self.unnamed.clear()
        self.named |= dict.fromkeys(self.findings["refused"], now)

    def read_findings(self, out):
        self.findings.clear()
        for line in out.splitlines():
            cells = re.split(" {2,}", line.strip())
            # A key without an owner has no cell before its name.
            name = next(index for index, cell in enumerate(cells[:2]) if cell in self.clients)
            self.findings[cells[name + 1]][cells[name]] = cells[-1]

    def delete(self, now):
        before = self.statuses(now)
        code, _ = self.cron["delete"].run(self.apikey, now)
        if code:
            assert self.statuses(now) == before, f"{now}: exit {code}, and a change"
            self.count(now, f"exits with {code}")
            self.administrator.stuck.add("delete")
            return
        self.check_deleted(before, now, "cron")

    def check_deleted(self, before, now, operator):
        """Asserts that the deleted keys were unused, and their clients forgotten or named."""
        after = self.statuses(now)
        days = self.cron["delete"].unused_days
        for name in before.keys() - after.keys():
            client = self.clients[name]
            assert before[name] == "inactive", f"{now}: {name} was {before[name]}"
            assert client.is_unused_for(days, now), f"{now}: {name} was in use: {client}"
            is_named = name in self.named and self.named[name] > (client.used or client.created)
            is_known = is_named or not client.is_alive(now)
            assert is_known, f"{now}: {name} is deleted, in use and was not named: {client}"
            self.deleted.add(name)
            self.count(now, f"deleted by {operator}")

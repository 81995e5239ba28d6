"""The administrator, who acts on the reviews."""

from datetime import timedelta

# The day of the week of each habit.
TUESDAY, WEDNESDAY, FRIDAY = 2, 3, 5


class Administrator:
    """Works on weekdays at nine, after the review of the day."""

    def __init__(self, simulation):
        self.simulation = simulation
        self.apikey, self.company = simulation.apikey, simulation.company
        self.clients, self.findings = simulation.clients, simulation.findings
        self.random = self.company.random
        # The keys that are inactive for a short time, and until when.
        self.on_trial, self.trial_ends = [], None
        # Cron's lines that changed nothing and ended with 1 or 3.
        self.stuck = set()

    def count(self, now, what, number=1):
        self.simulation.count(now, what, number)

    def act(self, now):
        self.end_trials(now)
        self.help_refused(now)
        self.repeat_lines(now)
        self.extend(now)
        self.replace_leavers(now)
        if now.isoweekday() == TUESDAY and now.day <= 7:
            self.put_on_trial(now, 24, self.without_owner())
        elif now.isoweekday() == FRIDAY:
            # For the weekend, until Monday before cron's lines.
            self.put_on_trial(now, 67, self.findings["unused"])
        elif now.isoweekday() == WEDNESDAY:
            self.rotate(now)

    def repeat_lines(self, now):
        """Looks at the keys that cron's lines left, and runs the lines with a higher limit."""
        for name in sorted(self.stuck):
            before = self.simulation.statuses(now)
            code, _ = self.simulation.cron[name].run(self.apikey, now, limit=100_000)
            if code == 0:
                self.stuck.remove(name)
                check = {
                    "deactivate": self.simulation.check_deactivated,
                    "delete": self.simulation.check_deleted,
                }
                check[name](before, now, "hand")

    def help_refused(self, now):
        """Activates the keys whose clients were refused."""
        refused = self.findings["refused"]
        inactive = [name for name, why in refused.items() if "since it was deactivated" in why]
        if inactive:
            self.apikey.run(now, "activate", *inactive)
            self.count(now, "activated again", len(inactive))
        for name in inactive:
            self.run_again(name, now)
        for name, why in refused.items():
            client = self.clients[name]
            if "had ended" in why and client.new_secret:
                client.adopts = now
                self.run_again(name, now)
            elif "since it expired" in why:
                self.set_expiry(client, now)
                self.run_again(name, now)

    def run_again(self, name, now):
        client = self.clients[name]
        if client.reruns and client.next_run:
            client.next_run = min(client.next_run, now)

    def set_expiry(self, client, now):
        client.expires = now + timedelta(days=365)
        self.apikey.run(now, "set-expiry", client.name, f"{client.expires:%Y-%m-%d}")

    def extend(self, now):
        """Extends the lives of keys whose owners ask for it."""
        for name in self.findings["expiring"]:
            client = self.clients[name]
            if client.is_extended and client.is_alive(now):
                self.set_expiry(client, now)

    def replace_leavers(self, now):
        """Gives the keys of users who won't come back to other users."""
        away = {leave.user for leave in self.company.leaves}
        stay = [user for user in self.company.users if user not in away]
        owners = {self.clients[name].owner for name in self.findings["owner-inactive"]}
        for leave in self.company.leaves:
            if leave.user in owners and leave.end is None:
                successor = self.random.choice(stay)
                self.apikey.run(now, "set-owner", "--owner", leave.user, successor, "--yes")
                for client in self.clients.values():
                    if client.owner == leave.user:
                        client.owner = successor

    def without_owner(self):
        return [name for name, client in self.clients.items() if client.owner is None]

    def put_on_trial(self, now, hours, names):
        """Deactivates some of the keys for a short time."""
        statuses = self.simulation.statuses(now)
        candidates = sorted(name for name in names if statuses.get(name) == "active")
        self.on_trial = self.random.sample(candidates, min(len(candidates), 5))
        self.trial_ends = now + timedelta(hours=hours)
        if self.on_trial:
            self.apikey.run(now, "deactivate", *self.on_trial, "--for", f"{hours}h")
            self.simulation.stopped_by |= {name: "a trial" for name in self.on_trial}
            self.count(now, "trials", len(self.on_trial))

    def end_trials(self, now):
        """Deactivates the keys without an owner whose trial was quiet."""
        if self.on_trial and now >= self.trial_ends:
            quiet = [
                name
                for name in self.on_trial
                if name not in self.findings["refused"] and not self.clients[name].owner
            ]
            if quiet:
                self.apikey.run(now, "deactivate", *quiet)
            self.on_trial = []

    def rotate(self, now):
        """Rotates keys; some clients take the new secret too late."""
        statuses = self.simulation.statuses(now)
        candidates = [
            client
            for client in self.clients.values()
            if statuses.get(client.name) == "active" and not client.new_secret and client.secret
        ]
        for client in self.random.sample(candidates, min(len(candidates), len(self.clients) // 60)):
            code, secret = self.apikey.run(
                now, "rotate", client.name, "--overlap", "14d", codes=(0, 3)
            )
            if code == 0:
                client.new_secret = secret.strip()
                client.adopts = now + timedelta(days=self.random.randrange(18))
                self.count(now, "rotated")

"""The company: its users, its keys, and the clients that use them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

# The hours at which clients run: before cron's lines, and after them.
HOURS = (3, 12)

# Kinds of clients: the days between two runs, whether it is forgotten one day, and its share.
# 0 days: the key is never used. 371 days: a weekday at the turn of the year.
KINDS = [
    (365, False, 2),
    (371, False, 2),
    (200, False, 5),
    (91, False, 8),
    (30, True, 6),
    (0, False, 4),
    (7, True, 8),
    (1, True, 8),
    (30, False, 12),
    (7, False, 20),
    (1, False, 25),
]


@dataclass
class Client:
    """A program that presents the secret of its key."""

    name: str
    created: datetime
    # The days between two runs.
    period: int
    next_run: datetime | None
    owner: str | None
    # A forgotten client doesn't run from this time on.
    stops: datetime = datetime.max
    expires: datetime | None = None
    # Whether its owner has the expiry extended in time.
    is_extended: bool = True
    # Whether it runs again as soon as its key was activated again.
    reruns: bool = True
    secret: str = ""
    # The secret after a rotation, and when the client takes it.
    new_secret: str = ""
    adopts: datetime = datetime.max
    used: datetime | None = None

    def is_alive(self, now):
        """Returns whether the client will run again."""
        return self.next_run is not None and max(now, self.next_run) < self.stops

    def is_unused_for(self, days, now):
        """Returns whether the key was neither used nor created for so long."""
        return now - max(self.created, self.used or self.created) >= timedelta(days=days)

    def present(self, now):
        """Returns the secret for a run at `now`, and plans the next run."""
        if self.new_secret and now >= self.adopts:
            self.secret, self.new_secret = self.new_secret, ""
        while self.next_run <= now:
            self.next_run += timedelta(days=self.period)
        return self.secret


@dataclass
class Leave:
    """A user who is away: for good, or until a day."""

    user: str
    begin: datetime
    end: datetime | None


@dataclass
class Company:
    """Everything that happens by itself; fixed by the seed."""

    start: datetime
    days: int
    random: object
    users: list = field(default_factory=list)
    leaves: list = field(default_factory=list)
    # Clients by the names of their keys.
    clients: dict = field(default_factory=dict)

    def plan(self, keys):
        """Plans the users, and the clients of `keys` keys: six of ten exist at the start."""
        self.users = [f"user-{n:02}" for n in range(max(4, keys // 25))]
        leavers = self.random.sample(self.users, max(2, len(self.users) // 6))
        for n, user in enumerate(leavers):
            begin = self.start + timedelta(days=self.random.randrange(5, self.days), hours=2)
            # Every other one comes back.
            end = begin + timedelta(days=200) if n % 2 else None
            self.leaves.append(Leave(user, begin, end))
        for n in range(keys):
            client = self.client(n, n * 10 < keys * 6)
            self.clients[client.name] = client

    def client(self, number, is_old):
        """Plans a client; an old one has a past. The first ones are one of each kind."""
        random = self.random
        is_first = number < len(KINDS)
        shares = [share for *_, share in KINDS]
        kind = KINDS[number] if is_first else random.choices(KINDS, shares)[0]
        period, is_forgotten, _ = kind
        past = random.randrange(420, 900) if is_old else -random.randrange(self.days)
        created = self.start - timedelta(days=past)
        client = Client(
            name=f"key-{number:04}",
            created=created + timedelta(hours=1),
            period=period,
            next_run=self.run_after(created, period, is_old, is_first) if period else None,
            owner=random.choice(self.users) if random.random() < 0.9 else None,
            is_extended=random.random() < 0.8,
            reruns=random.random() < 0.8,
        )
        if is_forgotten:
            self.forget(client, is_old)
        if random.random() < 0.15:
            begin = max(created, self.start)
            client.expires = begin + timedelta(days=random.randrange(30, 400))
        self.bind_to_leave(client)
        return client

    def run_after(self, created, period, is_old, is_first):
        """Returns the first run of a client, or the last one before the start."""
        random = self.random
        if is_old:
            begin = self.start - timedelta(days=random.randint(1, period))
        else:
            begin = created + timedelta(days=1)
        if is_old and period > 364:
            # At the turn of the year, when cron deletes.
            begin = datetime(self.start.year, 1, 1) - timedelta(days=period - 365)
            # Of the first two, one is due the day before, and one the day after.
            day = (0 if period == 365 else 2) if is_first else random.randint(0, 2)
            begin += timedelta(days=day)
        return begin + timedelta(hours=HOURS[1] if is_first else random.choice(HOURS))

    def forget(self, client, is_old):
        """Ends the runs of a client, perhaps before the start."""
        client.stops = self.start + timedelta(days=self.random.randrange(-500, self.days))
        ago = self.start - client.stops
        if is_old and ago > timedelta():
            client.next_run = max(client.created, client.next_run - ago)
            client.stops = client.next_run + timedelta(hours=1)

    def bind_to_leave(self, client):
        """Lets half of the clients of a user who leaves stop, and all if the user comes back."""
        for leave in self.leaves:
            if client.owner == leave.user:
                if leave.end is None and self.random.random() < 0.5:
                    client.stops = min(client.stops, leave.begin)
                if client.created >= leave.begin:
                    client.owner = None

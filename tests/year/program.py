"""Runs apikey at any time, and cron's lines as the documentation has them."""

import glob
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Apikey:
    """The program with a database of its own, under libfaketime."""

    def __init__(self, binary, home):
        libraries = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
        if not libraries:
            raise SystemExit("libfaketime is missing; install the package faketime")
        self.binary = binary
        self.environment = {
            "HOME": home,
            "LD_PRELOAD": libraries[0],
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TZ": "UTC",
        }

    def run(self, at, *args, codes=(0,), lines=()):
        """Runs a command at the time `at`, and returns its exit code and its output."""
        environment = self.environment | {"FAKETIME": at.strftime("%Y-%m-%d %H:%M:%S")}
        ran = subprocess.run(
            [self.binary, *args],
            env=environment,
            input="".join(f"{line}\n" for line in lines),
            capture_output=True,
            text=True,
        )
        if ran.returncode not in codes:
            raise AssertionError(f"{at}: {args} ended with {ran.returncode}: {ran.stderr}")
        return ran.returncode, ran.stdout


@dataclass
class CronLine:
    """A line of a crontab, whose five times are each a number or `*`."""

    times: list
    # Commands. Each runs if the command before it ended with 0.
    commands: list

    def is_due(self, day):
        """Returns whether the line runs on the day."""
        _, _, *fields = self.times
        actual = [day.day, day.month, day.isoweekday() % 7]
        return all(field in ("*", str(number)) for field, number in zip(fields, actual))

    def time(self, day):
        """Returns when the line runs on the day."""
        minute, hour, *_ = self.times
        return day.replace(hour=int(hour), minute=int(minute))

    def run(self, apikey, at, limit=None):
        """Runs the line with its own limit of --at-most or another, and returns the exit code and
        the output of its last command."""
        for args in self.commands:
            if limit and "--at-most" in args:
                index = args.index("--at-most") + 1
                args = [*args[:index], str(limit), *args[index + 1 :]]
            code, out = apikey.run(at, *args, codes=(0, 1, 3))
            if code:
                break
        return code, out

    @property
    def unused_days(self):
        """Returns the days of --unused-for."""
        return int(re.search(r"--unused-for (\d+)d", " ".join(self.commands[-1]))[1])


def cron_lines():
    """Returns the three lines in docs/review.md by their last command."""
    page = (ROOT / "docs/review.md").read_text()
    block = re.search(r"```crontab\n(.*?)```", page, re.S)[1]
    jobs = [line.split(maxsplit=5) for line in block.splitlines() if " apikey " in line]
    lines = {}
    for *times, text in jobs:
        commands = [command.split()[1:] for command in text.split("&&")]
        lines[commands[-1][0]] = CronLine(times, commands)
    assert sorted(lines) == ["deactivate", "delete", "review"], lines
    return lines

#!/usr/bin/env python3
"""Simulates a year of a company's keys: the three lines for cron in docs/review.md, clients that
run daily to yearly or are forgotten, users who leave, rotations, expiries, and an administrator
who acts on the reviews. libfaketime sets the clock of each command.

docs/review.md has what it prints, and what makes it fail."""

import argparse
import random
import tempfile
from datetime import datetime

from company import Company
from program import ROOT, Apikey, cron_lines
from report import report
from simulation import Simulation


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--binary", default=str(ROOT / "target/release/apikey"))
    parser.add_argument("--keys", type=int, default=2000, help="default: 2000")
    parser.add_argument("--days", type=int, default=366, help="default: 366")
    parser.add_argument("--start", default="2027-03-01", help="default: 2027-03-01")
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    args = parser.parse_args()
    start = datetime.fromisoformat(args.start)
    company = Company(start, args.days, random.Random(args.seed))
    company.plan(args.keys)
    with tempfile.TemporaryDirectory() as home:
        simulation = Simulation(Apikey(args.binary, home), company, cron_lines())
        simulation.run()
    print(report(simulation))


if __name__ == "__main__":
    main()

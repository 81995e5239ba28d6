"""The tables of the year, as Markdown."""

from collections import Counter

# The columns after the month: the heading, and what is counted.
COLUMNS = [
    ("active", "active"),
    ("inactive", "inactive"),
    ("expired or blocked", "others"),
    ("client runs", "runs"),
    ("refused", "refused"),
    ("named next day", "named"),
    ("deactivated by cron", "deactivated by cron"),
    ("deleted by cron", "deleted by cron"),
    ("exits with 1 or 3", "stuck"),
    ("then changed by hand", "by hand"),
    ("activated again", "activated again"),
    ("lines a review", "lines"),
    ("new lines a day", "new lines"),
]

# Figures of a day, which have no sum.
DAILY = ("active", "inactive", "others", "lines", "new lines")


def table(rows):
    """Returns a table; the first row is its heading."""
    heading, *rest = [[cell if isinstance(cell, str) else f"{cell:,}" for cell in row] for row in rows]
    rule = ["---", *("---:" for _ in heading[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in [heading, rule, *rest])


def report(simulation):
    """Returns the months, the causes of refusals, and the lines of the last review."""
    start = simulation.company.start.strftime("%Y-%m")
    months = [item for item in sorted(simulation.months.items()) if item[0] >= start]
    rows, total = [["month", *(heading for heading, _ in COLUMNS)]], Counter()
    for month, counts in months:
        counts["stuck"] = counts["exits with 1"] + counts["exits with 3"]
        counts["by hand"] = counts["deactivated by hand"] + counts["deleted by hand"]
        for what in ("lines", "new lines"):
            counts[what] = round(counts[what] / max(counts["reviews"], 1))
        rows.append([month, *(counts[what] for _, what in COLUMNS)])
        total.update(counts)
    rows.append(["sum", *("" if what in DAILY else total[what] for _, what in COLUMNS)])
    causes = [["refused", "runs"], *sorted(simulation.refusals.items())]
    findings = simulation.findings.items()
    lines = [["check", "keys"], *sorted((check, len(keys)) for check, keys in findings if keys)]
    return "\n\n".join(table(rows) for rows in (rows, causes, lines))

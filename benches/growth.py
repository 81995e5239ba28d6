"""Draws docs/growth.svg from docs/growth.csv, which `cargo bench -- growth` writes.

    growth.py [CSV [SVG]]       `-` for SVG is stdout

Needs only Python's own library; the same numbers make the same bytes.
"""

import csv
import math
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"

# Okabe and Ito's colours, which colour-blind readers can distinguish; each line also has
# its own marker.
STYLES = [
    ("#0072b2", "circle"),
    ("#d55e00", "square"),
    ("#009e73", "diamond"),
    ("#cc79a7", "up"),
    ("#000000", "down"),
    ("#e69f00", "cross"),
]
WIDTH, HEIGHT = 1060, 460
TOP, BOTTOM = 56, 52
PANEL = 330
LABEL_HEIGHT = 16


class Panel:
    """One pair of logarithmic axes."""

    def __init__(self, left, title, column, lines):
        self.left, self.title, self.column, self.lines = left, title, column, lines
        values = [row[column] for rows in lines.values() for row in rows]
        keys = [row["keys"] for rows in lines.values() for row in rows]
        self.x_range = 0, math.ceil(math.log10(max(keys)))
        self.y_range = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(self, keys):
        low, high = self.x_range
        return self.left + PANEL * (math.log10(keys) - low) / (high - low)

    def y(self, value):
        low, high = self.y_range
        height = HEIGHT - TOP - BOTTOM
        return HEIGHT - BOTTOM - height * (math.log10(value) - low) / (high - low)

    def draw(self):
        yield text(self.left, TOP - 22, self.title, weight="bold")
        for power in range(self.y_range[0], self.y_range[1] + 1):
            y = self.y(10**power)
            yield line(self.left, y, self.left + PANEL, y, "#dddddd")
            yield text(self.left - 8, y + 4, number(10**power), anchor="end")
        for power in range(self.x_range[0], self.x_range[1] + 1):
            x = self.x(10**power)
            yield line(x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 5, "#555555")
            yield text(x, HEIGHT - BOTTOM + 20, power_of_ten(power), anchor="middle")
        yield line(self.left, HEIGHT - BOTTOM, self.left + PANEL, HEIGHT - BOTTOM, "#555555")
        yield text(self.left + PANEL / 2, HEIGHT - 12, "keys in the database", anchor="middle")
        ends = []
        for (name, rows), (colour, marker) in zip(self.lines.items(), STYLES):
            points = [(self.x(row["keys"]), self.y(row[self.column])) for row in rows]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
            for x, y in points:
                yield mark(x, y, colour, marker)
            ends.append((points[-1], name, colour, marker))
        yield from self.labels(ends)

    def labels(self, ends):
        """The name of each line at its right end, moved down below the name before it."""
        ends.sort(key=lambda end: (end[0][1], end[1]))
        # The lowest position that leaves room for the names below.
        lowest = HEIGHT - BOTTOM - LABEL_HEIGHT * (len(ends) - 1)
        last = -math.inf
        for (x, y), name, colour, marker in ends:
            at = max(min(y, lowest), last + LABEL_HEIGHT)
            last, lowest = at, lowest + LABEL_HEIGHT
            right = self.left + PANEL
            yield (
                f'<polyline points="{x + 6:.1f},{y:.1f} {right + 4},{y:.1f} {right + 12},{at:.1f}"'
                f' fill="none" stroke="{colour}" stroke-width="1" stroke-dasharray="2 2"/>'
            )
            yield mark(right + 20, at, colour, marker)
            yield text(right + 30, at + 4, name)


def line(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def text(x, y, words, anchor="start", weight="normal"):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}"'
        f' fill="#222222">{words}</text>'
    )


def mark(x, y, colour, marker):
    if marker == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
    shapes = {
        "square": [(-4, -4), (4, -4), (4, 4), (-4, 4)],
        "diamond": [(0, -5), (5, 0), (0, 5), (-5, 0)],
        "up": [(0, -5), (5, 4), (-5, 4)],
        "down": [(0, 5), (5, -4), (-5, -4)],
        "cross": [(-1, -5), (1, -5), (1, -1), (5, -1), (5, 1), (1, 1)]
        + [(1, 5), (-1, 5), (-1, 1), (-5, 1), (-5, -1), (-1, -1)],
    }
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in shapes[marker])
    return f'<polygon points="{points}" fill="{colour}"/>'


def number(value):
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def power_of_ten(power):
    return number(10**power) if power < 4 else f"10{str(power).translate(SUPERSCRIPT)}"


SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def read(path):
    """The rows of each command, in the order of the file."""
    lines = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            fields = {name: float(row[name]) for name in ("keys", "milliseconds", "peak_mib")}
            lines.setdefault(row["command"], []).append(fields)
    return lines


def draw(lines):
    panels = [
        Panel(62, "Time of the whole process, milliseconds", "milliseconds", lines),
        Panel(592, "Peak memory, MiB", "peak_mib", lines),
    ]
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="12">'
    )
    yield "<title>What commands take from one key to ten million</title>"
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    for panel in panels:
        yield from panel.draw()
    yield "</svg>"


def main():
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS / "growth.csv"
    target = sys.argv[2] if len(sys.argv) > 2 else DOCS / "growth.svg"
    drawn = "\n".join(draw(read(source))) + "\n"
    if target == "-":
        sys.stdout.buffer.write(drawn.encode())
    else:
        Path(target).write_text(drawn, encoding="utf-8")


main()

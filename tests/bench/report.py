"""What a run leaves: JSON, a table on the terminal, a page, a chart."""

import json

import pygal
from pygal.style import Style

from bench import figures
from bench.figures import REFERENCES

COLOURS = {
    "casgate": "#0b6e4f",
    "nginx": "#8d99ae",
    "haproxy": "#c9ada7",
    "hitch": "#e0e1dd",
}

PAGE = """<!-- Written by `./dev bench`: run it again instead of changing it. -->
# casgate beside nginx, HAProxy and hitch

{when}

![CPU and memory in proportion to the better one of nginx and HAProxy](performance.svg)

Each cell is the median of the rounds ({rounds} of each row, interleaved; 2 of memory
above 1,000 channels), with the lowest and the highest; less is better everywhere. *Ratio* is casgate to the
better one of nginx and HAProxy, in medians; *growth* is casgate to itself in
the first row of a table. Wall-clock times depend on whatever else the machine
does, CPU time does a little, and memory does not.
{failures}
{tables}
## How it is measured

- Everything runs on one machine, over the loopback device. With one worker,
  the proxy has a core to itself, also one that would choose another (hitch);
  what drives it and what answers it share the others. With two workers, the proxy has two cores, of which a machine of two
  has none to spare.
- A proxy is started anew for each round of each row. The rounds of a row take
  the proxies in turn; where *growth* is told, those of the whole table do.
- *CPU* is user and system time of all the proxy's processes, as the kernel's
  own clocks tell it, for each operation. *Memory* is the growth of anonymous
  memory (PSS) of all its processes over the just started proxy; what the
  kernel keeps for sockets is not in it.
- Clients speak TLS 1.3, or 1.2 where the row says so, with AES-256-GCM and
  X25519. Answers have a body of 1 KiB.
- A channel is one connection, as Outlook opens them: half of them are
  RPC_IN_DATA, half RPC_OUT_DATA. A ping of 20 bytes goes up one and comes
  back down another.
- A *Handshakes* row is connect, handshake, one GET and close; casgate opens a
  connection to the server for each, as NTLM demands, while nginx and HAProxy
  use theirs again.
- In a *storm*, all clients connect in the same moment, with full handshakes;
  pings are those due from then until the last client is served.
- All but hitch, which knows no HTTP, write an access log to a file. The
  configurations are those in `tests/bench/conf`, as each one's own guide
  advises for this traffic.

The command was `{command}`. Without words it measures everything and writes
this page; `./dev bench --list` tells what can be named.
"""


def number(value):
    """Three digits that count, as far as there are so many."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def cell(told):
    if told is None:
        return "–"
    text = number(told["median"])
    if len(told["values"]) > 1:
        text += f" ({number(told['low'])}–{number(told['high'])})"
    return text


def wanted(line):
    parts = []
    if line["goal"] is not None:
        parts.append(f"≤ {line['goal']:g} ×")
    if line["most"] is not None:
        parts.append(f"≤ {line['most']:g} {line['unit']}")
    if line["growth"] is not None:
        parts.append(f"growth ≤ {figures.GROWTH_MAX:g}")
    verdict = {None: "", True: " ✓", False: " ✗"}[figures.met(line)]
    return " and ".join(parts) + verdict


def row(line):
    cells = [f"{line['trial']}: {line['title']}, {line['unit']}"]
    cells += [cell(line["products"].get(name)) for name in COLOURS]
    for key in ("ratio", "growth"):
        cells.append("" if line[key] is None else f"{line[key]:.2f}")
    return cells + [wanted(line)]


def said(line):
    """A line for the terminal."""
    cells = [f"{name} {cell(told)}" for name, told in line["products"].items()]
    if line["ratio"] is not None:
        cells.append(f"ratio {line['ratio']:.2f}")
    return f"{line['title']}, {line['unit']}: {', '.join(cells)}"


def table(lines):
    """A Markdown table whose columns are also straight in plain text."""
    rows = [["", *COLOURS, "ratio", "growth", "goal"], *map(row, lines)]
    if not any(line["growth"] for line in lines):
        rows = [cells[:-2] + cells[-1:] for cells in rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    rows.insert(1, ["-" * width for width in widths])
    return "".join(
        "| " + " | ".join(map(str.ljust, cells, widths)) + " |\n" for cells in rows
    )


def tables(lines):
    groups = {}
    for line in lines:
        groups.setdefault(line["group"], []).append(line)
    return "\n".join(f"## {group}\n\n{table(of)}" for group, of in groups.items())


def page(run):
    host = run["machine"]
    products = ", ".join(f"{name} {text}" for name, text in run["versions"].items())
    when = (
        f"Measured on {host['date']} with {host['cores']} cores of {host['processor']}, "
        f"{host['system']}, Linux {host['kernel']}, OpenSSL {host['openssl']}: {products}."
    )
    failures = "".join(f"- {failure}\n" for failure in run["failures"])
    return PAGE.format(
        when=when,
        rounds=run["rounds"],
        command=run["command"],
        failures=f"\nSome rounds failed and are not in the tables:\n\n{failures}"
        if failures
        else "",
        tables=tables(run["lines"]),
    )


def chart(run):
    """Bars in proportion to the better reference, for what the machine's other
    work does not change: CPU time and memory."""
    lines = [
        line
        for line in run["lines"]
        if line["goal"] is not None
        and line["unit"] not in ("s", "ms")
        and all(name in line["products"] for name in REFERENCES)
    ]
    names = ["casgate", *REFERENCES]
    bars = pygal.HorizontalBar(
        style=Style(
            background="white",
            plot_background="white",
            colors=[COLOURS[name] for name in names],
            label_font_size=11,
            major_label_font_size=11,
            legend_font_size=13,
            title_font_size=13,
        ),
        js=[],
        width=900,
        height=120 + 50 * len(lines),
        explicit_size=True,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(names),
        y_labels=[half / 2 for half in range(6)],
        x_title="1 = the better one of nginx and HAProxy; shorter is better",
    )
    # The first line is to be on top.
    lines.reverse()
    bars.x_labels = [label(line) for line in lines]
    for name in names:
        bars.add(name, [proportion(line, name) for line in lines])
    return bars.render(is_unicode=True)


def label(line):
    group = line["group"].split()[0]
    title = "" if line["title"] == "CPU" else f", {line['title']}"
    return f"{group}: {line['trial']}{title}"


def proportion(line, name):
    told = line["products"]
    if name not in told:
        return None
    better = min(told[other]["median"] for other in REFERENCES)
    return round(told[name]["median"] / better, 3)


def write(run, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "performance.json").write_text(json.dumps(run, indent=1) + "\n")
    (folder / "performance.md").write_text(page(run))
    (folder / "performance.svg").write_text(chart(run) + "\n")

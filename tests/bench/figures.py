"""What is measured, and what is made of the values: median, range, ratio."""

import dataclasses
import math
import statistics

REFERENCES = ("nginx", "haproxy")
GROWTH_MAX = 1.1


@dataclasses.dataclass(frozen=True)
class Figure:
    """A line of the result: less is better in all of them."""

    key: str
    title: str
    unit: str
    goal: float = None  # at most so many times the better of REFERENCES
    most: float = None  # at most this, in the figure's own unit


def percentile(values, percent):
    """The smallest of the values that `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def summary(values):
    return {
        "values": values,
        "median": statistics.median(values),
        "low": min(values),
        "high": max(values),
    }


def ratio(summaries):
    """casgate's median to the better one of the references; None without."""
    medians = [summaries[name]["median"] for name in REFERENCES if name in summaries]
    if "casgate" not in summaries or not medians or min(medians) <= 0:
        return None
    return summaries["casgate"]["median"] / min(medians)


def result(figure, values_of):
    """A figure's line: `values_of` has the values of each product's rounds."""
    summaries = {name: summary(values) for name, values in values_of.items()}
    line = {**dataclasses.asdict(figure), "products": summaries, "growth": None}
    line["ratio"] = ratio(summaries)
    return line


def set_growth(line, base):
    """Compares casgate with itself, in the line of the trial it starts from."""
    if "casgate" in line["products"] and "casgate" in base["products"]:
        line["growth"] = (
            line["products"]["casgate"]["median"] / base["products"]["casgate"]["median"]
        )


def met(line):
    """Whether casgate reaches what is wanted; None if nothing is, or if the
    run does not tell."""
    wanted = [(line["ratio"], line["goal"]), (line["growth"], GROWTH_MAX)]
    if "casgate" in line["products"]:
        wanted.append((line["products"]["casgate"]["median"], line["most"]))
    verdicts = [
        value <= most for value, most in wanted if value is not None and most is not None
    ]
    return all(verdicts) if verdicts else None

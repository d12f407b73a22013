"""What is measured, and what is made of the values: median, range, ratio."""

import dataclasses
import math
import statistics

REFERENCES = ("nginx", "haproxy")


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
    line = {**dataclasses.asdict(figure), "products": summaries}
    line["ratio"] = ratio(summaries)
    line["met"] = met(line)
    return line


def met(line):
    """Whether casgate reaches what is wanted; None if nothing is, or if the
    run does not tell."""
    verdicts = []
    if line["goal"] is not None and line["ratio"] is not None:
        verdicts.append(line["ratio"] <= line["goal"])
    if line["most"] is not None and "casgate" in line["products"]:
        verdicts.append(line["products"]["casgate"]["median"] <= line["most"])
    return all(verdicts) if verdicts else None

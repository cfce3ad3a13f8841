"""Coordinates of the bars of a chart. Pure: figures in, coordinates out; the template draws and labels them."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 160
GROUP = 48  # width of one group of bars
BAR = 16


@dataclass(frozen=True, slots=True)
class Bar:
    """`series` counts from 0; x, y, width and height in the chart's own units."""

    series: int
    x: int
    y: float
    width: int
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    bars: Sequence[Bar]
    labels: Sequence[tuple[int, str]]  # x of the middle, text
    width: int
    height: int
    highest: int


def grouped_bars(groups: Sequence[tuple[str, Sequence[int]]]) -> Chart:
    """One group of bars per label, side by side; nothing is drawn below 0."""
    highest = max((figure for _, figures in groups for figure in figures), default=0)
    bars, labels = [], []
    for index, (label, figures) in enumerate(groups):
        left = index * GROUP + (GROUP - BAR * len(figures)) // 2
        labels.append((index * GROUP + GROUP // 2, label))
        for series, figure in enumerate(figures):
            height = round(HEIGHT * max(0, figure) / highest, 1) if highest else 0.0
            if height:
                bars.append(Bar(series, left + BAR * series, round(HEIGHT - height, 1), BAR - 2, height))
    return Chart(bars, labels, GROUP * len(groups), HEIGHT, highest)

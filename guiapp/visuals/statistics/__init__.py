"""Statistics of weights: how their values are spread, and how that changes over time."""

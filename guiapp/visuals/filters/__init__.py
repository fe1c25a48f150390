"""Filters: the kernels that a convolution slides over its input."""

"""Convnet Studio: build convolutional networks in a form and watch them learn."""

__version__ = "0.1.0"

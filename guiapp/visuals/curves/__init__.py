"""Curves: loss and accuracy over the steps."""

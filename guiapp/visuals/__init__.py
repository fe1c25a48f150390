"""One folder a view: compute.py (arrays) and panel.py (Qt)."""

"""The window: pages, form, timeline and the engine's client."""

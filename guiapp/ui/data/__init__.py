"""The Data place: which images, which classes, how they are divided, and how they look."""

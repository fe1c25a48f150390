"""The place where any layer can be looked at, for any image, at any recorded step."""

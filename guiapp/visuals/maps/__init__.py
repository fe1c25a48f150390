"""Feature maps: what each channel of a layer's output shows of an image."""

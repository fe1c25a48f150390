"""The Train place: settings, runs, and a dashboard of panels that move while the network learns."""

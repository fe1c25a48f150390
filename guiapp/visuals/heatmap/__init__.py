"""What mattered: which places of an image the network's answer depends on."""

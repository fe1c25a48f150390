"""The place where images are asked about, one by one or in bulk."""

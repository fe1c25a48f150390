"""Images on disk become datasets, and datasets become arrays."""

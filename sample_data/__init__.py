"""The city's real boundaries, and a synthetic town drawn inside them."""

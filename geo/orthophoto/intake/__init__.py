"""Delivered sheets, opened and made into tiles in child processes that import no more than that takes."""

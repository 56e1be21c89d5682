"""Surveys of the whole city: delivered sheets are checked, built into pyramids of tiles, and read on any grid."""

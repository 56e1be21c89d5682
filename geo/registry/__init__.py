"""Parcels, designated roads and permits, and the review of a building site."""

"""Paju's spatial information: subjects are folders here, the ground they stand on is files here.

orthophoto   surveys of the whole city: checked, ingested, tiled, read on any grid
change       what was built, cleared or dug between two surveys, and which of it no permit explains
registry     parcels, designated roads and permits, and the review of a building site
disaster     risk zones, their facilities, works, budget and progress
features     every layer as a collection for map clients
maps         Folium pages that open with no network
"""

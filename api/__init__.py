"""The doors: each route parses, makes one call into geo, and presents."""

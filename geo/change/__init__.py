"""What changed between two surveys: aligned, compared block by block, classified, and set against the permits."""

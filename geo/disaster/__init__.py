"""Natural disaster risk zones (자연재해위험개선지구): zones, works, budget and progress, and pumped storage."""

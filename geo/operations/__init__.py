"""What the operator looks after: the city's condition, its backups, the package for a machine with no network."""

"""Every layer of the city as a collection for map clients."""

"""How the building channel is learned: data, augmentation, network, training, figures, export. Needs torch."""

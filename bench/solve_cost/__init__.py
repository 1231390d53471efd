"""What the solve costs by requests, by their rows, and by the size of the model."""

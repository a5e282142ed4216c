"""What answers predictions: the process behind an endpoint."""

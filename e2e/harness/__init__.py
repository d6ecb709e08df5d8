"""What the end-to-end tests stand on: servers to start, kill and restart, and AWS's own clients pointed at them."""

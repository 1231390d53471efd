"""Every way to forget, side by side in one run: what it leaks, what it refuses, what it costs."""

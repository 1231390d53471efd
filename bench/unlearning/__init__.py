"""Ways to unlearn, side by side in one run: what each forgets, what it keeps, what it costs."""

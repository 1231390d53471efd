"""Screening, measured: what it costs, whom it troubles, and how it does beside a plain gate."""

"""Attacks the guard on the shipped patient and counts what gets through."""

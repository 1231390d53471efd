"""TOFU as published (Maini et al. 2024), on patients of the shipped kind, scored in llama.cpp."""

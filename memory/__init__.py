"""What is remembered, and how it is forgotten to the last byte.

Knows files, SQLite, Chroma and LangGraph's tables. Knows no model, no prompt, no screen.
"""

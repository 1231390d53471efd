"""Anybody's input against every door of the product: no traceback, no hang, no lost request."""

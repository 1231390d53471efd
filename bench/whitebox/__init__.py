"""Looks inside a model after forgetting: the white-box checks, on people of the world."""

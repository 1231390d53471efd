"""The two faces, driven by a session that says what a test wrote down."""

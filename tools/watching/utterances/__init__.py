"""What the watchdog is trained and scored on: utterances written for this project."""

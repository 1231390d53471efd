"""What the surgeon's edit does as more people are forgotten: told, kept, attacked, undone, paid."""

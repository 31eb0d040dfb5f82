"""What a council sets up for itself: its settings, kept in versions, and its libraries of standard texts."""

"""What risk closes by itself, priced, tried, and tried again."""

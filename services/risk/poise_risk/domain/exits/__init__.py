"""What risk closes by itself: what is due, and how it is carried out."""

"""What a person who runs a desk does: look at it, halt and resume it, flatten it, end a lock."""

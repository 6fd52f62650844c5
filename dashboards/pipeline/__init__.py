"""Whether everything runs, keeps up, and how long each step takes."""

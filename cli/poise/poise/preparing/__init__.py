"""What is done before a desk runs: its configuration checked, its database migrated, keys made, completion set up."""

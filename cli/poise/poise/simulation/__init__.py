"""The whole desk in one process on a virtual clock: what seeded simulations run, and the back-test grows from."""

"""The demonstration: `./dev demo`."""

// This target's sources are on their way.

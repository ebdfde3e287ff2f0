"""What the exit code of a verb means; 64 is wrong usage, as in BSD's `sysexits.h`."""

DONE, FAILED, DOWN, USAGE, INTERRUPTED = 0, 1, 2, 64, 130

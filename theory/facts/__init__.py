"""Facts about scalar functions, proved once and used by many claims."""

"""The readme's files for systemd, nginx and Caddy, put to use."""

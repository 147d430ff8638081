"""The examples for systemd, nginx, Caddy and containers, put to use."""

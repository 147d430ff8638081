"""Browser login for Quart, with server-side sessions that stay right under concurrency."""

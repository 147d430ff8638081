"""What an application's own tests need."""

from quart_app.testing.clock import FakeClock

__all__ = ["FakeClock"]

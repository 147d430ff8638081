"""Where requests go and where they come from, as far as cookies are concerned."""

from __future__ import annotations

from dataclasses import replace

from quart_app.testing.cookie_jar import CookieContext

HERE = CookieContext(host="site.example.org", path="/", secure=True, page_site="example.org")
PLAIN = replace(HERE, secure=False)
FETCH_FROM_ELSEWHERE = replace(
    HERE, cross_site=True, is_navigation=False, page_site="elsewhere.test"
)
LINK_FROM_ELSEWHERE = replace(HERE, cross_site=True)
FORM_FROM_ELSEWHERE = replace(HERE, cross_site=True, is_safe=False)

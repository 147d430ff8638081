"""What becomes of the tests in express-session's test/session.js (1.19). Where a name has
a part before the colon, that is the group it stands in."""

from __future__ import annotations

from tests.drop_in.promises import kept, not_kept, otherwise

OF_NODE = "about node's and connect's own objects"
NOT_WRITTEN = "test_an_unmodified_session_is_not_written"
WRITTEN = "test_a_modified_session_is_written_once"
UNTOUCHED = "test_an_untouched_session_is_neither_stored_nor_sent"
FOUND_AGAIN = "test_a_new_session_is_stored_and_found_again"
STORED = "test_it_is_stored_when_the_answer_ends"
SAVE_ERROR = "test_an_error_while_it_is_saved_reaches_the_page"
FORGED = "test_a_cookie_that_we_cannot_have_made_costs_no_call"
TOLD_AGAIN = "test_a_lasting_cookie_is_told_again_once_in_a_tenth_of_its_time"
SECURE_AUTO = "test_secure_auto_follows_the_connection"
NOT_BELIEVED = "test_what_a_client_says_of_its_connection_is_not_believed"
SIGNED = "a token of 256 random bits is not signed, so no secret is needed for it"

EXPRESS = (
    not_kept("should export constructors", why=OF_NODE),
    not_kept("should do nothing if req.session exists", why="Quart opens each session once"),
    not_kept("should error without secret; should get secret from req.secret", why=SIGNED),
    kept("should create a new session; should load session from cookie sid", FOUND_AGAIN),
    kept("should pass session fetch error", "test_an_error_while_it_is_looked_up_reaches_the_page"),
    not_kept(
        "should treat ENOENT session fetch error as not found",
        why="a store says `None` for what is not there, and never by an error",
    ),
    kept("should create multiple sessions", "test_two_visitors_have_two_sessions"),
    not_kept(
        "should handle empty req.url; multiple res.end calls; res.end(null) calls", why=OF_NODE
    ),
    kept(
        "should handle reserved properties in storage",
        "test_an_entry_named_like_a_method_is_an_entry",
    ),
    otherwise(
        "should only have session data enumerable (and cookie)",
        "test_only_its_data_is_listed",
        how="and no cookie",
    ),
    otherwise(
        "should not save with bogus req.sessionID",
        "test_the_sid_is_read_only",
        how="nobody can set it",
    ),
    otherwise(
        "should update cookie expiration when slow write",
        TOLD_AGAIN,
        how="the age in the cookie counts from its arrival",
    ),
    kept(
        "when response ended: should have saved session, also with empty response, multi-write, "
        "non-chunked response",
        STORED,
    ),
    otherwise(
        "when response ended: should have saved session with updated cookie expiration",
        "test_looking_resets_its_expiration",
        how="noted ten times in a lifetime, not at each request",
    ),
    kept(
        "when sid not in store: should create a new session; should have a new sid",
        "test_a_session_that_the_store_lost_is_a_new_one",
    ),
    otherwise(
        "when sid not properly signed: should generate new session; should not attempt fetch from "
        "store",
        FORGED,
        how="so for what has not a token's shape; a guessed token costs one call and finds nothing",
    ),
    kept(
        "when session expired in store: should create a new session; should have a new sid; should "
        "not exist in store",
        "test_an_expired_session_is_a_new_one",
    ),
    otherwise(
        "when session without cookie property in store: should pass error from inflate",
        "test_what_cannot_be_decoded_is_logged_and_nobodys",
        how="what cannot be read is logged, and its visitor a new one",
    ),
    otherwise(
        "proxy option (7 tests)",
        NOT_BELIEVED,
        "tests/web/test_hosts.py::test_a_proxy_says_whether_it_spoke_https",
        how="no option here: `TRUSTED_PROXIES`, or the server's own, says whom to believe",
    ),
    otherwise(
        'cookie option: when "path" set (6 tests)',
        "test_the_cookie_goes_to_its_path_only",
        "test_other_paths_set_the_cookie_too",
        how="the cookie goes to its path only; another path that stores something sets it too, "
        "and does not get it back",
    ),
    kept(
        'cookie option: when "secure" set to "auto" (4 tests)',
        SECURE_AUTO,
        NOT_BELIEVED,
    ),
    otherwise(
        'cookie option: when "cookie" is a function (2 tests)',
        "test_a_handler_can_override_its_attributes",
        how="`session.set_cookie_attributes()` for one answer",
    ),
    not_kept(
        'cookie option: when "sameSite" set to "auto" (10 tests)',
        why="`None` for all of https would have other sites' forms bring the cookie",
    ),
    otherwise(
        'cookie option: when "secure" is "true": should not set cookie when insecure',
        "test_a_secure_cookie_over_plain_http_is_logged",
        how="sent all the same, since a proxy that is not known may do TLS; browsers refuse it "
        "otherwise, and the log says so",
    ),
    not_kept("genid option (5 tests)", FORGED, why="a token is never anything but 256 random bits"),
    kept("key option, name option (4 tests)", "test_the_settings_name_it"),
    kept("rolling option: should default to false", NOT_WRITTEN, "test_the_cookie_is_set_once"),
    otherwise(
        "rolling option: should force cookie on unmodified session",
        TOLD_AGAIN,
        how="a lasting cookie, ten times in its lifetime; one without an age never needs it",
    ),
    kept(
        "rolling option: should not force cookie on uninitialized session if saveUninitialized "
        "option is set to false",
        UNTOUCHED,
    ),
    not_kept(
        "rolling option: should force cookie and save uninitialized session if saveUninitialized "
        "option is set to true",
        why="a visitor who stores nothing has no session",
    ),
    kept(
        "rolling option: should force cookie and save modified session even if saveUninitialized "
        "option is set to false",
        FOUND_AGAIN,
    ),
    not_kept(
        "resave option: should default to true; when true: should force save on unmodified session",
        NOT_WRITTEN,
        why="what writes back what it only read undoes what others changed meanwhile",
    ),
    kept("resave option: when false: should prevent save on unmodified session", NOT_WRITTEN),
    kept("resave option: when false: should still save modified session", WRITTEN),
    kept('resave option: when false: should detect a "cookie" property as modified', WRITTEN),
    not_kept(
        "resave option: when false: should pass session touch error",
        "test_a_session_that_could_not_be_touched_is_still_a_session",
        why="nothing of the visitor's is lost, so the page goes on, and the log says so",
    ),
    not_kept(
        "saveUninitialized option: should default to true; should force save of uninitialized "
        "session",
        UNTOUCHED,
        why="a visitor who stores nothing has no session",
    ),
    kept(
        "saveUninitialized option: should prevent save of uninitialized session; should prevent "
        "uninitialized session from being touched",
        UNTOUCHED,
    ),
    kept("saveUninitialized option: should still save modified session", FOUND_AGAIN),
    kept("saveUninitialized option: should pass session save error", SAVE_ERROR),
    not_kept("secret option (6 tests)", why=SIGNED),
    not_kept("unset option: should reject unknown values", why="there is no such option"),
    otherwise(
        "unset option: should default to keep; should allow destroy on req.session = null",
        "test_destroying_it_ends_it_and_its_cookie",
        how="`session` itself cannot be taken away; `session.clear()` destroys it",
    ),
    kept(
        "unset option: should not set cookie if initial session destroyed",
        "test_one_that_is_destroyed_at_once_sets_no_cookie",
    ),
    kept("unset option: should pass session destroy error", SAVE_ERROR),
    not_kept("res.end patch (3 tests)", why=OF_NODE),
    kept("req.session: should persist", FOUND_AGAIN),
    kept(
        "req.session: should only set-cookie when modified",
        NOT_WRITTEN,
        "test_the_cookie_is_set_once",
    ),
    kept("req.session: should not have enumerable methods", "test_only_its_data_is_listed"),
    otherwise(
        "req.session: should not be set if store is disconnected; should be set when store "
        "reconnects",
        "test_pages_without_a_session_go_on_without_the_store",
        how="pages that do not look go on, those that do are answered with 503",
    ),
    kept(".destroy()", "test_destroying_it_ends_it_and_its_cookie"),
    otherwise(
        ".regenerate()",
        "test_regenerating_replaces_it",
        "test_regenerating_after_clearing_begins_anew",
        how="a new token for the same values; `session.clear()` before it drops them",
    ),
    kept(
        ".reload(): should reload session from store",
        "test_reloading_finds_what_another_request_has_stored",
    ),
    otherwise(
        ".reload(): should error is session missing",
        "test_reloading_one_that_has_ended_finds_nothing",
        how="it holds nothing then; only an outage raises",
    ),
    not_kept(
        ".reload(): should not override an overridden `reload` in case of errors", why=OF_NODE
    ),
    otherwise(
        ".save(): should save session to store",
        "test_saving_stores_it_before_the_answer",
        how="a new session waits for the answer that carries its cookie; `save` says so",
    ),
    kept(
        ".save(): should prevent end-of-request save, also on reloaded session, and when "
        "saveUninitialized is false",
        "test_what_was_saved_is_not_saved_again",
    ),
    otherwise(
        ".touch(): should reset session expiration",
        "test_looking_resets_its_expiration",
        how="looking does; there is no method for it",
    ),
    not_kept(
        ".cookie: should serialize as parameters",
        why="the session holds no cookie; its lifetimes are attributes of its own",
    ),
    kept(
        ".cookie: should default to a browser-session length cookie",
        "test_its_cookie_ends_with_the_browser",
    ),
    kept(
        ".cookie: should Set-Cookie only once for browser-session cookies",
        "test_the_cookie_is_set_once",
    ),
    kept(".cookie: should override defaults", "test_a_handler_can_override_its_attributes"),
    otherwise(
        ".cookie: should forward errors setting cookie",
        "tests/sessions/test_settings.py::test_a_cookie_that_browsers_would_refuse_stops_the_start",
        how="settings that cannot work end the start",
    ),
    kept(
        ".cookie: should preserve cookies set before writeHead is called, and in it",
        "test_the_applications_own_cookies_are_kept",
    ),
    otherwise(
        ".originalMaxAge (3 tests)",
        "test_its_lifetime_is_the_same_at_all_requests",
        how="`session.idle_lifetime`",
    ),
    otherwise(
        ".secure: should set cookie when secure; should not set-cookie when insecure",
        SECURE_AUTO,
        "test_a_secure_cookie_over_plain_http_is_logged",
        how="as for the option",
    ),
    kept(".maxAge (3 tests)", "test_its_age_is_that_of_the_session"),
    not_kept(
        ".expires: when given a Date",
        "test_a_custom_end",
        why="lifetimes are durations; `session.absolute_lifetime` sets a fixed end",
    ),
    otherwise(
        ".expires: when null (3 tests)",
        "test_one_that_is_not_permanent_any_more_ends_with_the_browser",
        how="`session.permanent = False`",
    ),
    kept(".partitioned (3 tests)", "test_it_is_partitioned_if_the_settings_say_so"),
    not_kept("synchronous store (2 tests)", why="every store is asynchronous"),
    not_kept("cookieParser() (4 tests)", why=OF_NODE),
)

"""What becomes of the tests of Django 5.2's `SessionTestsMixin`. A name without `_async` stands for
that of the asynchronous twin too."""

from __future__ import annotations

from tests.drop_in.promises import kept, not_kept, otherwise

LOOKING = "test_looking_accesses_and_does_not_modify"
NO_FOREIGN_KEY = "test_a_cookie_that_is_none_of_ours_is_never_taken_up"
UNDECODABLE = "test_what_cannot_be_decoded_is_logged_and_nobodys"

DJANGO = (
    kept("test_new_session", "test_new_session"),
    kept("test_get_empty", "test_get_empty"),
    kept("test_store", "test_store"),
    otherwise(
        "test_pop",
        "test_pop",
        "test_what_comes_and_goes_in_one_request_modifies_nothing",
        how="taking out what is stored modifies; putting in and taking out at once does not",
    ),
    kept("test_pop_default", "test_pop_default"),
    kept("test_pop_default_named_argument", "test_pop_default_named_argument"),
    kept("test_pop_no_default_keyerror_raised", "test_pop_no_default_keyerror_raised"),
    kept("test_setdefault", "test_setdefault"),
    kept("test_update", "test_update"),
    kept("test_has_key", LOOKING),
    kept("test_values", LOOKING, "test_values_of_an_empty_session"),
    kept("test_keys", LOOKING),
    kept("test_items", LOOKING),
    kept("test_clear", "test_clear"),
    otherwise(
        "test_save",
        "test_save",
        "test_an_empty_session_is_not_stored",
        how="what holds something is stored; Django also stores what is empty",
    ),
    kept("test_delete", "test_delete"),
    otherwise("test_flush", "test_flush", how="`session.clear()`; it takes effect with the answer"),
    otherwise(
        "test_cycle", "test_cycle", how="`session.regenerate()`; it takes effect with the answer"
    ),
    kept("test_cycle_with_no_session_cache", "test_cycle_with_no_session_cache"),
    kept("test_save_doesnt_clear_data", "test_save_doesnt_clear_data"),
    kept("test_invalid_key", "test_invalid_key"),
    otherwise(
        "test_session_key_empty_string_invalid", NO_FOREIGN_KEY, how="such a cookie is no token"
    ),
    otherwise(
        "test_session_key_too_short_invalid", NO_FOREIGN_KEY, how="such a cookie is no token"
    ),
    not_kept(
        "test_session_key_valid_string_saved",
        NO_FOREIGN_KEY,
        why="nothing is stored under a token that is not ours, so that none can be planted",
    ),
    kept(
        "test_session_key_is_read_only",
        "test_session_key_is_read_only",
        "test_the_sid_is_read_only",
    ),
    otherwise(
        "test_default_expiry",
        "test_default_expiry",
        how="`session.idle_lifetime` is that of the settings; 0 is no lifetime here",
    ),
    otherwise(
        "test_custom_expiry_seconds", "test_custom_expiry", how="a `timedelta` in place of seconds"
    ),
    otherwise(
        "test_custom_expiry_timedelta", "test_custom_expiry", how="`session.idle_lifetime = …`"
    ),
    not_kept(
        "test_custom_expiry_datetime",
        "test_a_custom_end",
        why="lifetimes are durations; `session.absolute_lifetime` sets a fixed end",
    ),
    otherwise(
        "test_custom_expiry_reset",
        "test_custom_expiry_reset",
        how="`session.idle_lifetime = None`",
    ),
    otherwise(
        "test_get_expire_at_browser_close",
        "test_get_expire_at_browser_close",
        how="`session.permanent` says so, and `SESSION_PERMANENT`",
    ),
    kept("test_decode", "test_decode"),
    otherwise(
        "test_decode_failure_logged_to_security",
        UNDECODABLE,
        how="a warning of `quart_app.sessions`, and a new visitor",
    ),
    otherwise("test_decode_serializer_exception", UNDECODABLE, how="a warning, and a new visitor"),
    otherwise(
        "test_actual_expiry",
        "test_custom_expiry",
        "test_an_expiry_in_the_past_is_refused",
        how="a lifetime that is over ends it; one that lies in the past is refused",
    ),
    kept("test_session_load_does_not_create_record", "test_session_load_does_not_create_record"),
    otherwise(
        "test_session_save_does_not_resurrect_session_logged_out_in_other_context",
        "test_session_save_does_not_resurrect_session_logged_out_in_other_context",
        how="nothing comes back; in place of `UpdateError` there is a line in the log",
    ),
)

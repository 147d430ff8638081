"""What standards ask of a login, in our words, and which tests prove it. V is OWASP's ASVS 5.0, N
is NIST SP 800-63B-4, C is the draft of cookies (rfc6265bis); numbers are their own."""

from __future__ import annotations

PROVED: dict[str, tuple[str, ...]] = {
    # The session's token and its cookie
    "V7.2.3, V11.5.1, N5.1: it has 128 random bits at least, is no UUID, and says nothing": (
        "sessions/test_cookie.py::test_tokens_are_random_in_every_bit",
    ),
    "V7.2.1: each request has it looked up, and one that is made up is never adopted": (
        "sessions/test_cookie.py::test_an_unknown_token_is_never_adopted",
        "sessions/test_cookie.py::test_one_wrong_character_leads_nowhere",
    ),
    "V7.2.4: signing in, and proving it again, give a new one, and the old one is dead": (
        "sessions/test_owner.py::test_signing_in_changes_the_token_and_the_old_one_is_dead",
        "sessions/test_owner.py::test_whoever_planted_a_token_does_not_get_the_sign_in",
        "login/test_guards.py::test_proving_it_again_gives_a_new_token_and_signs_nobody_else_in",
    ),
    "V14.2.1: it is taken from the cookie only": (
        "sessions/test_cookie.py::test_a_token_is_taken_from_the_cookie_only",
    ),
    "V3.3.4: it leaves in Set-Cookie only": (
        "login/passwords/test_secrets.py::test_a_token_and_a_password_are_in_no_page_and_no_log",
        "observing/test_access_log.py::test_no_token_no_name_and_no_query_is_in_it",
    ),
    "V3.3.1, V3.3.2, V3.3.3, C4.1.3: __Host-, Secure, HttpOnly, SameSite, when cleared too": (
        "sessions/test_cookie.py::test_clearing_has_the_attributes_of_setting",
        "web/test_secure_cookie.py::test_a_cookie_of_one_host_only_is_set_as_browsers_ask",
        "serving/test_browser.py::test_the_browser_keeps_the_cookie_with_all_its_flags",
        "serving/test_browser.py::test_after_signing_out_the_cookie_is_gone_from_the_browser",
    ),
    "V3.3.5, C5.6: cookies are short, and set once in an answer": (
        "sessions/test_http.py::test_a_cookie_is_set_once_however_often_the_session_is_saved",
        "accounts/test_devices.py::test_it_fits_a_cookie",
    ),
    "N5.1: it ends with the browser, unless somebody asks to be remembered": (
        "sessions/test_clocks.py::test_a_browser_length_session_has_no_max_age",
        "serving/test_browser.py::test_by_default_the_cookie_ends_with_the_browser",
    ),
    "C8.6: two different ones are none": (
        "sessions/test_cookie.py::test_two_different_session_cookies_are_both_refused",
    ),
    "V7.2.4: a visitor who only looks at the form has no session that could become another's": (
        "sessions/test_http.py::test_a_visitor_who_stores_nothing_leaves_nothing",
        "sessions/test_following.py::test_nothing_follows_across_a_change_of_who_is_signed_in",
    ),
    # How long a session lasts, and what ends it
    "V7.3.1, N5.1.1: one that rests too long is over, whatever the cookie says": (
        "sessions/test_clocks.py::test_a_session_that_rests_too_long_is_over",
        "web/test_pages.py::test_a_session_of_the_browsers_length_ends_when_it_rests_too_long",
    ),
    "V7.3.2: there is an end that no visit puts off": (
        "sessions/test_clocks.py::test_nothing_winds_up_the_absolute_clock",
    ),
    "N5.2: a visit resets the one clock, only a sign-in both, and an open page none": (
        "sessions/test_clocks.py::test_every_visit_winds_up_the_idle_clock",
        "sessions/test_clocks.py::test_signing_in_starts_both_clocks_anew",
        "live/test_streams.py::test_an_open_page_does_not_keep_its_session_alive",
    ),
    "V7.4.1: signed out is signed out in all processes, and no slow request undoes it": (
        "sessions/stores/test_processes.py::"
        "test_a_sign_out_during_a_slow_request_elsewhere_is_never_undone",
        "serving/test_machines.py::"
        "test_a_slow_request_does_not_bring_back_what_was_signed_out_meanwhile",
    ),
    "V7.4.4: every page of who is signed in has a way to log out": (
        "web/test_pages.py::test_home_says_who_is_signed_in_and_has_a_way_to_log_out",
        "login/passwords/test_pages.py::test_every_page_of_who_is_signed_in_has_a_way_to_log_out",
    ),
    "V7.4.2: disabling and deleting an account end its sessions": (
        "accounts/test_changing.py::"
        "test_all_that_changes_an_account_ends_tokens_devices_and_leaves_a_note",
        "login/passwords/test_pages.py::test_what_was_left_to_end_is_taken_up_by_any_worker",
        "serving/test_accounts.py::test_what_ends_on_one_machine_empties_the_open_pages_of_both",
    ),
    "V7.4.3: a new password ends all other sessions": (
        "login/passwords/test_pages.py::"
        "test_a_new_password_ends_all_other_sessions_and_gives_this_one_a_new_token",
        "login/passwords/test_races.py::test_no_session_of_the_old_password_outlives_its_change",
    ),
    "V7.4.5: an administrator ends one or all sessions of an account": (
        "cli/test_sessions.py::test_sessions_are_listed_and_ended_one_or_all",
    ),
    "V7.5.2: owners see their sessions, and end them once they have proved it again": (
        "login/passwords/test_pages.py::"
        "test_the_sessions_of_the_account_are_listed_with_their_devices_and_times",
        "login/passwords/test_pages.py::"
        "test_sessions_are_ended_by_who_proved_a_moment_ago_to_be_the_owner",
    ),
    "V7.5.1, V6.2.2, V6.2.3: a new password takes the current one": (
        "accounts/test_changing.py::"
        "test_changing_the_password_needs_the_current_one_and_one_that_is_good",
        "login/passwords/test_pages.py::"
        "test_the_current_password_is_asked_and_guesses_at_it_are_slowed",
    ),
    "V7.1.2: an owner has so many sessions": (
        "sessions/test_many_sessions.py::"
        "test_a_hundred_is_the_most_by_default_and_more_end_at_one_of_the_next_sign_ins",
    ),
    "V7.4.1: open pages and websockets end with their session": (
        "live/test_streams.py::test_signing_out_ends_every_page_of_the_session_and_no_other",
        "live/test_websockets.py::test_it_is_closed_with_4001_when_its_session_ends",
    ),
    "V8.3.2: other rights count at once": (
        "accounts/test_changing.py::"
        "test_all_that_changes_an_account_ends_tokens_devices_and_leaves_a_note",
    ),
    "V14.3.1, V14.3.2: after a sign-out nothing is left to be read": (
        "serving/test_browser.py::test_after_signing_out_back_shows_nothing_private",
        "web/test_headers.py::test_no_cache_may_keep_what_is_anybodys_own",
    ),
    # Passwords
    "V6.2.1, N3.1.1.2: 15 characters where a password is alone, 8 beside another factor": (
        "login/passwords/test_pages.py::"
        "test_a_password_that_is_not_taken_is_refused_with_the_reason",
        "accounts/passwords/test_rules.py::test_eight_characters_do_beside_another_factor",
    ),
    "V6.2.9: long ones are taken": (
        "accounts/passwords/test_rules.py::test_long_passwords_of_all_kinds_are_taken",
    ),
    "V6.2.5, V6.2.10, V6.4.2: no rules of composition, no expiry, no hints": (
        "accounts/passwords/test_rules.py::test_there_are_no_rules_of_composition",
    ),
    "V6.2.8: all of it counts": ("accounts/passwords/test_own.py::test_the_whole_password_counts",),
    "N3.1.1.2: any character, counted as people do, in NFC (other than V6.2.8 has it)": (
        "accounts/passwords/test_own.py::test_every_character_is_taken",
        "accounts/passwords/test_own.py::test_a_letter_with_its_accent_is_one_however_it_is_typed",
        "accounts/passwords/test_rules.py::"
        "test_characters_are_counted_not_bytes_and_accents_not_twice",
    ),
    "V6.2.4, V6.2.11, V6.2.12: what is guessed first is refused, and the reason said": (
        "accounts/passwords/test_rules.py::"
        "test_a_password_that_is_guessed_first_is_refused_and_the_reason_said",
        "accounts/passwords/test_rules.py::"
        "test_with_its_extra_there_are_many_common_passwords_and_without_it_some",
    ),
    "V6.2.6, V6.2.7: managers of passwords and pasting work": (
        "browser/test_passwords.py::"
        "test_managers_of_passwords_find_their_way_and_nothing_keeps_one_from_pasting",
    ),
    "V11.4.2: argon2id as OWASP advises, hashed anew when that changes": (
        "accounts/passwords/test_own.py::test_the_parameters_are_those_that_owasp_advises",
        "accounts/test_signing_in.py::"
        "test_a_hash_of_other_parameters_is_replaced_and_no_other_sign_in_is_disturbed",
    ),
    "V6.3.8: nobody learns whether there is an account": (
        "accounts/test_signing_in.py::"
        "test_unknown_wrong_disabled_and_without_a_password_cost_and_say_the_same",
        "login/passwords/test_asking.py::test_unknown_wrong_and_disabled_look_alike",
        "login/passwords/test_asking.py::"
        "test_who_guesses_too_often_is_told_when_whether_the_account_exists_or_not",
    ),
    "V6.3.1: guesses are slowed, side by side too (N3.2.2 disables a password: we do not)": (
        "accounts/test_guesses.py::test_some_guesses_are_free_and_then_pauses_grow_to_five_minutes",
        "accounts/test_races.py::"
        "test_a_hundred_guesses_at_once_over_three_processes_are_no_more_than_the_free_ones",
    ),
    "V6.1.1: guesses of others keep no owner out": (
        "accounts/test_guesses.py::test_the_owners_known_browser_gets_in_during_a_pause",
        "accounts/test_hashing.py::test_strangers_cannot_take_the_places_of_known_browsers",
    ),
    "V6.3.2: there are no accounts that nobody made": (
        "accounts/test_preparing.py::test_what_a_start_will_find_is_told_and_nothing_is_made",
    ),
    "V7.6.2: nobody is signed in by a link": (
        "login/passwords/test_secrets.py::test_a_link_with_a_name_and_a_password_signs_nobody_in",
    ),
    # What browsers are told, and asked
    "V3.5.1, V3.5: another site neither changes anything, nor signs anybody in": (
        "web/test_cross_site.py::"
        "test_signing_in_and_choosing_a_language_are_done_from_our_pages_only",
        "login/test_cross_site.py::test_what_changes_something_with_a_visitors_cookie_is_refused",
        "login/passwords/test_pages.py::test_another_site_ends_no_sessions",
    ),
    "N5.1: without a browser's word, a form has the token of this very session": (
        "web/test_cross_site.py::"
        "test_signing_out_takes_a_page_of_ours_or_the_token_of_this_very_session",
        "web/test_tokens.py::test_a_strange_token_is_refused",
    ),
    "V3.5.3: reading changes nothing; a link signs out from our own pages only": (
        "web/test_pages.py::test_head_never_signs_out",
        "web/test_cross_site.py::"
        "test_a_link_signs_out_from_our_own_page_only_and_never_ahead_of_the_click",
    ),
    "V4.4.1: websockets are for our own pages": (
        "login/test_cross_site.py::test_a_websocket_of_another_site_is_refused",
    ),
    "V3.7.2: redirects lead to our own pages": (
        "web/test_redirects.py::test_an_address_leads_nobody_astray",
    ),
    "V3.4.3, V3.4.4, V3.4.5, V3.4.6, V3.4.8, V3.5.8: each answer has the headers, errors too": (
        "web/test_headers.py::test_every_answer_carries_them_all",
        "web/test_headers.py::test_the_last_resort_carries_them_too",
    ),
    "V3.4.1: https only, for two years; names below it are for the operator to say": (
        "cli/test_serve.py::test_browsers_are_told_to_come_over_https_by_this_name_only",
        "web/test_headers.py::test_that_it_is_reached_over_https_only_is_told_if_set",
    ),
    "V3.4.2: no page is opened to other origins": (
        "web/test_cross_site.py::test_no_page_is_opened_to_other_origins",
    ),
    "V14.2.2, V14.3.2: no cache gives to one what is another's": (
        "web/test_headers.py::"
        "test_two_people_behind_one_cache_get_what_is_public_from_it_and_nothing_else",
        "web/test_headers.py::test_a_page_says_what_it_depends_on",
    ),
    "V1.2.1, V4.1.1: what was typed is text": (
        "web/test_names.py::test_a_name_is_shown_intact_escaped_and_apart",
        "web/test_rendering.py::test_what_was_typed_is_text",
    ),
    "V14.2.5: what looks like a file below a page is not found": (
        "web/test_pages.py::test_an_unknown_path_under_a_known_one_is_not_found",
    ),
    # HTTP, and operation
    "V4.1.4, V13.4.4: only the methods that a page has": (
        "web/test_pages.py::test_other_methods_change_nothing_and_hear_what_is_allowed",
        "web/test_pages.py::test_an_unknown_method_is_not_implemented",
    ),
    "V4.1.3, V15.3.4: only a proxy's word about a client counts": (
        "web/test_hosts.py::test_an_outsiders_word_counts_for_nothing",
        "web/test_hosts.py::test_headers_that_could_pass_for_others_are_dropped",
        "deployment/test_proxies.py::test_the_address_is_the_visitors_and_not_what_he_claims",
    ),
    "V4.2.1: there is one way to read a request": (
        "server/test_ordinary.py::test_what_is_malformed_is_never_understood_in_another_way",
        "web/test_pages.py::test_a_request_that_gives_its_length_in_two_ways_is_refused",
        "server/test_edge.py::test_an_upgrade_to_http_2_is_no_way_past_a_proxy",
    ),
    "V13.4.6, V16.5.1: no answer tells of the program": (
        "server/test_edge.py::test_it_does_not_say_what_serves",
        "web/test_logs.py::test_a_failure_logs_where_it_was_and_not_what_was_sent",
    ),
    "V2.4.1, V15.2.2: sizes and times have limits": (
        "web/test_forms.py::test_a_body_that_grows_too_large_is_refused",
        "server/test_states.py::test_a_connection_stays_in_no_state_for_longer_than_its_limit",
    ),
    "V16.5.2, V16.5.3: trouble of ours signs nobody out and nobody in": (
        "web/test_pages.py::test_an_outage_signs_nobody_out_and_nobody_in",
        "serving/test_accounts.py::"
        "test_while_the_database_is_gone_who_is_signed_in_goes_on_and_nothing_is_lost",
    ),
    "V13.1.2, V13.1.3, V13.2.6, V15.1.3: what piles up is refused in time": (
        "accounts/test_hashing.py::"
        "test_whoever_waits_too_long_is_told_when_to_come_back_and_not_all_at_once",
        "accounts/test_database.py::test_calls_that_pile_up_are_refused",
        "server/test_limits.py::test_without_descriptors_it_says_so_keeps_calm_and_goes_on",
    ),
    "V16.2.5, V16.3.1, V16.4.1: sign-ins are noted, in lines that nobody forges, no secrets": (
        "accounts/test_audit.py::test_an_event_says_who_what_where_and_how_it_came_out",
        "accounts/test_audit.py::"
        "test_neither_secrets_nor_names_that_were_only_typed_are_kept_or_logged",
        "accounts/test_audit.py::test_what_a_browser_says_of_itself_forges_nothing",
    ),
    "V12.3.1, V13.2.2: Redis by TLS, with the least rights": (
        "sessions/stores/test_redis_urls.py::test_with_another_s_they_mean_tls",
        "sessions/stores/test_redis_rights.py::"
        "test_a_user_with_these_rights_and_no_others_can_do_everything",
    ),
    "V15.4.1, V15.4.2: to look and to act are one": (
        "accounts/test_races.py::test_a_token_that_is_used_twice_at_once_is_good_once",
        "sessions/stores/test_processes.py::"
        "test_patches_of_three_processes_to_one_session_all_survive",
    ),
    "V11.3.2, V11.2.2: what is stored is sealed; another secret key signs nobody out": (
        "sessions/test_seal.py::test_every_single_bit_of_a_sealed_field_counts",
        "sessions/test_seal.py::test_closing_a_value_twice_gives_different_bytes",
        "accounts/test_devices.py::test_an_earlier_key_still_counts_and_another_does_not",
    ),
    "V15.3.7, V2.2.1: a field stands once": (
        "web/test_forms.py::test_what_is_not_clearly_a_form_is_refused",
    ),
    "V1.5.2: reading what is stored runs no code": (
        "sessions/test_codec.py::test_bytes_that_are_no_value_are_told_from_bytes_that_are",
    ),
}

NOT_HERE: dict[str, str] = {
    "V6.3.3: a second factor": "there is none yet: signing in is a list of stages, for one to come",
    "V10.5.5: sign-outs of a provider of identities": "no sign-in goes by one",
    "V12.1.1, V12.2.1: TLS 1.2 or newer to browsers": "TLS is the proxy's in front",
    "V15.1.1, V15.1.2: a list of what it is made of, and when that is updated": "a matter of "
    "releases: pyproject.toml names what is needed, tests/run tries the oldest and the newest",
}

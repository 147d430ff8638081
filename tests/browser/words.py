"""What the pages say in each language, as the tutorials do; written out, not read from the
catalogues, which could be wrong."""

from __future__ import annotations

from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's."""

    code: str
    own_name: str
    name: str
    log_in: str
    log_in_button: str
    log_out: str
    account: str
    error: str
    a_minute_ago: str
    try_again: str
    logged_in_as: str
    not_logged_in: str
    enter_your_name: str
    name_too_long: str
    lost_cookie: str
    password: str
    current_password: str
    new_password: str
    set_new_password: str
    show_password: str
    password_holds: str
    wrong: str
    end_others: str
    ended_elsewhere: str

    def __str__(self) -> str:
        return self.code

    def signed_in(self, name: str) -> str:
        """What home says to that visitor."""
        return f"{self.logged_in_as} {name}."


ENGLISH = Words(
    code="en",
    own_name="English",
    name="Name",
    log_in="Log in",
    log_in_button="Log in",
    log_out="Log out",
    account="Account",
    error="Error",
    a_minute_ago="1 minute ago",
    try_again="Try again",
    logged_in_as="You are logged in as",
    not_logged_in="You are not logged in.",
    enter_your_name="Enter your name.",
    name_too_long="This name is too long.",
    lost_cookie="this site only works over https",
    password="Password",
    current_password="Current password",
    new_password="New password",
    set_new_password="Set new password",
    show_password="Show password",
    password_holds="Your new password holds.",
    wrong="The name or the password is wrong.",
    end_others="End all others",
    ended_elsewhere="You are logged out everywhere else.",
)
FRENCH = Words(
    code="fr",
    own_name="Français",
    name="Nom",
    log_in="Se connecter",
    log_in_button="Se connecter",
    log_out="Se déconnecter",
    account="Compte",
    error="Erreur\N{NO-BREAK SPACE}",
    a_minute_ago="il y a 1 minute",
    try_again="Réessayer",
    logged_in_as="Vous êtes connecté en tant que",
    not_logged_in="Vous n’êtes pas connecté.",
    enter_your_name="Saisissez votre nom.",
    name_too_long="Ce nom est trop long.",
    lost_cookie="ce site ne fonctionne qu’en https",
    password="Mot de passe",
    current_password="Mot de passe actuel",
    new_password="Nouveau mot de passe",
    set_new_password="Changer le mot de passe",
    show_password="Afficher le mot de passe",
    password_holds="Votre mot de passe est changé.",
    wrong="Le nom ou le mot de passe est incorrect.",
    end_others="Fermer toutes les autres",
    ended_elsewhere="Vous êtes déconnecté partout ailleurs.",
)
# From right to left; the package does not ship it.
ARABIC = Words(
    code="ar",
    own_name="العربية",
    name="الاسم",
    log_in="تسجيل الدخول",
    log_in_button="تسجيل الدخول",
    log_out="تسجيل الخروج",
    account="الحساب",
    error="خطأ",
    a_minute_ago="قبل دقيقة واحدة",
    try_again="إعادة المحاولة",
    logged_in_as="أنت مسجّل الدخول باسم",
    not_logged_in="أنت غير مسجّل الدخول.",
    enter_your_name="أدخل اسمك.",
    name_too_long="هذا الاسم طويل جدًا.",
    lost_cookie="لا يعمل هذا الموقع إلا عبر https",
    password="كلمة المرور",
    current_password="كلمة المرور الحالية",
    new_password="كلمة مرور جديدة",
    set_new_password="تعيين كلمة المرور الجديدة",
    show_password="إظهار كلمة المرور",
    password_holds="كلمة مرورك الجديدة سارية.",
    wrong="الاسم أو كلمة المرور غير صحيح.",
    end_others="إنهاء كل الجلسات الأخرى",
    ended_elsewhere="تم تسجيل خروجك من كل مكان آخر.",
)
LANGUAGES = (ENGLISH, FRENCH)
# For what has nothing to do with words.
in_one_language = pytest.mark.parametrize("words", [ENGLISH], ids=str)


def other_than(words: Words) -> Words:
    """What the switch leads to."""
    return next(other for other in LANGUAGES if other != words)

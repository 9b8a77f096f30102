"""A warning before a password or a card number goes into a note; everyday numbers stay quiet."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.numbers import make_number
from supportdesk.rules.secrets import SecretKind, looks_like_secret
from tests.hostile import CORPUS


@pytest.mark.parametrize(
    "text",
    [
        "mot de passe: xyz",
        "Le mot de passe du wifi : Été2024!",
        "mdp = toto",
        "son mot de passe est « Soleil »",
        "le mot de passe c’est soleil",
        "Code PIN: 4711",
        "pwd=hunter2",
        "mdp Winter2024!",
        "Passwort Sommer2025!",
        "PIN 1234",
        "mot de passe temporaire Xk9#mmPq",
        "Password for the VPN: swordfish",
        "the password is swordfish.",
        "password is Tr0ub4dor since yesterday",
        "PASSWORD:x9!",
        "Passwort: geheim",
        "WLAN-Passwort: Haus12",
        "sein Kennwort lautet Sonne",
        "Passwort für Outlook: abc123",
        "ligne une\nmot de passe\xa0: abc\nligne trois",
    ],
)
def test_a_password_told_is_noticed(text: str) -> None:
    assert looks_like_secret(text) is SecretKind.PASSWORD


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111",
        "carte 4111111111111111 exp 12/27",
        "4111-1111-1111-1111",
        "5500.0000.0000.0004",
        "2223 0031 2200 3222",
        "3782-822463-10005",
        "3056 930902 5904",
        "6011\xa01111\xa01111\xa01117",
        "4222222222222",
        "no 12 4111 1111 1111 1111",
        "6304 0000 0000 0000 00",
    ],
)
def test_a_payment_card_is_noticed(text: str) -> None:
    assert looks_like_secret(text) is SecretKind.CARD


@pytest.mark.parametrize(
    "text",
    [
        "mot de passe oublié",
        "Mot de passe : oublié, à réinitialiser",
        "Le mot de passe est expiré depuis lundi",
        "le client redemande le mot de passe",
        "password is rejected since Monday",
        "The password is stored in the vault",
        "Passwort ist abgelaufen",
        "Passwort zurücksetzen: Schritt 1 bis 3",
        "mot de passe:",
        "mot de passe Windows11 oublié",
        "Passwort PC-2231 zurückgesetzt",
        "mot de passe m.perret2@alpina.example bloqué",
        "password 214-0087-1",
        "pin 4 chiffres oublié",
        "password: ********",
        "079 123 45 67",
        "+41 79 123 45 67 / 021 555 01 00",
        "0041791234567",
        "214-0087-1, 80123-0087-9",
        "CH93 0076 2011 6238 5295 7",
        "DE89 3704 0044 0532 0130 00",
        "FR7630006000011234567890189",
        "FR76 3000 6000 0112 3456 7890 189",
        "QRR 21 00000 00003 13947 14300 09017",
        "SN4111111111111111",
        "S/N CZC4321XYZ",
        "IMEI 356938035643809",
        "ICCID 8941000000000000000",
        "4006381333931",
        "978-3-16-148410-0",
        "2023-11-21 14:02:33.123456",
        "20231121140233",
        "4111 1111 1111 1112",
        "erreur 0x80070005, 192.168.100.100",
        "le sapin: 12 mètres",
        "",
    ],
)
def test_everyday_notes_stay_quiet(text: str) -> None:
    assert looks_like_secret(text) is None


@given(st.integers(100, 799), st.integers(1, 10**6), st.sampled_from(["", "-", " "]))
def test_ticket_numbers_stay_quiet(prefix: int, counter: int, separator: str) -> None:
    assert looks_like_secret(f"voir {make_number(prefix, counter).replace('-', separator)} svp") is None


@given(st.from_regex(r"\A(0|\+41 ?|0041 ?)[2-9][0-9]( ?[0-9]){7}\Z"))
def test_telephone_numbers_stay_quiet(number: str) -> None:
    assert looks_like_secret(number) is None


@given(st.text() | st.sampled_from([entry.text for entry in CORPUS]))
def test_any_text_is_looked_at_without_harm(text: str) -> None:
    looks_like_secret(text)


@pytest.mark.parametrize(
    "unit",
    [
        "4 ",
        "4111 ",
        "4",
        "4111-1111-1111-",
        "mot de passe ",
        "mot de passe de la du ",
        "password is ",
        "pw: ",
        "pin:",
        " ",
        "=",
    ],
)
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    def cost(length: int) -> float:
        text = ("pwd" + unit) * 3 + unit * (length // len(unit))
        best = float("inf")
        for _ in range(5):
            start = time.process_time()
            looks_like_secret(text)
            best = min(best, time.process_time() - start)
        return best

    assert cost(80_000) < 80 * cost(5_000) + 0.02  # sixteen times the text; squared it would be 256 times the time

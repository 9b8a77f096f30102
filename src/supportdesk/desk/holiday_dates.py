"""Public holidays by country and canton, from the library that keeps them (``holidays``, loaded here only).

They are written into a calendar as dates when it is brought in: every console then counts the same, whichever edition
of the library it has."""

from supportdesk.desk.written import Unclear
from supportdesk.i18n import _
from supportdesk.rules.text import safe


def public_holidays(country: str, subdivision: str | None, first: int, last: int,
                    language: str) -> list[tuple[str, str]]:
    """(YYYY-MM-DD, name) of every public holiday of the years ``first`` to ``last``, in their order; names in
    ``language`` (ISO 639) where the library has them, else in the country's own. Raises Unclear."""
    import holidays

    try:
        known = holidays.country_holidays(country, subdiv=subdivision, years=first)
        tongue = next((each for each in known.supported_languages if each.partition("_")[0] == language),
                      known.default_language)
        found = holidays.country_holidays(country, subdiv=subdivision, years=range(first, last + 1), language=tongue)
    except NotImplementedError:
        if subdivision is None or not _is_country(country):
            raise Unclear("country", _("No holidays are known for the country {country}. Write its two letters, as CH.")
                          .format(country=safe(country))) from None
        raise Unclear("subdivision", _("{country} has no part {part} with holidays. Write its letters, as GE.").format(
            country=safe(country), part=safe(subdivision))) from None
    return [(on.isoformat(), name) for on, name in sorted(found.items())]


def _is_country(country: str) -> bool:
    import holidays

    try:
        holidays.country_holidays(country, years=2024)
    except NotImplementedError:
        return False
    return True

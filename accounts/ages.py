"""Ages and birthdays on the calendar."""

from datetime import date, datetime

from hongmi.lib.shanghai import SHANGHAI

# 个人信息保护法 art. 31: under this age a guardian must agree to the use of personal data.
GUARDIAN_UNTIL_AGE = 14
ADULT_AGE = 18


def day_of(moment: datetime) -> date:
    """The calendar day in Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def age_on(born_on: date, day: date) -> int:
    """Completed years. People born on 29 February complete a year on 1 March of a common year (civil law)."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def needs_guardian(born_on: date | None, day: date) -> bool:
    return born_on is not None and age_on(born_on, day) < GUARDIAN_UNTIL_AGE


def day_of_year(born_on: date) -> int:
    """Month and day as one number (229 = 29 February): enough to find birthdays, too little to know an age."""
    return born_on.month * 100 + born_on.day


def birthdays_on(day: date) -> list[int]:
    """Values of `day_of_year` celebrated on this day: on 28 February of a common year also 29 February."""
    days = [day_of_year(day)]
    is_common = day.year % 4 != 0 or (day.year % 100 == 0 and day.year % 400 != 0)
    if is_common and (day.month, day.day) == (2, 28):
        days.append(229)
    return days

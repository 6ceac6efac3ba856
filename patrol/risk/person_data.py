"""Person-level columns: Patrol learns from places and times, never from people."""

import re
from collections.abc import Iterable

from patrol.errors import RiskError

_WORDS = frozenset({
    "victim", "victims", "suspect", "suspects", "offender", "offenders", "witness",
    "perpetrator", "arrestee", "complainant", "plate", "plates", "licence", "license",
    "phone", "telephone", "mobile", "cellphone", "email", "ssn", "passport", "birth",
    "birthdate", "birthday", "dob", "surname", "firstname", "lastname", "fullname",
    "face", "photo", "race", "ethnicity", "nationality", "religion",
})  # fmt: skip
"""Words that betray such a column wherever they stand in its name."""

_WHOLE = frozenset({
    "name", "first name", "last name", "full name", "family name", "given name",
    "person", "person name", "person id", "resident id", "resident number",
    "national id", "id number", "case", "case no", "case number", "case id",
    "이름", "연락처", "나이", "인종", "국적",
})  # fmt: skip
"""Whole names of such columns; within another name these words may be harmless."""

_KOREAN = (
    "주민등록", "주민번호", "성명", "피해자", "피의자", "가해자", "용의자", "신고자",
    "전화", "휴대폰", "차량번호", "번호판", "생년월일", "여권", "이메일", "사건번호",
)  # fmt: skip
"""Parts of Korean column names, which are written without spaces."""


def refuse_person_data(columns: Iterable[str]) -> None:
    """
    Refuse a table that says who was involved.

    Parameters
    ----------
    columns
        Names of the table's columns, also of those that nobody asked for.

    Raises
    ------
    RiskError
        If a name speaks of a person, a plate, a face or a case.
    """
    found = [column for column in columns if _is_personal(column)]
    if found:
        raise RiskError(
            f"the columns {', '.join(map(repr, found))} are about persons, and Patrol "
            f"takes no personal data: delete these columns from the file and keep "
            f"when, where and what kind"
        )


def _is_personal(column: str) -> bool:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", column)
    words = re.findall(r"[^\W\d_]+", spaced.casefold())
    return (
        not _WORDS.isdisjoint(words)
        or " ".join(words) in _WHOLE
        or any(part in column for part in _KOREAN)
    )

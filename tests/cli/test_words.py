"""The demo's words on the terminal, and how the summary is laid out."""

import re
import string
from unicodedata import east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.cli.output import emit, wrap_words
from patrol.cli.words import WORDS, word
from patrol.report.texts import Language

EN, KO = WORDS[Language.EN], WORDS[Language.KO]


def gaps(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def cells(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def test_languages_have_the_same_words_with_the_same_gaps() -> None:
    assert list(EN) == list(KO)
    assert {key: gaps(EN[key]) for key in EN} == {key: gaps(KO[key]) for key in KO}


def test_korean_words_are_korean() -> None:
    same = {key for key in KO if not re.search("[가-힣]", KO[key])}
    assert same <= {"longest_value"}


def test_synthetic_incidents_are_called_so_in_each_language() -> None:
    for language in Language:
        assert "SYNTHETIC" in word(language, "step_risk", incidents=7)
        assert "SYNTHETIC" in word(language, "synthetic")


@given(st.lists(st.text("ab가나", min_size=1, max_size=30)), st.integers(5, 60))
def test_wrapped_text_keeps_its_words_and_its_room(words: list[str], room: int) -> None:
    lines = wrap_words(" ".join(words), room)
    assert " ".join(lines).split() == words
    assert all(cells(line) <= room or " " not in line for line in lines)


def test_summary_is_aligned_in_80_columns_and_keeps_paths_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    path = "/a" * 60
    rows = [("length", "word " * 40), ("시험용 장애", "두절 " * 40), ("", path)]
    emit({}, rows, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert all(cells(line) <= 80 or path in line for line in lines)
    starts = {cells(re.split("word|두절|/a", line)[0]) for line in lines}
    assert starts == {cells("시험용 장애") + 2}
    assert all(line == line.rstrip() for line in lines)

import re
import string
from pathlib import Path

import pytest

import patrol.report
from maps.traverse import Exclusion
from patrol.mission.causes import Cause
from patrol.mission.record import Event, EventKind
from patrol.planning.plan import BoundKind
from patrol.report.event_texts import CAUSES, event_text
from patrol.report.texts import SENTENCES, Language, say

FOLDER = Path(patrol.report.__file__).parent
EN, KO = SENTENCES[Language.EN], SENTENCES[Language.KO]


def gaps(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_languages_have_the_same_sentences_with_the_same_gaps() -> None:
    assert list(EN) == list(KO)
    assert {key: gaps(EN[key]) for key in EN} == {key: gaps(KO[key]) for key in KO}


def test_korean_sentences_are_korean() -> None:
    same = {key for key in KO if not re.search("[가-힣]", KO[key])}
    assert same <= {"col_km", "shift"}


@pytest.mark.parametrize("language", Language)
def test_each_kind_of_thing_has_its_sentence(language: Language) -> None:
    sentences = SENTENCES[language]
    assert {f"event_{kind}" for kind in EventKind} <= set(sentences)
    assert {f"kind_{kind}" for kind in BoundKind} <= set(sentences)
    assert {f"explain_{kind}" for kind in BoundKind} <= set(sentences)
    assert {f"longest_{kind}" for kind in BoundKind} <= set(sentences)
    reasons = {f"reason_{r.name}" for r in Exclusion if r != Exclusion.NONE}
    assert reasons <= set(sentences)


def test_each_sentence_is_used() -> None:
    files = [*FOLDER.glob("*.py"), *FOLDER.glob("*.js")]
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in files if path.name != "texts.py"
    )
    of_enums = ("event_", "kind_", "explain_", "longest_", "reason_", "share_")
    rest = [key for key in EN if not key.startswith(of_enums)]
    unused = {key for key in rest if not re.search(rf"\b{key}\b", code)}
    built = {key for key in unused if f'"{key.split("_", 1)[-1]}"' in code}
    assert unused == built


def test_sentence_with_a_gap_left_open_is_refused() -> None:
    with pytest.raises(KeyError, match="count"):
        say(Language.EN, "banner_violations")


def test_each_cause_is_told_in_each_language_with_the_same_gaps() -> None:
    english, korean = CAUSES[Language.EN], CAUSES[Language.KO]
    assert set(english) == set(korean) == set(Cause)
    assert {c: gaps(english[c]) for c in Cause} == {c: gaps(korean[c]) for c in Cause}
    assert all(re.search("[가-힣]", sentence) for sentence in korean.values())


def test_event_says_its_cause_in_the_language_of_the_report() -> None:
    event = Event.because(1.0, EventKind.SILENCE, Cause.NO_REPORT, for_s=0.82)
    assert event_text(Language.EN, event).endswith("(no report for 0.8 s)")
    assert event_text(Language.KO, event).endswith("(0.8초 동안 수신 없음)")


def test_event_of_an_unknown_cause_keeps_its_english_words() -> None:
    event = Event(1.0, EventKind.ABORTED, "struck by a comet", cause="comet")
    assert event_text(Language.KO, event) == "순찰 중단 (struck by a comet)"

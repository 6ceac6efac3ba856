"""A night is audited by its own risk: areas add up, and words are the same in both."""

import string
from dataclasses import replace

import numpy as np
import pytest

from patrol.mission.dose import driven_dose
from patrol.report.audit_section import AUDIT_TEXTS, audit_section
from patrol.report.night_audit import NightAudit
from patrol.report.texts import Language
from tests.report.example_night import grid_night


@pytest.mark.parametrize("driven", [True, False])
def test_areas_add_up_to_the_whole_night(driven: bool) -> None:
    night = grid_night(driven=driven)
    audit = NightAudit.of(night)
    assert audit.driven == driven
    assert sum(one.patrol_share for one in audit.areas) == pytest.approx(1)
    assert sum(one.expected_share for one in audit.areas) == pytest.approx(1)
    assert len(audit.areas) <= 25
    ways = [one.patrol_km for one in audit.areas]
    assert ways == sorted(ways, reverse=True)
    if night.record is not None:
        dose = driven_dose(night.plan, night.record, night="n")
        assert sum(ways) == pytest.approx(dose.metres.sum() / 1000)


def test_streets_that_see_nothing_are_counted_by_the_risk() -> None:
    night = grid_night()
    audit = NightAudit.of(night)
    assert audit.served == 30
    assert audit.served + audit.others == night.traversal.drivable.sum()
    assert 0 < audit.served_none < audit.served
    assert audit.served_none >= audit.served - audit.served_expected
    assert audit.served_expected > 0.1 * audit.others_expected  # on far fewer streets
    hours = night.plan.shift.duration_s / 3600
    both = audit.served_expected + audit.others_expected
    assert both == pytest.approx(night.expected_per_h.sum() * hours)
    none = {name: 0 * share for name, share in night.risk.shares.items()}
    calm = replace(night.risk, shares=none)
    assert NightAudit.of(replace(night, risk=calm)).served_none == audit.served


def test_a_reporting_rate_changes_the_words() -> None:
    night = grid_night()
    known = replace(night.risk, reporting=np.full(night.risk.num_edges, 0.5))
    told = audit_section(replace(night, risk=known), Language.EN)
    assert "divided by the reporting rates" in told
    assert "No reporting rate" in audit_section(night, Language.EN)


@pytest.mark.parametrize("language", Language)
def test_the_section_says_all_in_its_language(language: Language) -> None:
    told = audit_section(grid_night(), language)
    assert AUDIT_TEXTS[language]["title"] in told
    assert "{" not in told
    assert told.count("<tr>") == 1 + min(8, len(NightAudit.of(grid_night()).areas))


def test_both_languages_have_the_same_sentences_with_the_same_gaps() -> None:
    def gaps(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    en, ko = (AUDIT_TEXTS[one] for one in (Language.EN, Language.KO))
    assert list(en) == list(ko)
    assert {key: gaps(en[key]) for key in en} == {key: gaps(ko[key]) for key in ko}

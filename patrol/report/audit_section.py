"""The audit of a night as a section of its report, in each language."""

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from patrol.report.markup import Markup, element, table
from patrol.report.night import Night
from patrol.report.night_audit import AreaShare, NightAudit
from patrol.report.texts import Language

_SHOWN = 8  # cells; a report is no atlas

_EN = {
    "title": "Who is patrolled",
    "none": (
        "Of {served} streets served, {share} will see no reported incident in such a "
        "shift: {expected} are expected on all of them together, and {others_expected} "
        "on the {others} other drivable streets. A red street is riskier than others; "
        "it is not one where something happens tonight."
    ),
    "reporting_unknown": (
        "No reporting rate of the areas is known: where people report less, an area "
        "looks calmer than it is."
    ),
    "reporting_known": (
        "The risk was divided by the reporting rates of the areas that were given."
    ),
    "how": (
        "Cells of {cell} m, counted from the south-western corner; way {kind}, "
        "deadhead included. The last column is 1 where a cell's share of the way is "
        "its share of the incidents expected in this shift, above 1 where it is "
        "patrolled more. The command patrol risk audit sets patrols against reports "
        "and residents."
    ),
    "driven": "as driven",
    "planned": "as planned",
    "more": "{count} more cells with {km} km are not shown.",
    "area": "Cell",
    "km": "km",
    "min": "min",
    "way": "of the way",
    "expected": "of the risk",
    "times": "way : risk",
}

_KO = {
    "title": "누가 순찰을 받는가",
    "none": (
        "이런 근무 시간 동안 순찰한 도로 {served}개 중 {share}에서는 신고가 한 건도 "
        "없을 것으로 예상됩니다. 예상 신고는 순찰한 도로 전체에서 {expected}건, 그 "
        "밖의 주행 가능 도로 {others}개에서 {others_expected}건입니다. 붉은 도로는 "
        "다른 도로보다 위험도가 높을 뿐, 오늘 밤 사건이 일어난다는 뜻이 아닙니다."
    ),
    "reporting_unknown": (
        "지역별 신고율을 알지 못합니다. 신고가 적은 지역은 실제보다 안전해 보일 수 "
        "있습니다."
    ),
    "reporting_known": "입력된 지역별 신고율로 위험도를 보정했습니다.",
    "how": (
        "남서쪽 모서리부터 센 {cell} m 격자이며, 단순 이동을 포함한 {kind} 거리입니다. "
        "마지막 열은 격자의 순찰 거리 비율을 이 근무 시간의 예상 사건 비율로 나눈 "
        "값으로, 1이면 위험에 비례하고 1보다 크면 더 많이 순찰한 것입니다. 신고와 주민 "
        "수에 대한 비교는 patrol risk audit 명령으로 합니다."
    ),
    "driven": "실제 주행",
    "planned": "계획",
    "more": "격자 {count}개, {km} km는 표시하지 않았습니다.",
    "area": "격자",
    "km": "km",
    "min": "분",
    "way": "거리 비율",
    "expected": "위험 비율",
    "times": "거리 : 위험",
}

AUDIT_TEXTS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {Language.EN: MappingProxyType(_EN), Language.KO: MappingProxyType(_KO)}
)
"""Sentence by language and key; both languages have the same keys and gaps."""


def audit_section(night: Night, language: Language) -> Markup:
    """Say in plain words how often patrols find nothing, and where they are."""
    found, said = NightAudit.of(night), AUDIT_TEXTS[language]
    title = element("h2", said["title"], id="title-audit")
    return element(
        "section", title, *_parts(found, said), aria_labelledby="title-audit"
    )


def _parts(found: NightAudit, said: Mapping[str, str]) -> Iterator[Markup]:
    sentence = said["none"].format(
        served=f"{found.served:,}",
        share=_share(found.served_none, found.served),
        expected=f"{found.served_expected:,.2f}",
        others=f"{found.others:,}",
        others_expected=f"{found.others_expected:,.2f}",
    )
    yield element("p", sentence)
    known = "reporting_known" if found.reporting_known else "reporting_unknown"
    yield element("p", said[known])
    kind = said["driven" if found.driven else "planned"]
    yield element("p", said["how"].format(cell=f"{found.cell_m:,.0f}", kind=kind))
    head = [said[key] for key in ("area", "km", "min", "way", "expected", "times")]
    yield table(head, [_row(one) for one in found.areas[:_SHOWN]], class_="figures")
    rest = found.areas[_SHOWN:]
    if rest:
        km = sum(one.patrol_km for one in rest)
        yield element("p", said["more"].format(count=len(rest), km=f"{km:,.2f}"))


def _row(one: AreaShare) -> list[str]:
    return [
        one.area,
        f"{one.patrol_km:,.2f}",
        f"{one.patrol_min:,.0f}",
        f"{one.patrol_share:.1%}",
        f"{one.expected_share:.1%}",
        "-" if one.times is None else f"{one.times:.2f}",
    ]


def _share(part: float, whole: int) -> str:
    """Write a share as per cent; it is all of it only if it is."""
    return f"{math.floor(1000 * part / whole) / 10:.1f}%" if whole else "-"

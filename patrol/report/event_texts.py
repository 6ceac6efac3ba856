"""Why events came about, in each language of the report."""

from collections.abc import Mapping
from types import MappingProxyType

from patrol.mission.causes import ENGLISH, Cause
from patrol.mission.record import Event
from patrol.report.texts import Language, say

_WHERE = "전체 경로 {length_m:,.0f} m 중 {along_m:,.0f} m 지점"

_KOREAN = {
    Cause.TRIP: "전체 {trips}회 중 {trip}회차 운행",
    Cause.BEFORE_TRIP: "{trip}회차 운행 전",
    Cause.WATCHED: "{stop}번 지점, {for_s:.0f}초 동안",
    Cause.NO_REPORT: "{for_s:.1f}초 동안 수신 없음",
    Cause.HELD_ITSELF: f"로봇이 스스로 정지해 있었음, {_WHERE}",
    Cause.ESTOPPED: _WHERE,
    Cause.GO_AHEAD: f"담당자가 운행 재개를 허가함, {_WHERE}",
    Cause.BATTERY_LIES: (
        f"충전기 없이 배터리가 {{least:.0%}}에서 {{battery:.0%}}로 올라감, {_WHERE}: "
        f"배터리 계기를 믿을 수 없음, 점검하십시오"
    ),
    Cause.PLACE_UNSURE: (
        f"위치 오차 {{far_m:.1f}} m, 도로 여유 폭 {{room_m:.1f}} m, {_WHERE}"
    ),
    Cause.WRONG_STREET: f"계획에 없는 {{street}}번 도로에 있음, {_WHERE}",
    Cause.PAUSED: f"운영자가 일시 정지함, {_WHERE}",
    Cause.SENT_HOME: f"운영자 지시, 도크까지 {{home_m:,.0f}} m, {_WHERE}",
    Cause.UNSURE_TOO_LONG: (
        f"{{for_s:.0f}}초 동안 위치를 확신하지 못함, {_WHERE}. 수신기와 기준국을 "
        f"확인하십시오"
    ),
    Cause.NEVER_FREE: f"{{for_s:.0f}}초 동안 도로를 건너지 못함, {_WHERE}",
    Cause.DRIVEN: "{driven_m:,.0f} m 주행",
    Cause.BYTES_DAMAGED: "{for_s:g}초 동안 바이트의 {share:.0%} 손상",
    Cause.LINE_CUT: "{for_s:g}초 동안 통신 완전 차단",
    Cause.PUT_IN: "{for_s:g}초 동안 {what}",
    Cause.NEVER_ANSWERS: (
        f"로봇 응답 없음: {{for_s:.0f}}초 동안 수신 없음, {_WHERE}. "
        f"로봇의 전원과 통신 연결을 확인하십시오"
    ),
    Cause.ESTOP_TOO_LONG: f"비상 정지가 {{for_s:.0f}}초 동안 해제되지 않음, {_WHERE}",
    Cause.DOES_NOT_CHARGE: (
        "도크에서 {for_s:.0f}초가 지났으나 배터리 {battery:.0%}, {trip}회차 운행에는 "
        "{needed:.0%} 필요. 충전기를 확인하십시오"
    ),
    Cause.OFF_THE_PATH: (
        f"계획 경로에서 {{off_m:.1f}} m 벗어남(허용 {{limit_m:g}} m), {_WHERE}"
    ),
    Cause.STUCK: (
        f"주행 명령을 받고도 {{for_s:.0f}}초 동안 나아가지 못함, 배터리 "
        f"{{battery:.0%}}, {_WHERE}"
    ),
    Cause.DOES_NOT_ARM: (
        f"가동 명령(ARM) 후 {{for_s:.0f}}초가 지나도 가동되지 않음({{state}}), {_WHERE}"
    ),
    Cause.DOES_NOT_DISARM: (
        "도크에서 정지 명령(DISARM) 후 {for_s:.0f}초가 지나도 해제되지 않음({state})"
    ),
    Cause.LINK_FAILED: "통신 연결 실패: {error}",
    Cause.OPERATOR: "운영자가 중지함",
}

CAUSES: Mapping[Language, Mapping[Cause, str]] = MappingProxyType(
    {Language.EN: ENGLISH, Language.KO: MappingProxyType(_KOREAN)}
)
"""Sentence by language and cause; both languages have the same causes and gaps."""


def event_text(language: Language, event: Event) -> str:
    """Say what happened, and why; in English where the cause is not known."""
    text, why = say(language, f"event_{event.kind}"), event.detail
    if event.cause in set(Cause):
        why = CAUSES[language][Cause(event.cause)].format(**event.values)
    return f"{text} ({why})" if why else text

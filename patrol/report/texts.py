"""Everything the report says, in each language: one table of sentences each."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Language(StrEnum):
    """Languages of the report, by their ISO 639-1 code."""

    EN = "en"
    KO = "ko"


_EN = {
    "kicker": "Night patrol report",
    "shift": "{date}, {start} to {end} ({zone})",
    "robots_named": "Robots: {names}",
    "banner_synthetic": (
        "SYNTHETIC incidents: the risk on this page was computed from incidents drawn "
        "by a simulator. It shows how the system works, not where crime happens."
    ),
    "banner_simulated": (
        "SIMULATED robots: nothing moved on a real street. The link and its bytes "
        "were the ones a real robot gets."
    ),
    "banner_incomplete": (
        "INCOMPLETE: at least one robot did not finish its route. The driven figures "
        "are of a part of the night."
    ),
    "banner_not_driven": "PLAN ONLY: this plan has not been driven.",
    "banner_violations": "The independent checker found {count} faults in this plan:",
    "checked": "The independent checker found no fault in this plan.",
    "lead_plan": (
        "{robots} robots patrol {required} km of required streets and so cover "
        "{coverage} of the risk expected on all drivable streets."
    ),
    "lead_driven": (
        "{robots} robots drove {driven} km and served streets that carry {coverage} "
        "of the risk expected on all drivable streets."
    ),
    "tile_coverage": "of the risk covered",
    "tile_coverage_driven": "of the risk covered",
    "note_coverage": "as driven; planned {planned}",
    "tile_length": "planned routes",
    "note_length": "of it {deadhead} km deadhead ({share})",
    "tile_driven": "driven",
    "note_driven": "95% of the time within {cross} m of the line",
    "tile_required": "required streets",
    "note_required": "{streets} streets, of {drivable} km drivable",
    "tile_gap": "above the lower bound",
    "note_gap": "bound {bound} km ({kind})",
    "tile_finish": "last robot back",
    "note_finish": "planned {planned}",
    "tile_commands": "commands lost",
    "note_commands": "{duplicated} duplicated, of {sent} sent",
    "tile_faults": "faults put in",
    "note_faults": "silences: {silences}, re-arms: {rearms}",
    "map": "The night on the map",
    "map_label": (
        "Map of the streets by risk with the routes of the robots. Drag or use the "
        "arrow keys to move, plus and minus to zoom, 0 to see all."
    ),
    "map_help": (
        "Drag to move. Zoom with the buttons, the + and - keys, two fingers, or "
        "Ctrl and the wheel. Point at a street to read about it."
    ),
    "no_script": "The map moves and answers only where scripts are allowed.",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "zoom_all": "Show all",
    "north": "N",
    "play": "Play the night",
    "pause": "Pause",
    "time": "Time",
    "layers": "Layers",
    "layer_risk": "Risk of the streets",
    "layer_out": "Not drivable",
    "layer_required": "Required streets",
    "layer_route": "Route of {robot}",
    "layer_deadhead": "Deadhead",
    "layer_track": "Driven track",
    "layer_events": "Events",
    "layer_labels": "Street names",
    "legend": "Expected incidents per km in {hours} hours of this shift",
    "legend_synthetic": "from SYNTHETIC incidents",
    "dock": "Dock",
    "tip_unnamed": "Street without a name",
    "tip_rate": "{rate} per km in {hours} h",
    "tip_required": "required",
    "tip_served": "Served by {robot} at {times}",
    "tip_not_served": "Not served tonight",
    "tip_out": "Not drivable: {reason}",
    "tip_concern": "darkness and concern {value} of 100",
    "share_history": "past incidents",
    "share_spill": "beside past incidents",
    "share_near": "near the last incidents",
    "share_recent": "last three months",
    "share_neighbourhood": "neighbourhood",
    "share_base": "base rate",
    "robots": "Planned against driven",
    "col_robot": "Robot",
    "col_planned": "Planned km",
    "col_driven": "Driven km",
    "col_deadhead": "Deadhead km",
    "col_streets": "Streets served",
    "col_finish": "Back at (planned)",
    "col_finish_driven": "Back at (driven)",
    "col_cross": "Off the line, p95",
    "col_battery": "Battery at the end",
    "col_link": "Commands sent / lost / doubled",
    "of": "{done} of {all}",
    "bound": "How good is this plan?",
    "bound_total": "Length of all routes",
    "bound_longest": "Longest route",
    "bound_limit": "lower bound",
    "bound_plan": "this plan",
    "kind_proved optimal": "proved optimal",
    "kind_LP": "linear program",
    "kind_weak": "weak",
    "explain_proved optimal": "It is proved that no plan needs less than {bound} km.",
    "explain_LP": (
        "A linear program shows that no plan whatever can serve these streets with "
        "less than {bound} km."
    ),
    "explain_weak": (
        "A simple count shows that no plan can serve these streets with less than "
        "{bound} km. This bound is weak: the best plan there is may well be longer."
    ),
    "longest_proved optimal": "Proved: the longest route has at least {bound} km.",
    "longest_LP": "A linear program: no plan has a longest route below {bound} km.",
    "longest_weak": (
        "A simple count shows that the longest route of any plan has at least {bound} "
        "km. This bound is weak: the best there is may well be longer."
    ),
    "explain_gap": (
        "Tonight it is {length} km, {gap} more. Even a perfect planner could save "
        "at most {slack} km."
    ),
    "explain_none": "Tonight it is {length} km: it meets the bound.",
    "explain_unknown": "The lower bound is 0 km and says nothing about this plan.",
    "left_out": "What was left out, and why",
    "left_out_intro": (
        "The map has {streets} streets of {km} km; this robot can drive {drivable} "
        "of them, {drivable_km} km."
    ),
    "left_out_nothing": "Nothing: this robot can drive every street of the map.",
    "col_reason": "Reason",
    "col_count": "Streets",
    "col_km": "km",
    "reason_NOT_A_STREET": "not a street (platform, track, ...)",
    "reason_STEPS": "steps",
    "reason_ACCESS": "private, or no access",
    "reason_WIDTH": "too narrow",
    "reason_SLOPE": "too steep",
    "reason_SURFACE": "surface not passable",
    "reason_KERB": "kerb too high",
    "reason_BARRIER": "barrier on the way",
    "reason_KEEP_OUT": "kept out by the operator",
    "reason_ISLAND": "cut off from the rest of the network",
    "reason_ONE_WAY_TRAP": "cut off by one-way streets",
    "events": "What happened on the way",
    "events_none": "Nothing but streets served.",
    "col_time": "Time",
    "col_event": "Event",
    "event_started": "started",
    "event_street served": "street served",
    "event_charging": "charging",
    "event_watched": "stood watch",
    "event_silence": "link silent: the robot stops by itself",
    "event_re-armed": "armed again",
    "event_unsure": "stands: unsure of its place",
    "event_paused": "paused",
    "event_docking": "leaves its route for its dock",
    "event_docked": "at its dock, its route not done",
    "event_fault": "fault put in",
    "event_e-stop": "emergency stop",
    "event_finished": "back at the dock",
    "event_aborted": "given up",
    "source": "Where these figures come from",
    "source_map": "Map",
    "source_map_digest": "Map digest",
    "source_risk_digest": "Risk digest",
    "source_plan_digest": "Plan digest",
    "source_seed": "Seed",
    "source_weights": "Weights",
    "source_robot": "Kind of robot",
    "source_files": "Files beside this report",
    "source_version": "Patrol version",
    "robot_kind": "{name}: {width} m wide, {mass} kg, {speed} km/h, battery {hours} h",
    "notes": "What was repaired or left out on reading the map",
    "reproduce": "The same map, seed and weights give the same plan.",
    "attribution": "Map data © OpenStreetMap contributors, ODbL",
}

_KO = {
    "kicker": "야간 순찰 보고서",
    "shift": "{date} {start}~{end} ({zone})",
    "robots_named": "로봇: {names}",
    "banner_synthetic": (
        "가상(SYNTHETIC) 사건: 이 보고서의 위험도는 시뮬레이터가 만든 가상의 사건으로 "
        "계산했습니다. 시스템의 작동 방식을 보여 줄 뿐, 실제 범죄 발생 위치가 "
        "아닙니다."
    ),
    "banner_simulated": (
        "모의(SIMULATED) 로봇: 실제 도로를 주행하지 않았습니다. 통신은 실제 로봇과 "
        "똑같은 바이트로 이루어졌습니다."
    ),
    "banner_incomplete": (
        "미완료: 경로를 끝내지 못한 로봇이 있습니다. 주행 수치는 야간 근무의 "
        "일부에만 해당합니다."
    ),
    "banner_not_driven": "계획만 있음: 아직 주행하지 않은 계획입니다.",
    "banner_violations": "독립 검사기가 이 계획에서 문제 {count}건을 찾았습니다.",
    "checked": "독립 검사기가 이 계획에서 아무 문제도 찾지 못했습니다.",
    "lead_plan": (
        "로봇 {robots}대가 필수 순찰 구간 {required} km를 돌아, 주행 가능한 모든 "
        "도로에서 예상되는 위험의 {coverage}를 순찰합니다."
    ),
    "lead_driven": (
        "로봇 {robots}대가 {driven} km를 주행하며, 주행 가능한 모든 도로에서 "
        "예상되는 위험의 {coverage}를 순찰했습니다."
    ),
    "tile_coverage": "순찰한 위험 비율",
    "tile_coverage_driven": "순찰한 위험 비율(실적)",
    "note_coverage": "계획 {planned}",
    "tile_length": "계획 경로 길이",
    "note_length": "그중 단순 이동 {deadhead} km ({share})",
    "tile_driven": "실제 주행 거리",
    "note_driven": "주행 시간의 95%는 경로에서 {cross} m 이내",
    "tile_required": "필수 순찰 구간",
    "note_required": "도로 {streets}개, 주행 가능 {drivable} km",
    "tile_gap": "이론적 하한 대비 초과",
    "note_gap": "하한 {bound} km ({kind})",
    "tile_finish": "마지막 로봇 복귀",
    "note_finish": "계획 {planned}",
    "tile_commands": "유실된 명령",
    "note_commands": "중복 {duplicated}건, 전송 {sent}건",
    "tile_faults": "시험용 장애 주입",
    "note_faults": "통신 두절 {silences}회, 재가동 {rearms}회",
    "map": "지도로 보는 야간 순찰",
    "map_label": (
        "도로별 위험도와 로봇의 경로를 나타낸 지도. 끌거나 화살표 키로 이동하고, "
        "더하기·빼기 키로 확대·축소하며, 0 키로 전체를 봅니다."
    ),
    "map_help": (
        "끌어서 이동합니다. 버튼, + 와 - 키, 두 손가락, 또는 Ctrl 키와 휠로 "
        "확대·축소합니다. 도로를 가리키면 설명이 나옵니다."
    ),
    "no_script": "스크립트를 허용해야 지도를 움직이고 조회할 수 있습니다.",
    "zoom_in": "확대",
    "zoom_out": "축소",
    "zoom_all": "전체 보기",
    "north": "북",
    "play": "야간 순찰 재생",
    "pause": "일시 정지",
    "time": "시각",
    "layers": "표시 항목",
    "layer_risk": "도로 위험도",
    "layer_out": "주행 불가",
    "layer_required": "필수 순찰 구간",
    "layer_route": "{robot} 경로",
    "layer_deadhead": "단순 이동",
    "layer_track": "실제 주행 궤적",
    "layer_events": "발생 상황",
    "layer_labels": "도로 이름",
    "legend": "이 근무 시간대의 예상 사건 수({hours}시간·1 km 기준)",
    "legend_synthetic": "가상(SYNTHETIC) 사건 기준",
    "dock": "도크",
    "tip_unnamed": "이름 없는 도로",
    "tip_rate": "{hours}시간·1 km 기준 {rate}건",
    "tip_required": "필수",
    "tip_served": "{robot}, {times} 순찰",
    "tip_not_served": "오늘 밤 순찰하지 않음",
    "tip_out": "주행 불가: {reason}",
    "tip_concern": "어두움·불안 지수 {value}/100",
    "share_history": "과거 사건",
    "share_spill": "과거 사건 인접",
    "share_near": "최근 사건 인접",
    "share_recent": "최근 3개월 사건",
    "share_neighbourhood": "주변 지역",
    "share_base": "기본 발생률",
    "robots": "계획과 실적",
    "col_robot": "로봇",
    "col_planned": "계획 km",
    "col_driven": "주행 km",
    "col_deadhead": "단순 이동 km",
    "col_streets": "순찰한 도로",
    "col_finish": "복귀 시각(계획)",
    "col_finish_driven": "복귀 시각(실제)",
    "col_cross": "경로 이탈(95 백분위)",
    "col_battery": "종료 시 배터리",
    "col_link": "명령 전송 / 유실 / 중복",
    "of": "{all}개 중 {done}개",
    "bound": "이 계획은 얼마나 좋은가?",
    "bound_total": "전체 경로 길이",
    "bound_longest": "가장 긴 경로",
    "bound_limit": "하한",
    "bound_plan": "이 계획",
    "kind_proved optimal": "최적 증명",
    "kind_LP": "선형계획법",
    "kind_weak": "느슨함",
    "explain_proved optimal": (
        "어떤 계획도 {bound} km보다 짧게 이 도로들을 순찰할 수 없음이 증명되었습니다."
    ),
    "explain_LP": (
        "선형계획법에 따르면 어떤 계획도 {bound} km보다 짧게 이 도로들을 순찰할 수 "
        "없습니다."
    ),
    "explain_weak": (
        "단순 계산에 따르면 어떤 계획도 {bound} km보다 짧게 이 도로들을 순찰할 수 "
        "없습니다. 다만 이 하한은 느슨하므로 실제 최선의 계획은 더 길 수 있습니다."
    ),
    "longest_proved optimal": (
        "어떤 계획이라도 가장 긴 경로는 {bound} km 이상임이 증명되었습니다."
    ),
    "longest_LP": (
        "선형계획법에 따르면 어떤 계획이라도 가장 긴 경로는 {bound} km 이상입니다."
    ),
    "longest_weak": (
        "단순 계산에 따르면 어떤 계획이라도 가장 긴 경로는 {bound} km 이상입니다. "
        "다만 이 하한은 느슨하므로 실제 최선의 값은 더 길 수 있습니다."
    ),
    "explain_gap": (
        "오늘 밤은 {length} km로 그보다 {gap} 깁니다. 완벽한 계획이라도 줄일 수 "
        "있는 거리는 최대 {slack} km입니다."
    ),
    "explain_none": "오늘 밤은 {length} km로 하한과 같습니다.",
    "explain_unknown": "이 계획의 하한은 0 km이므로 비교할 수 없습니다.",
    "left_out": "제외된 도로와 그 이유",
    "left_out_intro": (
        "지도에는 도로 {streets}개, {km} km가 있으며, 이 로봇은 그중 {drivable}개, "
        "{drivable_km} km를 주행할 수 있습니다."
    ),
    "left_out_nothing": "없음: 이 로봇은 지도의 모든 도로를 주행할 수 있습니다.",
    "col_reason": "이유",
    "col_count": "도로 수",
    "col_km": "km",
    "reason_NOT_A_STREET": "도로가 아님(승강장, 산길 등)",
    "reason_STEPS": "계단",
    "reason_ACCESS": "사유지 또는 출입 금지",
    "reason_WIDTH": "폭이 좁음",
    "reason_SLOPE": "경사가 급함",
    "reason_SURFACE": "노면 상태로 주행 불가",
    "reason_KERB": "연석이 높음",
    "reason_BARRIER": "장애물로 막힘",
    "reason_KEEP_OUT": "운영자가 출입을 제한함",
    "reason_ISLAND": "나머지 도로망과 끊어져 있음",
    "reason_ONE_WAY_TRAP": "일방통행으로 끊어져 있음",
    "events": "순찰 중 발생한 일",
    "events_none": "도로 순찰 외에 특별한 일이 없었습니다.",
    "col_time": "시각",
    "col_event": "상황",
    "event_started": "출발",
    "event_street served": "도로 순찰",
    "event_charging": "충전",
    "event_watched": "거점 경계",
    "event_silence": "통신 두절: 로봇이 스스로 정지",
    "event_re-armed": "재가동",
    "event_unsure": "정지: 위치 불확실",
    "event_paused": "일시 정지",
    "event_docking": "경로를 떠나 도크로 이동",
    "event_docked": "도크 도착, 경로 미완료",
    "event_fault": "시험용 장애 주입",
    "event_e-stop": "비상 정지",
    "event_finished": "도크 복귀",
    "event_aborted": "순찰 중단",
    "source": "수치의 근거",
    "source_map": "지도",
    "source_map_digest": "지도 식별값",
    "source_risk_digest": "위험도 식별값",
    "source_plan_digest": "계획 식별값",
    "source_seed": "난수 시드",
    "source_weights": "가중치",
    "source_robot": "로봇 기종",
    "source_files": "함께 저장된 파일",
    "source_version": "Patrol 버전",
    "robot_kind": "{name}: 폭 {width} m, {mass} kg, {speed} km/h, 배터리 {hours}시간",
    "notes": "지도를 읽을 때 고치거나 제외한 것",
    "reproduce": "지도, 시드, 가중치가 같으면 같은 계획이 나옵니다.",
    "attribution": "지도 데이터 © OpenStreetMap contributors, ODbL",
}

SENTENCES: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {Language.EN: MappingProxyType(_EN), Language.KO: MappingProxyType(_KO)}
)
"""Sentence by language and key; both languages have the same keys and gaps."""


def say(language: Language, key: str, **gaps: object) -> str:
    """
    Give one sentence with its gaps filled.

    Raises
    ------
    KeyError
        If there is no such sentence, or a gap is not given.
    """
    return SENTENCES[language][key].format(**gaps)

"""What commands say on the terminal, in each language: one table."""

from collections.abc import Mapping
from types import MappingProxyType

from patrol.report.texts import Language

_EN = {
    "step_map": "Map     {place}: {streets:,} streets, {km:.1f} km",
    "step_risk": (
        "Risk    from {incidents:,} SYNTHETIC incidents; darkness from lamps and tags"
    ),
    "step_plan": (
        "Plan    {km:.1f} km for {robots} robots, {gap:.1%} above the lower bound"
    ),
    "step_night": "Night   driven in simulated robots on pseudo-terminals",
    "doing_map": "Reading the map",
    "doing_risk": "Fitting the risk",
    "doing_plan": "Planning for two robots",
    "doing_night": "Driving over real serial bytes",
    "drivable": "can be driven",
    "left_out": "left out",
    "required": "must be served",
    "coverage": "risk covered",
    "coverage_value": "{share:.1%} of all",
    "synthetic": " (SYNTHETIC incidents)",
    "length": "length",
    "length_value": "{km:.2f} km, of it {deadhead_km:.2f} km deadhead",
    "bound": "lower bound",
    "bound_value": "{km:.2f} km ({kind}): this plan is {gap:.1%} above it",
    "longest": "longest route",
    "longest_value": "{km:.2f} km; lower bound {bound_km:.2f} km ({kind})",
    "longest_time": "longest time",
    "longest_time_value": (
        "{minutes:.1f} min on the move; lower bound {bound_minutes:.1f} min ({kind})"
    ),
    "fleet": "fleet",
    "fleet_value": "{robots} robots at {docks} docks",
    "minimised": "made small",
    "minimised_longest": "the longest time that a robot is on the move",
    "minimised_total": "the length of all routes",
    "driven": "driven",
    "driven_value": "{km:.2f} km; 95% of the time within {cross_m:.2f} m of the line",
    "faults": "faults put in",
    "faults_value": "{bursts} bursts of noise, {silences} silences of the line",
    "survived": "what they did",
    "survived_value": (
        "the robot stood still in {stops} of {silences} silences; "
        "{lost} commands lost, {doubled} doubled"
    ),
    "speed": "speed",
    "speed_value": "{times:.0f} times real time: {night} of patrol in {seconds:.1f} s",
    "night": "{hours} h {minutes:02d} min",
    "took": "took",
    "took_value": "{seconds:.1f} s in all",
    "report": "report",
    "picture": "picture",
    "plan.json": "plan",
    "plan.geojson": "plan for a GIS",
    "record.jsonl.gz": "record",
    "no_port": "no serial port found",
    "port_no_usb": "no USB device",
    "port_serial": "serial number {number}",
    "port_no_serial": "without a serial number",
    "port_name": "keeps the name {name}",
    "port_used": "in use by {names}",
    "port_forbidden": "this user may not use it",
}

_KO = {
    "step_map": "지도    {place}: 도로 {streets:,}개, {km:.1f} km",
    "step_risk": "위험도  가상(SYNTHETIC) 사건 {incidents:,}건; 어두움은 가로등과 태그",
    "step_plan": "계획    로봇 {robots}대, {km:.1f} km, 이론적 하한보다 {gap:.1%} 김",
    "step_night": "주행    모의 로봇이 가상 터미널(pty)로 주행함",
    "doing_map": "지도를 읽는 중",
    "doing_risk": "위험도를 계산하는 중",
    "doing_plan": "로봇 두 대의 경로를 계획하는 중",
    "doing_night": "실제 직렬 통신 바이트로 주행하는 중",
    "drivable": "주행 가능",
    "left_out": "제외된 도로",
    "required": "필수 순찰 구간",
    "coverage": "순찰하는 위험",
    "coverage_value": "전체의 {share:.1%}",
    "synthetic": " (가상(SYNTHETIC) 사건)",
    "length": "경로 길이",
    "length_value": "{km:.2f} km, 그중 단순 이동 {deadhead_km:.2f} km",
    "bound": "하한",
    "bound_value": "{km:.2f} km ({kind}): 이 계획이 {gap:.1%} 더 김",
    "longest": "가장 긴 경로",
    "longest_value": "{km:.2f} km; 하한 {bound_km:.2f} km ({kind})",
    "longest_time": "가장 긴 시간",
    "longest_time_value": ("이동 {minutes:.1f}분; 하한 {bound_minutes:.1f}분 ({kind})"),
    "fleet": "로봇",
    "fleet_value": "로봇 {robots}대, 충전소 {docks}곳",
    "minimised": "최소화한 것",
    "minimised_longest": "로봇이 이동하는 가장 긴 시간",
    "minimised_total": "모든 경로의 길이",
    "driven": "주행 거리",
    "driven_value": "{km:.2f} km; 주행 시간의 95%는 경로에서 {cross_m:.2f} m 이내",
    "faults": "시험용 장애",
    "faults_value": "잡음 {bursts}회, 통신 두절 {silences}회",
    "survived": "장애의 영향",
    "survived_value": (
        "두절 {silences}회 중 {stops}회 로봇 정지 유지; "
        "명령 유실 {lost}건, 중복 {doubled}건"
    ),
    "speed": "속도",
    "speed_value": "실시간의 {times:.0f}배: {night} 순찰을 {seconds:.1f}초에",
    "night": "{hours}시간 {minutes:02d}분",
    "took": "소요 시간",
    "took_value": "모두 {seconds:.1f}초",
    "report": "보고서",
    "picture": "그림",
    "plan.json": "계획",
    "plan.geojson": "GIS용 계획",
    "record.jsonl.gz": "주행 기록",
    "no_port": "직렬 포트 없음",
    "port_no_usb": "USB 장치 아님",
    "port_serial": "일련번호 {number}",
    "port_no_serial": "일련번호 없음",
    "port_name": "변하지 않는 이름 {name}",
    "port_used": "사용 중: {names}",
    "port_forbidden": "이 사용자는 사용할 권한이 없음",
}

WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {Language.EN: MappingProxyType(_EN), Language.KO: MappingProxyType(_KO)}
)
"""Words by language and key; both languages have the same keys and gaps."""


def word(language: Language, key: str, **gaps: object) -> str:
    """
    Give one label or line with its gaps filled.

    Raises
    ------
    KeyError
        If there is no such line, or a gap is not given.
    """
    return WORDS[language][key].format(**gaps)

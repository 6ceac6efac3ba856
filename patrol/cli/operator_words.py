"""What an operator is told and asked while robots drive, in each language."""

from collections.abc import Mapping
from types import MappingProxyType

from patrol.report.texts import Language

_EN = {
    "help": """\
Type a word and Enter while the robots drive; ROBOT is a number or a name, and without
it a word is for all robots:
  stop [ROBOT]    emergency stop, at once
  clear ROBOT     clear it, when nobody is near the robot
  go ROBOT        then let it drive on
  pause [ROBOT]   stand where it is
  resume [ROBOT]  go on after a pause
  dock [ROBOT]    leave the route and drive to the dock the cheapest legal way
  cross ROBOT     the road that it waits at is free
  status [ROBOT]  what it does
  help            this
Control-C gives up: it stops all robots and ends the night.""",
    "ask_go": (
        "{robot}: its emergency stop is cleared. Look that nobody is near it, then "
        "type `go` and its number to let it drive on"
    ),
    "ask_cross": (
        "{robot} waits before a road. Look that the way is free, then type `cross` "
        "and its number"
    ),
    "unknown": "{typed!r} is no word that is known here; type one of {words}",
    "no_robot": "there is no robot {typed!r}; type a number or name of {robots}",
    "which_robot": "`{word}` is for one robot at a time: type `{word}` and its number",
    "over": "{robot}: its mission is over. {reason}",
    "deaf": (
        "standard input has ended, so nobody can confirm crossings: robots that wait "
        "before a road will give up; drive again without --confirm-crossings or from "
        "a terminal"
    ),
    "did_pause": "{robot} is to stand until `resume`",
    "did_resume": "{robot} goes on",
    "did_cross": "{robot} crosses the road",
    "did_dock": "{robot} is to go to its dock",
    "did_stop": "{robot}: EMERGENCY STOP sent; `clear`, then `go` end it",
    "did_clear": "{robot}: its emergency stop is cleared once it is at rest",
    "did_go": "{robot} drives on",
    "not_resume": "{robot} is not paused",
    "not_cross": "{robot} does not wait at a road",
    "not_dock": "{robot} is on its way to its dock already",
    "not_clear": "{robot} has no emergency stop that could be cleared",
    "not_go": "{robot} does not wait for that: `go` is for a stop that is cleared",
    "state_waiting": "{robot} waits in its dock until it is time",
    "state_driving": "{robot} drives, at {along_m:,.0f} of {length_m:,.0f} m",
    "state_charging": "{robot} charges",
    "state_docking": "{robot} drives home, at {along_m:,.0f} of {length_m:,.0f} m",
    "state_parking": "{robot} parks at its dock",
    "state_finished": "{robot} has done its route and is at its dock",
    "state_docked": (
        "{robot} is at its dock, its route not done: `patrol plan replan --record` "
        "plans what is left"
    ),
    "state_aborted": "{robot} GAVE UP: {reason}",
    "state_arming": "{robot} is being armed",
    "state_crossing": "{robot} stands before a road",
    "state_unsure": "{robot} stands: it does not know its place well enough",
    "state_paused": "{robot} is paused",
    "state_silent": "{robot} is silent; it stops by itself",
    "state_e-stopped": "{robot} is in EMERGENCY STOP",
}

_KO = {
    "help": """\
주행 중에 명령을 입력하고 Enter를 누르십시오. ROBOT은 번호나 이름이며, 생략하면 모든
로봇에 적용됩니다:
  stop [ROBOT]    즉시 비상 정지
  clear ROBOT     로봇 주위에 사람이 없음을 확인한 뒤 비상 정지 해제
  go ROBOT        해제 후 운행 재개 허가
  pause [ROBOT]   그 자리에 일시 정지
  resume [ROBOT]  일시 정지 후 운행 재개
  dock [ROBOT]    경로를 떠나 가장 빠른 합법적 경로로 도크로 복귀
  cross ROBOT     기다리는 도로를 건너도 됨
  status [ROBOT]  현재 상태
  help            이 도움말
Control-C는 모든 로봇을 멈추고 순찰을 끝냅니다.""",
    "ask_go": (
        "{robot}: 비상 정지가 해제되었습니다. 주위에 사람이 없는지 확인한 뒤 `go`와 "
        "번호를 입력하면 다시 운행합니다"
    ),
    "ask_cross": (
        "{robot}: 도로 앞에서 대기 중입니다. 건너도 되는지 확인한 뒤 `cross`와 번호를 "
        "입력하십시오"
    ),
    "unknown": "{typed!r}: 알 수 없는 명령입니다. 다음 중에서 입력하십시오: {words}",
    "no_robot": "{typed!r}: 그런 로봇이 없습니다. 번호나 이름을 입력하십시오: {robots}",
    "which_robot": "`{word}`는 한 대씩만 됩니다. `{word}`와 번호를 입력하십시오",
    "over": "{robot}: 임무가 이미 끝났습니다. {reason}",
    "deaf": (
        "표준 입력이 끝나 도로 횡단을 확인할 사람이 없습니다. 도로 앞의 로봇은 결국 "
        "포기합니다. --confirm-crossings 없이 또는 터미널에서 다시 실행하십시오"
    ),
    "did_pause": "{robot}: `resume`까지 정지합니다",
    "did_resume": "{robot}: 다시 운행합니다",
    "did_cross": "{robot}: 도로를 건넙니다",
    "did_dock": "{robot}: 도크로 복귀합니다",
    "did_stop": "{robot}: 비상 정지를 보냈습니다. `clear` 다음 `go`로 풉니다",
    "did_clear": "{robot}: 로봇이 멈추면 비상 정지를 해제합니다",
    "did_go": "{robot}: 다시 운행합니다",
    "not_resume": "{robot}: 일시 정지 상태가 아닙니다",
    "not_cross": "{robot}: 도로 앞에서 기다리고 있지 않습니다",
    "not_dock": "{robot}: 이미 도크로 가고 있습니다",
    "not_clear": "{robot}: 해제할 비상 정지가 없습니다",
    "not_go": "{robot}: 기다리고 있지 않습니다. `go`는 비상 정지를 해제한 뒤에 씁니다",
    "state_waiting": "{robot}: 도크에서 출발 시각을 기다립니다",
    "state_driving": "{robot}: 주행 중, {length_m:,.0f} m 중 {along_m:,.0f} m",
    "state_charging": "{robot}: 충전 중",
    "state_docking": "{robot}: 도크로 복귀 중, {length_m:,.0f} m 중 {along_m:,.0f} m",
    "state_parking": "{robot}: 도크에 세우는 중",
    "state_finished": "{robot}: 경로를 마치고 도크에 있습니다",
    "state_docked": (
        "{robot}: 경로를 마치지 않고 도크에 있습니다. 남은 구간은 `patrol plan replan "
        "--record`로 다시 계획합니다"
    ),
    "state_aborted": "{robot}: 순찰 중단(GAVE UP): {reason}",
    "state_arming": "{robot}: 가동 준비 중",
    "state_crossing": "{robot}: 도로 앞에 서 있습니다",
    "state_unsure": "{robot}: 위치가 불확실하여 서 있습니다",
    "state_paused": "{robot}: 일시 정지 중",
    "state_silent": "{robot}: 통신 두절, 로봇이 스스로 정지합니다",
    "state_e-stopped": "{robot}: 비상 정지 상태",
}

OPERATOR_WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {Language.EN: MappingProxyType(_EN), Language.KO: MappingProxyType(_KO)}
)
"""Lines by language and key; both languages have the same keys and gaps."""


def told(language: Language, key: str, **gaps: object) -> str:
    """
    Give one line with its gaps filled.

    Raises
    ------
    KeyError
        If there is no such line, or a gap is not given.
    """
    return OPERATOR_WORDS[language][key].format(**gaps)

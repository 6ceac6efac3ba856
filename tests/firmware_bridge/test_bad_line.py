"""A line that loses, copies, reorders and damages frames, and power that fails."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware_bridge.messages import Result
from firmware_bridge.robot_memory import KeptMemory
from patrol.robot import Action, RobotState
from tests.firmware_bridge.rig import Rig

ORDERS = [action for action in Action if action is not Action.ESTOP]


def without_estops(actions: list[Action]) -> list[Action]:
    return [action for action in actions if action is not Action.ESTOP]


class BadLine(RuleBasedStateMachine):
    """Loss, copies, reordering, damage and reconnects; each command once, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig()
        self.sent: list[Action] = []
        self.in_doubt = False

    @rule(action=st.sampled_from(ORDERS))
    def send(self, action: Action) -> None:
        self.rig.send(action)
        self.sent.append(action)

    @rule()
    def send_estop(self) -> None:
        self.in_doubt |= not self.rig.host.connected
        self.rig.send(Action.ESTOP)

    @rule(time_s=st.sampled_from([0.01, 0.05, 0.3]))
    def wait(self, time_s: float) -> None:
        self.rig.wait(time_s)

    @rule()
    def report(self) -> None:
        self.rig.report()

    @precondition(lambda self: self.rig.up)
    @rule(data=st.data())
    def to_robot(self, data: st.DataObject) -> None:
        self.rig.to_robot(self._any(self.rig.up, data))

    @precondition(lambda self: self.rig.down)
    @rule(data=st.data())
    def to_host(self, data: st.DataObject) -> None:
        self.rig.to_host(self._any(self.rig.down, data))

    @rule()
    def all_in_order(self) -> None:
        while self.rig.up:
            self.rig.to_robot()
        while self.rig.down:
            self.rig.to_host()

    @precondition(lambda self: self.rig.up or self.rig.down)
    @rule(data=st.data(), fate=st.sampled_from(["lose", "copy", "flip"]))
    def spoil(self, data: st.DataObject, fate: str) -> None:
        line = data.draw(
            st.sampled_from([x for x in (self.rig.up, self.rig.down) if x])
        )
        index = self._any(line, data)
        frame = line[index]
        if fate == "copy":
            line.insert(data.draw(st.integers(0, len(line))), frame)
        elif fate == "lose":
            del line[index]
        else:
            at = data.draw(st.integers(0, len(frame) - 2))
            flipped = bytes([frame[at] ^ 1 << data.draw(st.integers(0, 7))])
            line[index] = frame[:at] + flipped + frame[at + 1 :]

    @rule()
    def reconnect(self) -> None:
        self.rig.host.reconnect()
        self.in_doubt = True

    @invariant()
    def nothing_is_doubled_skipped_or_out_of_order(self) -> None:
        executed = without_estops(self.rig.executed)
        assert executed == self.sent[: len(executed)]

    @invariant()
    def robot_is_stopped_from_an_estop_to_the_clearing_of_that_very_one(self) -> None:
        stopped = False
        for one in self.rig.core.executed:
            if one.action is Action.ESTOP:
                stopped = True
            elif one.action is Action.CLEAR_ESTOP and one.result is Result.DONE:
                stopped = False
        assert stopped == (self.rig.core.state is RobotState.ESTOPPED)

    def teardown(self) -> None:
        self.rig.settle()
        sent = self.rig.host.sent_by_action
        counters = self.rig.host.counters
        assert self.rig.host.unanswered == 0
        assert without_estops(self.rig.executed) == self.sent
        estops = self.rig.executed.count(Action.ESTOP)
        if self.in_doubt:  # a late copy from outside the session stops once more
            assert estops >= sent[Action.ESTOP]
        else:
            assert estops == sent[Action.ESTOP]
        assert counters["commands_acknowledged"] == counters["commands_sent"]
        assert counters["commands_given_up"] == 0

    def _any(self, line: list[bytes], data: st.DataObject) -> int:
        return data.draw(st.integers(0, min(len(line), 5) - 1))


TestBadLine = BadLine.TestCase
TestBadLine.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)


class BadPower(BadLine):
    """The same with a robot that restarts, at any moment, and has a memory."""

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig(memory=KeptMemory())

    @rule()
    def power_cut(self) -> None:
        self.rig.down.clear()  # what it had not said yet is gone
        self.rig.reboot()
        self.in_doubt = True

    def teardown(self) -> None:
        for _ in range(2):
            self.rig.report()  # two of another session tell the host of a restart
        super().teardown()


TestBadPower = BadPower.TestCase
TestBadPower.settings = settings(
    max_examples=200, stateful_step_count=50, deadline=None
)

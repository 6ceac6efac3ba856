"""
A vehicle that nobody here wrote: the servers of MAVSDK, on a serial port.

Run with the name of the port. Each thing that happens is one JSON line on standard
output. It lives until its standard input is closed.
"""

import json
import os
import sys
import threading
import time

from mavsdk import ComponentType, Configuration, Mavsdk
from mavsdk.plugins.action_server import ActionServer
from mavsdk.plugins.action_server.action_server import AllowableFlightModes, FlightMode
from mavsdk.plugins.mission_raw_server import MissionRawServer
from mavsdk.plugins.param_server import ParamServer
from mavsdk.plugins.telemetry_server import TelemetryServer
from mavsdk.plugins.telemetry_server.telemetry_server import (
    Heading,
    Position,
    VelocityNed,
)

EVENTS = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # the library talks on standard output


def tell(**words: object) -> None:
    EVENTS.write(json.dumps(words) + "\n")


class Vehicle:
    """It arms, changes its mode, takes missions, and holds when its host is gone."""

    def __init__(self, address: str) -> None:
        kind = ComponentType.AUTOPILOT
        self.mavsdk = Mavsdk(Configuration.create_with_component_type(kind))
        server = self.mavsdk.server_component()
        self.action, self.mission = ActionServer(server), MissionRawServer(server)
        self.telemetry, parameters = TelemetryServer(server), ParamServer(server)
        self.armed, self.mode = False, FlightMode.HOLD
        self.action.set_armable(True, True)
        self.action.set_disarmable(True, True)
        self.action.set_allowable_flight_modes(AllowableFlightModes(True, True, True))
        for name, value in (("NAV_DLL_ACT", 1), ("COM_OBL_RC_ACT", 5)):
            parameters.provide_param_int(name, value)
        parameters.provide_param_float("COM_DL_LOSS_T", 3.0)
        self.action.subscribe_arm_disarm(self.arm)
        self.action.subscribe_flight_mode_change(self.change_mode)
        self.mission.subscribe_incoming_mission(self.take_mission)
        self.mavsdk.add_any_connection(f"serial://{address}:115200")

    def arm(self, _result: object, order: object, *_: object) -> None:
        armed = bool(getattr(order, "arm", False))
        if armed != self.armed:  # the library calls this for its own changes, too
            tell(armed=armed)
            self.armed = armed
            self.later(self.action.set_armed_state, armed)

    def change_mode(self, _result: object, mode: FlightMode, *_: object) -> None:
        if mode != self.mode:
            tell(mode=mode.name)
            self.mode = mode
            self.later(self.action.set_flight_mode, mode)

    def take_mission(self, _result: object, plan: object, *_: object) -> None:
        items = getattr(plan, "mission_items", [])
        told = [(i.command, i.x, i.y, round(i.param2, 3)) for i in items]
        tell(mission=told)

    def later(self, call: object, *arguments: object) -> None:
        """Outside of the library's own thread."""
        assert callable(call)
        threading.Thread(target=call, args=arguments, daemon=True).start()

    def live(self) -> None:
        connected = False
        while True:
            place = Position(37.48, 126.95, 0.0, 0.0)
            self.telemetry.publish_position(
                place, VelocityNed(0.0, 0.0, 0.0), Heading(0.0)
            )
            here = any(system.is_connected() for system in self.mavsdk.get_systems())
            if connected and not here:  # a failsafe is the vehicle's own matter
                self.action.set_flight_mode(FlightMode.HOLD)
                tell(mode="HOLD", failsafe=True)
            connected = here
            time.sleep(0.2)


if __name__ == "__main__":
    vehicle = Vehicle(sys.argv[1])
    threading.Thread(target=vehicle.live, daemon=True).start()
    tell(ready=True)
    sys.stdin.read()
    os._exit(0)

"""``patrol ports``: the serial ports of this computer, and how to name them."""

import os
from typing import TYPE_CHECKING

from patrol.cli.options import Json, Lang
from patrol.cli.output import Row, emit
from patrol.cli.words import word
from patrol.report.texts import Language

if TYPE_CHECKING:
    from firmware_bridge.port_names import PortInfo
    from firmware_bridge.port_users import Program


def ports(lang: Lang = Language.EN, as_json: Json = False) -> None:
    """List the serial ports of this computer, what is on them and who uses them."""
    from firmware_bridge.port_users import programs_using
    from firmware_bridge.ports import list_ports

    found = [(port, programs_using(port.address)) for port in list_ports()]
    figures = [_figures(port, users) for port, users in found]
    rows = [row for port, users in found for row in _rows(port, users, lang)]
    nothing = [(word(lang, "no_port"), "")]
    emit({"ports": figures}, rows or nothing, as_json=as_json)


def _figures(port: "PortInfo", users: "list[Program]") -> dict[str, object]:
    return {
        "address": port.address,
        "description": port.description,
        "usb": port.usb,
        "serial_number": port.serial_number,
        "by_id": port.by_id,
        "lasting_name": port.lasting_name,
        "allowed": _allowed(port),
        "used_by": [str(user) for user in users],
    }


def _rows(port: "PortInfo", users: "list[Program]", lang: Language) -> list[Row]:
    serial = word(lang, "port_serial", number=port.serial_number)
    told = [
        port.description,
        f"USB {port.usb}" if port.usb else word(lang, "port_no_usb"),
        serial if port.serial_number else word(lang, "port_no_serial"),
    ]
    rows = [(port.address, ", ".join(told if port.usb else told[:2]))]
    lasting = [name for name in (port.lasting_name, port.by_id) if name]
    rows += [
        ("", word(lang, "port_name", name=name)) for name in dict.fromkeys(lasting)
    ]
    if users:
        names = ", ".join(map(str, users))
        rows.append(("", word(lang, "port_used", names=names)))
    elif not _allowed(port):
        rows.append(("", word(lang, "port_forbidden")))
    return rows


def _allowed(port: "PortInfo") -> bool:
    return os.name == "nt" or os.access(port.address, os.R_OK | os.W_OK)

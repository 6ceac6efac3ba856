/*
 * Where the robot keeps missions: one that it holds, and one that is being loaded, as
 * PROTOCOL.md says under "Missions" and robot_missions.py says it.
 */
#ifndef MISSIONS_H
#define MISSIONS_H

#include "path.h"

#include <stdbool.h>
#include <stdint.h>

#define MISSION_PART 32U
#define MISSION_AHEAD 32U

enum {
    LOAD_LOADING = 0,
    LOAD_HELD = 1,
    LOAD_TOO_LONG = 2,
    LOAD_WRONG = 3,
    LOAD_UNKNOWN = 4
};

typedef struct {
    uint8_t *store; /* twice `room` bytes of the port */
    uint16_t room;
    uint8_t slot; /* which half holds the mission that is held */
    uint32_t digest; /* 0: holds none */
    robot_path path;
    bool loading;
    uint32_t load_digest;
    uint16_t load_size;
    uint32_t load_from_mm;
    path_start load_start;
    uint16_t lacking;
    uint32_t beyond;
} robot_missions;

/* Payload of LOADED: what became of a mission. */
typedef struct {
    uint32_t digest;
    uint8_t state;
    uint16_t lacking;
    uint32_t beyond;
} mission_loaded;

/* Payloads of LOAD, PART and COMMIT; their sizes have been looked at. */
mission_loaded missions_begin(robot_missions *self, const uint8_t *payload);
mission_loaded missions_take(robot_missions *self, const uint8_t *payload, uint8_t size);
mission_loaded missions_commit(robot_missions *self, uint32_t digest, bool *changed);

#endif

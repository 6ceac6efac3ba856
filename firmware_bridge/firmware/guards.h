/*
 * What the robot keeps its host from: limits that the host can only tighten, as
 * PROTOCOL.md says under "Guards" and robot_guards.py says it, to the bit.
 */
#ifndef GUARDS_H
#define GUARDS_H

#include "path.h"

#include <stdbool.h>
#include <stdint.h>

#define GUARD_SPEED 1U
#define GUARD_SLEW 2U
#define GUARD_FENCE 4U
#define GUARD_TILT 8U
#define GUARD_BATTERY 16U
#define GUARD_PATH 32U
#define GUARDS_STOPPING (GUARD_FENCE | GUARD_TILT | GUARD_BATTERY)

#define GUARDS_CORNERS 16U
#define GUARDS_FENCE (1U + (8U * GUARDS_CORNERS)) /* bytes of the largest fence */

typedef struct {
    uint16_t speed_mmps;
    uint16_t accel_mmps2; /* of speeding up; slowing down is free */
    uint16_t tilt_mrad;
    uint16_t battery; /* 0.01 % */
} robot_limits;

/* 10 km/h as for 150 kg, 2 m/s2, 20 degrees, 3 %. */
extern const robot_limits GUARDS_USUAL;

typedef struct {
    robot_limits limits;
    uint8_t acting;
    robot_drive last;
    uint32_t last_ms;
    uint8_t fence[GUARDS_FENCE]; /* payload of FENCE; no corners: everywhere */
} robot_guards;

/* Take over what is tighter; what is looser changes nothing. */
void guards_tighten(robot_guards *self, const robot_limits *by);

/* Tell whether the payload of FENCE is one: 3 to 16 corners. */
bool guards_fence_known(const uint8_t *payload, uint8_t size);

/* Keep a fence, unless there is one already; give the name of the one that holds. */
uint32_t guards_enclose(robot_guards *self, const uint8_t *payload);

/* Note what is wrong with the robot's place; tell whether it must not move. */
bool guards_look(robot_guards *self, const robot_senses *now);

/* Take in that the motors are at zero, whatever they were told. */
void guards_rest(robot_guards *self, uint32_t now_ms);

/* Give what the motors may do of what they are told. */
robot_drive guards_ease(robot_guards *self, robot_drive wanted, uint32_t now_ms);

#endif

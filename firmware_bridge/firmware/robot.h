/*
 * The robot's end of the protocol: what may move it, what stops it, and each command
 * exactly once, as PROTOCOL.md says. robot_core.py, robot_session.py and
 * robot_memory.py are the same in Python, and tests hold the two to equal answers.
 *
 * No I/O, no clock, no allocation: a port gives bytes and times, and carries out what
 * the calls below ask of it. Times are milliseconds of one clock that may wrap.
 */
#ifndef ROBOT_H
#define ROBOT_H

#include "frame.h"
#include "guards.h"
#include "missions.h"
#include "path.h"
#include "sign.h"

#include <stdbool.h>
#include <stdint.h>

#define ROBOT_SILENCE_MS 300U
#define ROBOT_MOST_TTL_MS 300U
#define ROBOT_REST_MMPS 20
#define ROBOT_WINDOW 4U
#define ROBOT_NONCES 8U
#define ROBOT_RECORD 32U
#define ROBOT_MOST_ANSWER 60U
#define ROBOT_PROTOCOL 2U
#define ROBOT_PURSUE_MS 50U /* time between two looks at the path */

typedef enum {
    STATE_DISARMED = 0,
    STATE_ARMED = 1,
    STATE_HELD = 2,
    STATE_ESTOPPED = 3
} robot_state;

/*
 * What the core asks of the machine it runs on.
 *
 * write: send bytes to the host.
 * stop:  motors to zero, now; an e-stop does not wait for the next loop.
 * save:  keep the record over a loss of power, and return when it is kept. A record
 *        that is cut off in the middle must leave the one before it readable.
 * missions, mission_room: memory for two missions of `mission_room` bytes each; it
 *        need not last over a loss of power.
 * limits: what the robot does not go beyond; NULL for GUARDS_USUAL.
 * key:    SIGN_KEY bytes of a robot that takes only signed frames, built with
 *         ROBOT_SIGNING; else NULL. They are read only by robot_start.
 */
typedef struct {
    void *context;
    void (*write)(void *context, const uint8_t *bytes, uint8_t size);
    void (*stop)(void *context);
    void (*save)(void *context, const uint8_t *record);
    uint8_t *missions;
    uint16_t mission_room;
    const robot_limits *limits;
    const uint8_t *key;
} robot_port;

/* Commands dealt with in one session. */
typedef struct {
    uint16_t session;
    uint16_t seq;
    uint8_t results[ROBOT_WINDOW]; /* newest first */
} robot_log;

/* What is used most comes first: small chips reach 64 bytes in one instruction. */
typedef struct {
    const robot_port *port;
    robot_state state;
    bool sensors_on;
    bool charging;
    bool heard;
    bool setpoint_lives;
    bool driving_mission;
    bool pursued;
    bool estop_known; /* whether estop_session says anything */
    uint16_t session; /* 0: none since the start */
    robot_log log;
    robot_senses senses;
    uint32_t boot_id;
    uint32_t estop_token;
    uint16_t estop_session;
    uint16_t next_session;
    uint16_t saves;
    robot_log previous;
    uint8_t nonces_known;
    uint32_t nonces[ROBOT_NONCES]; /* newest first */

    uint16_t setpoint_seq;
    uint16_t report_seq;
    uint32_t heard_ms;
    robot_drive setpoint;
    uint32_t setpoint_from_ms;
    uint16_t setpoint_ttl_ms;
    robot_drive pursuit;
    uint32_t pursued_ms;

    uint32_t malformed; /* good frames that are no message for a robot */
    uint32_t commands; /* dealt with since the start, e-stops included */
    uint32_t trips; /* times it stopped itself: silence or a guard */
#ifdef ROBOT_SIGNING
    sign_key key;
    uint32_t sent;          /* counter of the last frame that was signed */
    uint32_t heard_counter; /* of the last one that was believed */
#endif

    robot_missions missions;
    robot_guards guards;
    frame_decoder decoder;
} robot;

/*
 * Start a robot.
 *
 * record: what was saved last; NULL if nothing was. One that is damaged counts as
 *         nothing.
 * boot_id: number of this start if nothing was saved; else it is the saved one + 1.
 */
void robot_start(robot *self, const robot_port *port, const uint8_t *record,
                 uint32_t boot_id);

/* Tell whether a record is whole; `count` gets the number of its saving, 16 bits. */
bool robot_record_whole(const uint8_t *record, uint16_t *count);

/* Take in bytes of the host, cut anywhere; answers go to the port. */
void robot_receive(robot *self, const uint8_t *bytes, uint16_t size, uint32_t now_ms);

/*
 * Take in a UART BREAK: the line was low for longer than a byte, as by a stop button
 * across it. It is an e-stop; its token is the one after the last.
 */
void robot_break(robot *self);

/* Run one loop; give what the motors are to do. Call it at least every 20 ms. */
robot_drive robot_tick(robot *self, uint32_t now_ms, const robot_senses *now);

/* Send a report of what the last loop sensed. */
void robot_report(robot *self, uint32_t now_ms);

#endif

/*
 * Fuzzing of the core: each input is a story of a host, a line, wheels and cuts of
 * power, and a watcher that knows nothing of the core's states looks at the motors.
 *
 * Its entry is that of libFuzzer: `make libfuzzer` with clang. fuzz_draw.c tells it
 * stories that are drawn at random, with any compiler.
 *
 * What the watcher wants, or it aborts:
 *     after an e-stop no motion before CLEAR_ESTOP with its token at rest, then ARM;
 *     after a restart, a silence of over 300 ms and a loop, or a new session, no motion
 *     before ARM; an e-stop with a new token cuts the motors before its ACK; motors
 *     never beyond the limits, nor outside of the first fence since the start.
 */
#include "fuzz.h"

#include "robot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 128U
#define LOOP_MS 20U

enum { FREE = 0, NEEDS_ARM = 1, NEEDS_CLEAR = 2 };

typedef struct {
    const uint8_t *story;
    size_t size;
    size_t at;
    robot core;
    robot_port port;
    uint8_t memory[ROBOT_RECORD];
    uint8_t missions[2U * ROOM];
    uint32_t now_ms;
    uint32_t heard_ms;
    uint16_t setpoint_seq;
    int16_t speed_mmps;
    uint8_t lock; /* what motion waits for */
    uint32_t token;
    uint32_t stops;
    int32_t fence_mm; /* half the side of its square; 0 for none */
    int32_t fence_x_mm;
} bench;

static struct {
    unsigned long moving;
    unsigned long estops;
    unsigned long resets;
    unsigned long missions;
    unsigned long fences;
} seen;

static void expect(bool holds, const char *otherwise)
{
    if (!holds) {
        (void)fprintf(stderr, "%s\n", otherwise);
        abort();
    }
}

static void write_host(void *context, const uint8_t *bytes, uint8_t size)
{
    (void)context;
    expect((size > 0U) && (bytes[size - 1U] == 0U), "an answer is no whole frame");
}

static void stop_motors(void *context)
{
    bench *self = context;
    self->stops++;
    self->lock = NEEDS_CLEAR;
    seen.estops++;
}

static void save_record(void *context, const uint8_t *record)
{
    bench *self = context;
    (void)memcpy(self->memory, record, ROBOT_RECORD);
}

static uint8_t next(bench *self)
{
    uint8_t byte = 0U;
    if (self->at < self->size) {
        byte = self->story[self->at];
        self->at++;
    }
    return byte;
}

static void send(bench *self, uint8_t kind, uint16_t seq, const uint8_t *payload,
                 uint8_t size)
{
    uint8_t wire[64];
    const frame said = {kind, 0U, self->core.session, seq, 0U, payload, size};
    const uint8_t length = frame_seal(wire, frame_write(&said, wire));
    const uint8_t end = 0U; /* of what noise has left in the decoder */
    robot_receive(&self->core, &end, 1U, self->now_ms);
    if (self->core.session != 0U) {
        self->heard_ms = self->now_ms;
    }
    robot_receive(&self->core, wire, length, self->now_ms);
}

static void order(bench *self, uint8_t action, uint32_t token)
{
    uint8_t payload[5];
    const int16_t speed = self->core.senses.speed_mmps; /* as the last loop felt it */
    const bool at_rest = (speed < ROBOT_REST_MMPS) && (speed > -ROBOT_REST_MMPS);
    payload[0] = action;
    put_u32(&payload[1], token);
    send(self, 0x04U, (uint16_t)(self->core.log.seq + 1U), payload, 5U);
    if (self->core.session == 0U) {
        return;
    }
    if ((action == 4U) && (self->lock == NEEDS_CLEAR) && at_rest &&
        (token == self->core.estop_token)) {
        self->lock = NEEDS_ARM;
    } else if ((action == 1U) && (self->lock == NEEDS_ARM)) {
        self->lock = FREE;
        seen.resets++;
    } else {
        /* nothing else lets it move */
    }
}

static void need_arm(bench *self)
{
    if (self->lock == FREE) {
        self->lock = NEEDS_ARM;
    }
}

static void hello(bench *self)
{
    uint8_t payload[6];
    const uint8_t change = next(self);
    put_u32(payload, self->core.nonces[0] + (uint32_t)(change % 3U));
    payload[4] = 2U;
    payload[5] = 2U;
    const uint16_t before = self->core.session;
    send(self, 0x01U, 0U, payload, 6U);
    if (self->core.session != before) {
        need_arm(self);
        self->setpoint_seq = self->core.log.seq;
    }
}

static void setpoint(bench *self)
{
    uint8_t payload[6];
    for (uint8_t at = 0U; at < 4U; at++) {
        payload[at] = next(self);
    }
    put_u16(&payload[4], 300U);
    self->setpoint_seq++;
    send(self, 0x03U, self->setpoint_seq, payload, 6U);
}

static void estop(bench *self)
{
    uint8_t payload[4];
    const uint32_t stops = self->stops;
    const bool again = (next(self) % 4U) == 0U;
    self->token += again ? 0U : 1U;
    put_u32(payload, self->token);
    send(self, 0x05U, 0U, payload, 4U);
    expect(again || (self->stops > stops), "a new e-stop did not cut the motors");
}

static void mission(bench *self)
{
    uint8_t steps[32];
    uint8_t part[6U + sizeof steps];
    uint8_t payload[20];
    const path_start start = {self->core.senses.x_mm, self->core.senses.y_mm, 900U};
    const uint8_t count = (uint8_t)(1U + (next(self) % 8U));
    const uint8_t size = (uint8_t)(count * 4U);

    for (uint8_t at = 0U; at < count; at++) {
        const uint16_t dx = (uint16_t)(16384U + ((uint32_t)next(self) * 8U) - 1024U);
        const uint16_t dy = (uint16_t)(16384U + ((uint32_t)next(self) * 8U) - 1024U);
        put_u16(&steps[at * 4U], (uint16_t)(dx << 1));
        put_u16(&steps[(at * 4U) + 2U], (uint16_t)(dy << 1));
    }
    const uint32_t digest = path_digest(&start, steps, size);
    put_u32(&payload[0], (digest != 0U) ? digest : 1U);
    put_u16(&payload[4], size);
    put_u32(&payload[6], next(self));
    put_u32(&payload[10], (uint32_t)start.x_mm);
    put_u32(&payload[14], (uint32_t)start.y_mm);
    put_u16(&payload[18], start.speed_mmps);
    send(self, 0x07U, 0U, payload, 20U);
    (void)memcpy(part, payload, 4U);
    put_u16(&part[4], 0U);
    (void)memcpy(&part[6], steps, size);
    send(self, 0x08U, 0U, part, (uint8_t)(6U + size));
    send(self, 0x09U, 0U, payload, 4U);
    seen.missions += (self->core.missions.digest == digest) ? 1U : 0U;
}

/* Give it a square about its place; only the first counts. */
static void enclose(bench *self)
{
    static const int8_t CORNERS[8] = {-1, -1, 1, -1, 1, 1, -1, 1};
    uint8_t payload[33] = {4U};
    const int32_t half_mm = 100 + (10 * (int32_t)next(self));
    const int32_t x_mm = self->core.senses.x_mm + next(self);

    for (uint8_t at = 0U; at < 8U; at++) {
        const int32_t middle = ((at % 2U) == 0U) ? x_mm : 0;
        put_u32(&payload[1U + (4U * at)], (uint32_t)(middle + (CORNERS[at] * half_mm)));
    }
    send(self, 0x0BU, 0U, payload, sizeof payload);
    if ((self->core.session != 0U) && (self->fence_mm == 0)) {
        self->fence_mm = half_mm;
        self->fence_x_mm = x_mm;
        seen.fences++;
    }
}

static bool enclosed(const bench *self, const robot_senses *now)
{
    const int32_t off_mm = now->x_mm - self->fence_x_mm;
    return (self->fence_mm == 0) ||
           (((off_mm < 0) ? -off_mm : off_mm) <= (self->fence_mm + 25));
}

static void raw(bench *self)
{
    uint8_t bytes[16];
    const uint8_t size = (uint8_t)(next(self) % sizeof bytes);
    for (uint8_t at = 0U; at < size; at++) {
        bytes[at] = next(self);
    }
    robot_receive(&self->core, bytes, size, self->now_ms);
}

static void loop(bench *self)
{
    const uint8_t pause = next(self);
    robot_senses now = self->core.senses;
    self->now_ms += ((pause % 32U) == 0U) ? 1000U : LOOP_MS;
    now.speed_mmps = self->speed_mmps;
    now.x_mm += self->speed_mmps / 8;
    now.heading_10mrad = (int16_t)((((int32_t)pause * 245) % 62831) - 31415);
    now.tilt_mrad = ((pause % 64U) == 63U) ? 500 : 0;
    const robot_drive drive = robot_tick(&self->core, self->now_ms, &now);
    if ((self->now_ms - self->heard_ms) > ROBOT_SILENCE_MS) {
        need_arm(self);
    }
    const bool moves = (drive.speed_mmps != 0) || (drive.turn_mradps != 0);
    expect(!moves || (self->lock == FREE), "it moves, and must not");
    expect(!moves || (now.tilt_mrad == 0), "it moves while it leans");
    expect(!moves || (now.speed_mmps != 0) || enclosed(self, &now), "it has left its fence");
    const int32_t size = (drive.speed_mmps < 0) ? -drive.speed_mmps : drive.speed_mmps;
    expect(size <= (int32_t)self->core.guards.limits.speed_mmps, "it is too fast");
    self->speed_mmps = (int16_t)(((pause % 4U) == 0U) ? 0 : drive.speed_mmps);
    seen.moving += moves ? 1U : 0U;
}

static void restart(bench *self)
{
    robot_start(&self->core, &self->port, self->memory, 0U);
    need_arm(self);
    self->heard_ms = self->now_ms - 1000U;
    self->fence_mm = 0;
}

static void step(bench *self)
{
    switch (next(self) % 24U) {
    case 0:
        order(self, (uint8_t)(1U + (next(self) % 10U)), self->core.estop_token ^
                                                            (next(self) % 2U));
        break;
    case 1:
    case 2:
        setpoint(self);
        break;
    case 3:
        send(self, 0x02U, 0U, NULL, 0U);
        break;
    case 4:
        if ((next(self) % 2U) == 0U) {
            estop(self);
        }
        break;
    case 5:
        order(self, 4U, self->core.estop_token);
        break;
    case 6:
    case 7:
        order(self, 1U, 0U);
        break;
    case 8:
        if ((next(self) % 4U) == 0U) {
            hello(self);
        }
        break;
    case 9:
        if ((next(self) % 4U) == 0U) {
            restart(self);
        }
        break;
    case 10:
        raw(self);
        break;
    case 11:
        mission(self);
        break;
    case 12:
        order(self, 9U, 0U);
        break;
    case 13:
        if ((next(self) % 8U) == 0U) {
            robot_break(&self->core);
        }
        break;
    case 14:
        if ((next(self) % 4U) == 0U) {
            enclose(self);
        }
        break;
    default:
        loop(self);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *story, size_t size)
{
    static bench self;
    const robot_port port = {&self,         write_host,     stop_motors, save_record,
                             self.missions, (uint16_t)ROOM, NULL,        NULL};

    (void)memset(&self, 0, sizeof self);
    self.story = story;
    self.size = size;
    self.port = port;
    self.lock = NEEDS_ARM;
    self.token = 1000U;
    self.now_ms = 5000U;
    robot_start(&self.core, &self.port, NULL, 7U);
    hello(&self);
    while (self.at < size) {
        step(&self);
    }
    return 0;
}

void fuzz_tell(unsigned long stories)
{
    (void)printf("%lu stories, %lu loops in motion, %lu e-stops, %lu resets, "
                 "%lu missions, %lu fences\n",
                 stories, seen.moving, seen.estops, seen.resets, seen.missions,
                 seen.fences);
}

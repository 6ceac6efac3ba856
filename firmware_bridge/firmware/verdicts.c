/*
 * The core as a filter: steps come on standard input, what it says goes out, so that
 * another implementation can be held to the same answers, byte by byte.
 *
 * Steps, numbers little endian; times are set, not measured:
 *     'N' u32 boot id        a new robot with an empty memory
 *     'S' u32 boot id        the same, and it takes only frames signed with KEY
 *     'P'                    its power is cut for a moment
 *     'C' u32 ms             the clock shows this
 *     'B' u16 n, n bytes     bytes from the host
 *     'T' 16 bytes           one loop with these senses -> i16 speed, i16 turn:
 *                            i32 x, i32 y, i16 heading, i16 speed, u16 battery, i16 tilt
 *     'R'                    one report
 *     'K'                    the line breaks
 *     'V'                    the verdict, 40 bytes: see write_verdict
 *     'F'                    hand over what was said so far
 * Each 'B' and 'R' gives u16 n and the n bytes that the robot said.
 */
#include "robot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SAID 65535U
#define ROOM 256U

static const uint8_t KEY[SIGN_KEY] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                      11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                      22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

typedef struct {
    uint8_t said[MOST_SAID];
    uint16_t size;
    uint8_t memory[ROBOT_RECORD];
    uint8_t missions[2U * ROOM];
    uint32_t now_ms;
    uint32_t stops; /* times the motors were cut outside a loop */
} bench;

static void write_host(void *context, const uint8_t *bytes, uint8_t size)
{
    bench *self = context;
    if (((uint32_t)self->size + size) > MOST_SAID) {
        abort(); /* the steps are ours: none is that long */
    }
    (void)memcpy(&self->said[self->size], bytes, size);
    self->size = (uint16_t)(self->size + size);
}

static void stop_motors(void *context)
{
    bench *self = context;
    self->stops++;
}

static void save_record(void *context, const uint8_t *record)
{
    bench *self = context;
    (void)memcpy(self->memory, record, ROBOT_RECORD);
}

static void take(uint8_t *to, size_t size)
{
    if (fread(to, 1U, size, stdin) != size) {
        (void)fprintf(stderr, "a step is cut off\n");
        exit(EXIT_FAILURE);
    }
}

static void give(const uint8_t *from, size_t size)
{
    if (fwrite(from, 1U, size, stdout) != size) {
        exit(EXIT_FAILURE);
    }
}

static void give_said(bench *self)
{
    uint8_t size[2];
    put_u16(size, self->size);
    give(size, sizeof size);
    give(self->said, self->size);
    self->size = 0U;
}

static void receive(bench *self, robot *core)
{
    static uint8_t bytes[MOST_SAID];
    uint8_t size[2];
    take(size, sizeof size);
    take(bytes, get_u16(size));
    robot_receive(core, bytes, get_u16(size), self->now_ms);
    give_said(self);
}

static void tick(const bench *self, robot *core)
{
    uint8_t bytes[16];
    uint8_t motors[4];
    take(bytes, sizeof bytes);
    const robot_senses now = {(int32_t)get_u32(&bytes[0]),  (int32_t)get_u32(&bytes[4]),
                              (int16_t)get_u16(&bytes[8]),  (int16_t)get_u16(&bytes[10]),
                              get_u16(&bytes[12]),          (int16_t)get_u16(&bytes[14])};
    const robot_drive drive = robot_tick(core, self->now_ms, &now);
    put_u16(&motors[0], (uint16_t)drive.speed_mmps);
    put_u16(&motors[2], (uint16_t)drive.turn_mradps);
    give(motors, sizeof motors);
}

static void report(bench *self, robot *core)
{
    robot_report(core, self->now_ms);
    give_said(self);
}

static void write_verdict(const bench *self, const robot *core)
{
    uint8_t verdict[8U + ROBOT_RECORD];
    put_u16(&verdict[0], (uint16_t)core->decoder.dropped);
    put_u16(&verdict[2], (uint16_t)core->malformed);
    put_u16(&verdict[4], (uint16_t)core->commands);
    verdict[6] = (uint8_t)core->trips;
    verdict[7] = (uint8_t)core->state;
    (void)memcpy(&verdict[8], self->memory, ROBOT_RECORD);
    give(verdict, sizeof verdict);
}

int main(void)
{
    static bench self;
    static robot core;
    robot_port port = {&self, write_host, stop_motors, save_record,
                             self.missions, (uint16_t)ROOM, NULL, NULL};
    uint8_t number[4];

    for (int step = getchar(); step != EOF; step = getchar()) {
        switch (step) {
        case 'N':
        case 'S':
            take(number, sizeof number);
            port.key = (step == 'S') ? KEY : NULL;
            robot_start(&core, &port, NULL, get_u32(number));
            break;
        case 'P':
            robot_start(&core, &port, self.memory, 0U);
            break;
        case 'C':
            take(number, sizeof number);
            self.now_ms = get_u32(number);
            break;
        case 'B':
            receive(&self, &core);
            break;
        case 'T':
            tick(&self, &core);
            break;
        case 'R':
            report(&self, &core);
            break;
        case 'K':
            robot_break(&core);
            break;
        case 'V':
            write_verdict(&self, &core);
            break;
        case 'F':
            (void)fflush(stdout);
            break;
        default:
            (void)fprintf(stderr, "no step is called %d\n", step);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

/*
 * The least port: an ATmega328P that hears, says and does nothing. It is what a port has
 * to fill in, and what the size of the core is measured with: `make size`.
 */
#include "robot.h"

#include <stddef.h>

static volatile uint8_t line;     /* stands for the UART */
static volatile uint16_t motors;  /* stands for their registers */
static volatile uint8_t eeprom;   /* stands for the record's place */
static volatile uint32_t time_ms; /* stands for a timer */

static void write_host(void *context, const uint8_t *bytes, uint8_t size)
{
    (void)context;
    for (uint8_t at = 0U; at < size; at++) {
        line = bytes[at];
    }
}

static void stop_motors(void *context)
{
    (void)context;
    motors = 0U;
}

static void save_record(void *context, const uint8_t *record)
{
    (void)context;
    for (uint8_t at = 0U; at < ROBOT_RECORD; at++) {
        eeprom = record[at];
    }
}

int main(void)
{
    static robot core;
    static uint8_t missions[2];
    static const robot_senses senses = {0, 0, 0, 0, 10000U, 0};
    uint8_t record[ROBOT_RECORD];
#ifdef ROBOT_SIGNING
    const uint8_t *key = missions;
#else
    const uint8_t *key = NULL;
#endif
    const robot_port port = {NULL, write_host, stop_motors, save_record, missions, 1U, NULL, key};
    uint16_t count = 0U;

    for (uint8_t at = 0U; at < ROBOT_RECORD; at++) {
        record[at] = eeprom;
    }
    robot_start(&core, &port, robot_record_whole(record, &count) ? record : NULL, 1U);
    for (;;) {
        const uint8_t byte = line;
        if (byte == 255U) {
            robot_break(&core);
        }
        robot_receive(&core, &byte, 1U, time_ms);
        motors = (uint16_t)robot_tick(&core, time_ms, &senses).speed_mmps;
        robot_report(&core, time_ms);
    }
}

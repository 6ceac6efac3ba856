/*
 * The firmware on an ATmega328P at 16 MHz (Arduino Uno and Nano): UART 0 at 115,200
 * baud, record in EEPROM, motors as PWM on two channels.
 *
 *     D9, D10 (OC1A, OC1B)   PWM of the left and right motor
 *     D7, D8                 direction of each: high is backwards
 *     D13 (PB5)              motors enabled: low cuts both; wire it to the driver
 *
 * Odometry is dead reckoning from what the motors were told: a robot with encoders
 * puts their counts into turn_wheels. The loop sleeps when there is nothing to do.
 */
#include "robot.h"

#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <string.h>
#include <util/atomic.h>

#define LOOP_MS 5U        /* what the robot adds to the 300 ms of the watchdog */
#define LOOPS_A_STEP 4U   /* of the odometry: 20 ms */
#define STEP_MS 20
#define LOOPS_A_REPORT 40U
#define SLOTS 16U        /* spreads the wear: 100,000 writes a cell, 1.6 million in all */
#define UBRR_115200 16U  /* with U2X0: 117,647 baud, 2.1 % fast, within the 2.5 % allowed */
#define TOP_MMPS 2778    /* 10 km/h is full PWM */
#define TRACK_HALF_MM 300
#define ACCEL_MM_A_STEP 20
#define BRAKE_MM_A_STEP 30
#define TURN 628319L      /* 0.01 mrad of a full turn */
#define MISSION_ROOM 160U /* 40 points; two such missions are in RAM */

/* Bytes that came while a record was written: 24 ms at full rate are 283. */
#define RING 288U

/* Bytes on their way out: a report, so that an e-stop does not wait for its end. */
#define SAID 64U

static volatile uint8_t said[SAID];
static volatile uint8_t said_in;
static volatile uint8_t said_out;
static volatile uint8_t ring[RING];
static volatile uint16_t ring_in;
static uint16_t ring_out;
static volatile uint32_t ticks_ms;
static volatile bool line_broken;
static uint8_t slot;

typedef struct {
    robot_drive motors;
    robot_senses senses;
    int32_t heading; /* 0.01 mrad */
    int32_t x_um;    /* within the millimetre */
    int32_t y_um;
} machine;

static uint16_t after(uint16_t at)
{
    return (at == (RING - 1U)) ? 0U : (uint16_t)(at + 1U);
}

ISR(USART_RX_vect)
{
    const uint8_t status = UCSR0A; /* of the byte that UDR0 gives next */
    const uint8_t byte = UDR0;
    if (((status & (1U << FE0)) != 0U) && (byte == 0U)) {
        line_broken = true; /* low for longer than a byte: BREAK */
        return;
    }
    const uint16_t next = after(ring_in);
    if (next != ring_out) { /* what finds no room is lost, as on a bad line */
        ring[ring_in] = byte;
        ring_in = next;
    }
}

ISR(USART_UDRE_vect)
{
    if (said_out == said_in) {
        UCSR0B &= (uint8_t) ~(1U << UDRIE0);
    } else {
        UDR0 = said[said_out];
        said_out = (uint8_t)((said_out + 1U) % SAID);
    }
}

ISR(TIMER0_COMPA_vect)
{
    ticks_ms++;
}

static uint32_t now_ms(void)
{
    uint32_t now = 0U;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        now = ticks_ms;
    }
    return now;
}

static void write_host(void *context, const uint8_t *bytes, uint8_t size)
{
    (void)context;
    for (uint8_t at = 0U; at < size; at++) {
        const uint8_t next = (uint8_t)((said_in + 1U) % SAID);
        while (next == said_out) { /* the interrupt makes room */
        }
        said[said_in] = bytes[at];
        said_in = next;
        UCSR0B |= (uint8_t)(1U << UDRIE0);
    }
}

static void stop_motors(void *context)
{
    machine *self = context;
    PORTB &= (uint8_t) ~(1U << PORTB5);
    OCR1A = 0U;
    OCR1B = 0U;
    self->motors.speed_mmps = 0;
    self->motors.turn_mradps = 0;
}

static uint8_t *place_of(uint8_t number)
{
    return (uint8_t *)(uintptr_t)((uint16_t)number * ROBOT_RECORD);
}

static void save_record(void *context, const uint8_t *record)
{
    (void)context;
    slot = (uint8_t)((slot + 1U) % SLOTS);
    eeprom_update_block(record, place_of(slot), ROBOT_RECORD); /* 3.4 ms a changed byte */
    eeprom_busy_wait();
}

/* Find the newest whole record; tell whether there is one. */
static bool load_record(uint8_t *newest)
{
    uint8_t record[ROBOT_RECORD];
    uint16_t best = 0U;
    bool found = false;

    for (uint8_t at = 0U; at < SLOTS; at++) {
        uint16_t count = 0U;
        eeprom_read_block(record, place_of(at), ROBOT_RECORD);
        if (robot_record_whole(record, &count) &&
            (!found || ((int16_t)(uint16_t)(count - best) > 0))) {
            (void)memcpy(newest, record, ROBOT_RECORD);
            best = count;
            slot = at;
            found = true;
        }
    }
    return found;
}

static uint8_t duty(int32_t wheel_mmps)
{
    return (uint8_t)((path_size(path_within(wheel_mmps, TOP_MMPS)) * 255) / TOP_MMPS);
}

static void set_motors(machine *self, robot_drive drive)
{
    const int32_t turn = ((int32_t)drive.turn_mradps * TRACK_HALF_MM) / 1000;
    const int32_t left = drive.speed_mmps - turn;
    const int32_t right = drive.speed_mmps + turn;

    if ((drive.speed_mmps == 0) && (drive.turn_mradps == 0)) {
        stop_motors(self);
        return;
    }
    self->motors = drive;
    PORTD = (uint8_t)((PORTD & ~(1U << PORTD7)) | ((left < 0) ? (1U << PORTD7) : 0U));
    PORTB = (uint8_t)((PORTB & ~(1U << PORTB0)) | ((right < 0) ? (1U << PORTB0) : 0U));
    OCR1A = duty(left);
    OCR1B = duty(right);
    PORTB |= (uint8_t)(1U << PORTB5);
}

/* Move the whole millimetres over. */
static void carry(int32_t *um, int32_t *mm)
{
    *mm += *um / 1000;
    *um %= 1000;
}

static void turn_wheels(machine *self)
{
    robot_senses *now = &self->senses;
    const int16_t wanted = self->motors.speed_mmps;
    const bool slower = path_size(wanted) < path_size(now->speed_mmps);
    const int32_t most = slower ? BRAKE_MM_A_STEP : ACCEL_MM_A_STEP;
    const int32_t change = path_within((int32_t)wanted - now->speed_mmps, most);

    now->speed_mmps = (int16_t)(now->speed_mmps + change);
    self->heading += ((int32_t)self->motors.turn_mradps * STEP_MS) / 10;
    if (self->heading > (TURN / 2)) {
        self->heading -= TURN;
    }
    if (self->heading < (-TURN / 2)) {
        self->heading += TURN;
    }
    now->heading_10mrad = (int16_t)(self->heading / 10);
    const robot_senses fine = {self->x_um, self->y_um, now->heading_10mrad, 0, 0U, 0};
    const path_place um = path_ahead(&fine, (int32_t)now->speed_mmps * STEP_MS);
    self->x_um = um.x_mm;
    self->y_um = um.y_mm;
    carry(&self->x_um, &now->x_mm);
    carry(&self->y_um, &now->y_mm);
}

static void start_hardware(void)
{
    DDRB = (uint8_t)((1U << DDB0) | (1U << DDB1) | (1U << DDB2) | (1U << DDB5));
    DDRD = (uint8_t)(1U << DDD7);
    TCCR1A = (uint8_t)((1U << COM1A1) | (1U << COM1B1) | (1U << WGM10));
    TCCR1B = (uint8_t)((1U << WGM12) | (1U << CS11)); /* fast PWM, 8 bits, 7.8 kHz */
    TCCR0A = (uint8_t)(1U << WGM01);
    TCCR0B = (uint8_t)((1U << CS01) | (1U << CS00)); /* 16 MHz / 64 / 250: 1 ms */
    OCR0A = 249U;
    TIMSK0 = (uint8_t)(1U << OCIE0A);
    UBRR0 = UBRR_115200;
    UCSR0A = (uint8_t)(1U << U2X0);
    UCSR0C = (uint8_t)((1U << UCSZ01) | (1U << UCSZ00));
    UCSR0B = (uint8_t)((1U << RXEN0) | (1U << TXEN0) | (1U << RXCIE0));
    SMCR = 0U; /* sleep is IDLE */
    sei();
}

/* Take in what has come; sleep if that is nothing. */
static void listen(robot *core)
{
    uint16_t end = 0U;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        end = ring_in;
    }
    if (end == ring_out) {
        sleep_mode();
    }
    if (line_broken) {
        line_broken = false;
        robot_break(core);
    }
    while (ring_out != end) {
        const uint8_t byte = ring[ring_out];
        const uint16_t next = after(ring_out);
        ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
        {
            ring_out = next;
        }
        robot_receive(core, &byte, 1U, now_ms());
    }
}

/* Put the key of `make avr KEY=FILE` there; tell where it is, NULL if there is none. */
static const uint8_t *put_key(uint8_t *place)
{
#ifdef ROBOT_KEY
    static const __flash uint8_t KEY[SIGN_KEY] = {ROBOT_KEY};
    for (uint8_t at = 0U; at < SIGN_KEY; at++) {
        place[at] = KEY[at];
    }
    return place;
#else
    (void)place;
    return NULL;
#endif
}

int main(void)
{
    static machine self;
    static robot core;
    static uint8_t missions[2U * MISSION_ROOM];
    /* The key is read when the robot starts; missions come later. */
    const robot_port port = {&self, write_host,         stop_motors, save_record,
                             missions, (uint16_t)MISSION_ROOM, NULL, put_key(missions)};
    uint8_t record[ROBOT_RECORD];
    uint8_t loop = 0U;
    uint32_t next_ms = LOOP_MS;

    start_hardware();
    self.senses.battery = 10000U;
    robot_start(&core, &port, load_record(record) ? record : NULL, 1U);
    for (;;) {
        listen(&core);
        const uint32_t now = now_ms();
        if ((int32_t)(now - next_ms) < 0) {
            continue;
        }
        next_ms += LOOP_MS;
        if ((int32_t)(now - next_ms) >= 0) {
            next_ms = now + LOOP_MS; /* a late loop is not hurried after */
        }
        const uint32_t trips = core.trips;
        set_motors(&self, robot_tick(&core, now, &self.senses));
        if ((loop % LOOPS_A_STEP) == 0U) {
            turn_wheels(&self);
        }
        loop = (uint8_t)((loop + 1U) % LOOPS_A_REPORT);
        if ((loop == 0U) || (core.trips != trips)) {
            robot_report(&core, now);
        }
    }
}

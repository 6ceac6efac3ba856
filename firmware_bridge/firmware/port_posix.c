/*
 * The firmware as a program: behind a pseudo-terminal whose name it prints, with
 * wheels made of numbers. 50 loops a second; its time is the number of its loops.
 *
 *     firmware_posix [--memory FILE] [--seconds S] [--key FILE]
 *
 * Whenever its motors are cut it tells on standard error how many microseconds lay
 * between the host's last word and that. Its clock sees bytes come when they wake it;
 * those that came while it was busy count from its last look at the line before.
 *
 * SIGUSR1 cuts its power for a moment: it starts anew and knows what FILE holds.
 * SIGUSR2 is a BREAK of its line, which a pseudo-terminal does not carry.
 */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE

#include "robot.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define LOOP_MS 20U
#define LOOP_S 0.02
#define LOOPS_A_REPORT 10U
#define ACCEL_MPS2 1.0
#define BRAKE_MPS2 1.5
#define MISSION_ROOM 16384U

typedef struct {
    int pty;
    const char *memory_path; /* NULL: memory lasts as long as the program */
    uint8_t memory[ROBOT_RECORD];
    const uint8_t *key; /* NULL: it takes frames that are not signed */
    bool remembers;
    int64_t looked_us; /* when all that had come was read */
    int64_t heard_us;  /* when the last bytes came */
    robot_drive motors;
    double speed_mps;
    double heading_rad;
    double x_m;
    double y_m;
} machine;

static volatile sig_atomic_t power_cut = 0;
static volatile sig_atomic_t line_break = 0;

static void on_power_cut(int number)
{
    (void)number;
    power_cut = 1;
}

static void on_line_break(int number)
{
    (void)number;
    line_break = 1;
}

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static int64_t clock_us(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        die("clock_gettime");
    }
    return ((int64_t)now.tv_sec * 1000000) + (now.tv_nsec / 1000);
}

static void write_host(void *context, const uint8_t *bytes, uint8_t size)
{
    const machine *self = context;
    /* What nobody reads is lost, as on a cable. */
    if ((write(self->pty, bytes, size) < 0) && (errno != EAGAIN) && (errno != EIO)) {
        die("write");
    }
}

static void set_motors(machine *self, robot_drive drive)
{
    const bool were_on = (self->motors.speed_mmps != 0) || (self->motors.turn_mradps != 0);
    const bool are_on = (drive.speed_mmps != 0) || (drive.turn_mradps != 0);

    self->motors = drive;
    if (were_on && !are_on) {
        (void)fprintf(stderr, "%lld\n", (long long)(clock_us() - self->heard_us));
    }
}

static void stop_motors(void *context)
{
    const robot_drive none = {0, 0};
    set_motors(context, none);
}

static void save_record(void *context, const uint8_t *record)
{
    machine *self = context;
    char beside[4096];

    (void)memcpy(self->memory, record, ROBOT_RECORD);
    self->remembers = true;
    if (self->memory_path == NULL) {
        return;
    }
    const int length = snprintf(beside, sizeof beside, "%s.new", self->memory_path);
    if ((length < 0) || ((size_t)length >= sizeof beside)) {
        (void)fprintf(stderr, "the name of the memory is too long\n");
        exit(EXIT_FAILURE);
    }
    FILE *file = fopen(beside, "wb");
    if (file == NULL) {
        die(beside);
    }
    const bool written = fwrite(record, 1U, ROBOT_RECORD, file) == ROBOT_RECORD;
    if ((fclose(file) != 0) || !written || (rename(beside, self->memory_path) != 0)) {
        die(beside); /* a robot that cannot remember must not say that it does */
    }
}

static void load_record(machine *self)
{
    FILE *file = fopen(self->memory_path, "rb");
    if (file != NULL) {
        self->remembers = fread(self->memory, 1U, ROBOT_RECORD, file) == ROBOT_RECORD;
        (void)fclose(file);
    }
}

/* Read a key of 64 hexadecimal digits. */
static const uint8_t *load_key(const char *path)
{
    static uint8_t key[SIGN_KEY];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        die(path);
    }
    for (size_t at = 0U; at < SIGN_KEY; at++) {
        char digits[3] = {0};
        char *rest = NULL;
        if (fread(digits, 1U, 2U, file) != 2U) {
            digits[0] = 'x';
        }
        key[at] = (uint8_t)strtoul(digits, &rest, 16);
        if (rest != &digits[2]) {
            (void)fprintf(stderr, "%s holds no key of 64 hexadecimal digits\n", path);
            exit(EXIT_FAILURE);
        }
    }
    (void)fclose(file);
    return key;
}

static double towards(double from, double to, double most)
{
    const double change = to - from;
    return from + ((change > most) ? most : ((change < -most) ? -most : change));
}

static void turn_wheels(machine *self)
{
    const double wanted_mps = self->motors.speed_mmps / 1e3;
    const bool braking = fabs(wanted_mps) < fabs(self->speed_mps);
    const double most = (braking ? BRAKE_MPS2 : ACCEL_MPS2) * LOOP_S;

    self->speed_mps = towards(self->speed_mps, wanted_mps, most);
    self->heading_rad += self->motors.turn_mradps / 1e3 * LOOP_S;
    self->heading_rad = remainder(self->heading_rad, 2.0 * 3.14159265358979323846);
    self->x_m += self->speed_mps * cos(self->heading_rad) * LOOP_S;
    self->y_m += self->speed_mps * sin(self->heading_rad) * LOOP_S;
}

static robot_senses sense(const machine *self)
{
    const robot_senses now = {(int32_t)lround(self->x_m * 1e3),
                              (int32_t)lround(self->y_m * 1e3),
                              (int16_t)lround(self->heading_rad * 1e4),
                              (int16_t)lround(self->speed_mps * 1e3),
                              10000U,
                              0};
    return now;
}

static int open_terminal(void)
{
    struct termios settings;
    const int pty = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if ((pty < 0) || (grantpt(pty) != 0) || (unlockpt(pty) != 0)) {
        die("no pseudo-terminal");
    }
    const char *name = ptsname(pty);
    if (name == NULL) {
        die("ptsname");
    }
    /* Held open, so that programs may come and go. */
    const int held = open(name, O_RDWR | O_NOCTTY);
    if ((held < 0) || (tcgetattr(held, &settings) != 0)) {
        die(name);
    }
    cfmakeraw(&settings);
    if (tcsetattr(held, TCSANOW, &settings) != 0) {
        die(name);
    }
    (void)printf("%s\n", name);
    (void)fflush(stdout);
    return pty;
}

/* Wait for bytes, and note when they came; tell whether there are any. */
static bool bytes_came(machine *self, int64_t until_us)
{
    struct pollfd one = {.fd = self->pty, .events = POLLIN, .revents = 0};
    int ready = poll(&one, 1U, 0);

    if (ready > 0) {
        self->heard_us = self->looked_us;
        return true;
    }
    const int64_t left_us = until_us - clock_us();
    ready = poll(&one, 1U, (left_us > 0) ? (int)((left_us + 999) / 1000) : 0);
    if ((ready < 0) && (errno != EINTR)) {
        die("poll");
    }
    self->looked_us = clock_us();
    if (ready > 0) {
        self->heard_us = self->looked_us;
    }
    return ready > 0;
}

/* Answer the host at once, until the time of the next loop. */
static void listen_until(robot *core, machine *self, int64_t until_us, uint32_t now_ms)
{
    uint8_t bytes[1024];

    do {
        if (bytes_came(self, until_us)) {
            const int64_t now_us = clock_us();
            const ssize_t size = read(self->pty, bytes, sizeof bytes);
            self->looked_us = (size < (ssize_t)sizeof bytes) ? now_us : self->looked_us;
            if (size > 0) {
                robot_receive(core, bytes, (uint16_t)size, now_ms);
            }
        }
        if (line_break != 0) {
            line_break = 0;
            robot_break(core);
        }
    } while ((clock_us() < until_us) && (power_cut == 0));
}

static void run(machine *self, const robot_port *port, uint64_t loops)
{
    robot core;
    const int64_t begun_us = clock_us();

    self->looked_us = begun_us;
    robot_start(&core, port, self->remembers ? self->memory : NULL, 1U);
    for (uint64_t loop = 1U; loop <= loops; loop++) {
        const uint32_t now_ms = (uint32_t)(loop * LOOP_MS);
        if (power_cut != 0) {
            power_cut = 0;
            stop_motors(self);
            robot_start(&core, port, self->memory, 1U);
        }
        const uint32_t trips = core.trips;
        const robot_senses now = sense(self);
        set_motors(self, robot_tick(&core, now_ms, &now));
        turn_wheels(self);
        if (((loop % LOOPS_A_REPORT) == 0U) || (core.trips != trips)) {
            robot_report(&core, now_ms);
        }
        listen_until(&core, self, begun_us + (int64_t)(loop * LOOP_MS * 1000U), now_ms);
    }
}

int main(int count, char **words)
{
    static machine self;
    struct sigaction action = {.sa_handler = on_power_cut};
    struct sigaction broken = {.sa_handler = on_line_break};
    double seconds = 1e9;

    for (int at = 1; at < count; at += 2) {
        if (((at + 1) < count) && (strcmp(words[at], "--memory") == 0)) {
            self.memory_path = words[at + 1];
        } else if (((at + 1) < count) && (strcmp(words[at], "--seconds") == 0)) {
            seconds = strtod(words[at + 1], NULL);
        } else if (((at + 1) < count) && (strcmp(words[at], "--key") == 0)) {
            self.key = load_key(words[at + 1]);
        } else {
            (void)fprintf(stderr, "use: %s [--memory FILE] [--seconds S] [--key FILE]\n",
                          words[0]);
            return EXIT_FAILURE;
        }
    }
    if ((sigaction(SIGUSR1, &action, NULL) != 0) ||
        (sigaction(SIGUSR2, &broken, NULL) != 0)) {
        die("sigaction");
    }
    if (self.memory_path != NULL) {
        load_record(&self);
    }
    static uint8_t missions[2U * MISSION_ROOM];
    const robot_port port = {&self, write_host,         stop_motors, save_record,
                             missions, (uint16_t)MISSION_ROOM, NULL, self.key};
    self.pty = open_terminal();
    run(&self, &port, (uint64_t)(seconds / LOOP_S));
    return EXIT_SUCCESS;
}

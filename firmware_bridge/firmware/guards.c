#include "guards.h"

#define BRAKE_TWICE 3000 /* mm/s2: what the wheels brake with, motors at zero */
#define TOP_MMPS 5000
#define TURN_SHARE 4
#define LONGEST_MS 100U
#define FARTHEST_MM 0x7FFFFFFFL

const robot_limits GUARDS_USUAL = {2778U,       2000U,       350U, 300U, -FARTHEST_MM - 1,
                                   -FARTHEST_MM - 1, FARTHEST_MM, FARTHEST_MM};

static uint16_t lower(uint16_t a, uint16_t b)
{
    return (a < b) ? a : b;
}

void guards_tighten(robot_guards *self, const robot_limits *by)
{
    robot_limits *own = &self->limits;

    own->speed_mmps = lower(own->speed_mmps, by->speed_mmps);
    own->accel_mmps2 = lower(own->accel_mmps2, by->accel_mmps2);
    own->tilt_mrad = lower(own->tilt_mrad, by->tilt_mrad);
    own->battery = (own->battery > by->battery) ? own->battery : by->battery;
    own->x_least_mm = (own->x_least_mm > by->x_least_mm) ? own->x_least_mm : by->x_least_mm;
    own->y_least_mm = (own->y_least_mm > by->y_least_mm) ? own->y_least_mm : by->y_least_mm;
    own->x_most_mm = (own->x_most_mm < by->x_most_mm) ? own->x_most_mm : by->x_most_mm;
    own->y_most_mm = (own->y_most_mm < by->y_most_mm) ? own->y_most_mm : by->y_most_mm;
}

/* Tell whether the robot would come to rest outside of its box. */
static bool leaves(const robot_limits *limits, const robot_senses *now)
{
    int32_t speed = now->speed_mmps;
    speed = (speed > TOP_MMPS) ? TOP_MMPS : ((speed < -TOP_MMPS) ? -TOP_MMPS : speed);
    const int32_t way_mm = (speed * ((speed < 0) ? -speed : speed)) / BRAKE_TWICE;
    const int32_t heading = now->heading_10mrad;
    const int32_t east = (way_mm * path_sine(heading + PATH_RIGHT_ANGLE)) / 16384;
    const int32_t north = (way_mm * path_sine(heading)) / 16384;
    const int32_t x_mm = path_less(now->x_mm, -east);
    const int32_t y_mm = path_less(now->y_mm, -north);

    return (x_mm < limits->x_least_mm) || (x_mm > limits->x_most_mm) ||
           (y_mm < limits->y_least_mm) || (y_mm > limits->y_most_mm);
}

bool guards_look(robot_guards *self, const robot_senses *now)
{
    const int32_t tilt = now->tilt_mrad;
    uint8_t found = 0U;

    if (((tilt < 0) ? -tilt : tilt) > (int32_t)self->limits.tilt_mrad) {
        found |= (uint8_t)GUARD_TILT;
    }
    if (now->battery < self->limits.battery) {
        found |= (uint8_t)GUARD_BATTERY;
    }
    if (leaves(&self->limits, now)) {
        found |= (uint8_t)GUARD_FENCE;
    }
    self->acting = (uint8_t)((self->acting & (uint8_t)~GUARDS_STOPPING) | found);
    return found != 0U;
}

static void forget_easing(robot_guards *self)
{
    self->acting &= (uint8_t) ~(GUARD_SPEED | GUARD_SLEW);
}

void guards_rest(robot_guards *self, uint32_t now_ms)
{
    self->last.speed_mmps = 0;
    self->last.turn_mradps = 0;
    self->last_ms = now_ms;
    forget_easing(self);
}

/* Go from the last towards the wanted; only away from zero it takes time. */
static int16_t eased(int16_t last, int16_t wanted, int32_t change)
{
    int32_t to = wanted;

    if ((wanted > 0) && (wanted > last)) {
        const int32_t from = (last > 0) ? last : 0;
        to = ((from + change) < to) ? (from + change) : to;
    } else if ((wanted < 0) && (wanted < last)) {
        const int32_t from = (last < 0) ? last : 0;
        to = ((from - change) > to) ? (from - change) : to;
    } else {
        /* slower is always allowed */
    }
    return (int16_t)to;
}

robot_drive guards_ease(robot_guards *self, robot_drive wanted, uint32_t now_ms)
{
    robot_drive drive = wanted;
    const int32_t cap = (int32_t)self->limits.speed_mmps;
    const int32_t size = (wanted.speed_mmps < 0) ? -(int32_t)wanted.speed_mmps
                                                 : (int32_t)wanted.speed_mmps;
    const uint32_t passed = now_ms - self->last_ms;
    const int32_t ms = (int32_t)((passed < LONGEST_MS) ? passed : LONGEST_MS);
    const int32_t most = ((int32_t)self->limits.accel_mmps2 * ms) / 1000;
    const int32_t change = (most > 0) ? most : 1;

    forget_easing(self);
    if (size > cap) { /* slow down to the greatest speed; the curve stays */
        drive.speed_mmps = (int16_t)((wanted.speed_mmps * cap) / size);
        drive.turn_mradps = (int16_t)((wanted.turn_mradps * cap) / size);
        self->acting |= (uint8_t)GUARD_SPEED;
    }
    const robot_drive capped = drive;
    drive.speed_mmps = eased(self->last.speed_mmps, capped.speed_mmps, change);
    drive.turn_mradps =
        eased(self->last.turn_mradps, capped.turn_mradps, TURN_SHARE * change);
    if ((drive.speed_mmps != capped.speed_mmps) ||
        (drive.turn_mradps != capped.turn_mradps)) {
        self->acting |= (uint8_t)GUARD_SLEW;
    }
    self->last = drive;
    self->last_ms = now_ms;
    return drive;
}

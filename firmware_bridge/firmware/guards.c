#include "guards.h"

#include "frame.h"

#include <string.h>

#define BRAKE_TWICE 3000 /* mm/s2: what the wheels brake with, motors at zero */
#define TOP_MMPS 5000
#define TURN_SHARE 4
#define LONGEST_MS 100U
#define CORNER 8U /* bytes */
#define HALVINGS 32U

const robot_limits GUARDS_USUAL = {2778U, 2000U, 350U, 300U};

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
}

bool guards_fence_known(const uint8_t *payload, uint8_t size)
{
    return (size <= GUARDS_FENCE) && (size > (2U * CORNER)) &&
           (size == (uint8_t)(1U + (CORNER * payload[0])));
}

static uint8_t fence_size(const uint8_t *fence)
{
    return (uint8_t)(1U + (CORNER * fence[0]));
}

uint32_t guards_enclose(robot_guards *self, const uint8_t *payload)
{
    if (self->fence[0] == 0U) {
        (void)memcpy(self->fence, payload, fence_size(payload));
    }
    return frame_crc32(self->fence, fence_size(self->fence));
}

/*
 * Tell whether an edge, given from the place, crosses the ray that goes east of it. The
 * half that crosses the ray is halved until it lies on one side; no product, and no more
 * than 25 mm beside the edge.
 */
static bool crosses(path_place from, path_place to)
{
    const bool up = to.y_mm > 0;

    if ((from.y_mm > 0) == up) {
        return false;
    }
    for (uint8_t half = 0U; (half < HALVINGS) && ((from.x_mm > 0) != (to.x_mm > 0));
         half++) { /* the signs differ: no sum is too large */
        const path_place middle = {(from.x_mm + to.x_mm) / 2, (from.y_mm + to.y_mm) / 2};
        if ((middle.y_mm > 0) == up) {
            to = middle;
        } else {
            from = middle;
        }
    }
    return (from.x_mm > 0) && (to.x_mm > 0);
}

static path_place seen_from(const path_place *place, const uint8_t *corner)
{
    const path_place seen = {path_less((int32_t)get_u32(&corner[0]), place->x_mm),
                             path_less((int32_t)get_u32(&corner[4]), place->y_mm)};
    return seen;
}

/* Tell whether a place is outside of the fence: an even number of edges is east of it. */
static bool outside(const uint8_t *fence, const path_place *place)
{
    bool is_outside = true;

    if (fence[0] == 0U) {
        return false;
    }
    const uint8_t *last = &fence[fence_size(fence) - CORNER];
    path_place before = seen_from(place, last);
    for (const uint8_t *at = &fence[1]; at <= last; at += CORNER) {
        const path_place corner = seen_from(place, at);
        is_outside = is_outside != crosses(before, corner);
        before = corner;
    }
    return is_outside;
}

/* Tell whether the robot would come to rest outside of its fence. */
static bool leaves(const uint8_t *fence, const robot_senses *now)
{
    const int32_t speed = path_within(now->speed_mmps, TOP_MMPS);
    const int32_t way_mm = (speed * path_size(speed)) / BRAKE_TWICE;
    const path_place rest = path_ahead(now, way_mm);

    return outside(fence, &rest);
}

bool guards_look(robot_guards *self, const robot_senses *now)
{
    uint8_t found = 0U;

    if (path_size(now->tilt_mrad) > (int32_t)self->limits.tilt_mrad) {
        found |= (uint8_t)GUARD_TILT;
    }
    if (now->battery < self->limits.battery) {
        found |= (uint8_t)GUARD_BATTERY;
    }
    if (leaves(self->fence, now)) {
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
    const int32_t size = path_size(wanted.speed_mmps);
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

#include "path.h"

#include "frame.h"

#include <stddef.h>

#define STEP_BYTES 4U
#define MIDDLE 16384
#define WINDOW_MM 3000U
#define MOST_OFF_MM 20000
#define FAR2_MM2 100000000UL
#define REGAIN2_MM2 4000000UL
#define OFF_LINE2_MM2 90000UL
#define REGAIN_MMPS 500
#define ARRIVE_MM 80U
#define LEAST_AHEAD_MM 600
#define MOST_AHEAD_MM 4000
#define BRAKE_TWICE 1400
#define SIDEWAYS_MMPS2 700
#define TOP_MMPS 5000
#define CREEP_MMPS 100
#define TURN_MRADPS 1500
#define LEAST_TURN_MRADPS 200
#define MOST_RADIUS_MM 100000
#define MOST_AIM_MM 16383

typedef struct {
    path_step step;
    int32_t into_mm;
    uint32_t off2_mm2;
} found;

static int32_t least(int32_t a, int32_t b)
{
    return (a < b) ? a : b;
}

static int32_t most(int32_t a, int32_t b)
{
    return (a > b) ? a : b;
}

int32_t path_within(int32_t number, int32_t limit)
{
    return least(most(number, -limit), limit);
}

int32_t path_size(int32_t number)
{
    return (number < 0) ? -number : number;
}

int32_t path_less(int32_t from, int32_t less)
{
    return (int32_t)((uint32_t)from - (uint32_t)less);
}

static int32_t plus(int32_t to, int32_t more)
{
    return (int32_t)((uint32_t)to + (uint32_t)more);
}

/* Whole root of a number, rounded down. */
static int32_t root(uint32_t square)
{
    uint32_t left = square;
    uint32_t result = 0U;

    for (uint32_t bit = 1UL << 30; bit != 0U; bit >>= 2) {
        if (left >= (result + bit)) {
            left -= result + bit;
            result = (result >> 1) + bit;
        } else {
            result >>= 1;
        }
    }
    return (int32_t)result;
}

static uint32_t square_sum(int32_t a, int32_t b)
{
    return (uint32_t)(a * a) + (uint32_t)(b * b);
}

int32_t path_sine(int32_t angle)
{
    int32_t turned = angle;
    while (turned > (2 * PATH_RIGHT_ANGLE)) {
        turned -= 4 * PATH_RIGHT_ANGLE;
    }
    while (turned < (-2 * PATH_RIGHT_ANGLE)) {
        turned += 4 * PATH_RIGHT_ANGLE;
    }
    int32_t size = path_size(turned);
    size = least(size, (2 * PATH_RIGHT_ANGLE) - size);
    const int32_t share = (size * 16384) / PATH_RIGHT_ANGLE;
    const int32_t square = (share * share) / 16384;
    /* sin(x pi/2) = x (1.5706 - x^2 (0.6435 - 0.0729 x^2)), times 16384 */
    const int32_t inner = 10543 - ((1194 * square) / 16384);
    const int32_t sine = (share * (25733 - ((square * inner) / 16384))) / 16384;
    return (turned >= 0) ? sine : -sine;
}

path_place path_ahead(const robot_senses *now, int32_t way_mm)
{
    const int32_t heading = now->heading_10mrad;
    const path_place ahead = {
        plus(now->x_mm, (way_mm * path_sine(heading + PATH_RIGHT_ANGLE)) / 16384),
        plus(now->y_mm, (way_mm * path_sine(heading)) / 16384)};
    return ahead;
}

/* ---- the bytes ---- */

static void first_place(const path_start *start, path_step *step)
{
    step->from_mm = 0U;
    step->x_mm = start->x_mm;
    step->y_mm = start->y_mm;
    step->at = 0U;
    step->dx_mm = 0;
    step->dy_mm = 0;
    step->length_mm = 0U;
    step->speed_mmps = start->speed_mmps;
    step->via = true;
}

/* Become the next step; false if there is none, or it is damaged. */
static bool go_on(path_step *step, const uint8_t *bytes, uint16_t size)
{
    const uint16_t left = (uint16_t)(size - step->at);
    if (left < STEP_BYTES) {
        return false;
    }
    const uint16_t east = get_u16(&bytes[step->at]);
    const uint16_t north = get_u16(&bytes[step->at + 2U]);
    const bool named = (north & 1U) != 0U;
    if (named && (left < (STEP_BYTES + 2U))) {
        return false;
    }
    step->from_mm += step->length_mm;
    step->x_mm = plus(step->x_mm, step->dx_mm);
    step->y_mm = plus(step->y_mm, step->dy_mm);
    step->dx_mm = (int16_t)((int32_t)(east >> 1) - MIDDLE);
    step->dy_mm = (int16_t)((int32_t)(north >> 1) - MIDDLE);
    const uint32_t square = square_sum(step->dx_mm, step->dy_mm);
    const uint32_t down = (uint32_t)root(square);
    step->length_mm = (uint16_t)(down + (((square - (down * down)) > down) ? 1U : 0U));
    if (named) {
        step->speed_mmps = get_u16(&bytes[step->at + STEP_BYTES]);
    }
    step->at = (uint16_t)(step->at + STEP_BYTES + (named ? 2U : 0U));
    step->via = (east & 1U) != 0U;
    return (step->length_mm != 0U) && (step->speed_mmps != 0U);
}

static uint32_t end_of(const path_step *step)
{
    return step->from_mm + step->length_mm;
}

static uint32_t add_point(uint32_t crc, int32_t x_mm, int32_t y_mm)
{
    uint8_t bytes[8];
    put_u32(&bytes[0], (uint32_t)x_mm);
    put_u32(&bytes[4], (uint32_t)y_mm);
    return frame_crc32_add(crc, bytes, 8U);
}

static uint32_t add_speed(uint32_t crc, uint16_t speed_mmps)
{
    uint8_t bytes[2];
    put_u16(bytes, speed_mmps);
    return frame_crc32_add(crc, bytes, 2U);
}

uint32_t path_digest(const path_start *start, const uint8_t *bytes, uint16_t size)
{
    uint32_t crc = 0U;
    path_step step;

    for (uint8_t speeds = 0U; speeds < 2U; speeds++) { /* all points, then all speeds */
        first_place(start, &step);
        crc = (speeds != 0U) ? add_speed(crc, start->speed_mmps)
                             : add_point(crc, start->x_mm, start->y_mm);
        while (step.at < size) {
            if (!go_on(&step, bytes, size)) {
                return 0U;
            }
            if (!step.via) {
                crc = (speeds != 0U) ? add_speed(crc, step.speed_mmps)
                                     : add_point(crc, plus(step.x_mm, step.dx_mm),
                                                 plus(step.y_mm, step.dy_mm));
            }
        }
        if (step.via) {
            return 0U; /* it ends on the way to a point, or has none */
        }
    }
    return (crc != 0U) ? crc : 1U;
}

void path_open(robot_path *self, const path_start *start, const uint8_t *bytes,
               uint16_t size, uint32_t from_mm)
{
    path_step step;

    self->bytes = bytes;
    self->size = size;
    first_place(start, &step);
    (void)go_on(&step, bytes, size);
    self->here = step;
    while (go_on(&step, bytes, size)) {
        if (step.from_mm <= from_mm) {
            self->here = step;
        }
    }
    self->length_mm = end_of(&step);
    self->along_mm = (from_mm < self->length_mm) ? from_mm : self->length_mm;
}

bool path_finished(const robot_path *self)
{
    return self->along_mm >= self->length_mm;
}

/* Tell whether the robot comes to rest at the end of a step. */
static bool stops_after(const robot_path *self, const path_step *step)
{
    path_step after = *step;
    if (!go_on(&after, self->bytes, self->size)) {
        return true;
    }
    const int32_t dot =
        ((int32_t)step->dx_mm * after.dx_mm) + ((int32_t)step->dy_mm * after.dy_mm);
    const int32_t sizes = (int32_t)step->length_mm * (int32_t)after.length_mm;
    return -dot > ((sizes / 64) * 11); /* sharper than 100 degrees */
}

/* ---- where it is, and how to go on ---- */

static path_place point(const path_step *step, int32_t into_mm)
{
    const path_place at = {
        plus(step->x_mm, (into_mm * step->dx_mm) / (int32_t)step->length_mm),
        plus(step->y_mm, (into_mm * step->dy_mm) / (int32_t)step->length_mm)};
    return at;
}

static void project(found *at, const robot_senses *now, int32_t least_mm)
{
    const path_step *step = &at->step;
    const int32_t length = (int32_t)step->length_mm;
    const int32_t px = path_within(path_less(now->x_mm, step->x_mm), MOST_OFF_MM);
    const int32_t py = path_within(path_less(now->y_mm, step->y_mm), MOST_OFF_MM);
    const int32_t dot = (px * step->dx_mm) + (py * step->dy_mm);

    at->into_mm = least((dot > 0) ? (dot / length) : 0, length);
    at->into_mm = least(most(at->into_mm, least_mm), length);
    at->off2_mm2 = square_sum(px - ((at->into_mm * step->dx_mm) / length),
                              py - ((at->into_mm * step->dy_mm) / length));
}

/* Find the nearest place from the progress on, up to the next stop. */
static void locate(const robot_path *self, const robot_senses *now, found *best)
{
    found probe;

    probe.step = self->here;
    project(&probe, now, (int32_t)(self->along_mm - self->here.from_mm));
    *best = probe;
    while (!stops_after(self, &probe.step) &&
           ((end_of(&probe.step) - self->along_mm) < WINDOW_MM)) {
        (void)go_on(&probe.step, self->bytes, self->size);
        project(&probe, now, 0);
        if (probe.off2_mm2 < best->off2_mm2) {
            *best = probe;
        }
    }
}

/* Give the point to aim at, and the speed that what lies ahead allows. */
static path_place look_ahead(const robot_path *self, int32_t ahead_mm, int32_t reach_mm,
                        uint32_t off2_mm2, int32_t *speed)
{
    path_step step = self->here;
    const uint32_t aim_mm = self->along_mm + (uint32_t)ahead_mm;
    path_place aim = point(&step, (int32_t)(aim_mm - step.from_mm));
    bool stop = stops_after(self, &step);

    *speed = least((int32_t)step.speed_mmps, TOP_MMPS);
    while (!stop && ((end_of(&step) - self->along_mm) <= (uint32_t)reach_mm)) {
        const int32_t left_mm = (int32_t)(end_of(&step) - self->along_mm);
        (void)go_on(&step, self->bytes, self->size);
        const int32_t slow = least((int32_t)step.speed_mmps, TOP_MMPS);
        *speed = least(*speed,
                       root((uint32_t)(slow * slow) + (uint32_t)(BRAKE_TWICE * left_mm)));
        if (step.from_mm < aim_mm) {
            aim = point(&step, (int32_t)(aim_mm - step.from_mm));
        }
        stop = stops_after(self, &step);
    }
    if (stop) {
        const int32_t left_mm = (int32_t)(end_of(&step) - self->along_mm);
        const int32_t slow = (root((uint32_t)(BRAKE_TWICE * left_mm)) * 9) / 10;
        *speed = least(*speed, most(slow, CREEP_MMPS));
        if ((end_of(&step) < aim_mm) && (off2_mm2 > OFF_LINE2_MM2)) {
            aim = point(&step, (int32_t)step.length_mm); /* passed the stop: back to it */
        }
    }
    return aim;
}

/* Drive the arc to an aim so far in front and to the left, or turn towards it. */
static robot_drive arc(int32_t front, int32_t left, int32_t top, bool moves)
{
    robot_drive drive = {0, 0};
    const int32_t size = path_size(left);
    int32_t away2 = (int32_t)square_sum(front, left);
    const int32_t away = most(root((uint32_t)away2), 1);

    /* 60 degrees to the side; once it stands, it turns until it looks along the path. */
    if ((front * (moves ? 1732 : 364)) < (size * 1000)) {
        const int32_t bearing = (front > 0) ? ((size * 1000) / away) : 1571;
        const int32_t rate =
            least(most((bearing * 3) / 2, LEAST_TURN_MRADPS), TURN_MRADPS);
        drive.turn_mradps = (int16_t)((left > 0) ? rate : -rate);
        return drive;
    }
    away2 = most(away2, 90000);
    int32_t radius = MOST_RADIUS_MM;
    if (size > 0) {
        radius = least(away2 / (2 * size), MOST_RADIUS_MM);
    }
    int32_t slow = least(root((uint32_t)(SIDEWAYS_MMPS2 * radius)), (radius * 3) / 2);
    slow = least(slow, CREEP_MMPS + most((top * ((2 * front) - away)) / away, 0));
    const int32_t speed = least(top, slow);
    drive.speed_mmps = (int16_t)speed;
    drive.turn_mradps =
        (int16_t)path_within((speed * 2 * left) / (away2 / 1000), TURN_MRADPS);
    return drive;
}

static robot_drive steer(const robot_path *self, const robot_senses *now,
                         uint32_t off2_mm2)
{
    int32_t top = 0;
    const int32_t speed = least(path_size(now->speed_mmps), TOP_MMPS);
    const int32_t ahead_mm = least(most((speed * 9) / 10, LEAST_AHEAD_MM), MOST_AHEAD_MM);
    const int32_t reach_mm = most(((speed * speed) / BRAKE_TWICE) + 600, ahead_mm);
    const path_place aim = look_ahead(self, ahead_mm, reach_mm, off2_mm2, &top);
    if (off2_mm2 > REGAIN2_MM2) {
        top = least(top, REGAIN_MMPS);
    }
    const int32_t dx = path_within(path_less(aim.x_mm, now->x_mm), MOST_AIM_MM);
    const int32_t dy = path_within(path_less(aim.y_mm, now->y_mm), MOST_AIM_MM);
    const int32_t sine = path_sine(now->heading_10mrad);
    const int32_t cosine = path_sine((int32_t)now->heading_10mrad + PATH_RIGHT_ANGLE);
    const int32_t front = ((dx * cosine) + (dy * sine)) / 16384;
    const int32_t left = ((dy * cosine) - (dx * sine)) / 16384;
    return arc(front, left, top, speed > (CREEP_MMPS / 2));
}

bool path_pursue(robot_path *self, const robot_senses *now, robot_drive *drive)
{
    found at;

    locate(self, now, &at);
    if (at.off2_mm2 > FAR2_MM2) {
        return false;
    }
    self->here = at.step;
    self->along_mm = at.step.from_mm + (uint32_t)at.into_mm;
    const bool arrived = (at.off2_mm2 <= OFF_LINE2_MM2) &&
                         ((end_of(&self->here) - self->along_mm) <= ARRIVE_MM);
    if (arrived && stops_after(self, &self->here)) {
        self->along_mm = end_of(&self->here);
        if (path_finished(self)) {
            drive->speed_mmps = 0;
            drive->turn_mradps = 0;
            return true;
        }
        (void)go_on(&self->here, self->bytes, self->size);
    }
    *drive = steer(self, now, at.off2_mm2);
    return true;
}

#include "missions.h"

#include "frame.h"

#include <string.h>

static uint16_t parts_of(uint16_t size)
{
    return (uint16_t)(((uint32_t)size + (MISSION_PART - 1U)) / MISSION_PART);
}

static uint8_t *half(const robot_missions *self, uint8_t slot)
{
    return &self->store[(slot != 0U) ? self->room : 0U];
}

static mission_loaded state_of(const robot_missions *self, uint32_t digest)
{
    mission_loaded loaded = {digest, (uint8_t)LOAD_UNKNOWN, 0U, 0U};

    if (self->loading && (self->load_digest == digest)) {
        loaded.state = (uint8_t)LOAD_LOADING;
        loaded.lacking = self->lacking;
        loaded.beyond = self->beyond;
    } else if ((digest != 0U) && (digest == self->digest)) {
        loaded.state = (uint8_t)LOAD_HELD;
    } else {
        /* the host has to begin again */
    }
    return loaded;
}

mission_loaded missions_begin(robot_missions *self, const uint8_t *payload)
{
    const uint32_t digest = get_u32(&payload[0]);
    const uint16_t size = get_u16(&payload[4]);

    if (size > self->room) {
        const mission_loaded refused = {digest, (uint8_t)LOAD_TOO_LONG, 0U, 0U};
        return refused;
    }
    if (!self->loading || (self->load_digest != digest) || (self->load_size != size)) {
        self->lacking = 0U;
        self->beyond = 0U;
    }
    self->loading = true;
    self->load_digest = digest;
    self->load_size = size;
    self->load_from_mm = get_u32(&payload[6]);
    self->load_start.x_mm = (int32_t)get_u32(&payload[10]);
    self->load_start.y_mm = (int32_t)get_u32(&payload[14]);
    self->load_start.speed_mmps = get_u16(&payload[18]);
    return state_of(self, digest);
}

static void mark(robot_missions *self, uint16_t ahead)
{
    if (ahead > 0U) {
        self->beyond |= (uint32_t)1U << (ahead - 1U);
        return;
    }
    self->lacking++;
    while ((self->beyond & 1U) != 0U) {
        self->lacking++;
        self->beyond >>= 1;
    }
    self->beyond >>= 1;
}

mission_loaded missions_take(robot_missions *self, const uint8_t *payload, uint8_t size)
{
    const uint32_t digest = get_u32(&payload[0]);
    const uint16_t number = get_u16(&payload[4]);
    const uint8_t bytes = (uint8_t)(size - 6U);
    const uint32_t first = (uint32_t)number * MISSION_PART;

    if (self->loading && (self->load_digest == digest) && (number >= self->lacking) &&
        (first < self->load_size)) {
        const uint16_t ahead = (uint16_t)(number - self->lacking);
        const uint32_t left = self->load_size - first;
        const uint32_t due = (left < MISSION_PART) ? left : MISSION_PART;
        if ((bytes == due) && (ahead <= MISSION_AHEAD)) {
            uint8_t *store = half(self, (self->slot == 0U) ? 1U : 0U);
            (void)memcpy(&store[first], &payload[6], bytes);
            mark(self, ahead);
        }
    }
    return state_of(self, digest);
}

mission_loaded missions_commit(robot_missions *self, uint32_t digest, bool *changed)
{
    *changed = false;
    if (!self->loading || (self->load_digest != digest) ||
        (self->lacking < parts_of(self->load_size))) {
        return state_of(self, digest);
    }
    const uint8_t slot = (self->slot == 0U) ? 1U : 0U;
    const uint8_t *bytes = half(self, slot);
    self->loading = false;
    if (path_digest(&self->load_start, bytes, self->load_size) != digest) {
        const mission_loaded wrong = {digest, (uint8_t)LOAD_WRONG, 0U, 0U};
        return wrong;
    }
    self->slot = slot;
    self->digest = digest;
    path_open(&self->path, &self->load_start, bytes, self->load_size, self->load_from_mm);
    *changed = true;
    return state_of(self, digest);
}
